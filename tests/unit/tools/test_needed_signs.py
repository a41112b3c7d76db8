# SPDX-License-Identifier: Apache-2.0
"""Signs without which a pattern does not match.

Not here: that texts without them are passed over (`test_direct.py`).
"""

import pytest

from agent.redaction.detector import Detector
from agent.redaction.detectors import detectors
from agent.redaction.scanning import compile_pattern
from tools.needed_signs import needed_signs

UNDECLARED = [pytest.param(one, id=one.name) for one in detectors() if not one.needs]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (rb"[0-9]{1,3}\.[0-9]+", b"."),
        (rb"user[=:][a-z]+", b":="),
        (rb"user[=:]?[a-z]+", b"u"),
        (rb"A?b{0,2}(?:#|$)", b""),
        (rb"(?i:K#|-(?:x|y)+)", b"#-"),
        (rb"(?:a|[^0-9])", b""),
        (rb"(?:-|b*)=?", b""),
        (rb"a\s", b"\t\n\x0b\x0c\r "),
        (rb"\w\W.", b""),
        (rb"[+\xe9]7", b"7"),
        (rb"(?:[!%]|\xe9)(?:[!%&]|x)", b"!%&x"),
        (rb"\b(?:_|-{2,})\z", b"-_"),
    ],
)
def test_each_way_through_a_pattern_counts(pattern: bytes, expected: bytes) -> None:
    """What may be missing is not needed; of what is, the rarest is told."""
    assert b"".join(needed_signs(pattern)) == bytes(sorted(expected))


@pytest.mark.parametrize("detector", UNDECLARED)
def test_without_them_nothing_matches(detector: Detector) -> None:
    """A text in which a detector finds something has no match once they are out."""
    signs = b"".join(needed_signs(detector.pattern))
    pattern = compile_pattern(detector.pattern)
    assert signs
    for text, _ in detector.hits:
        left = text.encode().translate(None, signs + signs.upper())
        assert not pattern.places(left, lambda: None)
