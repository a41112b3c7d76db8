# SPDX-License-Identifier: Apache-2.0
"""The agent that stays: passes when they are due, polls and ships when it was decided.

Rules: the spool is closed while a child runs and while it rests; whatever fails is
logged as a slug and tried again; it ends within a second of being told to.
Not here: when (`schedule.py`, `shipping.py`), the work itself (`passes.py`,
`courier.py`).
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from agent import shipping
from agent.budget import PASS_AGAIN_SECONDS, REST_SECONDS, SETTLE_SECONDS
from agent.clock import corrected, load_clock
from agent.courier import Courier
from agent.device import Device
from agent.effective import effective_policy
from agent.errors import AgentError, StateError
from agent.host.lock import sole
from agent.identity import Identity, load, pseudonym_keys, trusted
from agent.logs import Log
from agent.passes import pass_in_child
from agent.schedule import due, next_slot
from agent.shipping import Act, Link
from agent.spool import open_spool
from agent.state import State, marked_at
from wire.errors import WireError
from wire.policy import Policy
from wire.trust import Trusted

Rest = Callable[[float], bool]
"""Waits so many seconds or less; true when the agent is to end."""


@contextmanager
def at_work(state: State, who: Identity) -> Iterator[Device]:
    """Hold the device's spool open.

    Raises:
        StateError: it cannot be opened.
    """
    spool = open_spool(state.spool, int(time.time()), marked_at(state))
    try:
        yield Device(state, who, spool)
    finally:
        spool.close()


def time_of(device: Device) -> int:
    """Return the time to go by, seconds since the epoch."""
    return corrected(load_clock(device.spool), time.time())


def trust_of(device: Device, now: int) -> Trusted | None:
    """Return what is trusted, or None where no valid bundle is here."""
    with suppress(WireError, AgentError):
        return trusted(device.state, device.who, now)
    return None


def can_name(device: Device, trust: Trusted, now: int) -> bool:
    """Tell whether pseudonym keys of this moment are here."""
    with suppress(WireError, AgentError):
        keys = pseudonym_keys(device.state, device.who, trust.root)
        return any(key.start <= now < key.end for key in keys)
    return False


@dataclass(slots=True)
class Resident:
    """The resident agent.

    Attributes:
        state: its state directory.
        courier: how it reaches the collector.
        log: where events go.
        rest: waits, and tells when to end.
    """

    state: State
    courier: Courier
    log: Log
    rest: Rest

    def run(self) -> None:
        """Work until told to end.

        Raises:
            AgentError: it cannot start: not enrolled, or the state is unusable.
        """
        who = load(self.state)
        draw = random.SystemRandom()
        started = time.monotonic()
        link = shipping.start(started, draw.random())
        not_before = started
        self.log.info("started")
        with sole(self.state.lock):
            while True:
                with at_work(self.state, who) as device:
                    now = time_of(device)
                    trust = trust_of(device, now)
                    policy = self._policy(trust)
                    settled = time.monotonic() > started + SETTLE_SECONDS
                    wait = float(REST_SECONDS)
                    wanted = False
                    if trust is not None and policy is not None:
                        named = settled or can_name(device, trust, now)
                        last = device.spool.last_pass
                        wanted = named and bool(due(policy, who.device, last, now))
                        slot = next_slot(policy, who.device, now)
                        wait = min(wait, (slot or now + REST_SECONDS) - now)
                    wanted = wanted and time.monotonic() >= not_before
                    if not wanted:
                        link, pause = self._network(device, trust, link, draw.random)
                        wait = min(wait, pause)
                if wanted and not self._pass(now):
                    not_before = time.monotonic() + PASS_AGAIN_SECONDS
                if self.rest(0.0 if wanted else max(wait, 0.0)):
                    self.log.info("stopped")
                    return

    def _policy(self, trust: Trusted | None) -> Policy | None:
        """Return the policy in force; None where nothing may be collected."""
        if trust is None:
            return None
        try:
            return effective_policy(self.state, trust.policy.policy)
        except StateError:
            self.log.failure("restrictions-unreadable")
            return None

    def _pass(self, now: int) -> bool:
        try:
            ran = pass_in_child(self.state, now)
        except AgentError as problem:
            self.log.failure("pass-failed", code=problem.exit_code)
            return False
        sealed = ran.report.sealed
        self.log.info(
            "pass",
            envelopes=sealed.envelopes,
            records=sealed.records,
            octets=sealed.octets,
            withheld=ran.report.withheld,
            cpu_seconds=round(ran.seconds, 3),
            memory=ran.memory,
        )
        return True

    def _network(
        self,
        device: Device,
        trust: Trusted | None,
        link: Link,
        draw: Callable[[], float],
    ) -> tuple[Link, float]:
        """Do the next act, if it is time; return the link and how long to rest."""
        waiting = device.spool.facts().waiting
        step = shipping.decide(
            link, waiting, time.monotonic(), may_ship=trust is not None
        )
        if step.act is Act.WAIT:
            return link, step.seconds
        name = step.act.value
        try:
            with self.courier.session(device, trust) as session:
                done = self.courier.act(session, device, trust, step)
        except AgentError as problem:
            found = shipping.failure(problem)
            self.log.warning("exchange-failed", act=name, reason=found.slug)
            after = shipping.failed(link, step.act, found, time.monotonic(), draw())
            return after, 0.0
        self.log.info(name, sent=done.sent, octets=done.octets, trimmed=done.trimmed)
        for part in done.adopted:
            self.log.info("adopted", part=part)
        left = device.spool.facts().waiting
        return shipping.succeeded(link, step.act, left, time.monotonic(), draw()), 0.0
