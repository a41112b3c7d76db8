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
from server.keeper.verifying import hits

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
    assert copies.outside(desk.settings()) == [tmp_path / "collector-master"]


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
        if any(hits(path, [octets[-32:]]) for path in place.files(layout))
    }
    assert sealed
    assert sealed <= {place.name for place in PLACES if place.holds is Holds.SEALED}
    words = [CANARY.encode(), CANARY.encode("utf-16-le")]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sum(hits(path, words) for path in files) == 0


@pytest.mark.parametrize("before", [0, 1, 1_048_560, 1_048_576, 1_048_590, 3_000_000])
def test_samples_are_found_wherever_they_lie(tmp_path: Path, before: int) -> None:
    """Also across the borders of what is read at a time, each once."""
    path = tmp_path / "file"
    samples = [bytes([number]) * 32 for number in (1, 2, 3)]
    path.write_bytes(bytes(before) + samples[0] + samples[1] + samples[0])
    assert hits(path, samples) == 2


def test_a_file_that_is_gone_has_nothing(tmp_path: Path) -> None:
    """A log that was emptied and removed meanwhile is no mistake."""
    assert hits(tmp_path / "absent", [b"x" * 32]) == 0
