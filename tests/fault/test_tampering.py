# SPDX-License-Identifier: Apache-2.0
"""A ledger whose file and keys somebody has, but not the anchors elsewhere."""

from pathlib import Path

import pytest

from tests.tampering.intruder import Scene, found, is_whole

TRIES = 140
"""Twenty of each way; `python -m tests.tampering` tries 2,000."""


@pytest.mark.fault
@pytest.mark.slow
def test_tampering_is_found(tmp_path: Path) -> None:
    """Whatever is edited, deleted, moved, cut, forked, put in or erased is found."""
    scene = Scene.made(tmp_path)
    assert is_whole(scene)
    missed = [seed for seed in range(TRIES) if not found(scene, seed)]
    assert missed == []
