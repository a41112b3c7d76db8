# SPDX-License-Identifier: Apache-2.0
"""Lists of machines by number: an142 an143 an144 an145, node[1-4], node7,node8.

Rules: at least four names in a row with the same letters before their numbers.
Not here: one name alone (`hosts_in_context.py`).
"""

from itertools import accumulate

from agent.redaction.detector import Digits, Found
from agent.redaction.lazily import LazyPattern

NAME = "host_lists"
CLASS = "host"
PATTERN = rb"\b[A-Za-z][A-Za-z-]*[0-9]+(?:[ ,]+[A-Za-z][A-Za-z-]*[0-9]+){3,}\b"
NEEDS: tuple[bytes, ...] = ()
BESIDE = 0
SPREADS = False
DIGITS = Digits.ALL

_RUN = LazyPattern(rb"([A-Za-z][A-Za-z-]*)[0-9]+(?:[ ,]+\1[0-9]+)*")
"""Names in a row that have the same letters."""
_PARTED = bytes.maketrans(b",", b" ")
_LEAST = 4
_NOT_HOSTS = frozenset(
    b"a b c d e f g h i j k l m n o p q r s t u v w x y z arg args cpu core disk drive "
    b"eth field group int irq item key kb level line mode node-id page para part port "
    b"r rax reg sd slot step st string test thread tty uint utf v var vd version xmm "
    b"ymm x86 kb fp sp gpr spr sda col row phase stage layer round".split()
)
"""Registers, drives, levels and other things that are counted."""


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept runs of names that differ by their numbers."""
    del before, after
    found: list[tuple[int, int, str]] = []
    for run in _RUN.finditer(match):
        if run[1].lower() in _NOT_HOSTS:
            continue
        names = run[0].translate(_PARTED).split(b" ")
        if len({*names, b""}) > _LEAST:
            ends = accumulate(map(len, names))
            found += [
                (first + end - len(name), first + end, CLASS)
                for first, (name, end) in enumerate(
                    zip(names, ends, strict=True), run.start()
                )
                if name
            ]
    return tuple(found)


HITS = (
    ("cannot resolve cn7 cn8 cn9 cn10 now", "cn8"),
    ("down: rack-a1, rack-a2, rack-a3, rack-a4", "rack-a3"),
    ("x1 y2 cn7 cn8 cn9 cn10", "cn10"),
)
MISSES = (
    "r8 r9 r10 r11 are saved",
    "cn7 cn8 cn9 are three",
    "level1 level2 level3 level4",
    "abc1 def2 ghi3 jkl4",
    "cn7 cn7 cn7 cn7",
)
WORST = "ab1 "
