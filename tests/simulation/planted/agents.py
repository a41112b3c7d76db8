# SPDX-License-Identifier: Apache-2.0
"""Bugs of an agent.

Rules: each is a subclass or a wrapped argument; no shipped file is patched.
Not here: bugs of a collector (`collectors.py`).
"""

import sqlite3
from contextlib import suppress
from dataclasses import replace

from agent.anew import hand_over
from agent.errors import AgentError
from agent.sealing import Group, Sealer
from agent.spool.handed import take
from agent.spool.last_sent import LastSent, LastSentFile
from agent.spool.spool import Held, Sent, Spool, Waiting
from agent.state import State
from simulation.bugs import Bugs
from simulation.last_sent import SimulatedLastSent
from simulation.liar import SHIP
from simulation.machine import Machine
from simulation.world import Planted


def _trim_before(machine: Machine, path: str) -> None:
    """Forget what is sent before anybody has it."""
    if path == SHIP and machine.spool is not None:
        _forget(machine.spool, Sent.WAITING)


def _trim_after(machine: Machine, path: str) -> None:
    """Forget what the gate has answered for, without a mark."""
    if path == SHIP and machine.spool is not None:
        _forget(machine.spool, Sent.WAITING)


def _forget(spool: Spool, sent: Sent) -> None:
    with spool.transaction() as change:
        change._database.execute("DELETE FROM envelopes WHERE sent = ?", (sent.value,))


def _cursor_first(spool: Spool, sealer: Sealer, group: Group) -> None:
    """Move cursors in a transaction of their own, before what was read is safe."""
    with spool.transaction() as change:
        for dataset, cursor in group.cursors:
            change.set_cursor(group.purpose.value, dataset, cursor)
    with spool.transaction() as change:
        sealer.put(change, group)


def _cursor_last(spool: Spool, sealer: Sealer, group: Group) -> None:
    """Move cursors in a transaction of their own, after what was read is safe."""
    with spool.transaction() as change:
        sealer.put(change, replace(group, cursors=[]))
    with spool.transaction() as change:
        for dataset, cursor in group.cursors:
            change.set_cursor(group.purpose.value, dataset, cursor)


def _told_of_first(spool: Spool, octets: bytes) -> None:
    """Say that what was handed over is safe, whatever comes of it."""
    with suppress(AgentError, sqlite3.Error):
        take(spool, octets)


def _owe_nothing(state: State, now: int) -> None:
    """Take a new identity and forget what is lost with the old one."""
    hand_over(state, now)
    with sqlite3.connect(state.spool) as database:
        database.execute("DELETE FROM owed")
    database.close()


def _carry_nothing(state: State, now: int) -> None:
    """Take a new identity and forget what the old one had read."""
    hand_over(state, now)
    with sqlite3.connect(state.spool) as database:
        database.execute("DELETE FROM cursors")
    database.close()


def _without_debt(spool: Spool) -> Spool:
    """Forget what a damaged spool owes as often as it is opened."""
    with suppress(sqlite3.Error):
        spool._database.execute("DELETE FROM owed")
    return spool


class _Trusting(Spool):
    """A spool that never doubts a receipt."""

    def resend_unmarked(self, *_: object, **__: object) -> int:  # type: ignore[override]
        """Send nothing again."""
        return 0


class _Blind(Spool):
    """A spool that sends what is on its disk, whatever that is by now."""

    def waiting(
        self, count: int, octets: int, live: int = 0, backlog: int | None = None
    ) -> list[Waiting]:
        """Return what waits, compared with nothing."""
        del octets, live, backlog
        return [
            Waiting(*row)
            for row in self._database.execute(
                "SELECT number, sequence, incarnation, octets FROM envelopes "
                "JOIN bodies USING (number) WHERE sent = 0 ORDER BY number LIMIT ?",
                (count,),
            )
        ]


class _Unremembered(SimulatedLastSent):
    """A machine that remembers nothing of what has left."""

    def newest(self) -> LastSent | None:
        """Return that nothing is known."""
        return None


def _unremembered(last: LastSentFile) -> LastSentFile:
    last.__class__ = _Unremembered
    return last


class _Forgetful(Spool):
    """A spool that does not count what it gives up."""

    def damaged(self) -> list[Held]:
        """Return what is damaged, as if it had held nothing."""
        return [
            replace(held, filed=replace(held.filed, records=0))
            for held in super().damaged()
        ]


def _as(kind: type[Spool]) -> Planted:
    """Return a plant of spools of another kind."""

    def wrap(spool: Spool) -> Spool:
        spool.__class__ = kind
        return spool

    return Planted(Bugs(spool=wrap))


PLANTED = {
    "flush-does-nothing": Planted(flushes=False),
    "trimmed-before-answer": Planted(Bugs(before=_trim_before)),
    "trimmed-on-receipt": Planted(Bugs(after=_trim_after)),
    "cursor-before-data": Planted(Bugs(put=_cursor_first)),
    "cursor-after-data": Planted(Bugs(put=_cursor_last)),
    "handed-over-unsafe": Planted(Bugs(take=_told_of_first)),
    "renewed-without-debt": Planted(
        Bugs(hand_over=_owe_nothing), needs="machine-renewed"
    ),
    "renewed-without-cursor": Planted(
        Bugs(hand_over=_carry_nothing), needs="machine-renewed"
    ),
    "debt-forgotten": Planted(
        Bugs(spool=_without_debt), needs="machine-page-scribbled"
    ),
    "numbers-given-again": Planted(
        Bugs(last=_unremembered), needs="machine-spool-set-back"
    ),
    "never-sent-again": _as(_Trusting),
    "damage-not-looked-for": _as(_Blind),
    "void-counts-nothing": _as(_Forgetful),
}
