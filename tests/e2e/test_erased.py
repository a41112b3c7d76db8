# SPDX-License-Identifier: Apache-2.0
"""Who is erased is nowhere: the proof that anyone can run is run here, too.

Not here: how it looks (`tests/deletion/erased.py`, `certified.py`).
"""

from pathlib import Path

import pytest

from tests.deletion import certified
from tests.deletion.erased import holds, played, unchanged
from wire.papers.certificate import CopyKind, Method

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_who_is_erased_is_nowhere(tmp_path: Path) -> None:
    """In no envelope, block, file, restored store or machine; all others are there."""
    seen = played(tmp_path)
    assert holds(seen)
    assert [one.hits for _, one in seen[1:]] == [0, 0, 0, 0]


def test_where_nobody_is_erased_all_stays(tmp_path: Path) -> None:
    """The same looks find the same afterwards: it is not that they are blind."""
    seen = played(tmp_path, None)
    assert unchanged(seen)
    assert len({one.hits for _, one in seen}) == 1


def test_a_certificate_is_pending_while_a_copy_opens(tmp_path: Path) -> None:
    """It names the living key, then the backup, and is final when that has ended."""
    stages = certified.played(tmp_path)
    assert certified.holds(stages)
    kinds = [[copy.kind for copy in one.certificate.copies] for one in stages]
    assert kinds == [[CopyKind.EPOCH_KEY], *[[CopyKind.KEYRING_BACKUP]] * 2]
    methods = [one.certificate.method for one in stages]
    assert methods == [Method.CLEAR, Method.PURGE, Method.PURGE]
    assert [bool(one.today) for one in stages] == [True, False, False]
    assert [bool(one.backup) for one in stages] == [True, True, False]
