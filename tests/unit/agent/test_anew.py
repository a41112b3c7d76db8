# SPDX-License-Identifier: Apache-2.0
"""A new identity takes the old one's place whole, and owes exactly what is lost.

Rules: real state directories and spools; a kill is a process that ends at one step.
Not here: when it is allowed (`tests/e2e/test_anew.py`).
"""

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from device_fixture import enrolled
from installation_fixture import Installation
from spool_fixture import Queue, queue

from agent.anew import clear_former, hand_over, joining
from agent.device import Device
from agent.errors import StateError
from agent.identity import load
from agent.pipeline import cursors
from agent.rows import START_HERE
from agent.spool import opening
from agent.spool.change import Owed, Sent, SpoolClass
from agent.spool.schema import FOLLOWS
from agent.spool.sectors import refusal
from agent.spool.spool import Spool, open_spool
from agent.state import MACHINE, State
from wire.purposes import Purpose

NOW = 2_000_000_000


@dataclass
class Swap:
    """A device with an old identity, and a new one beside it."""

    old: Queue
    new: bytes

    @property
    def state(self) -> State:
        """Return the state directory."""
        return self.old.state

    def spool(self) -> Spool:
        """Open the spool that is in place."""
        return open_spool(self.state.spool, NOW)


@pytest.fixture
def swap(installation: Installation, tmp_path: Path) -> Iterator[Swap]:
    """Return a device whose new identity is made."""
    with queue(tmp_path / "state", installation) as old:
        fresh = joining(old.state)
        enrolled(fresh.directory, installation)
        open_spool(fresh.spool, NOW).close()
        yield Swap(old, load(fresh).device)


def test_the_new_identity_takes_the_place(swap: Swap) -> None:
    """Afterwards the new device is here, and what belongs to the machine still is."""
    kept = [swap.state.directory / name for name in sorted(MACHINE)]
    for path in kept:
        path.write_text("")
    swap.old.spool.close()
    hand_over(swap.state, NOW)
    assert load(swap.state).device == swap.new
    assert all(path.exists() for path in kept)
    assert not joining(swap.state).directory.exists()


def test_what_is_lost_is_owed_to_the_record(swap: Swap) -> None:
    """Records that no mark covers are owed by class, whether sent before or not."""
    for records in (3, 4, 5):
        swap.old.put(records=records)
    held = swap.old.held(SpoolClass.EVENT)
    swap.old.spool.urgent(
        lambda change: change.settle([(held[0].number, Sent.RECEIVED)], NOW)
    )
    swap.old.voids.put_all(swap.old.spool, held[1:2], "damaged")
    since = swap.old.now
    swap.old.spool.close()
    hand_over(swap.state, NOW)
    spool = swap.spool()
    owed = spool.owed()
    spool.close()
    assert owed == [Owed(Purpose.SECURITY, "inventory", 12, since, "forked")]


def test_what_a_mark_covers_is_not_owed(swap: Swap) -> None:
    """Where all is covered by a mark nothing is lost and nothing owed."""
    swap.old.put()
    (held,) = swap.old.held(SpoolClass.EVENT)
    spool = swap.old.spool
    assert spool.trim(held.incarnation, held.sequence, held.digest, NOW) == 1
    spool.close()
    hand_over(swap.state, NOW)
    after = swap.spool()
    assert after.owed() == []
    after.close()


def test_a_trimming_that_was_broken_off_is_no_loss(swap: Swap) -> None:
    """What a mark covers is not owed, though the disk refused to remove it."""
    for records in (3, 4):
        swap.old.put(records=records)
    first, second = swap.old.held(SpoolClass.EVENT)
    swap.old.spool.urgent(lambda change: change.mark(first.incarnation, first.sequence))
    swap.old.spool.close()
    hand_over(swap.state, NOW)
    after = swap.spool()
    (owed,) = after.owed()
    after.close()
    assert (owed.count, second.filed.records) == (4, 4)


def test_a_loss_that_was_not_told_stays_owed(swap: Swap) -> None:
    """What the old spool still owed, and a gap record that never left, is owed on."""
    former = Owed(None, None, None, 7, "spool-corrupt")
    swap.old.spool.urgent(lambda change: change.owe(former))
    swap.old.put(SpoolClass.CONTROL, records=0)
    since = swap.old.now
    swap.old.spool.close()
    hand_over(swap.state, NOW)
    spool = swap.spool()
    owed = spool.owed()
    spool.close()
    untold = Owed(Purpose.SECURITY, "inventory", None, since, "forked")
    assert owed == [former, untold]


def test_of_a_spool_that_cannot_be_read_all_is_owed(swap: Swap) -> None:
    """Where the old spool is damaged or gone, the loss is of every class, unknown."""
    swap.old.spool.close()
    swap.state.spool.write_bytes(b"damaged" * 1_000)
    hand_over(swap.state, NOW)
    spool = swap.spool()
    owed, afresh = spool.owed(), cursors(spool)("security", "event_logs")
    spool.close()
    assert owed == [Owed(None, None, None, 0, "forked")]
    assert afresh == START_HERE  # what the old identity read may be at the collector


