# SPDX-License-Identifier: Apache-2.0
"""What every detector file offers, and how it is run over a block.

Rules: a detector sees bytes and a few bytes beside a match, nothing else, so that
what it finds does not depend on other detectors: adding one can only remove more.
Not here: the detectors (one file each in `detectors/`), replacing (`text.py`).
"""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

Found = tuple[tuple[int, int, str], ...]
"""Spans relative to the start of a match, each with its kind; empty for none."""
Verify = Callable[[bytes, bytes, bytes], Found]
"""Exact check of (match, bytes before, bytes after) on the same line."""


class Digits(Enum):
    """On which digits the verdict on a match depends."""

    NONE = "none"
    """On none: any digit in place of another changes nothing."""
    MATCH = "match"
    """On those of the match, not on those beside it."""
    ALL = "all"
    """On those beside it too."""


class Detector(NamedTuple):
    """One detector, as its file declares it.

    Attributes:
        name: the file's name.
        kind: class of identity, or a kind that is only removed.
        pattern: RE2 pattern over bytes (Latin-1), without groups, within a line.
        needs: lower-case literals; a block without any of them cannot match.
        beside: how many bytes before and after a match `verify` is shown.
        spreads: whether a name found once is hidden in the whole text.
        digits: on which digits the verdict depends; fewer are faster.
        verify: exact check of a match.
        hits: texts and what must be gone from each.
        misses: texts that must stay as they are.
        worst: a text that is slow for a careless engine, to be repeated.
        wide: the pattern for any digits, empty where it is this one; None where nobody
            has worked it out yet.
    """

    name: str
    kind: str
    pattern: bytes
    needs: tuple[bytes, ...]
    beside: int
    spreads: bool
    digits: Digits
    verify: Verify
    hits: tuple[tuple[str, str], ...]
    misses: tuple[str, ...]
    worst: str
    wide: bytes | None = None
