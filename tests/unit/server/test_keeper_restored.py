# SPDX-License-Identifier: Apache-2.0
"""A keyring that came back beside a store that knows better: the keeper's first turn.

Rules: a real installation; the keyring and its master are set back as files.
Not here: what else may know of a death (`test_restoring.py`).
"""

import shutil
from pathlib import Path

import pytest
from keeper_fixture import Room, signed

from server.errors import StateError
from server.keeper.rounds import arrears, retention
from wire.purposes import Purpose

pytestmark = pytest.mark.slow


def test_nothing_is_read_before_what_died_is_buried(tmp_path: Path) -> None:
    """A directory that was set back whole opens again only what has not died."""
    room = Room(tmp_path)
    layout, now = room.site.layout, room.site.now
    parts = [layout.keyring, layout.directory.with_name("collector-master")]
    copies = [tmp_path / "copies" / part.name for part in parts]
    for part, copy in zip(parts, copies, strict=True):
        shutil.copytree(part, copy)
    gone, kept = room.live(), room.live(Purpose.SECURITY)
    with room.keeper() as desk:
        room.until_due(desk)
        room.turn(desk)
    room.site.keyring.close()
    for part, copy in zip(parts, copies, strict=True):
        shutil.rmtree(part)
        shutil.move(copy, part)
    with room.keeper() as desk:
        desk.keyring.set_renewing(on=True)
        assert desk.keyring.for_ending(gone.key_id) is not None
        scoped = desk.keyring.scoped(desk.tenant, Purpose.SECURITY, now)
        with pytest.raises(StateError, match="nothing is read until"):
            scoped.opening_key(kept.key_id)
        arrears.turn(desk, room.machine.system)
        retention.turn(desk, room.machine.system)
        assert desk.keyring.for_ending(gone.key_id) is None
        assert scoped.opening_key(kept.key_id) is not None
        assert len(signed(desk)) == 1
    told = [one.body for one in room.site.acts() if one.act == "restored"]
    assert told == [{"by": "keeper", "keys": 1}]
    room.site.store.close()
