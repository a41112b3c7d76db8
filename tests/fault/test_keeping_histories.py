# SPDX-License-Identifier: Apache-2.0
"""Nothing ends early or late, whatever policies, laws, holds, rights and clocks do.

Rules: random histories are played by the product and by the statement's words; what is
planted on purpose has to be found, so that the verdict means something.
Not here: the histories (`tests/model/keeping`), single cases
(`tests/unit/server/test_keeping.py`).
"""

import pytest

from tests.model.keeping.__main__ import main, pieces
from tests.model.keeping.planted import PLANTED

pytestmark = pytest.mark.fault
HISTORIES, BLOCK = 3_000, 500
"""Forty a second and core; `make fault` plays a hundred thousand."""


@pytest.mark.parametrize("first", range(0, HISTORIES, BLOCK))
def test_all_ends_when_it_must(first: int) -> None:
    """All is kept as long as it is needed, and shown but of whom is restricted."""
    wrong, told = pieces(BLOCK, first, workers=1)
    assert (dict(wrong), told) == ({}, [])


@pytest.mark.parametrize("name", sorted(set(PLANTED) - {"nothing"}))
def test_a_planted_fault_is_found(name: str) -> None:
    """A wrong decision on purpose is found within fifty histories."""
    wrong, _ = pieces(50, 0, workers=1, planted=name)
    assert wrong.total() > 0


def test_the_figures_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The last line has all three figures, for whoever asks for them."""
    assert main(["--histories", "3", "--workers", "1"]) == 0
    printed = capsys.readouterr().out
    assert printed == "3 histories, 0 early, 0 late, 0 mismatches\n"
