# SPDX-License-Identifier: Apache-2.0
"""Of a damaged spool only the damaged part is lost, and that is told.

Rules: a real spool and the collector's real store; damage is done to the file.
Not here: one damaged envelope (`test_voids.py`), every byte (`tests/flips`).
"""

import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from installation_fixture import Installation
from spool_fixture import PURPOSE, RETENTION, Queue, flip, queue
from test_voids import device_of, stored

from agent.errors import StateError
from agent.spool import opening, salvage
from agent.spool.change import Owed, Sent, Snapshot, SpoolClass
from agent.spool.found import find
from agent.spool.log import PAGE_BYTES, made_anew, read_log
from agent.spool.pages import Pages
from agent.spool.spool import open_spool
from server.store.interface import DeviceState
from server.store.sqlite import create_store
from wire import ledger
from wire.envelope import digest, read

MARKED = 500
_BEFORE_OCTETS = 5
"""Bytes of the row's number, the record's head, no number and the octets' length."""
CURSOR = b"zqxcursorzqx"
STATE = Snapshot(b"k" * 16, b"p" * 32, b"s" * 32, 1, b"rows")


@pytest.fixture
def full(tmp_path: Path, installation: Installation) -> Iterator[Queue]:
    """Return a device's queue that remembers one of each kind."""
    with queue(tmp_path / "state", installation) as found:
        with found.spool.transaction() as change:
            change.set_cursor(PURPOSE.value, "logins", CURSOR)
            change.set_pass(PURPOSE.value, "logins", found.now)
            change.set_snapshot(PURPOSE.value, "software", STATE)
            change.set_number("clock-soft", 7)
            change.owe(Owed(PURPOSE, RETENTION, 4, 3, "source-lost"))
        yield found


def damage(full: Queue, act: Callable[[Path], object]) -> None:
    """Change the file while the agent is off, and let it start."""
    full.spool.checkpoint()
    full.spool.close()
    act(full.state.spool)
    full.spool = open_spool(full.state.spool, full.now, MARKED)


def page_of(path: Path, name: str) -> int:
    """Return the number of a table's or index's first page."""
    database = sqlite3.connect(path)
    (page,) = database.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)
    ).fetchone()
    database.close()
    return int(page)


def tear(*names: str) -> Callable[[Path], object]:
    """Return what fills the first pages of tables and indexes with noise."""

    def act(path: Path) -> None:
        pages = [page_of(path, name) for name in names]
        content = bytearray(path.read_bytes())
        for page in pages:
            content[(page - 1) * PAGE_BYTES : page * PAGE_BYTES] = b"\xa5" * PAGE_BYTES
        path.write_bytes(content)

    return act


def forget(*names: str) -> Callable[[Path], object]:
    """Return what removes the rows of envelopes, by name and number."""

    def act(path: Path) -> None:
        database = sqlite3.connect(path, isolation_level=None)
        database.execute("DROP TRIGGER queue_out")
        for name in names:
            table, _, number = name.partition(" ")
            database.execute(f"DELETE FROM {table} WHERE number = ?", (number,))  # noqa: S608 - our own names
        database.close()

    return act


def set_back(full: Queue, *, row: bool) -> bytes:
    """Put an envelope and have all of it but its octets, and its row, never been."""
    database = full.spool._database
    columns = "sequence, previous, accepted, ledger_index, ledger_digest"
    before = database.execute(f"SELECT {columns} FROM chain").fetchone()  # noqa: S608 - our own words
    octets = full.put()
    if not row:
        number = full.spool.newest()
        database.execute("DELETE FROM envelopes WHERE number = ?", (number,))
        database.execute("INSERT INTO bodies VALUES (?, ?)", (number, octets))
    database.execute("DELETE FROM ledger WHERE number > ?", (before[3],))
    database.execute(f"UPDATE chain SET ({columns}) = (?, ?, ?, ?, ?)", before)  # noqa: S608 - our own words
    return octets


def test_octets_behind_the_end_keep_nothing_out(full: Queue) -> None:
    """Half of a change that a torn log left: its loss is owed, its place is free."""
    first = full.put()
    set_back(full, row=False)
    damage(full, lambda _: None)
    untold = Owed(None, None, None, MARKED, "damaged")
    assert untold in full.spool.owed()
    second = full.put()
    assert full.waiting() == [first, second]


def test_an_envelope_behind_the_end_begins_a_chain(full: Queue) -> None:
    """Where the chain's row is older than an envelope, another chain begins behind."""
    incarnation = full.spool.incarnation()
    sent = [full.put(), set_back(full, row=True)]
    damage(full, lambda _: None)
    assert full.spool.incarnation() != incarnation
    assert full.waiting() == sent
    assert full.put() not in sent


