# SPDX-License-Identifier: Apache-2.0
"""Enrols a machine that no person sits at, and waits until that has come about.

Rules: without a network it is tried again for ever, with full jitter; a token that is
refused is tried hourly, a file that has changed within a minute; the state directory is
free for `discreet-agent enrol` between two tries; log and `status` say why, and no word
of the file is in either; the loop rests as the resident agent's does, so that who
watches over the one watches over the other.
Not here: the file (`enrol_file.py`), enrolment itself (`enrolment.py`).
"""

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from agent import enrol_file
from agent.about import about
from agent.anew import joining
from agent.budget import (
    REST_SECONDS,
    START_SECONDS,
    STUBBORN_FAILURES,
    TOKEN_SECONDS,
)
from agent.chance import drawn
from agent.delivery import shipping
from agent.delivery.proxies import Proxy
from agent.enrol_file import EnrolFile
from agent.enrolment import enrol
from agent.errors import (
    AgentError,
    NetworkError,
    NotEnrolledError,
    Problem,
    StateError,
    UsageError,
)
from agent.host.lock import sole
from agent.identity import Identity, load
from agent.life import Alone, Life
from agent.logs import Log
from agent.state import State, prepare, write
from agent.stop import Stop, Stopped

_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Tries:
    """How the file in hand has fared.

    Attributes:
        file: digest of its content; empty for none yet.
        failures: in a row.
        not_before: monotonic time of the next try.
    """

    file: bytes = b""
    failures: int = 0
    not_before: float = 0.0


def failed(tries: Tries, problem: AgentError, now: float, chance: float) -> Tries:
    """Return what follows from a failure.

    Args:
        tries: what was before.
        problem: why.
        now: on the monotonic clock.
        chance: drawn from [0, 1).
    """
    if isinstance(problem, UsageError | StateError):
        wait = float(REST_SECONDS)  # nothing was sent, and a look costs nothing
    elif _refused(problem) or (
        tries.failures >= STUBBORN_FAILURES and not isinstance(problem, NetworkError)
    ):
        wait = TOKEN_SECONDS * (_HALF + chance)
    else:
        wait = shipping.backoff(tries.failures, chance)
    if isinstance(problem, Problem) and problem.retry_after is not None:
        wait = max(wait, problem.retry_after * (1 + chance * _HALF))
    return replace(tries, failures=tries.failures + 1, not_before=now + wait)


@dataclass(slots=True)
class Unattended:
    """The agent until it has an identity.

    Attributes:
        state: its state directory.
        configuration: the directory of `agent.toml`.
        proxy: which proxy to take to an address.
        log: where events go.
        stop: tells when to end.
        at_once: whether the first try waits for no moment of its own.
        waits: whether to wait also where there is no file.
        life: who hosts it, and hears how it lives.
        monotonic: seconds on a clock that never jumps.
        chance: draws a number from 0 until 1.
    """

    state: State
    configuration: Path
    proxy: Callable[[str], Proxy | None]
    log: Log
    stop: Stop
    at_once: bool = False
    waits: bool = False
    life: Life = field(default_factory=Alone)
    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = drawn
    _tries: Tries = field(default_factory=Tries)
    _told: str = ""
    _begun: bool = False

    def run(self) -> Identity | None:
        """Return who this device is, however long it takes; None where it is to end.

        Raises:
            NotEnrolledError: nothing is here to enrol with, and it does not wait.
            AgentError: the state directory is unusable.
        """
        wait = 0.0
        while not self.stop.rest(min(wait, self.life.beat)):
            if self.stop.anew():
                self._anew()
            try:
                return load(self.state)
            except NotEnrolledError as problem:
                self._works()
                with suppress(Stopped):
                    wait = self._turn(problem)
        return None

    def _anew(self) -> None:
        """Try at once, as if the file had changed."""
        self.life.reloading()
        self._tries = Tries()
        self.life.ready()

    def _works(self) -> None:
        """Tell that it works, first of all that it has begun: a start does not wait."""
        if not self._begun:
            self._begun = True
            self.life.ready()
        self.life.turned()

    def _turn(self, unenrolled: NotEnrolledError) -> float:
        """Try where it is time; return how long to rest."""
        file: EnrolFile | None = None
        try:
            file = enrol_file.find(self.state, self.configuration)
            if file is None:
                if not self.waits:
                    raise unenrolled
                self._tell(unenrolled, "no-enrol-file")
                return float(REST_SECONDS)
            self._take_up(file)
            if self.monotonic() >= self._tries.not_before:
                self._try(file)
                return 0.0
        except NotEnrolledError:
            raise
        except (AgentError, OSError) as problem:
            found = problem if isinstance(problem, AgentError) else _disk(problem)
            self._tell(found, _reason(found))
            now = self.monotonic()
            self._tries = failed(self._tries, found, now, self.chance())
        left = self._tries.not_before - self.monotonic()
        return min(max(left, 0.0), float(REST_SECONDS))

    def _take_up(self, file: EnrolFile) -> None:
        """Begin anew with a file that has changed; machines of a site spread."""
        digest = hashlib.sha256(file.content).digest()
        if digest == self._tries.file:
            return
        first = not self._tries.file and not self.at_once
        spread = START_SECONDS * self.chance() if first else 0.0
        self._tries = Tries(digest, 0, self.monotonic() + spread)
        self.log.info("enrol-file-found")
        if file.is_open():
            self.log.warning("enrol-file-readable-by-others")

    def _try(self, file: EnrolFile) -> None:
        token, word = file.words()
        if joining(self.state).directory.exists():
            msg = (
                "an enrolment anew was begun here: run discreet-agent enrol --anew "
                "again, with its token"
            )
            raise UsageError(msg)
        prepare(self.state)
        with sole(self.state.lock), self.stop.at_once():
            enrol(self.state, word, about(), self.proxy(token.url))
        self.log.info("enrolled")
        with suppress(OSError):
            self.state.failing.unlink(missing_ok=True)

    def _tell(self, problem: AgentError, reason: str) -> None:
        """Say why, to the log and to `status`; the same to `status` once."""
        sentence = str(problem)
        local = isinstance(problem, NotEnrolledError | StateError | UsageError)
        if sentence != self._told or not local:
            self.log.warning("not-enrolled", reason=reason)
        if sentence != self._told:
            self._told = sentence
            self.life.status(f"not enrolled: {sentence}")
            with suppress(AgentError):
                prepare(self.state)
                write(self.state.failing, sentence.encode())


def _refused(problem: AgentError) -> bool:
    return isinstance(problem, Problem) and problem.slug in shipping.ENROLMENT


def _disk(problem: OSError) -> StateError:
    del problem
    return StateError("the state directory cannot be used: check its disk and rights")


def _reason(problem: AgentError) -> str:
    if isinstance(problem, UsageError):
        return "enrol-file-wrong"
    return shipping.failure(problem).slug
