# SPDX-License-Identifier: Apache-2.0
"""The spool writes few pages to the disk, and moves its log before time goes by.

Rules: a real database; what it has without its log is read from a copy of its file.
Not here: that each commit is flushed (`test_spool_flushes.py`), a full disk
(`test_spool_disk.py`).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from installation_fixture import Installation
from spool_fixture import PURPOSE, Queue, moved, queue

from agent.pipeline import put_away
from agent.sealing import Group, Sealer
from agent.spool.change import Snapshot, SpoolClass
from agent.write_budget import LATER_BYTES, TOGETHER_BYTES
from wire.body import Note
from wire.values import Withheld


@pytest.fixture
def held(tmp_path: Path, installation: Installation) -> Iterator[Queue]:
    """Return a queue whose tables are in the database, and its log empty."""
    with queue(tmp_path / "state", installation) as found:
        found.spool.checkpoint()
        yield found


def test_envelopes_at_the_end_of_the_log_are_moved(held: Queue) -> None:
    """A damaged end is taken for a power cut, and nothing tells of a metric then."""
    held.put(SpoolClass.METRIC)
    assert moved(held.state) == 0
    held.spool.clean()
    assert moved(held.state) == 1


def test_what_something_follows_may_stay_in_the_log(held: Queue) -> None:
    """If it is damaged, what follows shows it; so its pages wait for the next move."""
    held.put(SpoolClass.METRIC)
    held.spool.set_value("contacted", held.now)
    held.spool.clean()
    assert moved(held.state) == 0
    held.spool.checkpoint()
    assert moved(held.state) == 1


def test_much_is_moved_at_once(held: Queue) -> None:
    """Later the disk may lack what the database has to grow by."""
    held.put(SpoolClass.METRIC, size=LATER_BYTES)
    assert moved(held.state) == 1


def commits(held: Queue, octets: int, groups: int) -> Sequence[str]:
    """Put groups away that are sealed to so many bytes each; return the commits."""
    told: list[str] = []
    held.spool._database.set_trace_callback(told.append)
    key = held.trust.keys.keys[0]
    notes = [Note("software", "name", Withheld.BY_POLICY, 1)]
    made = [
        Group(PURPOSE, key.retention, key, SpoolClass.METRIC, notes=notes)
        for _ in range(groups)
    ]
    sealer = Sealer(held.who, held.trust, held.now, lambda *_: bytes(octets))
    done = put_away(held.spool, sealer, made)
    held.spool._database.set_trace_callback(None)
    assert (done.envelopes, held.spool.facts().waiting) == (groups, groups)
    return [line for line in told if line == "COMMIT"]


@pytest.mark.parametrize(
    ("octets", "groups", "expected"),
    [(2_000, 0, 0), (2_000, 5, 1), (TOGETHER_BYTES, 3, 3), (TOGETHER_BYTES // 2, 5, 3)],
)
def test_small_groups_of_a_pass_share_a_transaction(
    held: Queue, octets: int, groups: int, expected: int
) -> None:
    """Each one costs flushes and pages that they share; a log must stay small."""
    assert len(commits(held, octets, groups)) == expected


def rows(held: Queue, table: str) -> list[tuple[object, ...]]:
    """Return a table with the numbers that the database gives its rows."""
    return held.spool._database.execute(f"SELECT rowid, * FROM {table}").fetchall()  # noqa: S608 - our own names


def test_what_is_set_anew_keeps_its_row(held: Queue) -> None:
    """A new row in its place would have its index written as well."""
    sealed = Snapshot(b"key", b"plan", b"state", 1, b"rows")
    for round_ in (1, 2):
        with held.spool.transaction() as change:
            change.set_pass("support", "event_logs", round_)
            change.set_cursor("support", "event_logs", b"%d" % round_)
            change.set_snapshot("support", "software", sealed)
            change.set_number("contacted", round_)
    assert rows(held, "passes") == [(1, "support", "event_logs", 2)]
    assert rows(held, "cursors") == [(1, "support", "event_logs", b"2")]
    assert held.spool.snapshot("support", "software") == sealed
    assert held.spool.value("contacted") == 2


def test_what_is_set_as_it_was_writes_nothing(held: Queue) -> None:
    """A source that has no new line has the same cursor after each pass."""

    def put() -> int:
        before: int = held.spool._database.total_changes
        with held.spool.transaction() as change:
            change.set_cursor("support", "event_logs", b"here")
            change.set_number("contacted", 7)
        after: int = held.spool._database.total_changes
        return after - before

    assert put() > 0
    assert put() == 0