def test_a_torn_header_costs_nothing(full: Queue) -> None:
    """Page one has no row of ours: chain, places, states and envelopes all go on."""
    sent = [full.put() for _ in range(3)]
    incarnation = full.spool.incarnation()

    def act(path: Path) -> None:
        content = path.read_bytes()
        path.write_bytes(b"\xa5" * PAGE_BYTES + content[PAGE_BYTES:])

    damage(full, act)
    spool = full.spool
    assert (spool.incarnation(), full.waiting()) == (incarnation, sent)
    assert spool.cursor(PURPOSE.value, "logins") == CURSOR
    assert spool.snapshot(PURPOSE.value, "software") == STATE
    assert spool.value("clock-soft") == 7
    assert spool.owed() == [Owed(PURPOSE, RETENTION, 4, 3, "source-lost")]
    assert ledger.verify(*spool.ledger()).index == 1
    assert not spool.follows()


def test_the_chain_goes_on_after_a_salvage(full: Queue) -> None:
    """What is sealed next follows what was sealed before."""
    last = full.put()
    damage(full, tear("envelopes"))
    header = read(full.put())[1]
    assert (header.sequence, header.previous) == (2, digest(last))


def test_a_torn_page_of_rows_costs_no_envelope(full: Queue) -> None:
    """Each envelope says itself what its row said; what follows it vouches for it."""
    sent = [full.put(records=number) for number in (3, 5, 7)]
    damage(full, tear("envelopes"))
    assert full.waiting() == sent
    held = full.held(SpoolClass.EVENT)
    assert [one.filed.records for one in held] == [3, 5, 7]
    assert {one.filed.purpose for one in held} == {PURPOSE}


def test_a_lost_envelope_is_counted_by_its_row(full: Queue) -> None:
    """Octets that are gone leave a void with the exact number, and nothing is owed."""
    sent = [full.put(records=number) for number in (3, 5, 7)]
    damage(full, forget("bodies 2"))
    assert full.waiting() == [sent[0], sent[2]]
    full.voids.mend(full.spool)
    assert full.told() == [(2, "damaged", 5)]


def lose_second(full: Queue) -> None:
    """Lose the row and the octets of the second envelope, in a damaged file."""
    damage(full, lambda path: (forget("envelopes 2", "bodies 2")(path), _old(path)))
    full.waiting()
    full.voids.mend(full.spool)


def _old(path: Path) -> None:
    """Make the version in the first page one that nobody knows."""
    content = bytearray(path.read_bytes())
    content[63] ^= 1
    path.write_bytes(content)


def test_an_envelope_without_a_row_is_counted_by_the_ledger(full: Queue) -> None:
    """The ledger has how many records each envelope took."""
    full.put(records=3)
    second = full.put(records=5)
    full.put(records=7)
    with full.spool.transaction() as change:
        body = {
            "purpose": PURPOSE.value,
            "retention": RETENTION,
            "digest": digest(second)[:8].hex(),
            "datasets": {"logins": {"rows": 5, "columns": ["user"]}},
        }
        change.note("sealed", {**body}, full.now)
    lose_second(full)
    assert full.told() == [(2, "damaged", 5)]
    assert full.spool.owed() == [Owed(PURPOSE, RETENTION, 4, 3, "source-lost")]


def test_what_nobody_knows_is_owed(full: Queue) -> None:
    """A void keeps the place, and a gap without a number is announced."""
    for records in (3, 5, 7):
        full.put(records=records)
    lose_second(full)
    assert full.told() == [(2, "damaged", 0)]
    assert Owed(None, None, None, full.now, "damaged") in full.spool.owed()
    assert full.spool.snapshot(PURPOSE.value, "software") is None


def test_without_its_chain_a_spool_begins_another(full: Queue) -> None:
    """Envelopes keep their places; sources are read from now on, and that is owed."""
    sent = [full.put() for _ in range(2)]
    former = full.spool.incarnation()
    damage(full, tear("chain"))
    spool = full.spool
    assert spool.incarnation() != former
    assert full.waiting() == sent
    assert spool.cursor(PURPOSE.value, "logins") is None
    assert spool.follows()
    assert Owed(None, None, None, MARKED, "spool-corrupt") in spool.owed()
    assert spool.newest() == 2
    header = read(full.put())[1]
    assert (header.incarnation, header.sequence) == (spool.incarnation(), 1)


def test_a_store_takes_both_incarnations(full: Queue, tmp_path: Path) -> None:
    """No fork and no hole; a mark for each lets its envelopes go."""
    for _ in range(2):
        full.put()
    former = full.spool.incarnation()
    damage(full, tear("chain"))
    full.put()
    store = create_store(tmp_path / "store.sqlite")
    who = full.who
    try:
        store.add_token(who.tenant, b"k" * 32, full.now + 9, 1)
        store.enrol(device_of(full), b"k" * 32, full.now)
        for _ in range(2):
            waiting = full.spool.waiting(64, 10**6)
            verdicts = store.put([stored(one.octets) for one in waiting], full.now)
            assert {verdict.reason for verdict in verdicts} == {""}
            with full.spool.transaction() as change:
                fates = [(one.number, Sent.RECEIVED) for one in waiting]
                change.settle(fates, full.now)
        known = store.device(who.tenant, who.device)
        marks = store.unmarked()
    finally:
        store.close()
    assert known is not None
    assert known.state is DeviceState.ACTIVE
    ends = {mark.incarnation: mark.sequence for mark in marks}
    assert ends == {former: 2, full.spool.incarnation(): 1}
    for mark in marks:
        full.spool.trim(mark.incarnation, mark.sequence, mark.digest, full.now)
    assert full.spool.facts().octets == 0


