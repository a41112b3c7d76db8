# SPDX-License-Identifier: Apache-2.0
"""A ledger whose file and keys somebody has, but not the anchors elsewhere."""

from pathlib import Path

import pytest

from tests.tampering.intruder import Scene, cut_behind, found, is_whole

TRIES = 140
"""Twenty of each way; `python -m tests.tampering` tries 2,000."""


@pytest.mark.fault
@pytest.mark.slow
def test_tampering_is_found(tmp_path: Path) -> None:
    """Of what was anchored, whatever is changed, cut, forked or erased is found."""
    scene = Scene.made(tmp_path)
    assert is_whole(scene)
    missed = [seed for seed in range(TRIES) if not found(scene, seed)]
    assert missed == []


@pytest.mark.fault
@pytest.mark.slow
def test_what_no_anchor_covers_can_be_cut(tmp_path: Path) -> None:
    """A cut behind the last anchor is not found: it is told how far anchors reach."""
    scene = Scene.made(tmp_path)
    assert [seed for seed in range(5) if found(scene, seed, cut_behind)] == []
