# SPDX-License-Identifier: Apache-2.0
"""A number that nobody can foretell, to spread over time what many machines do.

Rules: drawn from the system; as `random.SystemRandom` draws it, without the module:
what has that loaded draws a seed anew in each child that it forks.
Not here: what is spread (`schedule.py`, `agent/delivery/shipping.py`).
"""

import os

_OCTETS, _SPARE_BITS = 7, 3
"""A float between 0 and 1 has 53 bits."""


def drawn() -> float:
    """Return a number from 0 up to, and without, 1."""
    bits = int.from_bytes(os.urandom(_OCTETS)) >> _SPARE_BITS
    return bits / (1 << 8 * _OCTETS - _SPARE_BITS)
