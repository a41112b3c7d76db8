# SPDX-License-Identifier: Apache-2.0
"""A flipped bit in a small row of the spool is seen, and costs no more than that row.

Rules: bits are flipped in the file; what is compared is what the agent goes by.
Not here: envelopes (`test_voids.py`), tables that lack (`test_spool_open.py`).
"""

import sqlite3
from pathlib import Path

import pytest
from spool_fixture import flip

from agent.errors import StateError
from agent.spool.change import Filed, Owed, Snapshot, SpoolClass
from agent.spool.spool import Spool, open_spool
from wire.purposes import Purpose

NOW = 1_763_960_000
CURSOR, ROWS = b"zqxcursorzqx", b"zqxrowszqx" * 5
MANY = 1_234_567_890_123


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a spool lies that remembers one of each kind."""
    found = tmp_path / "spool.sqlite"
    spool = open_spool(found, NOW)
    with spool.transaction() as change:
        change.set_cursor("support", "event_logs", CURSOR)
        change.set_cursor("security", "logins", b"another")
        change.set_pass("support", "event_logs", MANY)
        change.set_number("clock-soft", MANY + 1)
        state = Snapshot(b"k" * 16, b"p" * 32, b"s" * 32, 1, ROWS)
        change.set_snapshot("support", "software", state)
    spool.close()
    return found


def after(path: Path, octets: bytes, at: int = 0) -> Spool:
    """Flip a bit and open the spool as an agent that starts does."""
    flip(path, octets, at)
    return open_spool(path, NOW)


def test_a_damaged_cursor_starts_at_now_and_owes(path: Path) -> None:
    """Nothing is read twice, what may be missed is told, and no other source is hit."""
    spool = after(path, CURSOR)
    assert spool.cursor("support", "event_logs") == b""
    assert spool.cursor("security", "logins") == b"another"
    assert spool.owed() == [Owed(Purpose.SUPPORT, None, None, MANY, "source-lost")]
    spool.close()


def test_a_damaged_name_of_a_cursor_is_seen(path: Path) -> None:
    """A source whose cursor goes by another name now is read from now on."""
    spool = after(path, b"event_logs" + CURSOR, 4)
    assert spool.cursor("support", "event_logs") == b""
    spool.close()


def test_a_damaged_number_is_forgotten(path: Path) -> None:
    """A clock that nobody set is learned anew, not believed."""
    spool = after(path, b"clock-soft" + (MANY + 1).to_bytes(6, "big"), 12)
    assert spool.value("clock-soft") is None
    spool.close()


def test_a_damaged_state_is_sent_whole(path: Path) -> None:
    """What is remembered of a state is forgotten."""
    spool = after(path, ROWS)
    assert spool.snapshot("support", "software") is None
    spool.close()


def test_a_damaged_time_of_a_pass_is_forgotten(path: Path) -> None:
    """A dataset is then read at once."""
    spool = after(path, b"event_logs" + MANY.to_bytes(6, "big"), 12)
    assert spool.last_pass("support", "event_logs") is None
    spool.close()


def test_a_damaged_chain_is_set_aside(path: Path) -> None:
    """Nothing is sealed onto a chain that was never sealed."""
    spool = open_spool(path, NOW)
    incarnation = spool.incarnation()
    spool.close()
    spool = after(path, incarnation)
    assert spool.incarnation()[1:] != incarnation[1:]
    assert spool.owed() == [Owed(None, None, None, 0, "spool-corrupt")]
    spool.close()


def test_who_only_looks_mends_no_row(path: Path) -> None:
    """A damaged row is left for the agent."""
    flip(path, CURSOR)
    before = path.read_bytes()
    spool = open_spool(path, NOW, mend=False)
    spool.close()
    assert path.read_bytes() == before


def test_who_only_looks_makes_no_index_anew(path: Path) -> None:
    """Where an index and a row differ, which is damaged is not for it to say."""
    flip(path, b"event_logs" + CURSOR, 4)
    before = path.read_bytes()
    with pytest.raises(StateError, match="the spool is damaged"):
        open_spool(path, NOW, mend=False)
    assert path.read_bytes() == before


def test_a_sound_spool_is_left_as_it_is(path: Path) -> None:
    """Opening changes no row."""
    spool = open_spool(path, NOW)
    changes = spool._database.total_changes
    assert (spool.cursor("support", "event_logs"), changes) == (CURSOR, 0)
    assert (spool.value("clock-soft"), spool.owed()) == (MANY + 1, [])
    spool.close()


def test_a_row_may_change_in_every_way(path: Path) -> None:
    """Set, set again, counted up, forgotten: a checksum follows each."""
    spool = open_spool(path, NOW)
    with spool.transaction() as change:
        for value in (1, 2):
            change.set_number("set", value)
            change.count("counted")
            change.set_cursor("support", "event_logs", bytes([value]))
        change.forget_snapshot("support", "software")
    spool.close()
    spool = open_spool(path, NOW)
    assert (spool.value("set"), spool.value("counted")) == (2, 2)
    assert spool.cursor("support", "event_logs") == b"\x02"
    assert spool.owed() == []
    spool.close()


def test_a_damaged_checksum_of_the_tables_costs_nothing(path: Path) -> None:
    """It is a row like any other, and made anew."""
    database = sqlite3.connect(path)
    (value,) = database.execute(
        "SELECT value FROM numbers WHERE name = 'schema'"
    ).fetchone()
    database.close()
    octets = value.to_bytes(4 if value < 2**31 else 6, "big")  # as SQLite writes it
    spool = after(path, b"schema" + octets, 8)
    assert spool.cursor("support", "event_logs") == CURSOR
    assert spool.owed() == []
    spool.close()


def test_damaged_sums_are_counted_anew(path: Path) -> None:
    """How much waits is counted, whatever stands written of it."""
    spool = open_spool(path, NOW)
    with spool.transaction() as change:
        filed = Filed(Purpose.SUPPORT, "logs", SpoolClass.METRIC, 1, 1, 2, 3)
        change.put(change.place(), b"o" * 300, filed)
    spool._database.execute("UPDATE sums SET envelopes = -7, octets = -1")
    spool.close()
    spool = open_spool(path, NOW)
    facts = spool.facts()
    assert (facts.waiting, facts.octets) == (1, 300)
    spool.close()
