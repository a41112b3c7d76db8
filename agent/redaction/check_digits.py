# SPDX-License-Identifier: Apache-2.0
"""Check digits: what tells a number that was issued from one that was counted.

Rules: a function takes the characters without separators and says whether their check
is right; it never raises for digits, and letters count as it says.
Not here: which numbers exist and how long they are (`detectors/`, `national.py`).
Source: ISO/IEC 7812-1, ISO 7064, Verhoeff 1969.
"""

from collections.abc import Sequence

_DIHEDRAL = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_PERMUTED = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
"""Twice a digit, its own digits added."""
_TEN = 10


def luhn(digits: bytes) -> bool:
    """Tell whether the last digit is right (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = digit - 48
        total += _DOUBLED[value] if place % 2 else value
    return total % _TEN == 0


def verhoeff(digits: bytes) -> bool:
    """Tell whether the last digit is right (Verhoeff)."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _DIHEDRAL[check][_PERMUTED[place % 8][digit - 48]]
    return check == 0


def pure_11_10(digits: bytes) -> bool:
    """Tell whether the last digit is right (ISO 7064, MOD 11,10)."""
    product = _TEN
    for digit in digits[:-1]:
        total = (digit - 48 + product) % _TEN or _TEN
        product = total * 2 % 11
    return (product + digits[-1] - 48) % _TEN == 1


def remainder_97(letters: bytes) -> int:
    """Return the remainder by 97, letters counting from 10 (ISO 7064)."""
    return int("".join(str(int(chr(letter), 36)) for letter in letters)) % 97


def weighted(digits: bytes, weights: Sequence[int]) -> int:
    """Return the sum of the digits, each times its weight."""
    return sum((digit - 48) * weight for digit, weight in zip(digits, weights))  # noqa: B905 - a check digit behind has no weight
