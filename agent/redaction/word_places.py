# SPDX-License-Identifier: Apache-2.0
r"""Finds many words in one text at once: a look for each would cost all of it again.

Rules: no place where a whole word stands is left out; one begins where a run of letters
and digits does, or behind an escape within one (`\tws7`), so that one pass tells all
places.
Not here: few words, and whether a whole word stands there (`spreading.py`).
"""

from collections.abc import Container, Iterable, Sequence
from itertools import accumulate

from agent.redaction.dictionary import WORD

_BLANK = b" "
_PARTED = bytes(byte if byte in WORD else _BLANK[0] for byte in range(256))
"""Makes a blank of what is no letter and no digit."""


def stands_apart(word: bytes) -> bool:
    """Tell whether it begins with a letter or digit and no two places can overlap.

    Args:
        word: not empty; overlapping places begin with its first letter.
    """
    return word[0] in WORD and word.find(word[:1], 1) < 0


def places_of(
    words: Iterable[bytes], lowered: bytes, ends: Sequence[int]
) -> dict[bytes, list[int]]:
    """Return where each of some words begins; it may go on where it ends.

    Args:
        words: in lower case; each stands apart.
        lowered: the text in lower case.
        ends: where escapes end in it.
    """
    found: dict[bytes, list[int]] = {word: [] for word in words}
    longer: dict[bytes, set[int]] = {}
    for word in found:
        head = word.translate(_PARTED).partition(_BLANK)[0]
        sizes = longer.setdefault(head, set())
        if len(head) < len(word):
            sizes.add(len(word))
    for run, start in _runs(lowered, ends, longer):
        if run in found:
            found[run].append(start)
        for size in longer[run]:
            word = lowered[start : start + size]
            if word in found:
                found[word].append(start)
    return found


def _runs(
    lowered: bytes, ends: Sequence[int], heads: Container[bytes]
) -> list[tuple[bytes, int]]:
    """Return the runs of letters and digits that are asked for, and their places."""
    parted = lowered.translate(_PARTED)
    runs = parted.split(_BLANK)
    before = accumulate(map(len, runs), initial=0)
    found = [
        (run, letters + blanks)
        for blanks, (run, letters) in enumerate(zip(runs, before))  # noqa: B905 - one more
        if run in heads
    ]
    for end in ends:
        if end < len(lowered) and lowered[end] in WORD and lowered[end - 1] in WORD:
            last = parted.find(_BLANK, end)
            run = parted[end:] if last < 0 else parted[end:last]
            if run in heads:
                found.append((run, end))
    return found
