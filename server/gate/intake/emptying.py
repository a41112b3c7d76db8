# SPDX-License-Identifier: Apache-2.0
"""Takes shipments out of the buffer and puts them into the store, each once.

Rules: nobody in between is trusted: a device's signature, its state and all digests are
looked at as if it came just now, but for its clock; a message is done with after the
commit and never before, and the store knows one that comes twice; what is not as its
device signed it is set aside; what the store does not take of a device is dropped, for
that keeps its copy, and is told itself; what is not stored whole does not count so.
Not here: putting in (`queueing.py`), the transaction (`../committer.py`), whether the
store is back (`watching.py`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from server.errors import ServerError, StateError
from server.figures.kept import Figures
from server.gate import protocol
from server.gate.asked import clock
from server.gate.committer import parts
from server.gate.intake import figures as names
from server.gate.intake.bounds import (
    AWAY_SECONDS,
    FAILURES,
    LATER_SECONDS,
    SHOWN_SECONDS,
)
from server.gate.intake.buffer import AwayError, Buffer, Taken
from server.gate.intake.remembered import Remembered
from server.gate.protocol import Admitted
from server.logs import log
from server.problems import Problem, Refusal
from server.store.interface import Store, StoredEnvelope, Verdict
from wire.messages import Fate

_NOT_HEARD = {
    Problem.UNKNOWN_DEVICE,
    Problem.REVOKED,
    Problem.QUARANTINED,
    Problem.GONE,
    Problem.OVER_QUOTA,
}
"""Refusals of a device: it is told itself, when it sends again."""
_IN_STORE = {Fate.STORED, Fate.DUPLICATE}


class Emptying:
    """The task that empties the buffer; used by the gate's loop.

    Attributes:
        waiting: messages that were there at the last look.
        aside: messages that were set aside.
    """

    def __init__(
        self,
        buffer: Buffer,
        store: Store,
        senders: Remembered,
        commit: Callable[[Sequence[StoredEnvelope]], Awaitable[list[Verdict]]],
        figures: Figures,
    ) -> None:
        """Take what is used; nothing is done yet.

        Args:
            buffer: where shipments wait.
            store: where they are to go.
            senders: tells whether the store is away.
            commit: puts envelopes there.
            figures: of the gate.
        """
        self.waiting = self.aside = 0
        self._buffer = buffer
        self._store = store
        self._senders = senders
        self._commit = commit
        self._figures = figures
        self._beside = ThreadPoolExecutor(1, "intake")
        self._shown = -SHOWN_SECONDS
        self._told = ""
        self._failures = 0

    def close(self) -> None:
        """End the thread."""
        self._beside.shutdown()

    async def run(self) -> None:
        """Go on until it is cancelled, whatever is away."""
        try:
            while True:
                try:
                    await self._round()
                    self._failures = 0
                except Exception as error:  # noqa: BLE001 - boundary: it outlives a round
                    await self._failed(error)
                    await asyncio.sleep(AWAY_SECONDS)
        finally:
            await self._buffer.close()

    async def _failed(self, error: Exception) -> None:
        """Tell it; where it goes on, look at the buffer anew."""
        self._tell(error)
        self._failures += 1
        if self._failures >= FAILURES:
            self._failures = 0
            await self._buffer.close()

    async def _round(self) -> None:
        """Put what is there into the store, if both are there."""
        if not self._buffer.there:
            await self._buffer.connect()
            self._told = ""
            log("intake-there", level="info")
        if self._senders.away:
            await asyncio.sleep(AWAY_SECONDS)
        else:
            await self._store_all(await self._buffer.take())
        if time.monotonic() - self._shown >= SHOWN_SECONDS:
            self.waiting, self.aside = await self._buffer.counts()
            self._shown = time.monotonic()

    async def _store_all(self, every: Sequence[Taken]) -> None:
        """Put messages into the store in their order, in as few commits as they fit.

        What cannot be stored comes last: to set it aside may take long, or fail.
        """
        loop = asyncio.get_running_loop()
        found: list[tuple[Taken, Admitted]] = []
        refused: list[tuple[Taken, Problem]] = []
        for place, taken in enumerate(every):
            try:
                octets = taken.octets
                admitted = await loop.run_in_executor(
                    self._beside, protocol.admit, self._store, None, octets, clock()
                )
            except Refusal as refusal:
                refused.append((taken, refusal.problem))
            except ServerError as error:
                self._senders.lost(error)
                await self._later(every[place:])
                break
            except Exception as error:  # noqa: BLE001 - boundary: one message's content
                self._tell(error)
                refused.append((taken, Problem.INTERNAL))
            else:
                found.append((taken, admitted))
        # each queues its first part before the next begins: devices keep their order
        try:
            done = await _all(self._put(*one) for one in found)
            while refused:
                await self._refused(*refused[0])
                del refused[0]
        except AwayError:
            await self._later([taken for taken, _ in refused])
            raise
        if not all(done):
            await asyncio.sleep(LATER_SECONDS)

    async def _put(self, taken: Taken, admitted: Admitted) -> bool:
        """Put one message into the store; false where that has no room now.

        Raises:
            AwayError: the buffer does not answer: it is to give the message out again.
        """
        try:
            return await self._stored(taken, admitted)
        except AwayError:
            await self._later([taken])
            raise

    async def _stored(self, taken: Taken, admitted: Admitted) -> bool:
        verdicts: list[Verdict] = []
        try:
            for part in parts(admitted.envelopes):
                verdicts += await self._commit(part)
        except Refusal as refusal:
            if refusal.problem is Problem.OVERLOADED:
                await self._later([taken])
                return False
            await self._refused(taken, refusal.problem)
            return True
        await self._ended(taken, admitted, verdicts)
        return True

    async def _ended(
        self, taken: Taken, admitted: Admitted, verdicts: Sequence[Verdict]
    ) -> None:
        """Be done with a message by what became of each envelope of it."""
        wrong = next(iter(admitted.refused.values()), "")
        left = [one.reason for one in verdicts if one.fate not in _IN_STORE]
        if wrong:  # no gate queues such a one: it was changed on the way
            await self._set_aside(taken, wrong)
        elif left:
            await self._drop(taken, left[0])
        else:
            await self._buffer.done(taken)
            self._figures.count("gate_intake_total", names.STORED)

    async def _refused(self, taken: Taken, problem: Problem) -> None:
        if problem in _NOT_HEARD:
            await self._drop(taken, problem.slug)
        else:
            await self._set_aside(taken, problem.slug)

    async def _drop(self, taken: Taken, reason: str) -> None:
        self._figures.count("gate_intake_total", names.DROPPED)
        log("intake-dropped", level="info", reason=reason)
        await self._buffer.done(taken)

    async def _set_aside(self, taken: Taken, reason: str) -> None:
        if await self._buffer.set_aside(taken, reason):
            self._figures.count("gate_intake_total", names.SET_ASIDE)
            log("intake-set-aside", reason=reason)
        else:
            self._figures.count("gate_intake_total", names.DROPPED)
            log("intake-not-set-aside", reason=reason)

    async def _later(self, every: Sequence[Taken]) -> None:
        for taken in every:
            await self._buffer.later(taken, LATER_SECONDS)
            self._figures.count("gate_intake_total", names.LATER)

    def _tell(self, error: Exception) -> None:
        """Say once what is wrong, until it is another thing: our sentences alone."""
        why = str(error) if isinstance(error, StateError) else type(error).__name__
        if why != self._told:
            log("intake-failed", why=why)
        self._told = why


async def _all(acts: Iterable[Awaitable[bool]]) -> list[bool]:
    """Return what came of each; what one failed of is raised when all have ended."""
    ends = await asyncio.gather(*acts, return_exceptions=True)
    done: list[bool] = []
    for end in ends:
        if isinstance(end, BaseException):
            raise end
        done.append(end)
    return done
