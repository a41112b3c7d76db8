# SPDX-License-Identifier: Apache-2.0
"""How the agent itself fares, in numbers, as its self-check tells it.

Rules: a check's name, a level as `discreet-agent doctor` has them, a slug and a number;
no address, no name of a policy or a dataset, nothing of what waits; nothing is written
and nothing is asked of the network.
Not here: what a person at the machine is told of it (`agent/commands/doctor.py`), what
the agent can read (`agent/diagnostics/agent_check.py`).
"""

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agent.authority import pins
from agent.budget import RESERVE_BYTES, SPOOL_BYTES
from agent.clock import CONTACTED, load_clock
from agent.errors import StateError
from agent.fared import recall
from agent.governor.strikes import struck_out
from agent.identity import Identity
from agent.outcome import DENIED, FAILED, OVER_BUDGET, TIMED_OUT
from agent.spool.spool import Spool
from agent.state import State, read
from wire import limits
from wire.crypto.x509_facts import parse_certificate
from wire.release import __version__
from wire.trust import Trusted
from wire.values import Value

OK, SKIP, WARN, FAIL = "ok", "skip", "warn", "fail"
"""The levels of a check, as `doctor` calls them."""
SOON_SECONDS = 3 * 86_400
"""A policy that ends sooner is told: the collector has a newer one."""
SILENT_SECONDS = 3_600
"""An agent that was not answered for so long is told."""
UNREAD = (DENIED, FAILED, OVER_BUDGET, TIMED_OUT)
"""Outcomes of a dataset that the policy wants and did not get."""
_ENDS_SECONDS = 30 * 86_400
"""A certificate or root that ends sooner is told: both take an operator's hand."""
_SENTENCE_BYTES = 4_096
_DAY = 86_400
Look = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Own:
    """What is looked at.

    Attributes:
        state: the state directory.
        who: the device.
        trust: the verified bundle.
        spool: the open spool.
        now: signed time, seconds since the epoch.
    """

    state: State
    who: Identity
    trust: Trusted
    spool: Spool
    now: int

    def looks(self) -> Iterator[Look]:
        """Yield what each check came to; one that cannot be made keeps no other."""
        for name, look in (
            ("policy", self._policy),
            ("certificate", self._certificate),
            ("queue", self._queue),
            ("disk", self._disk),
            ("clock", self._clock),
            ("answered", self._answered),
            ("datasets", self._datasets),
        ):
            try:
                found = list(look())
            except (OSError, sqlite3.Error, StateError):
                found = [_look(name, None, FAIL, "read-failed")]
            yield from found

    def _policy(self) -> Iterator[Look]:
        policy, root = self.trust.policy, self.trust.root
        yield _look("policy-version", policy.version)
        yield _ending("policy-days", policy.not_after - self.now, SOON_SECONDS)
        yield _ending("root-days", root.not_after - self.now, _ENDS_SECONDS)

    def _certificate(self) -> Iterator[Look]:
        """Tell how long the certificate lasts by which the collector is known."""
        every = [parse_certificate(one) for one in pins(self.who, self.trust)]
        ends = [one.not_after for one in every if one is not None]
        if ends:
            yield _ending("certificate-days", max(ends) - self.now, _ENDS_SECONDS)
        else:
            yield _look("certificate-days", None, FAIL, "unreadable")

    def _queue(self) -> Iterator[Look]:
        facts = self.spool.facts()
        level = WARN if facts.alarms else OK
        yield _look("queue-envelopes", facts.waiting, level, *facts.alarms[:1])
        yield _look("queue-octets", facts.octets)

    def _disk(self) -> Iterator[Look]:
        free = shutil.disk_usage(self.state.directory).free
        level = level_of_room(free)
        reason = "" if level == OK else "little-room"
        yield _look("disk-free-octets", free, level, reason)

    def _clock(self) -> Iterator[Look]:
        """Tell how far this machine's clock is from the signed time."""
        clock = load_clock(self.spool)
        if not clock.signed:
            yield _look("clock-off-seconds", None, SKIP, "no-signed-time")
            return
        off = abs(clock.offset)
        level = level_of_clock(off)
        reason = "" if level == OK else "clock-wrong"
        yield _look("clock-off-seconds", off, level, reason)

    def _answered(self) -> Iterator[Look]:
        """Tell how long ago the collector answered last."""
        name, at = "answered-seconds-ago", self.spool.value(CONTACTED)
        ago = None if at is None else max(self.now - at, 0)
        told: tuple[str, ...] = (OK,)
        if read(self.state.failing, _SENTENCE_BYTES):
            told = (FAIL, "exchanges-fail")
        elif ago is None or ago > SILENT_SECONDS:
            told = (WARN, "silent")
        yield _look(name, ago, *told)

    def _datasets(self) -> Iterator[Look]:
        """Count what was not read when it was due, and what is not even tried."""
        policy = self.trust.policy.policy
        rules = [rule for one in policy.purposes for rule in one.datasets]
        wanted = {rule.dataset for rule in rules}
        fared = [one for one in recall(self.state) if one.collector in wanted]
        unread = sum(one.outcome in UNREAD for one in fared)
        out = len(struck_out(self.state.strikes, self.now, __version__))
        told = (WARN, "see-agent-health") if unread else (OK,)
        yield _look("datasets-unread", unread, *told)
        yield _look("datasets-struck-out", out, *((WARN, "see-strikes") if out else ()))


def level_of_room(free: int) -> str:
    """Return how well an agent does whose disk has so many bytes left.

    Args:
        free: of the disk with the state directory.
    """
    if free < 2 * RESERVE_BYTES:
        return FAIL
    return OK if free >= SPOOL_BYTES else WARN


def level_of_clock(off: int) -> str:
    """Return how well a clock does that differs from the signed time.

    Args:
        off: by so many seconds, whether ahead or behind.
    """
    return OK if abs(off) <= limits.CLOCK_SKEW_SECONDS else WARN


def _look(name: str, value: int | None, level: str = OK, reason: str = "") -> Look:
    found: dict[str, Value] = {"check": name, "outcome": level}
    if reason:
        found["reason"] = reason
    if value is not None:
        found["value"] = value
    return found


def _ending(name: str, left: int, soon: int) -> Look:
    """Tell how many days something lasts."""
    days = max(left, 0) // _DAY
    return _look(name, days, *((WARN, "ends-soon") if left < soon else ()))
