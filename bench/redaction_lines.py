# SPDX-License-Identifier: Apache-2.0
"""The lines that redaction is measured on.

Rules: lines of the project's own grammar, none of them twice; where DISCREET_LABELLED
names a folder with labelled real lines, those too, which have to be repeated.
Not here: measuring.
"""

import json
import os
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.redaction.detectors import detectors
from bench.feeding import MB
from tests.log_grammar.grammar import lines

LABELLED = os.environ.get("DISCREET_LABELLED", "")
KNOWN = 40
"""Values of each class in the logs of one network."""
MIXED = "grammar, one network"
REAL = "labelled logs, repeated"
NEW = "grammar, every value new"
SPEED_BYTES = 8 * MB
LONG_BYTES = 100 * MB
"""What the labelled lines' own tables of speed were measured on."""
WORST_BYTES = MB
WORST_LINE = 4_000
BLOCKS, BATCHES = 30.0, 25.0
"""Least MB for each CPU second in blocks of 1 MB and in batches of 2,000 lines."""
_MOST_LINES = 200_000
_DIGIT = re.compile(rb"[0-9]")


@dataclass(frozen=True)
class Corpus:
    """A text.

    Attributes:
        name: what it is.
        octets: lines with their ends.
        share: of the speed that is asked of it; 0 where nothing is.
    """

    name: str
    octets: bytes
    share: float = 1.0


def mixed(size: int = SPEED_BYTES) -> bytes:
    """Return lines of one network, of about so many bytes."""
    return _of_size((line.text for line in lines(12, _MOST_LINES, KNOWN)), size)


def corpora() -> Iterator[Corpus]:
    """Yield the texts whose speed is told."""
    yield Corpus(MIXED, mixed())
    real = real_lines()
    if real:
        for size in (SPEED_BYTES, LONG_BYTES):
            octets = _of_size(_again(real, size), size)
            yield Corpus(f"{REAL} to {size // MB} MB", octets)
    found = (line.text for line in lines(13, _MOST_LINES))
    yield Corpus(NEW, _of_size(found, SPEED_BYTES // 2), 0.1)


def worst_cases() -> Iterator[Corpus]:
    """Yield the worst case of each detector, as one line and with digits of its own."""
    drawn = random.Random(15)  # noqa: S311 - repeatable, not secret
    for detector in detectors():
        count = WORST_LINE // max(1, len(detector.worst)) + 1
        line = (detector.worst * count)[:WORST_LINE].replace("\n", " ")
        octets = f"{line}\n".encode("utf-8", "replace")
        count = max(1, WORST_BYTES // len(octets))
        yield Corpus(f"worst case of {detector.name}", octets * count, 0.1)
        if _DIGIT.search(octets):
            others = b"".join(
                _DIGIT.sub(lambda _: b"%d" % drawn.randrange(10), octets)
                for _ in range(count)
            )
            yield Corpus(f"worst case of {detector.name}, other digits", others, 0.1)


def real_lines() -> list[str]:
    """Return labelled lines of servers' logs; none where there are none."""
    if not LABELLED:
        return []
    found: list[str] = []
    for path in sorted(Path(LABELLED, "labelled").glob("loghub*.jsonl")):
        rows: list[Mapping[str, str]] = [
            json.loads(row) for row in path.read_text("utf-8").splitlines()
        ]
        found += [row["line"] for row in rows]
    return found


def _again(texts: Sequence[str], size: int) -> Iterator[str]:
    whole = sum(len(text) + 1 for text in texts)
    for _ in range(size // whole + 1):
        yield from texts


def _of_size(texts: Iterator[str], size: int) -> bytes:
    found = bytearray()
    for text in texts:
        found += text.encode("utf-8", "replace") + b"\n"
        if len(found) >= size:
            break
    return bytes(found)
