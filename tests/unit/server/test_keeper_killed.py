# SPDX-License-Identifier: Apache-2.0
"""A keeper that is killed while it ends what is due: the next one goes through with it.

Rules: strace delivers SIGKILL as a call is entered that makes something durable or
removes it; every such call has its turn, on a copy of the same installation; then a
keeper starts as ever.
Not here: a keyring that is killed (`test_keyring_killed.py`), an orderly destruction
(`test_keeper_ending.py`).
"""

import random
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from holding_room import HoldRoom, scope_of
from keeper_fixture import Machine, copied, signed

from server.keeper import ending, telling
from server.keeper.process import opened
from server.keeper.rounds import retention
from server.layout import Layout
from server.ledger import SqliteLedger
from tests.kills.struck import await_watcher, killed_at
from wire.papers.certificate import Kept, KeptFor
from wire.papers.scope import DatasetScope

CALLS = ("fdatasync", "fsync", "unlink", "ftruncate")
PAIRS, STEPS = 8, 40
"""Of kills, and the steps of a destruction that make something durable, at least."""
ONCE = {"destruction-due": 1, "key-destroyed": 1, "rows-deleted": 1, "certified": 1}


@dataclass(frozen=True)
class Due:
    """An installation with a key that is due.

    Attributes:
        layout: where it is.
        machine: what its clocks say.
        key: id of the key.
        case: of a hold that keeps some of it.
    """

    layout: Layout
    machine: Machine
    key: bytes
    case: bytes

    def copy(self, folder: Path) -> "Due":
        """Return a copy of the installation."""
        return replace(self, layout=copied(self.layout, folder))

    def turn(self, *, watched: bool = False) -> None:
        """Start a keeper and have it take its turn of retention."""
        with opened(self.layout, self.machine.sources) as desk:
            if watched:
                await_watcher()
            retention.turn(desk, self.machine.system)


def killed(due: Due, call: str, number: int) -> bool:
    """Let a keeper be killed at a call's turn; false where it is not reached."""
    return killed_at(lambda: due.turn(watched=True), call, number)


def assert_done(due: Due) -> None:
    """Require one certificate, one line of each act and outside, nothing of the key."""
    with opened(due.layout, due.machine.sources) as desk:
        (certificate,) = signed(desk)
        assert ending.under_way(desk) == []
        assert [one.key_id for one in certificate.keys] == [due.key]
        assert (certificate.counts.envelopes, certificate.counts.records) == (3, 5)
        assert desk.keyring.for_ending(due.key) is None
        assert desk.store.sealed_to(desk.tenant, due.key).gone
        assert len(desk.keyring.live(desk.tenant)) == 13
        assert certificate.kept == (Kept(due.case, KeptFor.HOLD),)
        held = [one.records for one in desk.store.extracts(desk.tenant, due.case)]
        assert sorted(held) == [1, 2, 2]
        assert telling.UNCLAIMED not in certificate.not_claimed
    assert len([*(due.layout.directory.parent / "outside").iterdir()]) == 1
    ledger = SqliteLedger(due.layout.ledger)
    ledger.verify()
    lines = Counter(one.act for one in ledger.entries() if "job" in (one.body or {}))
    taken = [one for one in ledger.entries() if one.act == "hold-extracted"]
    ledger.close()
    assert len(taken) == 1
    assert lines == ONCE


@pytest.fixture
def due(tmp_path: Path) -> Due:
    """Install a collector with a key that is due and a hold; no file of it is open."""
    room = HoldRoom(tmp_path / "made")
    (outside := tmp_path / "made" / "outside").mkdir()
    with room.site.layout.configuration.open("a") as file:
        file.write(f'\n[anchors]\ndirectory = "{outside}"\n')
    with room.keeper() as desk:
        messages = DatasetScope("event_logs", ("message",))
        hold = room.hold(desk, scope_of(room, datasets=(messages,)))
        key = room.until_due(desk)
        desk.clock.now()
    room.close()
    return Due(room.site.layout, room.machine, key.key_id, hold.case)


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


@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace kills")
def test_a_keeper_that_is_killed_twice(due: Due, tmp_path: Path) -> None:
    """The one that goes through with it may be killed as well, wherever that is."""
    drawn = random.Random(20_261_128)  # noqa: S311 - places, no secrets
    twice = 0
    for turn in range(PAIRS):
        copy = due.copy(tmp_path / f"{turn}")
        struck = [
            killed(copy, "fdatasync", number)
            for number in (drawn.randint(1, STEPS), drawn.randint(1, STEPS))
        ]
        twice += all(struck)
        copy.turn()
        assert_done(copy)
        shutil.rmtree(copy.layout.directory.parent)
    assert twice > 0