def test_a_damaged_row_of_an_envelope_is_written_anew(full: Queue) -> None:
    """Its class, times and count have a checksum: they are not believed blindly."""
    full.put(records=3)
    flip_retention(full)
    (held,) = full.held(SpoolClass.EVENT)
    assert (held.filed.retention, held.filed.records) == (RETENTION, 3)


def flip_retention(full: Queue) -> None:
    """Flip a bit of the name of a retention class in an envelope's row."""
    damage(
        full,
        lambda path: flip(path, (PURPOSE.value + RETENTION).encode(), 12),
    )


@pytest.mark.parametrize(("number", "other"), [(2, 3), (3, 2), (1, 2), (3, 1)])
def test_octets_under_the_number_of_others_are_lost_to_nobody(
    full: Queue, number: int, other: int
) -> None:
    """A bit of the number that octets lie under costs none, whichever is read last."""
    sent = [full.put() for _ in range(3)]

    def act(path: Path) -> None:
        content = bytearray(path.read_bytes())
        at = content.index(sent[number - 1][:400]) - _BEFORE_OCTETS
        assert content[at] == number
        content[at] = other
        path.write_bytes(content)

    damage(full, act)
    assert full.waiting() == sent
    assert not full.spool.damaged()


def test_a_row_that_looks_like_octets_keeps_none_out(full: Queue) -> None:
    """One bit makes a row of an envelope one of two columns, as octets have.

    With more than one page of rows, the first ones lie behind their octets.
    """
    sent = [full.put(size=200) for _ in range(40)]
    columns = bytes([19, 0, 44])

    def act(path: Path) -> None:
        content = bytearray(path.read_bytes())
        at = content.index(bytes([2]) + columns) + 1
        content[at] ^= 16
        path.write_bytes(content)

    damage(full, act)
    assert sorted(full.waiting()) == sorted(sent)
    assert not full.spool.damaged()


@pytest.mark.parametrize("torn", [False, True])
def test_a_damaged_key_of_a_checksum_stops_nothing(full: Queue, torn: bool) -> None:  # noqa: FBT001 - two ways to open
    """Where a bit of what parts a key flips, its source is read from now on."""
    full.put()

    def act(path: Path) -> None:
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(
                "UPDATE tags SET key = replace(key, '/', '-')"
                " WHERE relation = 'cursors'"
            )
        if torn:
            tear("envelopes")(path)

    damage(full, act)
    assert full.spool.cursor(PURPOSE.value, "logins") == b""
    assert Owed(PURPOSE, None, None, full.now, "source-lost") in full.spool.owed()


def test_a_damaged_debt_is_owed_without_a_number(full: Queue) -> None:
    """What was to be announced is still announced, as unknown."""
    damage(full, lambda path: flip(path, (RETENTION + "\x04\x03").encode(), 9))
    assert full.spool.owed() == [Owed(None, None, None, 0, "damaged")]


def test_a_disk_that_takes_no_second_one_loses_none(full: Queue) -> None:
    """Nothing is set aside while it cannot be made anew; then all of it is."""
    sent = [full.put() for _ in range(8)]
    full.spool.checkpoint()
    full.spool.close()
    tear("envelopes")(full.state.spool)
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, most))
    try:
        with pytest.raises(StateError, match="made anew where there is space"):
            open_spool(full.state.spool, full.now, MARKED)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))
    full.spool = open_spool(full.state.spool, full.now, MARKED)
    assert full.waiting() == sent


def test_a_kill_before_the_new_one_is_in_place_costs_nothing(full: Queue) -> None:
    """What was made is whole, and takes its place at the next start."""
    sent = [full.put() for _ in range(2)]
    full.spool.checkpoint()
    full.spool.close()
    path = full.state.spool
    tear("envelopes")(path)
    assert salvage.salvage(path, full.now, MARKED, lambda size: b"e" * size, None)
    opening._set_aside(path, full.now, "corrupt")
    full.spool = open_spool(path, full.now, MARKED)
    assert full.waiting() == sent
    assert not made_anew(path).exists()


def test_a_log_that_was_not_moved_is_read_too(full: Queue, tmp_path: Path) -> None:
    """What is committed is in the log until it is moved into the database."""
    full.spool.checkpoint()
    path, log = full.state.spool, full.state.spool.with_name("spool.sqlite-wal")
    former = path.read_bytes()
    sent = full.put(size=20_000)
    kept = log.read_bytes()
    (tmp_path / "former").write_bytes(former)
    for cut, expected in ((len(kept), [sent]), (len(kept) - 1, [])):
        (tmp_path / "former-wal").write_bytes(kept[:cut])
        with (tmp_path / "former").open("rb") as file:
            found = find(Pages(file, read_log(tmp_path / "former").pages))
            assert [found.octets(cell) for cell in found.bodies.values()] == expected
