# SPDX-License-Identifier: Apache-2.0
"""What the resident agent has to do with orders, at each of its turns.

Rules: what is not the resident's is decided elsewhere, this ties it to spool, link and
log; an order that could have been outlived by a removal is not begun before the
collector was asked once more, if it can be reached.
Not here: what time makes of orders, and the child (`agent/orders`).
"""

import time
from dataclasses import dataclass

from agent.budget import (
    ASK_LOOK_SECONDS,
    ASK_POLL_SECONDS,
    ORDER_GRACE_SECONDS,
    REST_SECONDS,
)
from agent.delivery import shipping
from agent.delivery.shipping import Link
from agent.device import Device
from agent.errors import AgentError
from agent.logs import Log
from agent.order_watch import Watch
from agent.orders.removals import held_removals
from agent.orders.running import TakenBackError, order_in_child
from agent.orders.telling import to_tell
from agent.orders.turn import asking, ready, settle
from agent.spool.order import HeldOrder
from agent.state import State
from wire.policy import Policy
from wire.purposes import Purpose
from wire.trust import Trusted


@dataclass(frozen=True, slots=True)
class Look:
    """What is to be done.

    Attributes:
        link: how the link stands after it.
        turn: the order to work on now; None for none.
        wait: most seconds to rest.
        asking: a person at the machine is being asked, by another process.
    """

    link: Link
    turn: HeldOrder | None = None
    wait: float = REST_SECONDS
    asking: bool = False

    def listen(self, policy: Policy | None, wait: float) -> float:
        """Return for how long the agent may wait for an order: nothing where none can.

        Args:
            policy: in force; None where there is none.
            wait: seconds for which nothing else is to be done.
        """
        rules = policy.rules(Purpose.SUPPORT) if policy else None
        may = rules is not None and any(one.every is None for one in rules.datasets)
        return wait if may and not self.asking else 0.0


def look(
    device: Device, trust: Trusted | None, link: Link, now: int, moment: float
) -> Look:
    """Settle what time has made of orders, and say what is next.

    Args:
        device: whose orders they are; none of them runs at this moment.
        trust: what is trusted; None where no valid bundle is here.
        link: how the link stands.
        now: signed time.
        moment: on the monotonic clock.

    Raises:
        StateError: the disk refuses.
    """
    if trust is None or not device.spool.orders(busy=True):
        return Look(link)
    taken_back = held_removals(device.state, trust.root).orders
    held = settle(device.spool, {one.order for one in taken_back}, now)
    turn = ready(held)
    if turn is not None and _outdated(link, moment):
        return Look(shipping.hasty(link, moment))
    if turn is None and to_tell(held) and not device.spool.facts().waiting:
        link = shipping.hasty(link, moment)
    if asking(held):
        if not _heard(link, moment, ASK_POLL_SECONDS) and not _away(link, moment):
            link = shipping.hasty(link, moment)
        return Look(link, turn, ASK_LOOK_SECONDS, asking=True)
    return Look(link, turn)


def _outdated(link: Link, moment: float) -> bool:
    """Tell whether to ask once more who was removed, before an order begins."""
    return not _away(link, moment) and not _heard(link, moment, ORDER_GRACE_SECONDS)


def _away(link: Link, moment: float) -> bool:
    """Tell whether the collector is not to be asked now."""
    return bool(link.failures or link.stopped) or moment < link.not_before


def _heard(link: Link, moment: float, seconds: float) -> bool:
    """Tell whether the collector has answered so lately."""
    return link.contact is not None and moment - link.contact <= seconds


def carry_out(state: State, log: Log, watch: Watch, turn: HeldOrder, now: int) -> bool:
    """Judge an order and do what is next with it; tell whether the child ended well.

    Args:
        state: the state directory; no spool of it may be open in this process.
        log: where events go.
        watch: tells the collector of it while it runs, and hears that it is taken back.
        turn: the order.
        now: signed time.
    """
    began = time.monotonic()
    try:
        ran = order_in_child(state, turn, now, taken_back=watch.look)
    except TakenBackError:
        log.info("order-taken-back", seconds=round(time.monotonic() - began, 3))
        return False
    except AgentError as problem:
        log.failure("order-failed", code=problem.exit_code)
        return False
    sealed = ran.report.sealed
    log.info(
        "order",
        envelopes=sealed.envelopes,
        records=sealed.records,
        octets=sealed.octets,
        withheld=ran.report.withheld,
        seconds=round(time.monotonic() - began, 3),
        cpu_seconds=round(ran.seconds, 3),
        memory=ran.memory,
    )
    return True
