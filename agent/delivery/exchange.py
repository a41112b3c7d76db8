# SPDX-License-Identifier: Apache-2.0
"""One turn at the network: the act that is due, how it went, what comes next.

Rules: time and chance are handed in, so that a simulation drives the same code; a
failure is logged as a slug and decides the next act; nothing is sent that
`shipping.py` did not decide.
Not here: deciding (`shipping.py`), the act itself (`courier.py`).
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from agent.chance import drawn
from agent.clock import CONTACTED, corrected, load_clock
from agent.delivery import shipping
from agent.delivery.alarms import UNWRITABLE
from agent.delivery.asker import Asker
from agent.delivery.courier import Courier
from agent.delivery.line import Line
from agent.delivery.shipping import Act, Failure, Link, Queue
from agent.delivery.tally import Tally
from agent.device import Device
from agent.errors import AgentError, StateError
from agent.logs import Log
from wire.trust import Trusted

_TRIED = "disk-tried"
"""Number in the spool: how often the disk was tried after it had refused."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """How a device's turn at the network is taken.

    Attributes:
        courier: how it reaches the collector.
        log: where events go.
        tally: counts what was sent.
        at_once: has what is done inside broken off when the agent is to end.
        monotonic: seconds on a clock that never jumps.
        chance: draws a number from 0 until 1.
        listening: has a wait inside broken off also when settings are read anew; None
            for `at_once`.
        line: keeps the connection for the next act; None for one connection an act.
    """

    courier: Courier
    log: Log
    tally: Tally
    at_once: Callable[[], AbstractContextManager[None]]
    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = drawn
    listening: Callable[[], AbstractContextManager[None]] | None = None
    line: Line | None = None

    def network(
        self, device: Device, trust: Trusted | None, link: Link, listen: float = 0.0
    ) -> tuple[Link, float]:
        """Do the next act, if it is time; return the link and how long to rest.

        Args:
            device: whose turn it is; its spool is open.
            trust: what is trusted; None where no valid bundle is here.
            link: how the link to the collector stands.
            listen: seconds for which an answer may be waited for where nothing is due.

        Raises:
            StateError: the spool cannot be read or cleaned.
        """
        now = self.monotonic()
        link = shipping.woken(link, self.courier.system() - now)
        if link.contact is None:
            link = replace(link, contact=now - self._silence(device))
        may_ship = trust is not None
        step = shipping.decide(link, _queue(device, link), now, may_ship=may_ship)
        step = shipping.listening(link, step, listen, now)
        if step.act is not Act.SHIP:  # which writes, and has what leaves remembered
            device.spool.clean()
        if step.act is Act.WAIT:
            return link, step.seconds
        name = step.act.value
        try:
            if link.unwritable and step.act is Act.SHIP:
                _try_disk(device)
            broken_off = (step.wait and self.listening) or self.at_once
            with broken_off(), self._session(device, trust) as session:
                alarms = (UNWRITABLE,) if link.unwritable else ()
                done = self.courier.act(session, device, trust, step, alarms)
        except AgentError as problem:
            found = shipping.failure(problem)
            self.log.warning("exchange-failed", act=name, reason=found.slug)
            now, chance = self.monotonic(), self.chance()
            refused = isinstance(problem, StateError)
            link = replace(link, unwritable=link.unwritable or refused)
            return shipping.failed(link, step.act, found, now, chance), 0.0
        self.tally.sent(done)
        self.log.info(name, sent=done.sent, octets=done.octets, trimmed=done.trimmed)
        for part in done.adopted:
            self.log.info("adopted", part=part)
        for reason in done.refused:
            told = reason.replace(": ", "-")
            self.log.warning("refused", act=name, reason=told)
        began, now, chance = now, self.monotonic(), self.chance()
        link = replace(link, unwritable=done.unwritable)
        if done.retry:
            return shipping.failed(
                link, step.act, Failure(done.retry), now, chance
            ), 0.0
        queue = _queue(device, link)
        after = shipping.succeeded(link, step.act, queue, now, chance, done.backlog)
        news = bool(done.adopted or done.trimmed)
        return shipping.listened(after, step, began, now, news=news), 0.0

    def _session(
        self, device: Device, trust: Trusted | None
    ) -> AbstractContextManager[Asker]:
        if self.line is None:
            return self.courier.session(device, trust)
        return self.line.session(self.courier, device, trust)

    def _silence(self, device: Device) -> float:
        """Return for how long the collector has not answered, by what is remembered."""
        contacted = device.spool.value(CONTACTED)
        now = corrected(load_clock(device.spool), self.courier.system())
        return 0.0 if contacted is None else max(now - contacted, 0.0)


def _try_disk(device: Device) -> None:
    """Require that the disk takes a write: else all would be sent for nothing.

    Raises:
        StateError: it still refuses.
    """
    with device.spool.transaction() as change:
        change.count(_TRIED)


def _queue(device: Device, link: Link) -> Queue:
    """Return what there is to send."""
    facts, live = device.spool.facts(), link.pace.live
    fresh = bool(live) and bool(device.spool.waiting(1, 1, live, 0))
    return Queue(facts.waiting, facts.octets, device.spool.newest(), fresh)