def test_what_a_spool_does_not_know_its_heir_does_not_either(swap: Swap) -> None:
    """Where the old spool had taken a lost one's place, sources are read from now."""
    with swap.old.spool.transaction() as change:
        change.set_number(FOLLOWS, 1)
        change.set_cursor("security", "event_logs", b"here")
    swap.old.spool.close()
    hand_over(swap.state, NOW)
    spool = swap.spool()
    cursor = cursors(spool)
    found = cursor("security", "event_logs"), cursor("support", "event_logs")
    spool.close()
    assert found == (b"here", START_HERE)


def test_a_disk_that_gives_nothing_for_now_is_waited_for(
    swap: Swap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing moves while it cannot be told what was read; later the same goes on."""
    with swap.old.spool.transaction() as change:
        change.set_cursor("security", "event_logs", b"here")
    swap.old.spool.close()
    with monkeypatch.context() as ill:
        connect = opening._connect

        def refused(
            path: Path,
            owed: int | None,
            entropy: Callable[[int], bytes],
            *,
            check: bool,
            mend: bool = True,
        ) -> sqlite3.Connection:
            if path == swap.state.spool:
                raise refusal()
            return connect(path, owed, entropy, check=check, mend=mend)

        ill.setattr(opening, "_connect", refused)
        with pytest.raises(StateError, match="spool"):
            hand_over(swap.state, NOW)
    assert load(swap.state).device == swap.old.who.device
    hand_over(swap.state, NOW)
    spool = swap.spool()
    cursor = spool.cursor("security", "event_logs")
    spool.close()
    assert (load(swap.state).device, cursor) == (swap.new, b"here")


def test_what_was_read_stays_read(swap: Swap) -> None:
    """The place up to which a source was read goes over to the new spool."""
    with swap.old.spool.transaction() as change:
        change.set_cursor("security", "event_logs", b"here")
    swap.old.spool.close()
    hand_over(swap.state, NOW)
    spool = swap.spool()
    cursor = spool.cursor("security", "event_logs")
    spool.close()
    assert cursor == b"here"


def test_the_old_keys_are_gone(swap: Swap) -> None:
    """Of the old identity's keys nothing is left, and its spool is kept aside."""
    swap.old.put()
    seed = swap.old.who.signing.seed()
    swap.old.spool.close()
    hand_over(swap.state, NOW)
    files = [path for path in swap.state.directory.rglob("*") if path.is_file()]
    assert [path for path in files if seed in path.read_bytes()] == []
    assert (swap.state.directory / f"former-{NOW}" / "spool.sqlite").exists()


def test_the_old_spool_goes_when_its_loss_is_covered(swap: Swap) -> None:
    """It stays while its loss is owed or unmarked, and goes after the mark."""
    swap.old.put()
    swap.old.spool.close()
    hand_over(swap.state, NOW)
    former = swap.state.directory / f"former-{NOW}"
    spool = swap.spool()
    device = Device(swap.state, load(swap.state), spool)
    owing = clear_former(device), former.exists()
    spool.urgent(lambda change: change.paid())
    told = clear_former(device), former.exists()
    again = clear_former(device)
    spool.close()
    assert (owing, told, again) == ((False, True), (True, False), False)


@pytest.mark.slow
@pytest.mark.fault
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_kill_at_any_step_is_gone_on_from(swap: Swap, tmp_path: Path) -> None:
    """Killed before any call to the system, the same again ends with all in place."""
    swap.old.put(records=9)
    since = swap.old.now
    swap.old.spool.close()
    found, ended, steps = [], False, 0
    while not ended:
        steps += 1
        copy = State(tmp_path / f"copy-{steps}")
        shutil.copytree(swap.state.directory, copy.directory)
        child = os.fork()
        if not child:
            _hand_over_and_die(copy, steps)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        if not ended:
            hand_over(copy, NOW + 1)
        spool = open_spool(copy.spool, NOW)
        found.append((load(copy).device, *spool.owed()))
        spool.close()
        left = [path.name for path in copy.directory.rglob("identity.cbor")]
        assert left == ["identity.cbor"]
        shutil.rmtree(copy.directory)
    owed = Owed(Purpose.SECURITY, "inventory", 9, since, "forked")
    assert {*found} == {(swap.new, owed)}
    assert steps > 15, steps


EVENTS = frozenset(
    {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "open", "sqlite3.connect"}
)


def _hand_over_and_die(state: State, step: int) -> None:
    """Hand over, and die before the call to the system of a number; in a child."""
    left = step

    def count(event: str, _arguments: object) -> None:
        nonlocal left
        left -= event in EVENTS
        if not left:
            os._exit(9)

    sys.addaudithook(count)
    hand_over(state, NOW)
    os._exit(0)
