# SPDX-License-Identifier: Apache-2.0
"""The agent that stays: passes when they are due, polls and ships when it was decided.

Rules: the spool is closed as a child starts that opens it and while it rests long, and
looked at as a whole at the start and after an error alone; whatever fails is logged as
a slug and tried again; what a pass could not read is not tried again at once, so that
it keeps nothing from being sent; on a burdened machine passes come later; it ends
within a second of being told, and settings that are read anew lose nothing of what it
knows; a pass that would cost more than passes may take waits, and nothing else does.
Not here: when (`schedule.py`, `agent/delivery/shipping.py`), the work itself
(`passes.py`, `agent/delivery/exchange.py`).
"""

import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial

from agent.budget import (
    DISK_AGAIN_SECONDS,
    LINE_SECONDS,
    PASS_AGAIN_SECONDS,
    REST_SECONDS,
    SETTLE_SECONDS,
)
from agent.chance import drawn
from agent.delivery import shipping
from agent.delivery.courier import Courier
from agent.delivery.exchange import Exchange
from agent.delivery.line import Line
from agent.delivery.shipping import Link
from agent.delivery.tally import Tally
from agent.device import Bench, Device, can_name, time_of
from agent.errors import AgentError, StateError
from agent.footing import Footing, StateReplacedError
from agent.given import Given
from agent.governor.restraint import Restraint
from agent.host.interface import Host
from agent.host.lock import sole
from agent.identity import Identity, load
from agent.life import Alone, Life
from agent.logs import Log
from agent.order_desk import carry_out, look
from agent.order_watch import Watch
from agent.passes import KilledError, pass_in_child
from agent.progress import Progress, StuckError, kept, told
from agent.schedule import (
    DUE,
    PRESSING,
    Due,
    Passes,
    Times,
    due,
    next_slot,
    start_wait,
)
from agent.shortcut import Part, Shortcut
from agent.state import State
from agent.stop import Roused, Stop, Stopped
from agent.updates.handover import vouch
from wire.policy import Policy
from wire.trust import Trusted


