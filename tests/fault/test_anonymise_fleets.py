# SPDX-License-Identifier: Apache-2.0
"""No release of a random fleet tells of single devices, whoever computes with it.

Rules: what is hidden wrongly on purpose has to be found, so that the verdict means
something.
Not here: the fleets (`tests/model/anonymise`), cells counted by hand
(`tests/unit/server/test_anonymise_cells.py`).
"""

import pytest

from tests.model.anonymise.__main__ import FAULTS, fleets, main

pytestmark = pytest.mark.fault


@pytest.mark.parametrize("first", [0, 20])
def test_releases_point_at_nobody(first: int) -> None:
    """Nothing is small, undone, attacked, exact, or near a neighbour's."""
    found = fleets(20, first, workers=1)
    assert [found[name] for name in FAULTS] == [0, 0, 0, 0, 0]
    assert found["cells"] > 40


@pytest.mark.parametrize(
    ("planted", "fault"), [("primary", "undone"), ("nothing-hidden", "small")]
)
def test_a_planted_fault_is_found(planted: str, fault: str) -> None:
    """Cells that are hidden wrongly on purpose are undone, or seen to be small."""
    assert fleets(20, 0, workers=1, planted=planted)[fault] > 0


def test_the_figures_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The line has a figure for each thing that may be wrong."""
    assert main(["--fleets", "1", "--workers", "1"]) == 0
    assert capsys.readouterr().out.endswith(
        "0 too small, 0 undone, 0 attacked, 0 miscounted, 0 differing\n"
    )
