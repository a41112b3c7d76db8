# SPDX-License-Identifier: Apache-2.0
"""Noise for counts, and rounding by chance, in whole numbers alone.

Rules: no floating-point number is in any of it: the low bits of a float tell which
value a noise was added to (Mironov, CCS 2012); chance comes from the operating system;
a probability is a fraction, and is met exactly.
Not here: what noise is for (`cells.py`), how much may be used (`server/register`).
Source: Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy"
(NeurIPS 2020), algorithms 1 and 2.
"""

from collections.abc import Callable
from fractions import Fraction

Chance = Callable[[int], int]
"""Returns a whole number from 0 to below its argument, each equally often."""


def laplace(scale: Fraction, chance: Chance) -> int:
    """Return a whole number x with a probability in proportion to exp(-|x| / scale).

    Args:
        scale: above 0; sensitivity over epsilon.
        chance: where chance comes from.
    """
    over, under = scale.numerator, scale.denominator
    while True:
        found = _geometric(over, chance) // under
        negative = chance(2) == 1
        if not (negative and found == 0):  # else 0 would come twice as often
            return -found if negative else found


def _geometric(scale: int, chance: Chance) -> int:
    """Return a whole number x >= 0 with a probability as exp(-x / scale)."""
    while True:
        low = chance(scale)
        if _happens(Fraction(low, scale), chance):
            break
    high = 0
    while _happens(Fraction(1), chance):
        high += 1
    return low + scale * high


def _happens(gamma: Fraction, chance: Chance) -> bool:
    """Return true with the probability exp(-gamma), of a gamma from 0 to 1."""
    step = 1
    while chance(gamma.denominator * step) < gamma.numerator:
        step += 1
    return step % 2 == 1


def rounded(count: int, base: int, chance: Chance) -> int:
    """Return the multiple of a base below or above a count, right on the average.

    Args:
        count: 0 or more.
        base: above 0.
        chance: where chance comes from.
    """
    below, rest = divmod(count, base)
    return base * (below + (chance(base) < rest))
