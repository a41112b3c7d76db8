# SPDX-License-Identifier: Apache-2.0
"""Escapes that touch what follows them.

Rules: a table of what stands before, what was found, and how much of it is the escape.
Not here: the detectors that ask (`test_detectors.py`).
"""

import pytest

from agent.redaction.escapes import escape_end


@pytest.mark.parametrize(
    ("before", "match", "end"),
    [
        (b"", b"198.51.100.7", None),
        (b"from ", b"198.51.100.7", None),
        (rb"\t", b"198.51.100.7", 0),
        (b"%3D", b"198.51.100.7", 0),
        (b"%2", b"0198.51.100.7", 1),
        (b"%", b"20198.51.100.7", 2),
        (b"#0", b"11198.51.100.7", 2),
        (rb"\u003", b"c2001:db8::4", 1),
        (rb"\x2", b"0198.51.100.7", 1),
        (b"=3D", b"198.51.100.7", 0),
        (b"=", b"3D01::4", None),
        (b"\\", b"fe80::4", None),
        (b"%20 ", b"198.51.100.7", None),
    ],
)
def test_escape_end(before: bytes, match: bytes, end: int | None) -> None:
    """An escape is told from digits that only look like its end."""
    assert escape_end(before, match) == end
