# SPDX-License-Identifier: Apache-2.0
"""How states build the numbers that they give to persons, and the check of each.

Rules: a number is given without separators, in upper case; a form is its shape and its
check; a form is strong when so few other things look like it that no word is needed.
Not here: where they stand in a text (`detectors/national_numbers.py`).
Source: each authority's own description, as OECD's list of tax numbers names them.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from agent.redaction.check_digits import (
    luhn,
    pure_11_10,
    verhoeff,
    weighted,
)
from agent.redaction.lazily import LazyPattern

Check = Callable[[bytes], bool]

_ODD_VALUES = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16)
_ODD_TAIL = (10, 22, 25, 24, 23)
_ITALIAN_ODD = _ODD_VALUES + _ODD_TAIL
_SPANISH = b"TRWAGMYFPDXBNJZSQVHLCKE"
_FINNISH = b"0123456789ABCDEFHJKLMNPRSTUVWXY"
_SINGAPORE = {83: b"JZIHGFEDCBA", 84: b"GFEDCBAJZIH", 70: b"XWUTRQPNMLK"}
_SINGAPORE[71] = b"RQPNMLKXWUT"
_CHINESE = b"10X98765432"
_MONTHS = 12
_DAYS = 31


class Form(NamedTuple):
    """One kind of number.

    Attributes:
        shape: the whole number without separators.
        check: whether its check digits and dates are right.
    """

    shape: LazyPattern[bytes]
    check: Check


def _date(month: bytes, day: bytes) -> bool:
    return 1 <= int(month) <= _MONTHS and 1 <= int(day) <= _DAYS


def _social_security(number: bytes) -> bool:
    """Area, group and serial that can have been issued (US SSA)."""
    area = number[:3]
    issued = area not in {b"000", b"666"} and area < b"900"
    return issued and number[3:5] != b"00" and number[5:] != b"0000"


def _british(number: bytes) -> bool:
    """The last digit makes the weighted sum a multiple of 11 (NHS)."""
    rest = -weighted(number, (10, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return rest == number[9] - 48


def _brazilian(weights: tuple[int, ...]) -> Check:
    """Return the check of two digits; the weights are those of the second one."""
    count = len(weights) - 1

    def digit(number: bytes, length: int) -> int:
        rest = weighted(number, weights[-length:]) % 11
        return 0 if rest < 2 else 11 - rest  # noqa: PLR2004

    def check(number: bytes) -> bool:
        right = digit(number, count) == number[count] - 48
        right = right and digit(number, count + 1) == number[count + 1] - 48
        return right and len(set(number)) > 1

    return check


def _italian(number: bytes) -> bool:
    total = 0
    for place, letter in enumerate(number[:15]):
        value = letter - 48 if letter < 65 else letter - 65  # noqa: PLR2004 - 0-9, A-Z
        total += value if place % 2 else _ITALIAN_ODD[value]
    return total % 26 + 65 == number[15]


def _french(number: bytes) -> bool:
    body = number[:13].replace(b"2A", b"19").replace(b"2B", b"18")
    return 97 - int(body) % 97 == int(number[13:])


def _belgian(number: bytes) -> bool:
    rest = {97 - int(head + number[:9]) % 97 for head in (b"", b"2")}
    return int(number[9:]) in rest and int(number[2:4]) % 20 <= _MONTHS


def _spanish(number: bytes) -> bool:
    digits = number[:-1].translate(bytes.maketrans(b"XYZ", b"012"))
    return _SPANISH[int(digits) % 23] == number[-1]


def _finnish(number: bytes) -> bool:
    digits = number[:6] + number[7:10]
    return _date(number[2:4], number[:2]) and _FINNISH[int(digits) % 31] == number[-1]


def _swedish(number: bytes) -> bool:
    number = number.replace(b"-", b"").replace(b"+", b"")[-10:]
    day = int(number[4:6]) % 60  # coordination numbers add 60 to it
    return _date(number[2:4], b"%d" % day) and luhn(number)


def _norwegian(number: bytes) -> bool:
    first = weighted(number, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    return not first and not weighted(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11


def _polish(number: bytes) -> bool:
    return not weighted(number, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10


def _swiss(number: bytes) -> bool:
    return not weighted(number, (1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1)) % 10


def _austrian(number: bytes) -> bool:
    body = number[:3] + number[4:]
    return weighted(body, (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11 == number[3] - 48


def _german(number: bytes) -> bool:
    counts = [number[:10].count(digit) for digit in set(number[:10])]
    repeated = [count for count in counts if count > 1]
    return repeated in ([2], [3]) and pure_11_10(number)


def _dutch(number: bytes) -> bool:
    return not weighted(number, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11


def _chinese(number: bytes) -> bool:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    right = _CHINESE[weighted(number, weights) % 11] == number[17]
    return right and _date(number[10:12], number[12:14])


def _korean(number: bytes) -> bool:
    return _date(number[2:4], number[4:6])


def _singaporean(number: bytes) -> bool:
    total = weighted(number[1:], (2, 7, 6, 5, 4, 3, 2))
    return _SINGAPORE[number[0]][total % 11] == number[8]


def _australian(number: bytes) -> bool:
    return not weighted(number, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11


def _medicare(number: bytes) -> bool:
    return weighted(number, (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == number[8] - 48


def _japanese(number: bytes) -> bool:
    rest = weighted(number, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if rest <= 1 else 11 - rest) == number[11] - 48


def _turkish(number: bytes) -> bool:
    digits = [digit - 48 for digit in number]
    tenth = (sum(digits[:9:2]) * 7 - sum(digits[1:8:2])) % 10
    return tenth == digits[9] and sum(digits[:10]) % 10 == digits[10]


def _south_african(number: bytes) -> bool:
    return _date(number[2:4], number[4:6]) and luhn(number)


def _shape_only(number: bytes) -> bool:
    del number
    return True


def _forms(table: Mapping[bytes, Check]) -> tuple[Form, ...]:
    return tuple(
        Form(LazyPattern(shape + rb"\Z"), check) for shape, check in table.items()
    )


STRONG = _forms(
    {
        rb"[A-Z]{6}[0-9]{2}[A-EHLMPRST][0-9]{2}[A-Z][0-9]{3}[A-Z]": _italian,
        rb"[0-9]{6}[-+A][0-9]{3}[0-9A-FHJ-NPR-Y]": _finnish,
        rb"756[0-9]{10}": _swiss,
        rb"[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9X]": _chinese,
        rb"[12][0-9]{2}(?:0[1-9]|1[0-2])(?:[0-9]{2}|2[AB])[0-9]{8}": _french,
    }
)
CPF = _brazilian((11, 10, 9, 8, 7, 6, 5, 4, 3, 2))
CNPJ = _brazilian((6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))
SOCIAL_SECURITY = _social_security
WORDED = _forms(
    {
        rb"[0-9]{9}": luhn,
        rb"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]?": _shape_only,
        rb"[0-9]{10}": _british,
        rb"[0-9]{11}": CPF,
        rb"[0-9]{14}": CNPJ,
        rb"[0-9]{8}[A-Z]|[XYZ][0-9]{7}[A-Z]": _spanish,
        rb"[0-9]{6}(?:[0-9]{2})?[-+]?[0-9]{4}": _swedish,
        rb"[0-9]{6}-[0-9]{4}": lambda number: _date(number[2:4], number[:2]),
        rb"[0-9]{12}": lambda number: verhoeff(number) or _japanese(number),
        rb"[A-Z]{3}[ABCFGHJLPT][A-Z][0-9]{4}[A-Z]": _shape_only,
        rb"[STFG][0-9]{7}[A-Z]": _singaporean,
        rb"[0-9]{6}-?[1-8][0-9]{6}": _korean,
        rb"[2-6][0-9]{9,10}": _medicare,
        rb"[0-9]{13}": _south_african,
    }
) + tuple(
    Form(LazyPattern(shape + rb"\Z"), check)
    for shape, check in (
        (rb"[0-9]{11}", _polish),
        (rb"[1-9][0-9]{10}", _german),
        (rb"[0-9]{11}", _norwegian),
        (rb"[0-9]{11}", _belgian),
        (rb"[1-9][0-9]{10}", _turkish),
        (rb"[0-9]{9}", _dutch),
        (rb"[0-9]{9}", _australian),
        (rb"[1-9][0-9]{9}", _austrian),
        (rb"[0-9]{6}[0-9]{4}", lambda number: _date(number[2:4], number[:2])),
    )
)


def is_national(number: bytes, forms: tuple[Form, ...]) -> bool:
    """Tell whether a number is one of the forms, its check included.

    Args:
        number: upper case, without spaces, dots and slashes.
        forms: what it may be.
    """
    return len(set(number)) > 1 and any(
        form.shape.fullmatch(number) and form.check(number) for form in forms
    )
