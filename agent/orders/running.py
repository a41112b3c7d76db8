# SPDX-License-Identifier: Apache-2.0
"""Starts the child in which an order is judged and run, and writes down how it ended.

Rules: the parent holds no open spool over the start and loads nothing of what the child
needs; a child that dies leaves an order that has ended, whatever it had done: it had
begun, and failed, or it never will; one that is taken back while it runs is ended, and
nothing of what it had found is sealed.
Not here: the child's side (`run_work.py`), whose turn it is (`turn.py`), hearing of an
order that is taken back (`agent/order_watch.py`).
"""

from dataclasses import replace

from agent import report
from agent.budget import (
    CHILD_REPORT_BYTES,
    ORDER_GRACE_SECONDS,
    ORDER_MEMORY_BYTES,
    PASS_PROCESSOR_SECONDS,
    TELLING_SECONDS,
)
from agent.errors import AgentError
from agent.figures import Figures
from agent.host.child import in_child
from agent.host.ended import Ceiling, Meanwhile, never
from agent.host.interface import Host
from agent.orders.turn import CRASHED, TIMED_OUT, end
from agent.passes import Ran
from agent.spool.order import HeldOrder
from agent.spool.spool import open_spool
from agent.state import State, marked_at
from wire.doing import OrderState

ORDER = "order:"
"""How a child is told that it is to work on an order, and not on a pass."""
_CEILING = Ceiling(ORDER_MEMORY_BYTES, PASS_PROCESSOR_SECONDS, leaves=True)
"""A notice stays on the screen for longer than an order's child is there."""


class TakenBackError(AgentError):
    """An order was taken back while it ran."""


def order_in_child(
    state: State,
    held: HeldOrder,
    now: int,
    host: Host | None = None,
    taken_back: Meanwhile = never,
) -> Ran:
    """Do what is next with an order, in a child.

    Args:
        state: the state directory; no spool of it may be open in this process.
        held: the order.
        now: signed time, seconds since the epoch.
        host: another machine than this one, for tests.
        taken_back: called while it runs; true where who gives orders wants it no more.

    Raises:
        TakenBackError: it was ended for that.
        AgentError: as the child met it, or the child crashed or was killed; the order
            has ended.
    """

    def work() -> bytes:
        from agent.orders.run_work import work as run  # noqa: PLC0415 - the child's alone

        return run(state, now, held.id, host)

    ended_for_that = False

    def meanwhile() -> bool:
        nonlocal ended_for_that
        ended_for_that = taken_back()
        return ended_for_that

    arguments = [str(state.directory), str(now), ORDER + held.id, Figures().text()]
    seconds = held.seconds + TELLING_SECONDS + ORDER_GRACE_SECONDS
    try:
        ended = in_child(
            work, seconds, CHILD_REPORT_BYTES, arguments, _CEILING, meanwhile
        )
    except OSError as problem:
        msg = "an order cannot start: the machine is out of memory, processes or files"
        raise AgentError(msg) from problem
    if not ended.report and ended_for_that:
        close(state, held.id, OrderState.CANCELLED, "", now)
        msg = "an order was taken back while it ran"
        raise TakenBackError(msg)
    if not ended.report:
        reason = TIMED_OUT if ended.timed_out else CRASHED
        close(state, held.id, OrderState.FAILED, reason, now)
        msg = f"an order was not carried out: {reason}"
        raise AgentError(msg)
    try:
        return Ran(report.decode(ended.report), ended.seconds, ended.memory)
    except AgentError:
        close(state, held.id, OrderState.FAILED, CRASHED, now)
        raise


def close(state: State, order: str, how: OrderState, reason: str, now: int) -> None:
    """End an order that its child has left open.

    Args:
        state: the state directory.
        order: its id.
        how: as what it ends.
        reason: a slug.
        now: signed time.

    Raises:
        StateError: the disk refuses; the next turn tries again.
    """
    spool = open_spool(state.spool, now, marked_at(state), check=False)
    try:
        for held in spool.orders(busy=True):
            if held.id == order and not held.ended:
                ended = replace(held, state=how, reason=reason)
                with spool.transaction() as change:
                    end(change, ended, now)
    finally:
        spool.close()
