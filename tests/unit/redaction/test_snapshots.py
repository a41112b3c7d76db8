# SPDX-License-Identifier: Apache-2.0
"""Examples and lines of the grammar become what was read and written down.

Rules: a change that is meant is written by `make gen` and read in the difference.
Not here: that nothing leaks (`test_detectors.py`, `tests/property`).
"""

from itertools import zip_longest

import pytest

from agent.redaction.identities import Identities
from agent.redaction.text import Scrubber
from tests.unit.redaction.snapshots import FILES, FOLDER, grammar_lines, shown


@pytest.mark.parametrize("name", FILES)
def test_lines_become_what_is_written(name: str) -> None:
    """Every example and line of the grammar is scrubbed exactly as it is written."""
    written = (FOLDER / name).read_text("utf-8").splitlines()
    for was, made in zip_longest(written, FILES[name]()):
        assert made == was


def test_lines_become_the_same_again_and_in_blocks() -> None:
    """New lines, lines whose shape was seen and known ones become what is written."""
    written = (FOLDER / "grammar.tsv").read_text("utf-8").splitlines()
    texts = [line.text for line in grammar_lines()]
    scrubber = Scrubber(Identities(), None, seconds=600.0)
    for size in (250, 100, 400):
        made: list[object] = []
        for start in range(0, len(texts), size):
            made += scrubber.scrub_many(texts[start : start + size])
        for was, text in zip(written, made, strict=True):
            assert shown(text) == was.partition("\t")[2]
