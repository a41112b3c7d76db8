# SPDX-License-Identifier: Apache-2.0
r"""What stands at a detector's bounds is found, or left, to the byte.

Rules: a file of `exact/` is named after its detector and has a line, a tab and what
the detector alone makes of it; a backslash is written twice, a tab as \\t. Lines with
what looks like a real token stand in the detector's own examples, where no scanner of
secrets sees them whole.
Not here: what each detector is for (`test_detectors.py`).
"""

from pathlib import Path

import pytest

from agent.redaction.detectors import detectors
from agent.redaction.identities import Identities
from agent.redaction.text import Scrubber

FOLDER = Path(__file__).parent / "exact"
DETECTORS = {detector.name: detector for detector in detectors()}
FILES = [pytest.param(path, id=path.stem) for path in sorted(FOLDER.glob("*.tsv"))]


def _read(written: str) -> str:
    return written.encode("latin-1", "backslashreplace").decode("unicode_escape")


@pytest.mark.parametrize("path", FILES)
def test_a_detector_finds_exactly_that(path: Path) -> None:
    """One detector alone makes of each line what stands beside it."""
    rows = [
        tuple(map(_read, row.split("\t")))
        for row in path.read_text("utf-8").splitlines()
        if row and not row.startswith("# ")
    ]
    scrubber = Scrubber(Identities(), None, using=[DETECTORS[path.stem]])
    assert [(line, scrubber.scrub(line)) for line, _ in rows] == rows
