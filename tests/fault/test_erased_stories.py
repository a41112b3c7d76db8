# SPDX-License-Identifier: Apache-2.0
"""Who is erased was never there, as every reading tells, later changes included.

Rules: random stories of machines with people on them; what a machine shows of which
somebody was erased is what one shows that never had them.
Not here: the stories (`tests/model/erasing`), the steps of an erasure
(`tests/unit/server/test_erasing.py`).
"""

import pytest

from tests.model.erasing.__main__ import main, pieces

pytestmark = pytest.mark.fault
STORIES, BLOCK = 200, 50
"""Seven a second and core; `make fault` plays two thousand."""


@pytest.mark.parametrize("first", range(0, STORIES, BLOCK))
def test_the_erased_were_never_there(first: int) -> None:
    """No reading, with blocks or without, tells the two machines apart."""
    acts, wrong = pieces(BLOCK, first, workers=1)
    assert wrong == []
    assert min(acts["replaced"], acts["again"], acts["compared"], acts["blocks"]) > 0


def test_the_figures_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The last line tells how much was erased, and that nothing was wrong."""
    assert main(["--stories", "2", "--workers", "1"]) == 0
    assert capsys.readouterr().out == (
        "2 stories, 5 envelopes replaced, 1 of them again, 6 comparisons, 0 wrong\n"
    )
