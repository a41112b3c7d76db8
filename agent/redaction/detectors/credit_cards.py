# SPDX-License-Identifier: Apache-2.0
"""Payment card numbers: the right length, an issuer's first digits, and Luhn's sum.

Rules: removed, never given a pseudonym; digits may be grouped by spaces or dashes.
Not here: account numbers (`ibans.py`).
"""

import re

from agent.redaction.detector import Found

NAME = "credit_cards"
CLASS = "card"
PATTERN = (
    rb"[2-6][0-9]{11,18}"
    rb"|[3-6][0-9]{3}[ -][0-9]{4,7}[ -][0-9]{4,7}(?:[ -][0-9]{4})?(?:[ -][0-9]{1,3}\b)?"
)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 2
SPREADS = False

_ISSUERS = re.compile(
    rb"(?:4[0-9]{12}(?:[0-9]{3}){0,2}|5[1-5][0-9]{14}|2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|"
    rb"7[01][0-9]|720)[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[689][0-9])[0-9]{11,13}|"
    rb"6(?:011|4[4-9][0-9]|5[0-9]{2})[0-9]{12,15}|35(?:2[89]|[3-8][0-9])[0-9]{12,15}|"
    rb"62[0-9]{14,17}|(?:50|5[6-9]|6[0-9])[0-9]{11,17})\Z"
)
_GROUPED = re.compile(rb"[0-9]{4}(?:[ -][0-9]{4,7}){2}(?:[ -][0-9]{1,7}){0,2}\Z")
_BESIDE = (b".", b"-", b"_")
_TEN = 10
_NINE = 9


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept an issuer's number whose check digit is right, standing alone."""
    if before[-1:].isalnum() or after[:1].isalnum() or before[-1:] in _BESIDE:
        return ()
    if after[:1] in (b".", b"-") and after[1:2].isdigit():
        return ()
    digits = match.replace(b" ", b"").replace(b"-", b"")
    if len(digits) != len(match) and not _GROUPED.match(match):
        return ()
    if not _ISSUERS.match(digits) or not _luhn(digits):
        return ()
    return ((0, len(match), CLASS),)


def _luhn(digits: bytes) -> bool:
    """Tell whether the check digit is right (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = digit - ord("0")
        if place % 2:
            value *= 2
        total += value - _NINE if value > _NINE else value
    return total % _TEN == 0


HITS = (
    ("card 4111111111111111 used", "4111111111111111"),
    ("card 4111 1111 1111 1111,", "4111 1111 1111 1111"),
    ("card 5500-0000-0000-0004", "5500-0000-0000-0004"),
    ("amex 378282246310005", "378282246310005"),
    ("4111111111111111 4111-1111-1111-1111 4111 1111 1111 1111", "4111"),
    ("amex 3782 822463 10005", "3782 822463 10005"),
)
MISSES = (
    "4111111111111112 fails the check",
    "id 0123456789012345",
    "at 1700000000000 ms",
    "2024-01-02 10 11 12",
    "x4111111111111111",
    "4111111111111111.5 s",
)
WORST = "4 1-1 1 1"
