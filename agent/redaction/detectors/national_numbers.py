# SPDX-License-Identifier: Apache-2.0
"""Numbers that a state gives a person: US social security numbers.

Rules: removed, never given a pseudonym; numbers that were never issued stay.
Not here: other countries' numbers, whose shapes are those of counts.
"""

from agent.redaction.detector import Found

NAME = "national_numbers"
CLASS = "national"
PATTERN = rb"[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}"
NEEDS: tuple[bytes, ...] = ()
BESIDE = 2
SPREADS = False

_NEVER = frozenset({b"000", b"666"})
_FIRST_UNUSED = b"900"


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept an area, group and serial that can have been issued."""
    beside = before[-1:] + after[:1]
    if beside.isalnum() or any(mark in b"-._/:" for mark in beside):
        return ()
    if before[-1:].isalnum() or after[:1].isalnum() or match[3] != match[6]:
        return ()
    area, group, serial = match[:3], match[4:6], match[7:]
    if area in _NEVER or area >= _FIRST_UNUSED or group == b"00" or serial == b"0000":
        return ()
    return ((0, len(match), CLASS),)


HITS = (("ssn 219-09-9999 on file", "219-09-9999"), ("is 219 09 9999", "219 09 9999"))
MISSES = (
    "000-12-3456 and 666-12-3456",
    "1219-09-9999",
    "219-09-99990",
    "a-219-09-9999",
    "200 12-3456",
)
WORST = "219-09-"
