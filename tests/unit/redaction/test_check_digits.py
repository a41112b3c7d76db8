# SPDX-License-Identifier: Apache-2.0
"""Check digits against numbers that their authorities publish as examples.

Rules: each right example fails as soon as one of its digits is changed.
Not here: where such numbers stand in a text (`test_detectors.py`).
"""

import pytest

from agent.redaction.check_digits import luhn, pure_11_10, remainder_97, verhoeff


def test_luhn_accepts_an_issuers_example() -> None:
    """A test card's number has a right check digit."""
    assert luhn(b"4111111111111111")


def test_luhn_sees_every_changed_digit() -> None:
    """No single digit of a right number can be changed unseen."""
    right = b"4012888888881881"
    for place in range(len(right)):
        for digit in b"0123456789":
            changed = right[:place] + bytes([digit]) + right[place + 1 :]
            assert luhn(changed) == (changed == right)


def test_verhoeff_sees_every_changed_digit() -> None:
    """No single digit of a right number can be changed unseen."""
    right = b"2363"
    assert verhoeff(right)
    for place in range(len(right)):
        for digit in b"0123456789":
            changed = right[:place] + bytes([digit]) + right[place + 1 :]
            assert verhoeff(changed) == (changed == right)


@pytest.mark.parametrize(
    ("number", "right"), [(b"86095742719", True), (b"86095742710", False)]
)
def test_mod_11_10(number: bytes, right: bool) -> None:  # noqa: FBT001 - a table's column
    """A German tax number has a right last digit, another last digit is wrong."""
    assert pure_11_10(number) is right


def test_remainder_counts_letters_from_ten() -> None:
    """A right account number, turned, leaves one."""
    assert remainder_97(b"WEST12345698765432GB82") == 1
    assert remainder_97(b"WEST12345698765433GB82") != 1
