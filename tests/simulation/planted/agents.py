# SPDX-License-Identifier: Apache-2.0
"""Bugs of an agent.

Rules: each is a subclass or a wrapped argument; no shipped file is patched.
Not here: bugs of a collector (`collectors.py`).
"""

from dataclasses import replace

from agent.sealing import Group, Sealer
from agent.spool import Sent, Spool
from simulation.liar import SHIP
from simulation.machine import Bugs, Machine
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


class _Trusting(Spool):
    """A spool that never doubts a receipt."""

    def resend_unmarked(self, *_: object, **__: object) -> int:  # type: ignore[override]
        """Send nothing again."""
        return 0


def _trusting(spool: Spool) -> Spool:
    spool.__class__ = _Trusting
    return spool


PLANTED = {
    "flush-does-nothing": Planted(flushes=False),
    "trimmed-before-answer": Planted(Bugs(before=_trim_before)),
    "trimmed-on-receipt": Planted(Bugs(after=_trim_after)),
    "cursor-before-data": Planted(Bugs(put=_cursor_first)),
    "cursor-after-data": Planted(Bugs(put=_cursor_last)),
    "never-sent-again": Planted(Bugs(spool=_trusting)),
}
