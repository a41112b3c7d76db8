# SPDX-License-Identifier: Apache-2.0
"""Check digits.

Rules: published examples are right, and any one wrong digit of them is noticed.
Not here: which numbers there are (`test_detectors.py`).
"""

import random

import pytest

from agent.redaction.check_digits import (
    luhn,
    pure_11_10,
    remainder_97,
    verhoeff,
    weighted,
)

RIGHT = [
    (luhn, b"79927398713"),
    (luhn, b"4111111111111111"),
    (luhn, b"378282246310005"),
    (verhoeff, b"2363"),
    (verhoeff, b"123451"),
    (verhoeff, b"84736430954837284567892"),
    (verhoeff, b"9900876366514379954200433855203159618779" + b"773991774549583884594"),
    (verhoeff, b"7423619293975565325960879170622815822847" + b"031609070281163091034"),
    (verhoeff, b"6713047797874263148153519264051001065999" + b"242568724500417201220"),
    (pure_11_10, b"0794" + b"5"),
    (pure_11_10, b"86095742719"),
]


@pytest.mark.parametrize(("check", "digits"), RIGHT)
def test_published_examples_are_right(check: object, digits: bytes) -> None:
    """A number from the scheme's own description passes."""
    assert callable(check)
    assert check(digits) is True


@pytest.mark.parametrize(("check", "digits"), RIGHT)
def test_one_wrong_digit_is_noticed(check: object, digits: bytes) -> None:
    """A single digit that is another one never passes."""
    assert callable(check)
    for at, digit in enumerate(digits):
        for other in b"0123456789":
            if other != digit:
                assert check(digits[:at] + bytes([other]) + digits[at + 1 :]) is False


def test_one_check_digit_of_ten_fits_any_number() -> None:
    """Each scheme gives exactly one check digit for whatever stands before it."""
    drawn = random.Random(5)  # noqa: S311 - repeatable, not secret
    for check in (luhn, verhoeff, pure_11_10):
        for length in range(1, 40):
            body = bytes(drawn.choices(b"0123456789", k=length))
            fits = [one for one in b"0123456789" if check(body + bytes([one]))]
            assert len(fits) == 1


def test_verhoeff_notices_swapped_neighbours() -> None:
    """What the scheme was made for: two digits that changed places are noticed."""
    digits = b"84736430954837284567892"
    for at in range(len(digits) - 1):
        pair = digits[at : at + 2]
        if pair[0] != pair[1]:
            assert not verhoeff(digits[:at] + pair[::-1] + digits[at + 2 :])


def test_remainders_count_letters_from_ten() -> None:
    """The example of ISO 13616: the moved account number leaves one."""
    assert remainder_97(b"WEST12345698765432GB82") == 1
    assert remainder_97(b"west12345698765432gb82") == 1
    assert remainder_97(b"WEST12345698765432GB83") == 2
    assert remainder_97(b"96") == 96
    assert remainder_97(b"97") == 0


def test_weights_count_as_far_as_they_go() -> None:
    """A digit behind the last weight counts for nothing."""
    assert weighted(b"1239", (3, 2, 1)) == 10
    assert weighted(b"909", (1, 5, 2)) == 27
