# SPDX-License-Identifier: Apache-2.0
"""Decides what a pass may read while the queue fills up, and what is given up for it.

Rules: of events and states, whose sources keep them, nothing is given up: they are not
read while their quota is used up; metrics are read ever more rarely, then the oldest
are given up; the retention clock gives up anything, by signed time alone; all that is
given up is counted, in a void.
Not here: quotas and what is held back (`agent/spool/quotas.py`), voids
(`agent/spool/voids.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.budget import (
    FOLD_EVERY,
    FOLD_SHARE,
    SPOOL_METRICS_BYTES,
    SPOOL_MINIMUM_BYTES,
)
from agent.clock import load_clock
from agent.plan import PlannedDataset
from agent.spool.change import SpoolClass, Transaction
from agent.spool.quotas import quota
from agent.spool.schema import FOLDED
from agent.spool.spool import Spool
from agent.spool.voids import Voids
from wire.catalogue import Kind

CLASSES = {
    Kind.EVENT: SpoolClass.EVENT,
    Kind.SNAPSHOT: SpoolClass.SNAPSHOT,
    Kind.METRIC: SpoolClass.METRIC,
    Kind.DIAGNOSTIC: SpoolClass.EVENT,
}
"""Whose quota each kind of dataset takes."""


@dataclass(frozen=True, slots=True)
class Readable:
    """What is due, by what may be done with it.

    Attributes:
        ready: is read.
        full: is not, for its quota is used up or nothing is held back.
        folded: metrics whose slot is left out.
    """

    ready: Sequence[PlannedDataset]
    full: Sequence[PlannedDataset] = ()
    folded: Sequence[PlannedDataset] = ()


def give_up(spool: Spool, voids: Voids) -> None:
    """Void what is too old to be kept, and the oldest metrics where they are too many.

    What is too old is judged by the newest time that was told under a signature: the
    machine's own clock may jump years ahead between two answers.

    Raises:
        StateError: the disk refuses.
    """
    clock = load_clock(spool)
    if clock.signed:
        replace(voids, now=min(voids.now, clock.floor)).expire(spool)
    voids.make_room(spool, SPOOL_METRICS_BYTES)


def readable(spool: Spool, due: Sequence[PlannedDataset], now: int) -> Readable:
    """Return what may be read of what is due.

    Args:
        spool: the queue; space is held back for it if there is enough.
        due: what is to be read.
        now: signed time, seconds since the epoch.
    """
    if not due:
        return Readable(())
    if not spool.keep_reserve():
        return Readable((), due)
    room = spool.facts().room
    full = [
        item
        for item in due
        if item.dataset.kind is not Kind.METRIC
        and room[CLASSES[item.dataset.kind]] < SPOOL_MINIMUM_BYTES
    ]
    filling = room[SpoolClass.METRIC] < quota(SpoolClass.METRIC) * (1 - FOLD_SHARE)
    folded = [
        item
        for item in due
        if filling
        and item.dataset.kind is Kind.METRIC
        and item.every is not None
        and (now // item.every) % FOLD_EVERY
    ]
    ready = [item for item in due if item not in full and item not in folded]
    return Readable(ready, full, folded)


def fold(spool: Spool, items: Sequence[PlannedDataset], now: int) -> None:
    """Count slots that are left out; they are not made up for.

    Raises:
        StateError: the disk refuses.
    """
    if not items:
        return

    def count(change: Transaction) -> None:
        change.count(FOLDED, len(items))
        for item in items:
            change.set_pass(item.purpose.value, item.dataset.name, now)

    spool.urgent(count)
