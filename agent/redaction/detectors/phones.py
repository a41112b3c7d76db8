# SPDX-License-Identifier: Apache-2.0
"""Telephone numbers: with a plus sign, after a word, or grouped as in America.

Rules: removed, never given a pseudonym; bare digits stay, for they are counts.
Not here: other numbers of persons (`national_numbers.py`).
"""

import re

from agent.redaction.detector import Found

NAME = "phones"
CLASS = "phone"
_DIGITS = rb"[0-9](?:[ ()./-]{0,3}[0-9]){5,16}"
PATTERN = (
    rb"\+[ (]?"
    + _DIGITS
    + rb"|(?i:\b(?:tel|telephone|telefon|phone|mobile|mobil|cell|fax|"
    rb"call|handy|whatsapp|sms)[a-z]*(?: (?:no|nr|number|is))*[ .:=#\"']{1,5})[+(]?"
    + _DIGITS
    + rb"|\([0-9]{3}\) ?[0-9]{3}[-. ][0-9]{4}|[0-9]{3}[-.][0-9]{3}[-.][0-9]{4}"
)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 2
SPREADS = False

_START = re.compile(rb"[+(]{0,2}[0-9]")
_JOINTS = (b"-", b".", b":", b"/")
_SHORTEST = 7
_LONGEST = 15


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept seven to fifteen digits (ITU-T E.164)."""
    if after[:1].isalnum() or (after[:1] in (b".", b":") and after[1:2].isdigit()):
        return ()
    plus = match.startswith(b"+")
    beside = before[-1:]
    if match[:1].isdigit() and (beside.isalnum() or beside in _JOINTS):
        return ()
    if plus and (before[-1:].isalnum() or before[-1:] in (b".", b"+", b")")):
        return ()
    start = _START.search(match)
    digits = sum(chr(byte).isdigit() for byte in match)
    if start is None or not _SHORTEST + plus <= digits <= _LONGEST:
        return ()
    return ((start.start(), len(match), CLASS),)


HITS = (
    ("call +49 30 1234567 now", "+49 30 1234567"),
    ("tel: 030/1234567", "030/1234567"),
    ("phone=555-010-1234", "555-010-1234"),
    ("reach me at (555) 010-1234", "555) 010-1234"),
    ("reach me at 555-010-1234", "555-010-1234"),
    ("Mobile: (555) 010-1234", "555) 010-1234"),
)
MISSES = (
    "at 12:00:00 +0200",
    "1234567 packets",
    "1.5+2345678",
    "c++ 12",
    "pid 1234567890",
)
WORST = "+1 2 3-4"