@dataclass(frozen=True, slots=True)
class _Under:
    """What a turn goes by: trust, policy, signed time, and the monotonic moment."""

    trust: Trusted
    policy: Policy
    now: int
    moment: float


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What comes next.

    Attributes:
        link: how the link to the collector stands.
        wait: most seconds to rest.
        wanted: whether to run a pass now.
        part: what will do in place of a whole one; None where nothing will.
    """

    link: Link
    wait: float
    wanted: bool = False
    part: Part | None = None


@dataclass(slots=True)
class Resident:
    """The resident agent.

    Attributes:
        state: its state directory.
        courier: how it reaches the collector.
        log: where events go.
        stop: tells when to end.
        started: when, on the monotonic clock.
        passes: what is due and what waits.
        tally: what the agent has cost and done.
        restraint: what holds passes back.
        at_once: whether the first pass and exchange wait for no moment of their own.
        life: who hosts it, and hears how it lives.
        couriers: reads the settings anew; None where there are none to read.
        progress: whether things move.
        shortcut: knows when a part of a pass will do.
        vouched: whether it has said that this release works.
        leaves: whether it ends where every turn fails, for somebody starts it anew.
        line: keeps the connection from one act to the next.
        host: another machine than this one, for tests.
    """

    state: State
    courier: Courier
    log: Log
    stop: Stop
    started: float = field(default_factory=time.monotonic)
    passes: Passes = field(default_factory=Passes)
    tally: Tally = field(default_factory=Tally)
    restraint: Restraint = field(default_factory=Restraint)
    at_once: bool = False
    life: Life = field(default_factory=Alone)
    couriers: Callable[[], Courier] | None = None
    progress: Progress = field(default_factory=Progress)
    shortcut: Shortcut = field(default_factory=Shortcut)
    vouched: bool = False
    leaves: bool = False
    line: Line = field(default_factory=Line)
    host: Host | None = None

    def run(self) -> None:
        """Work until told to end.

        Raises:
            StateReplacedError: the state directory is another one: it is to begin anew.
            AgentError: it cannot start (not enrolled, the state is unusable) or go on.
        """
        who = load(self.state)
        spread = 0.0 if self.at_once else drawn()
        link = shipping.start(self.started, spread)
        bench = Bench(self.state, who)
        with sole(self.state.lock) as lock, closing(bench), closing(self.line):
            footing = Footing(self.state, who, lock)
            with bench.at_work():
                self.log.info("started")
            self.life.ready()
            with suppress(Stopped):
                wait = 0.0
                while not self.stop.rest(min(wait, self.life.beat)):
                    if self.stop.anew():
                        link = self._anew(link)
                    try:
                        footing.look()
                        link, wait = self._turn(bench, link)
                        self.progress.turned()
                        self._turned()
                    except Roused:
                        wait = 0.0
                        bench.close()
                    except StateReplacedError:
                        raise
                    except Exception as problem:  # noqa: BLE001 - boundary: the service loop survives a full disk, a rude server and a defect
                        wait = DISK_AGAIN_SECONDS
                        self._failed(problem, bench)
                    if wait > LINE_SECONDS:
                        bench.close()
                    self.line.rest(wait)
            self.life.stopping()
            self.log.info("stopped")

    def _failed(self, problem: Exception, bench: Bench) -> None:
        """Tell of a turn that failed; leave where all have for too long."""
        kind, moment = "error-" + type(problem).__name__.lower(), time.monotonic()
        self.log.failure("turn-failed", kind=kind)
        if isinstance(problem, AgentError | OSError):
            bench.doubt(problem)
        if self.progress.failed(problem, moment):
            self._turned()
        if isinstance(problem, AgentError):
            self.life.status(str(problem))
        if self.leaves and not self.progress.moves(moment):
            raise StuckError(problem) from problem

    def _turned(self) -> None:
        """Tell who hosts it that things move, if they do."""
        if self.progress.moves(time.monotonic()):
            self.life.turned()
        else:
            self.log.failure("stuck")

    def _anew(self, link: Link) -> Link:
        """Read the settings anew, and ask the collector soon; keep all else."""
        self.life.reloading()
        try:
            if self.couriers is not None:
                self.courier = self.couriers()
            self.log.info("reloaded")
        except AgentError:  # what was in force stays so
            self.log.failure("reload-refused")
        self.life.ready()
        return shipping.hasty(link, time.monotonic())

    def _turn(self, bench: Bench, link: Link) -> tuple[Link, float]:
        """Do what is to be done now; return the link and how long to rest."""
        with bench.at_work() as device:
            now, moment = time_of(device), time.monotonic()
            trust = bench.obeyed.trust(now)
            policy = self._policy(bench, trust)
            orders = look(device, trust, link, now, moment)
            ahead = _Ahead(orders.link, min(float(REST_SECONDS), orders.wait))
            if trust is not None and policy is not None:
                under = _Under(trust, policy, now, moment)
                ahead = self._ahead(bench, device, under, ahead)
            if orders.turn is None and not ahead.wanted:
                listen = orders.listen(policy, ahead.wait)
                link, pause = self._exchange().network(
                    device, trust, ahead.link, listen
                )
                self._look(device, link, may_ship=trust is not None)
                self._vouch()
                return link, max(min(ahead.wait, pause), 0.0)
        if orders.turn is not None or ahead.part is None or ahead.part.into is None:
            bench.close()
        if ahead.part is None:
            self.line.close()
        if orders.turn is not None:
            watch = Watch(bench, self.courier, self.log, trust, orders.turn.id)
            with self.stop.at_once(), closing(watch):
                if not carry_out(self.state, self.log, watch, orders.turn, now):
                    bench.doubt()
            return ahead.link, 0.0
        self.passes.at, marks = now, bench.obeyed.marks()
        ended_well = self._pass(now, ahead.part)
        if not ended_well:
            bench.doubt()
        self.shortcut.ended(marks, part=ahead.part is not None, well=ended_well)
        return ahead.link, 0.0

    def _look(self, device: Device, link: Link, *, may_ship: bool) -> None:
        """See whether things move, and tell who hosts it how they stand."""
        moment, sent = time.monotonic(), self.tally.counted.sent_envelopes
        free = not kept(link, moment, may_ship=may_ship)
        waits = free and bool(device.spool.facts().waiting)
        self.progress.queue(moment, sent, waits=waits)
        self.life.status(told(link, may_ship=may_ship))

    def _ahead(
        self, bench: Bench, device: Device, under: _Under, ahead: _Ahead
    ) -> _Ahead:
        """Return whether a pass is wanted now, and how long to rest where none is."""
        now, moment, link, wait = under.now, under.moment, ahead.link, ahead.wait
        policy, who = under.policy, device.who
        settled = moment > self.started + SETTLE_SECONDS
        begins = self.started + (0.0 if self.at_once else start_wait(who.device))
        ready = settled or can_name(device, under.trust, now)
        if not ready and not self.state.pseudonyms.exists():
            link = shipping.eager(link, moment)
        wanted, part = False, None
        if ready and moment >= begins:
            wanted, rest = self._wanted(device, policy, now, moment)
            wait = min(wait, rest)
            if wanted and self.host is None and not device.spool.owed():
                figures = self.tally.figures()
                given = Given(self.state, who, under.trust, now, figures)
                part = self.shortcut.work(bench, policy, self.passes.tried, given)
        slot = next_slot(policy, who.device, now)
        wait = min(wait, (slot or now + REST_SECONDS) - now)
        if moment < begins:
            wait = min(wait, begins - moment)
        return _Ahead(link, wait, wanted, part)

    def _wanted(
        self, device: Device, policy: Policy, now: int, moment: float
    ) -> tuple[bool, float]:
        """Tell whether to run a pass now, and after how long to look again."""
        times = device.spool.passes()
        if self.passes.tried:
            self.passes.ran(due(policy, device.who.device, times, self.passes.at))
        found = self._due(device.who, policy, times, now, moment)
        rest = self.restraint.rest(moment) if found else 0.0
        if rest:  # it has a name, and a start anew would only forget what is owed
            self.progress.rests(moment)
            return False, rest
        roomy = not found or device.spool.keep_reserve()  # a full disk may end any time
        again = PASS_AGAIN_SECONDS if roomy else DISK_AGAIN_SECONDS
        return self.passes.wanted(found, moment, again), self.passes.rest(moment)

    def _due(
        self, who: Identity, policy: Policy, times: Times, now: int, moment: float
    ) -> Due:
        """Return what is due; on a burdened machine what has waited long enough."""
        found = due(policy, who.device, times, now)
        if found and self.restraint.look(moment):
            burden = self.restraint.burden
            self.log.info(
                "held-back" if self.restraint.held else "going-on",
                battery=int(burden.battery),
                busy=int(burden.busy),
                rest=round(self.restraint.rest(moment)),
            )
        if not found or not self.restraint.stretched:
            return found
        return due(policy, who.device, times, now, burdened=True)

    def _policy(self, bench: Bench, trust: Trusted | None) -> Policy | None:
        """Return the policy in force; None where nothing may be collected."""
        try:
            return None if trust is None else bench.obeyed.policy(trust)
        except StateError:
            self.log.failure("restrictions-unreadable")
            return None

    def _pass(self, now: int, part: Part | None) -> bool:
        """Run a pass; tell whether it ended well.

        Args:
            now: signed time.
            part: runs in place of a whole one.
        """
        try:
            with self.stop.at_once():
                over = PRESSING if self.restraint.stretched else DUE
                if part is not None:
                    part = replace(part, work=partial(self.line.apart, part.work))
                ran = pass_in_child(
                    self.state,
                    now,
                    over=over,
                    figures=self.tally.figures(),
                    host=self.host,
                    part=part,
                )
        except KilledError as problem:
            self.restraint.spent(problem.spent, time.monotonic(), killed=True)
            self.log.failure("pass-killed", dataset=problem.dataset)
            return False
        except AgentError as problem:
            self.restraint.spent(problem.spent, time.monotonic())
            disk = isinstance(problem, StateError)
            if disk:
                self.passes.again = DISK_AGAIN_SECONDS
            self.progress.passed(time.monotonic(), crashed=not disk)
            self.log.failure("pass-failed", code=problem.exit_code)
            return False
        self.tally.ran(ran)
        self.progress.passed(time.monotonic(), crashed=False)
        self.restraint.spent(ran.seconds, time.monotonic())
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

    def _vouch(self) -> None:
        """Say once, after a good exchange, that this release works here."""
        if self.tally.exchanges and not self.vouched:
            with suppress(StateError):  # a full disk: said after the next exchange
                vouch(self.state.update, int(time.time()))
                self.vouched = True

    def _exchange(self) -> Exchange:
        return Exchange(
            *(self.courier, self.log, self.tally, self.stop.at_once),
            listening=self.stop.listening,
            line=self.line,
        )
