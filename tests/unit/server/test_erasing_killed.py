# SPDX-License-Identifier: Apache-2.0
"""A keeper that is killed while it erases somebody: the next one goes through with it.

Rules: strace delivers SIGKILL as a call is entered that makes something durable; each
such call has its turn, on a copy of the installation; then a keeper starts as ever.
Not here: an orderly erasure (`test_erasing.py`).
"""

import shutil
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from erasing_room import ErasingRoom
from holding_room import opened_by, rows_of, scope_of
from keeper_fixture import Machine, copied, signed

from server.keeper import telling
from server.keeper.desk import Desk
from server.keeper.process import opened
from server.keeper.rights import erasing
from server.keeper.rounds import erasures
from server.layout import Layout
from server.ledger import SqliteLedger
from tests.kills.struck import await_watcher, killed_at
from wire.papers.certificate import Kept, KeptFor
from wire.papers.matter import Matter

CALLS = ("fdatasync", "fsync", "ftruncate")


@dataclass(frozen=True)
class Due:
    """An installation with an erasure that people approved."""

    layout: Layout
    machine: Machine
    hold: Matter

    def copy(self, folder: Path) -> "Due":
        """Return a copy of the installation."""
        return replace(self, layout=copied(self.layout, folder))

    def turn(self, *, watched: bool = False) -> None:
        """Start a keeper and have it take its turn of erasures."""
        with opened(self.layout, self.machine.sources) as desk:
            if watched:
                await_watcher()
            erasures.turn(desk, self.machine.system)


def killed(due: Due, call: str, number: int) -> bool:
    """Let a keeper be killed at a call's turn; false where it is not reached."""
    return killed_at(lambda: due.turn(watched=True), call, number)


def assert_done(due: Due) -> None:
    """Require one certificate, one line of each act, and nothing of the person."""
    with opened(due.layout, due.machine.sources) as desk:
        (certificate,) = signed(desk)
        counts = certificate.counts
        assert (counts.envelopes, counts.records, counts.devices) == (2, 2, 2)
        assert certificate.kept == (Kept(due.hold.case, KeptFor.HOLD),)
        assert "whole-machine-restore" not in certificate.not_claimed
        assert erasing.standing(desk, erasing.known(desk)) == 0
        assert_told_once(desk)
        found = [
            row
            for _, tables in opened_by(desk, due.hold)
            for one in tables
            for row in rows_of(one)
        ]
        assert found == [{"message": "signed in"}] * 2
    ledger = SqliteLedger(due.layout.ledger)
    ledger.verify()
    lines = Counter(one.act for one in ledger.entries())
    ledger.close()
    assert (lines["subject-erased"], lines["certified"]) == (1, 1)


def assert_told_once(desk: Desk) -> None:
    """Require that the journal outside tells of each table, once, and lacks no line."""
    learned = telling.learn(desk)
    rows = [row for _, part in learned.erased for row in part.rows]
    assert len(rows) == len({(row.source, row.dataset) for row in rows}) == 2
    assert learned.missing == 0


@pytest.fixture
def due(tmp_path: Path) -> Due:
    """Install a collector with an erasure to do and a hold; no file of it is open."""
    room = ErasingRoom(tmp_path / "made")
    outside = tmp_path / "made" / "outside"
    outside.mkdir()
    with room.site.layout.configuration.open("a") as file:
        file.write(f'\n[anchors]\ndirectory = "{outside}"\n')
    room.people_speak()
    with room.keeper() as desk:
        hold = room.hold(desk, scope_of(room))
        matter = room.erasure_of("ann")
        room.ask(desk, matter)
        room.approved(desk, matter)
    room.close()
    return Due(room.site.layout, room.machine, hold)


@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace kills")
@pytest.mark.parametrize("call", CALLS)
def test_the_next_keeper_goes_through_with_it(
    due: Due, tmp_path: Path, call: str
) -> None:
    """Whenever it is killed, one turn of the next leaves exactly one certificate."""
    number = 1
    while killed(copy := due.copy(tmp_path / f"{number}"), call, number):
        copy.turn()
        assert_done(copy)
        shutil.rmtree(copy.layout.directory.parent)
        number += 1
    assert number > 1
    assert_done(copy)
