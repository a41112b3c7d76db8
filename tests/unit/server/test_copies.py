# SPDX-License-Identifier: Apache-2.0
"""The inventory of places where data can be: it is whole, and the look is real.

Rules: a canary is planted as devices do; files are read as they are.
Not here: the whole collector at work (`tests/deletion`).
"""

from pathlib import Path

import pytest
from keeper_fixture import Room
from reader_fixture import fold, table

from server.keeper import copies
from server.keeper.copies import PLACES, Holds
from server.store.traces import traces

CANARY = "canary-8f1c-in-a-log-line"


@pytest.mark.slow
def test_every_file_belongs_to_a_place(tmp_path: Path) -> None:
    """After devices, fold job and keeper were at work no file is in no place."""
    room = Room(tmp_path)
    fold(room.site)
    with room.keeper() as desk:
        room.until_due(desk)
        room.turn(desk)
        assert copies.strangers(room.site.layout) == []
    (room.site.layout.directory / "left-here").touch()
    assert [path.name for path in copies.strangers(room.site.layout)] == ["left-here"]


@pytest.mark.slow
def test_a_canary_is_where_the_inventory_says(tmp_path: Path) -> None:
    """Sealed octets are in places that hold such, and the words of it nowhere."""
    room = Room(tmp_path)
    speaker = room.site.enrol("Attic")
    octets = speaker.seal(
        room.site.key(), [table("event_logs", [{"message": CANARY}])], room.site.now
    )
    room.site.put(octets)
    fold(room.site)
    layout = room.site.layout
    sealed = {
        place.name
        for place in PLACES
        if any(traces(list(place.files(layout)), [octets[-32:]]))
    }
    assert sealed
    assert sealed <= {place.name for place in PLACES if place.holds is Holds.SEALED}
    words = [CANARY.encode(), CANARY.encode("utf-16-le")]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sum(traces(files, words)) == 0
