# SPDX-License-Identifier: Apache-2.0
"""What is restricted is shown to nobody, what is noted is shown with its rows.

Rules: the keeper's own desk places rights, the reader's own desk reads; both on one
planted fleet.
Not here: finding (`test_subjects.py`), exports (`test_rights_export.py`).
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_room import Clock
from desk_room import Room as Reading
from keeper_fixture import Machine
from reader_fixture import fold, make_site, table
from rights_room import PLACES, RightsRoom, Row, unpacked

from server.errors import DeniedError, UsageError
from server.keeper.desk import Desk
from server.keeper.matters import handler
from server.keeper.process import opened
from server.keeper.rights import exporting
from server.register import cases, rights
from server.register.cases import State
from wire.papers.matter import Matter, MatterKind
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
ALL = "SELECT message FROM event_logs"
LOGINS = "SELECT terminal FROM logins"
ACCOUNTS = 'SELECT "user.name" FROM user_accounts'


@pytest.fixture
def room(tmp_path: Path) -> Iterator[RightsRoom]:
    """Install a collector with a planted fleet."""
    site = make_site(tmp_path / "collector")
    room = RightsRoom(site, Machine(site.now))
    room.plant(3)
    yield room
    site.store.close()
    site.keyring.close()


@pytest.fixture
def desk(room: RightsRoom) -> Iterator[Desk]:
    """Open the keeper's desk."""
    with opened(room.site.layout, room.machine.sources) as desk:
        yield desk


@pytest.fixture(scope="module")
def still(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[RightsRoom, Desk]]:
    """Install a collector in which nothing is ever changed, and open its desk."""
    site = make_site(tmp_path_factory.mktemp("still") / "collector")
    room = RightsRoom(site, Machine(site.now))
    room.plant(3, envelopes=2)
    with opened(site.layout, room.machine.sources) as desk:
        yield room, desk
    site.store.close()
    site.keyring.close()


def read(room: RightsRoom, purpose: str, **asked: object) -> tuple[list[str], object]:
    """Return the first cell of all rows that a reading shows, and its end."""
    answers = [*Reading(room.site).ask(purpose=purpose, ticket="", **asked)]
    rows = [
        row[0]
        for message in answers
        for row in message.get("rows", [])  # type: ignore[attr-defined]  # rows
    ]
    return sorted(rows), answers[-1]["end"]


def texts(rows: list[tuple[str, str, Row]], purpose: Purpose) -> set[str]:
    """Return the texts of planted rows of a purpose."""
    dataset, text, _ = PLACES[purpose]
    return {str(row[text]) for _, name, row in rows if name == dataset}


def end_of(end: object, name: str) -> object:
    """Return what the end of a reading says of something."""
    assert isinstance(end, dict)
    return end[name]


@pytest.mark.parametrize(
    ("purpose", "sql"), [(Purpose.SUPPORT, ALL), (Purpose.SECURITY, LOGINS)]
)
def test_restricted_rows_are_withheld_and_counted(
    room: RightsRoom, desk: Desk, purpose: Purpose, sql: str
) -> None:
    """All of the person's and no other row, until the restriction is lifted."""
    before, _ = read(room, purpose.value, sql=sql)
    theirs = texts(room.planted["ann"], purpose)
    assert theirs
    placed = room.granted(desk, MatterKind.RESTRICT, "user", "Ann")
    after, end = read(room, purpose.value, sql=sql)
    assert [one for one in before if one not in theirs] == after
    assert end_of(end, "skipped") == {"restricted": len(theirs)}
    lifted = room.granted(desk, MatterKind.LIFT, case=placed.case.hex())
    assert read(room, purpose.value, sql=sql)[0] == before
    with desk.register.view() as connection:
        ended = cases.find(connection, placed.case)
        again = cases.find(connection, lifted.case)
    assert ended is not None
    assert again is not None
    assert (ended.closed, again.state) == (room.machine.system, State.DONE)
    told = ["subject-found", "subject-restricted", "subject-lifted"]
    assert room.acts("subject") == told


@pytest.mark.parametrize("folded", [False, True])
def test_of_a_state_the_restricted_row_alone_is_missing(
    room: RightsRoom, desk: Desk, *, folded: bool
) -> None:
    """A snapshot's other rows are shown and sound, from envelopes or a block."""
    if folded:
        assert fold(room.site) > 0
    room.granted(desk, MatterKind.RESTRICT, "user", "bea")
    after, end = read(room, "administration", sql=ACCOUNTS)
    names = [
        room.stand_in(Purpose.ADMINISTRATION, "user", name, text=False)
        for name in ("ann", "dana")
    ]
    assert after == sorted(names)
    assert end_of(end, "skipped") == {"restricted": 1}
    assert end_of(end, "asked") == 0


def test_a_restricted_device_is_shown_to_nobody(room: RightsRoom, desk: Desk) -> None:
    """None of its rows, in a query, a list or an export; all of the others'."""
    speaker = room.site.enrol("Attic")
    room.site.say(speaker, [table("event_logs", [{"message": "attic"}] * 3)])
    room.granted(desk, MatterKind.RESTRICT, "device", speaker.device.hex())
    rows, end = read(room, "support", sql=ALL)
    assert rows
    assert "attic" not in rows
    assert end_of(end, "skipped") == {"restricted": 3}
    exported, _ = read(room, "support", sql="", form="jsonl")
    assert speaker.device.hex() not in exported


