# SPDX-License-Identifier: Apache-2.0
"""A fleet that is opened lot by lot, here or by others, is what one process opens."""

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from fleet_room import alone, crew, go_on, means, messages, plant, shown, together
from reader_fixture import Site, Speaker, make_site, table

from server.errors import LimitError
from server.reader import lots, subjects
from server.reader.crew import Places
from server.reader.lots import Source, fetched, gathered, number_of, open_lot
from server.reader.marked import Mark, Marked
from server.reader.subjects import Subject
from wire.purposes import Purpose

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Install a collector with a fleet."""
    made = make_site(tmp_path_factory.mktemp("fleet") / "collector")
    yield made
    made.store.close()
    made.keyring.close()


@pytest.fixture(scope="module")
def speakers(site: Site) -> list[Speaker]:
    """Have its devices speak."""
    return plant(site)


@pytest.mark.parametrize("places", [0, 2])
def test_it_is_what_one_process_opens(
    site: Site, speakers: list[Speaker], places: int
) -> None:
    """Rows and their order, counts, reasons, blocks and what is broken are the same."""
    opened = together(site, Places(places))
    assert shown(opened) == shown(alone(site))
    assert len(opened.devices) == len(speakers)
    assert (opened.blocks, len(opened.broken)) == (2, 1)


@pytest.mark.parametrize("places", [0, 2])
def test_a_window_and_whole_tables_are_the_same(
    site: Site, speakers: list[Speaker], places: int
) -> None:
    """What an export reads, and what was made since a moment."""
    assert speakers
    for narrowed in ({"shown": None}, {"since": site.now + 1}, {"shown": {}}):
        opened = together(site, Places(places), **narrowed)
        assert shown(opened) == shown(alone(site, **narrowed))


@pytest.mark.parametrize("places", [0, 2])
def test_restricted_rows_and_notes_are_the_same(
    site: Site, speakers: list[Speaker], places: int
) -> None:
    """A device's rows and a person's are withheld in other processes, too."""
    whose = site.keyring, site.tenant, Purpose.SUPPORT
    device = subjects.tokens(*whose, Subject("device", speakers[5].device.hex()))
    noted = subjects.tokens(*whose, Subject("device", speakers[6].device.hex()))
    somebody = subjects.tokens(*whose, Subject("user", "ann"))
    restricted = [Mark(device, speakers[5].device, ""), Mark(somebody, None, "")]
    notes = [Mark(noted, speakers[6].device, "It is a loan.")]
    opened = together(site, Places(places), marked=Marked(restricted, notes))
    assert shown(opened) == shown(alone(site, marked=Marked(restricted, notes)))
    assert opened.notes == ["It is a loan."]
    assert opened.skipped["restricted"] > 0


def test_texts_that_come_often_are_kept_once(tmp_path: Path) -> None:
    """A column of them holds numbers; one with texts of one row each holds these."""
    site = make_site(tmp_path / "collector")
    for number in range(2):
        lines = [
            {"message": "often", "log.source": f"{number} {at}"} for at in range(8)
        ]
        site.say(site.enrol(), [table("event_logs", lines)])
    columns = {"event_logs": frozenset({"message", "log.source"})}
    wanted = {"event_logs": ("message", "log.source")}
    held = together(site, columns=columns, shown=wanted).tables["event_logs"]
    assert pa.types.is_dictionary(held.schema.field("message").type)
    assert held.schema.field("log.source").type == pa.string()
    site.store.close()
    site.keyring.close()


@pytest.mark.parametrize("places", [0, 2])
def test_more_than_a_reading_may_hold_is_refused(
    site: Site, speakers: list[Speaker], places: int
) -> None:
    """Wherever it was opened."""
    assert speakers
    with pytest.raises(LimitError, match="more data than one reading may hold"):
        together(site, Places(places), most=100)


def test_a_reading_that_is_to_end_ends_its_processes(
    site: Site, speakers: list[Speaker]
) -> None:
    """A grant that ended gives its places back."""
    assert speakers
    started = list[int]()

    def check() -> None:
        started.extend(crew(os.getpid()))
        if started:
            msg = "the grant ended"
            raise LimitError(msg)

    places = Places(2)
    with pytest.raises(LimitError, match="the grant ended"):
        together(site, places, check=check)
    assert started
    assert crew(os.getpid()) == []
    assert places.take() == 2


def test_who_comes_moves_nobody_to_another_lot() -> None:
    """A lot is told by a device's id, and halves where a fleet doubles."""
    device = bytes.fromhex("c0ffee00" + "00" * 12)
    assert lots.lots_of(0) == lots.lots_of(31) == 0
    assert number_of(device, lots.lots_of(31)) == 0
    assert [number_of(device, bits) for bits in (1, 2, 4)] == [1, 3, 12]


def test_a_lot_carries_no_more_than_its_bound(
    site: Site, speakers: list[Speaker]
) -> None:
    """What is beyond it is fetched as it is opened; blocks stand for theirs as ever."""
    assert speakers
    given, keys = means(site), site.keys()
    source = Source(keys, fetched(site.store, given.selection))
    found, blocks = list[str](), 0
    lots = [*gathered(site.store, given, site.store.devices(site.tenant), most=0)]
    assert sum(bool(one.octets) for lot in lots for one in lot.stored) <= len(lots)
    for lot in lots:
        opened = open_lot(lot, given, source, go_on)
        blocks += opened.opened.blocks
        for piece in opened.rows.get("event_logs", []):
            found += piece.column("message").to_pylist()
    assert sorted(found) == messages(alone(site))
    assert blocks == alone(site).blocks == 2
