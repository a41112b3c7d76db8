# SPDX-License-Identifier: Apache-2.0
"""The mark that has to come after a receipt: else what was received is sent again.

Rules: a mark is awaited through the envelope before which none waits any more, for no
mark passes one that was not sent; what is awaited moves with the receipt itself; what
is sent again is decided by numbers, and by no clock that was wrong.
Not here: how long is too long (`shipping.overdue`), marks (`marks.py`).
"""

from dataclasses import replace

from agent.delivery.shipping import Awaited, overdue
from agent.spool.change import Transaction
from agent.spool.spool import Facts, Spool

_NAMES = ("awaited-sequence", "awaited-since", "awaited-times")


def awaited_by(spool: Spool) -> Awaited:
    """Return the mark that is awaited."""
    return Awaited(*(spool.value(name) or 0 for name in _NAMES))


def is_overdue(spool: Spool) -> bool:
    """Tell whether something was sent again for want of a mark that is still out."""
    awaited = awaited_by(spool)
    return awaited.times > 0 and not _covered(awaited, spool.facts())


def received(spool: Spool, change: Transaction, now: int) -> None:
    """Await a mark for what has been received, if none is awaited yet.

    Args:
        spool: the queue, as the open transaction has it.
        change: the same transaction, of the receipt.
        now: signed time, seconds since the epoch.
    """
    if _covered(awaited_by(spool), spool.facts()):
        _await(change, _next(spool, now))


def resend_overdue(spool: Spool, now: int) -> int:
    """Send again what was received where the store's mark has stayed out.

    Call it before each shipment: a gate that answers and drops is found out so.

    Args:
        spool: the queue.
        now: corrected time, seconds since the epoch.

    Returns:
        How many envelopes wait again.

    Raises:
        StateError: the disk refuses.
    """
    awaited = awaited_by(spool)
    if _covered(awaited, spool.facts()):
        following = _next(spool, now)
        if following.sequence != awaited.sequence:
            spool.urgent(lambda change: _await(change, following))
        return 0
    if awaited.since > now:  # the clock went back: else it waits until it is there
        awaited = replace(awaited, since=now)
        spool.urgent(lambda change: _await(change, awaited))
    if not overdue(awaited, 0, now):
        return 0

    count = spool.resend_unmarked(awaited.sequence)
    # Killed here, the next time finds nothing to send again, and that is no harm.
    later = Awaited(awaited.sequence, now, awaited.times + 1)
    spool.urgent(lambda change: _await(change, later if count else Awaited()))
    return count


def _covered(awaited: Awaited, facts: Facts) -> bool:
    """Tell whether what was awaited has come; of a former incarnation nothing tells."""
    through = facts.base + facts.marked if awaited.sequence > facts.base else 0
    return awaited.sequence <= through


def _next(spool: Spool, now: int) -> Awaited:
    """Return what is awaited from now on: all before the first that waits."""
    facts = spool.facts()
    if not facts.received:
        return Awaited()
    first = spool.waiting(1, 1)
    through = first[0].number - 1 if first else spool.newest()
    if through <= facts.base + facts.marked and not first:
        through = facts.base  # what is left is of a former incarnation
    following = Awaited(through, now)
    return Awaited() if _covered(following, facts) else following


def _await(change: Transaction, awaited: Awaited) -> None:
    told = awaited.sequence, awaited.since, awaited.times
    for name, value in zip(_NAMES, told, strict=True):
        change.set_number(name, value)