def test_a_restriction_ends_a_reading_that_goes_on(
    room: RightsRoom, desk: Desk
) -> None:
    """No row is shown a second after a right came into force; a line says why."""
    clock = Clock()
    reading = Reading(room.site, clock).ask(purpose="support", sql=ALL)
    assert "columns" in next(reading)
    room.granted(desk, MatterKind.RESTRICT, "user", "ann")
    clock.time += 1.0
    with pytest.raises(DeniedError, match="changed while this was read: ask again"):
        next(reading)
    assert (room.site.acts()[-1].body or {})["denied"] == "changed-meanwhile"


def test_a_key_that_dies_ends_a_reading_that_goes_on(room: RightsRoom) -> None:
    """What a reading holds of a destroyed key it shows for a second at most."""
    clock = Clock()
    reading = Reading(room.site, clock).ask(purpose="support", sql=ALL)
    assert "columns" in next(reading)
    room.site.keyring.destroy(
        [room.site.key(Purpose.SECURITY).id], "maximum-age", room.site.now
    )
    clock.time += 1.0
    with pytest.raises(DeniedError, match="changed while this was read"):
        next(reading)


def test_a_note_is_shown_with_its_rows_alone(room: RightsRoom, desk: Desk) -> None:
    """With each reading that shows one of them, once; with no other; until lifted."""
    words = "left in May: later lines are another's"
    placed = room.granted(desk, MatterKind.ANNOTATE, "user", "cem", note=words)
    assert end_of(read(room, "support", sql=ALL)[1], "notes") == [words]
    hall = room.site.enrol("Hall")
    room.site.say(hall, [table("event_logs", [{"message": "x"}])])
    alone = read(room, "support", sql=ALL, devices=["Hall"])
    assert end_of(alone[1], "notes") == []
    room.granted(desk, MatterKind.LIFT, case=placed.case.hex())
    assert end_of(read(room, "support", sql=ALL)[1], "notes") == []


@pytest.mark.skipif(not shutil.which("bsdtar"), reason="needs libarchive-tools")
def test_an_export_has_the_note(room: RightsRoom, desk: Desk, tmp_path: Path) -> None:
    """What a person had noted is said in what the person gets."""
    room.granted(desk, MatterKind.ANNOTATE, "user", "cem", note="left in May")
    case = room.granted(desk, MatterKind.EXPORT, "user", "cem").case
    password = exporting.password_of(desk, case)
    assert password is not None
    path = exporting.path_of(desk, case)
    about = unpacked(path, password, tmp_path / "opened")["about.txt"]
    assert "Noted about it, and shown with it: left in May\n" in about


def test_an_objection_names_its_device(room: RightsRoom, desk: Desk) -> None:
    """Jobs that make aggregates find the device's id there until it is lifted."""
    speaker = room.site.enrol("Attic")
    placed = room.granted(desk, MatterKind.OBJECT, "device", speaker.device.hex())
    with desk.register.view() as connection:
        assert rights.objecting(connection) == {speaker.device}
    room.granted(desk, MatterKind.LIFT, case=placed.case.hex())
    with desk.register.view() as connection:
        assert rights.objecting(connection) == set()


@pytest.mark.parametrize(
    ("kind", "pair", "terms", "sentence"),
    [
        (MatterKind.RESTRICT, ("user", "zoe"), {}, "nobody is found by that"),
        (MatterKind.ANNOTATE, ("user", "zoe"), {"note": "x"}, "nobody is found"),
        (MatterKind.ANNOTATE, ("user", "ann"), {}, "say with --note"),
        (MatterKind.OBJECT, ("user", "ann"), {}, "object by --class device"),
        (MatterKind.OBJECT, ("device", "0f" * 16), {}, "no enrolled device"),
        (MatterKind.LIFT, (), {"case": "0f" * 16}, "is in force"),
        (MatterKind.LIFT, (), {"case": "ann"}, "named by the id of its case"),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    still: tuple[RightsRoom, Desk],
    kind: MatterKind,
    pair: tuple[str, ...],
    terms: dict[str, str],
    sentence: str,
) -> None:
    """One sentence, no case, nothing in force."""
    room, desk = still
    with pytest.raises((DeniedError, UsageError), match=sentence):
        room.ask(desk, room.matter(kind, *pair, **terms))
    with desk.register.view() as connection:
        assert cases.every(connection) == []
        assert rights.every(connection, rights.RESTRICTIONS) == []


def test_what_is_repeated_after_a_crash_is_done_once(
    room: RightsRoom, desk: Desk
) -> None:
    """A keeper that comes back places and lifts nothing a second time."""
    placed: Matter = room.granted(desk, MatterKind.RESTRICT, "user", "ann")
    handler(placed.kind).do(desk, placed, (), room.machine.system)
    with desk.register.view() as connection:
        assert len(rights.every(connection, rights.RESTRICTIONS)) == 1
    lifted = room.granted(desk, MatterKind.LIFT, case=placed.case.hex())
    handler(lifted.kind).do(desk, lifted, (), room.machine.system)
    told = ["subject-found", "subject-restricted", "subject-lifted"]
    assert room.acts("subject") == told


def test_a_restricted_name_is_nowhere_in_the_clear(
    room: RightsRoom, desk: Desk
) -> None:
    """In no cell of the register and no line of the ledger."""
    room.site.say(
        room.site.enrol("Hall"),
        [table("event_logs", [{"message": "x", "user.id": "querulinda"}])],
    )
    note = "querulinda was here"
    room.granted(desk, MatterKind.RESTRICT, "user", "querulinda")
    room.granted(desk, MatterKind.ANNOTATE, "user", "querulinda", note=note)
    for path in room.site.layout.directory.rglob("*"):
        if path.is_file():
            assert b"querulinda" not in path.read_bytes(), path.name
