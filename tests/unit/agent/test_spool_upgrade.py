# SPDX-License-Identifier: Apache-2.0
"""A spool of the release before opens: what waits goes on, and is counted.

Rules: a database as that release made it, with envelopes of this device's key.
Not here: version 1 (`test_spool.py`).
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from installation_fixture import Installation
from spool_fixture import PURPOSE, RETENTION, Queue, flip, queue

from agent.spool import checksums as spool_tags
from agent.spool import upgrade as spool_upgrade
from agent.spool.change import Owed, SpoolClass
from agent.spool.order import ORDERS_SINCE, HeldOrder
from agent.spool.schema import OWED, QUEUE
from agent.spool.spool import Spool, open_spool
from wire import ledger
from wire.doing import OrderState
from wire.envelope import digest
from wire.ledger import EMPTY, Head
from wire.purposes import Purpose

_SECOND = """
BEGIN;
CREATE TABLE chain (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    incarnation BLOB NOT NULL, secret BLOB NOT NULL,
    sequence INTEGER NOT NULL, previous BLOB NOT NULL, marked INTEGER NOT NULL,
    ledger_index INTEGER NOT NULL, ledger_digest BLOB NOT NULL
) STRICT;
CREATE TABLE envelopes (
    sequence INTEGER PRIMARY KEY, digest BLOB NOT NULL, purpose TEXT NOT NULL,
    created INTEGER NOT NULL, sent INTEGER NOT NULL DEFAULT 0, octets BLOB NOT NULL
) STRICT;
CREATE INDEX waiting ON envelopes (sequence) WHERE sent = 0;
CREATE TABLE cursors (
    purpose TEXT, dataset TEXT, cursor BLOB NOT NULL, PRIMARY KEY (purpose, dataset)
) STRICT;
CREATE TABLE snapshots (
    purpose TEXT, dataset TEXT, key_id BLOB NOT NULL, plan BLOB NOT NULL,
    state BLOB NOT NULL, following INTEGER NOT NULL, rows BLOB NOT NULL,
    PRIMARY KEY (purpose, dataset)
) STRICT;
CREATE TABLE passes (
    purpose TEXT, dataset TEXT, time INTEGER NOT NULL, PRIMARY KEY (purpose, dataset)
) STRICT;
CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE ledger (
    number INTEGER PRIMARY KEY, entry BLOB NOT NULL, body BLOB, salt BLOB
) STRICT;
PRAGMA user_version = 2;
COMMIT;
"""

_THIRD = """
BEGIN;
DROP TABLE orders;
ALTER TABLE envelopes DROP COLUMN tag;
DROP TABLE owed;
CREATE TABLE owed (
    purpose TEXT, retention TEXT, count INTEGER, since INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;
INSERT INTO owed VALUES ('support', NULL, 9, 5, 'source-lost');
DELETE FROM numbers WHERE name = 'version';
PRAGMA user_version = 3;
COMMIT;
"""
"""Makes a spool of this release one of the third version."""
_FOURTH = """
BEGIN;
DROP TABLE orders;
PRAGMA user_version = 4;
UPDATE numbers SET value = 4 WHERE name = 'version';
COMMIT;
"""
"""Makes a spool of this release one of the version that had no orders."""


@pytest.fixture
def source(tmp_path: Path, installation: Installation) -> Iterator[Queue]:
    """Return a queue, whose envelopes an older spool is filled with."""
    with queue(tmp_path / "state", installation) as found:
        yield found


def write_second(
    source: Queue, path: Path, sent: Sequence[int], envelopes: Sequence[bytes]
) -> None:
    """Make a spool of version 2 in which 1 + 2 + 3 records were sealed."""
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript(_SECOND)
    head = EMPTY
    for rows in (1, 2, 3):
        body = {"datasets": {"software": {"rows": rows, "columns": ["name"]}}}
        head, entry, octets = ledger.append(head, "sealed", body, bytes(16), source.now)
        database.execute(
            "INSERT INTO ledger VALUES (?, ?, ?, ?)",
            (head.index, entry, octets, bytes(16)),
        )
    database.execute(
        "INSERT INTO chain VALUES (1, ?, ?, ?, ?, 0, ?, ?)",
        (
            *(source.spool.incarnation(), bytes(32), len(envelopes)),
            *(digest(envelopes[-1]), head.index, head.digest),
        ),
    )
    for at, octets in enumerate(envelopes):
        database.execute(
            "INSERT INTO envelopes VALUES (?, ?, ?, ?, ?, ?)",
            (at + 1, digest(octets), PURPOSE.value, source.now, sent[at], octets),
        )
    database.execute("INSERT INTO numbers VALUES ('gap-owed', 71)")
    database.execute("INSERT INTO cursors VALUES ('support', 'event_logs', x'0c')")
    database.close()


def opened(source: Queue, path: Path) -> Spool:
    """Open the old spool as an agent that starts does."""
    source.spool.close()
    source.spool = open_spool(path, source.now)
    return source.spool


def test_what_waits_goes_on(source: Queue, tmp_path: Path) -> None:
    """Fates, numbers, cursors and the ledger stay; a refusal is asked for anew."""
    envelopes = [source.put(records=number) for number in (1, 2, 3)]
    write_second(source, tmp_path / "old.sqlite", [1, 2, 0], envelopes)
    spool = opened(source, tmp_path / "old.sqlite")
    assert [item.number for item in spool.waiting(9, 10**6)] == [2, 3]
    facts = spool.facts()
    assert (facts.sequence, facts.received, facts.accepted) == (3, 1, 6)
    assert spool.cursor("support", "event_logs") == b"\x0c"
    assert spool.owed() == [Owed(None, None, None, 70, "spool-corrupt")]
    assert ledger.verify(*spool.ledger()) == Head(3, spool.ledger()[1].digest)


def test_what_was_sealed_before_can_be_trimmed_and_voided(
    source: Queue, tmp_path: Path
) -> None:
    """An envelope of an old spool is filed like every other."""
    envelopes = [source.put(records=number) for number in (1, 2)]
    write_second(source, tmp_path / "old.sqlite", [0, 0], envelopes)
    spool = opened(source, tmp_path / "old.sqlite")
    (first, second) = source.held(SpoolClass.EVENT)
    assert (second.filed.retention, second.filed.records) == (RETENTION, 2)
    assert first.digest == digest(envelopes[0])
    source.voids.put_all(spool, [second], "expired")
    assert source.told() == [(2, "expired", 2)]
    name = digest(envelopes[1])
    assert spool.trim(spool.incarnation(), 2, name, source.now) == 2


def test_an_unreadable_envelope_is_moved_and_its_loss_owed(
    source: Queue, tmp_path: Path
) -> None:
    """Nobody can tell how many records were in it, so the number is unknown."""
    envelopes = [source.put(), b"noise" * 99]
    write_second(source, tmp_path / "old.sqlite", [0, 0], envelopes)
    spool = opened(source, tmp_path / "old.sqlite")
    assert [item.octets for item in spool.waiting(9, 10**6)] == envelopes[:1]
    assert [held.sequence for held in spool.damaged()] == [2]
    assert Owed(PURPOSE, None, None, source.now, "damaged") in spool.owed()


def test_a_damaged_envelope_is_not_believed(source: Queue, tmp_path: Path) -> None:
    """What a flipped bit has made of a header is not what was sealed."""
    envelopes = [source.put(), source.put()]
    write_second(source, tmp_path / "old.sqlite", [0, 0], envelopes)
    flip(tmp_path / "old.sqlite", envelopes[1], 60)
    spool = opened(source, tmp_path / "old.sqlite")
    assert [item.octets for item in spool.waiting(9, 10**6)] == envelopes[:1]
    assert [held.sequence for held in spool.damaged()] == [2]
    assert Owed(PURPOSE, None, None, source.now, "damaged") in spool.owed()


@pytest.mark.slow
def test_moving_goes_on_where_it_was_broken_off(source: Queue, tmp_path: Path) -> None:
    """Slices that were moved stay moved; the rest follows at the next start."""
    envelopes = [source.put(size=700_000) for _ in range(4)]
    path = tmp_path / "old.sqlite"
    write_second(source, path, [0, 0, 0, 1], envelopes)
    database = sqlite3.connect(path, isolation_level=None)
    spool_tags.register(database)
    spool_upgrade._begin(database, QUEUE + OWED)
    assert not spool_upgrade._move(database, 4, lambda _: None)
    assert database.execute("SELECT COUNT(*) FROM former").fetchone() == (2,)
    database.close()
    spool = opened(source, path)
    assert [item.octets for item in spool.waiting(9, 10**7)] == envelopes[:3]
    assert spool.facts().received == 1


def make_third(source: Queue) -> None:
    """Make the open spool one of version 3, and close it."""
    source.spool.checkpoint()
    source.spool.close()
    database = sqlite3.connect(source.state.spool, isolation_level=None)
    spool_tags.register(database)
    database.executescript(_THIRD)
    database.close()


def test_a_spool_of_the_fourth_version_gets_its_orders(source: Queue) -> None:
    """What waits stays, orders are remembered, and one that is altered is found out."""
    sent = [source.put(records=number) for number in (1, 2, 3)]
    source.spool.checkpoint()
    source.spool.close()
    database = sqlite3.connect(source.state.spool, isolation_level=None)
    spool_tags.register(database)
    database.executescript(_FOURTH)
    database.close()
    spool = opened(source, source.state.spool)
    assert (source.waiting(), spool.orders()) == (sent, [])
    held = HeldOrder(
        "a1" * 16, OrderState.RUNNING, "", "", "allow", b"order", 1, 2, 3, 4
    )
    with spool.transaction() as change:
        change.put_order(held)
    spool.close()
    flip(source.state.spool, b"runningallow", 1)
    spool = opened(source, source.state.spool)
    assert spool.orders() == []
    assert spool.value(ORDERS_SINCE) == source.now
    assert source.waiting() == sent


def test_rows_of_the_third_version_get_their_checksums(source: Queue) -> None:
    """What waits and what is owed stay, and a bit that flips later is seen."""
    sent = [source.put(records=number) for number in (1, 2, 3)]
    make_third(source)
    spool = opened(source, source.state.spool)
    owed = [Owed(Purpose.SUPPORT, None, 9, 5, "source-lost")]
    assert (source.waiting(), spool.owed()) == (sent, owed)
    spool.close()
    flip(source.state.spool, (PURPOSE.value + RETENTION).encode() + b"\x02", 9)
    spool = opened(source, source.state.spool)
    (_, second, _) = source.held(SpoolClass.EVENT)
    assert (second.filed.retention, second.filed.records) == (RETENTION, 2)
    assert spool.owed() == owed


def test_checksums_go_on_where_they_were_broken_off(source: Queue) -> None:
    """A column that is there already is filled again, and nothing is lost."""
    sent = [source.put() for _ in range(2)]
    make_third(source)
    database = sqlite3.connect(source.state.spool, isolation_level=None)
    database.execute("ALTER TABLE envelopes ADD COLUMN tag INTEGER NOT NULL DEFAULT 0")
    database.close()
    opened(source, source.state.spool)
    assert source.waiting() == sent


def test_a_damaged_spool_of_the_third_version_is_salvaged(source: Queue) -> None:
    """Its envelopes vouch for each other; what it owed is owed without a number."""
    sent = [source.put(records=number) for number in (1, 2, 3)]
    make_third(source)
    content = source.state.spool.read_bytes()
    source.state.spool.write_bytes(b"\xa5" * 4_096 + content[4_096:])
    spool = opened(source, source.state.spool)
    assert source.waiting() == sent
    assert [held.filed.records for held in source.held(SpoolClass.EVENT)] == [1, 2, 3]
    assert spool.owed() == [Owed(None, None, None, 0, "damaged")]
