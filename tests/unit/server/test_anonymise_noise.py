# SPDX-License-Identifier: Apache-2.0
"""The noise is what its paper says, and what covers one device.

Rules: chance is a seeded generator, so a figure never differs between runs.
Not here: where noise is added (`test_cells.py`).
"""

import ast
import math
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from anonymise_fixture import seeded

from server.anonymise import noise

DRAWN = 20_000


@pytest.mark.parametrize("scale", [Fraction(1, 2), Fraction(1), Fraction(10, 3)])
def test_noise_has_its_distribution(scale: Fraction) -> None:
    """Each value comes as often as its probability says, to five deviations."""
    chance = seeded(20)
    found = Counter(noise.laplace(scale, chance) for _ in range(DRAWN))
    decay = math.exp(-1 / scale)
    for value in range(-8, 9):
        share = (1 - decay) / (1 + decay) * decay ** abs(value)
        deviation = math.sqrt(DRAWN * share * (1 - share))
        assert abs(found[value] - DRAWN * share) <= 5 * deviation + 1


def test_one_device_more_is_covered() -> None:
    """A count and one less lead to each result about as often: by exp(epsilon)."""
    chance, epsilon = seeded(21), Fraction(1, 2)
    drawn = [noise.laplace(1 / epsilon, chance) for _ in range(DRAWN)]
    more = Counter(100 + one for one in drawn)
    less = Counter(99 + noise.laplace(1 / epsilon, chance) for _ in range(DRAWN))
    common = [value for value in more if more[value] > 500 and less[value] > 500]
    ratios = [more[value] / less[value] for value in common]
    assert len(ratios) > 5
    assert all(math.exp(-0.5) * 0.8 < one < math.exp(0.5) * 1.25 for one in ratios)


def test_rounding_is_right_on_the_average() -> None:
    """Rounded counts are multiples of their base, next to the count."""
    chance = seeded(22)
    found = Counter(noise.rounded(37, 10, chance) for _ in range(10_000))
    assert set(found) == {30, 40}
    assert 6_800 < found[40] < 7_200
    assert noise.rounded(40, 10, chance) == 40


def test_no_float_is_in_the_noise() -> None:
    """The file that makes noise has no float, no division and no logarithm."""
    tree = ast.parse(Path(noise.__file__).read_text())
    floats = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Div)
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id in {"float", "math", "random"})
    ]
    assert floats == []
