# SPDX-License-Identifier: Apache-2.0
"""The way between machines and collector: it loses, delays, repeats and alters.

Rules: what it does with a question is decided by its dice; a question that was given
up may arrive later; what arrives twice is answered twice and heard once.
Not here: what is asked (`agent/delivery/exchange.py`) and answered (`collector.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from agent.delivery.asker import Asker
from agent.delivery.problems import read_problem
from agent.errors import NetworkError
from server.errors import ServerError
from server.gate.bounds import RETRY_SECONDS
from server.problems import MEDIA_TYPE, Problem, Refusal
from simulation.book import Chronicle
from simulation.clock import Clock
from simulation.collector import Collector, Gone
from simulation.keys import Tenancy
from simulation.liar import LIES

_PATIENCE = 20.0
"""Seconds until a question is given up."""
_LATE = 1_500.0
"""A question may arrive so much later; after that the gate's own clock refuses it."""


@dataclass(slots=True)
class Network:
    """The network of a simulated world.

    Attributes:
        clock: the true time.
        dice: decides.
        collector: at its other end.
        chronicle: what happened.
        cut: nothing gets through.
        question: chance that a question is lost.
        answered: chance that an answer is lost.
        repeated: chance that a question arrives twice.
        late: chance that a lost question arrives in the end.
        altered: chance that a byte of the answer is another; of a question TLS and
            the signature see to that.
        slow: most seconds that one way takes.
        speed: bytes a second that it carries; 0 for any.
        busy: chance that something in front of the gate answers 503.
        lie: name of what the gate does; empty while it is honest.
    """

    clock: Clock
    dice: Random
    collector: Collector
    chronicle: Chronicle
    cut: bool = False
    question: float = 0.0
    answered: float = 0.0
    repeated: float = 0.0
    late: float = 0.0
    altered: float = 0.0
    slow: float = 0.2
    speed: float = 0.0
    busy: float = 0.0
    lie: str = ""

    def heal(self) -> None:
        """Be an ordinary network again."""
        self.cut, self.slow, self.lie = False, 0.2, ""
        self.question = self.answered = self.repeated = 0.0
        self.late = self.altered = self.busy = 0.0

    def ask(self, whose: Tenancy, path: str, body: bytes) -> bytes:
        """Carry one question of a tenant's machine and its answer.

        Raises:
            NetworkError: none came.
            Problem: the collector refused.
        """
        if self.cut or self._falls("question-lost", self.question):
            if not self.cut and self._falls("question-late", self.late):
                self._later(whose, path, body)
            raise self._nothing()
        self.clock.spend(self.dice.random() * self.slow)
        if self.speed:
            self.clock.spend(len(body) / self.speed)
        if self._falls("busy", self.busy):
            raise read_problem(503, "text/html", None, b"<html>")
        if self._falls("question-repeated", self.repeated):
            self._later(whose, path, body)
        try:
            octets = self._answer(whose, path, body)
        except Gone:
            raise self._nothing() from None
        except Refusal as refusal:
            raise self._problem(refusal.problem) from None
        self.clock.spend(self.dice.random() * self.slow)
        if self._falls("answer-lost", self.answered):
            raise self._nothing()
        return self._perhaps_altered("answer-altered", octets)

    def _answer(self, whose: Tenancy, path: str, body: bytes) -> bytes:
        self.collector.front(whose)
        if self.lie:
            self.chronicle.faults[f"lie-{self.lie}"] += 1
            try:
                return LIES[self.lie](self.collector, self.dice, path, body)
            except ServerError:
                raise Refusal(Problem.OVERLOADED) from None
            finally:
                self.collector.look()
        return self.collector.answer(path, body)

    def _later(self, whose: Tenancy, path: str, body: bytes) -> None:
        """Let a question arrive when nobody waits for its answer any more."""

        def arrive() -> None:
            try:
                self._answer(whose, path, body)
            except (Gone, Refusal):
                return

        self.clock.after(self.dice.random() * _LATE, arrive)

    def _nothing(self) -> NetworkError:
        self.clock.spend(self.dice.random() * _PATIENCE)
        return NetworkError("the collector cannot be reached")

    def _problem(self, problem: Problem) -> Exception:
        after = str(RETRY_SECONDS) if problem is Problem.OVERLOADED else None
        self.chronicle.faults[f"refused-{problem.value[0]}"] += 1
        document = problem.document(self.collector.now())
        return read_problem(problem.status, MEDIA_TYPE, after, document)

    def _falls(self, fault: str, chance: float) -> bool:
        if not chance or self.dice.random() >= chance:
            return False
        self.chronicle.faults[fault] += 1
        return True

    def _perhaps_altered(self, fault: str, octets: bytes) -> bytes:
        if not octets or not self._falls(fault, self.altered):
            return octets
        changed = bytearray(octets)
        changed[self.dice.randrange(len(changed))] ^= 1 << self.dice.randrange(8)
        return bytes(changed)


@dataclass(slots=True)
class Line(Asker):
    """One machine's session with the collector; an `agent.delivery.asker.Asker`.

    Attributes:
        network: carries.
        whose: the machine's tenant.
        before: sees each question; more than nothing only where a bug is planted.
        after: sees each answered question.
        asked: how many questions there were.
    """

    network: Network
    whose: Tenancy
    before: Callable[[str], None] = field(default=lambda _: None)
    after: Callable[[str], None] = field(default=lambda _: None)
    asked: int = 0

    def close(self) -> None:
        """End."""

    def post(self, path: str, body: bytes) -> bytes:
        """Ask one question and return the answer's body."""
        self.asked += 1
        self.before(path)
        octets = self.network.ask(self.whose, path, body)
        self.after(path)
        return octets
