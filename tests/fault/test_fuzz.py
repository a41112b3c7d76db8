# SPDX-License-Identifier: Apache-2.0
"""Half a minute of coverage-guided fuzzing breaks no door.

Rules: atheris, in a process of its own for each target; crashes, hangs over five
seconds and growing memory all count. `make fuzz` goes on for longer.
Not here: what was found before (`tests/property/test_fuzz_kept.py`).
"""

import importlib.util
from pathlib import Path

import pytest

from tests.fuzz.__main__ import fuzz
from tests.fuzz.targets import TARGETS

pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.timeout(600),  # what a busy machine adds to it
    pytest.mark.skipif(
        importlib.util.find_spec("atheris") is None,
        reason="atheris has no wheel for this Python: fuzzing needs one",
    ),
]
SECONDS = 30


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_breaks(name: str, tmp_path: Path) -> None:
    """What comes in through this door is read or refused, whatever it is."""
    told = fuzz(name, SECONDS, keep=False, into=tmp_path)
    assert told.broken == ""
    assert told.runs > 0
