# SPDX-License-Identifier: Apache-2.0
"""Examples and lines of the grammar become what was read and written down.

Rules: a change that is meant is written by `make gen` and read in the difference.
Not here: that nothing leaks (`test_detectors.py`, `tests/property`).
"""

from itertools import zip_longest

import pytest

from tests.unit.redaction.snapshots import FILES, FOLDER


@pytest.mark.parametrize("name", FILES)
def test_lines_become_what_is_written(name: str) -> None:
    """Every example and line of the grammar is scrubbed exactly as it is written."""
    written = (FOLDER / name).read_text("utf-8").splitlines()
    for was, made in zip_longest(written, FILES[name]()):
        assert made == was
