# SPDX-License-Identifier: Apache-2.0
"""Who is erased is nowhere: the proof that anyone can run is run here, too.

Not here: how it looks (`tests/deletion/erased.py`).
"""

from pathlib import Path

import pytest

from tests.deletion.erased import holds, played

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_who_is_erased_is_nowhere(tmp_path: Path) -> None:
    """In no envelope, block, file or restored store; all others are where they were."""
    seen = played(tmp_path / "room")
    assert holds(seen)
    assert [one.hits for _, one in seen[1:]] == [0, 0, 0]
