# SPDX-License-Identifier: Apache-2.0
"""The gate as an ASGI application: who is heard, in which order, and how it ends.

Rules: who speaks is known before more than a manifest is read and before anything is
done for it; what no device vouches for is answered at its address's pace, and what a
device asks over its share at the device's; every answer tells the server's time; a log
line names the operation and the class of a failure, never a byte of the request.
Not here: what is answered (`protocol.py`), reading bodies (`bodies.py`), who may hold
what (`shares.py`), routes (`routes.py`), sockets and TLS (`process.py`).
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from server.errors import ServerError
from server.figures.kept import Figures
from server.gate import protocol
from server.gate.answering import answer, is_new, news
from server.gate.asked import CLOSE, Asked, Reply, clock, refused
from server.gate.bodies import Body, GoneError
from server.gate.bounds import (
    BODY_SECONDS,
    DEVICE_REFUSALS,
    DEVICE_REFUSALS_A_SECOND,
    JUDGED_HERE_BYTES,
    JUDGES,
    READY_SECONDS,
    STRANGER_BYTES,
    WAITING_PART,
)
from server.gate.commits import Commits
from server.gate.committer import Committer, parts
from server.gate.door import Door
from server.gate.figures import DECLARED, LEFT, OK, receipted
from server.gate.intake.buffer import Buffer
from server.gate.intake.queueing import Intake
from server.gate.nonces import Nonces
from server.gate.openapi import OPERATIONS, Operation, document
from server.gate.pace import Pace
from server.gate.protocol import Admitted, Judged, Post, Senders
from server.gate.put_off import paced
from server.gate.refusing import Refusing
from server.gate.routes import Routes
from server.gate.said import Said
from server.gate.shares import Bounds, Shares
from server.gate.update_files import UpdateFiles
from server.gate.waiting import Wait, Waiting
from server.logs import log_failure
from server.problems import Problem, Refusal
from server.store.chains import Heard
from server.store.interface import Store, StoredEnvelope, Verdict
from server.store.orders import Call
from wire.messages import Answer, Poll

if TYPE_CHECKING:
    from starlette.types import ASGIApp

T = TypeVar("T")
News = tuple[int, Answer]
"""The number of a call, and what was there for a device at that call or later."""
Handler = Callable[[Asked], Awaitable[bytes]]


class Gate:
    """What serves requests: the store, the replay window, the committer, the judges."""

    def __init__(
        self,
        post: Post,
        store: Store,
        *,
        door: Door | None = None,
        bounds: Bounds | None = None,
        seconds: float = BODY_SECONDS,
        buffer: Buffer | None = None,
    ) -> None:
        """Start the threads.

        Args:
            post: the gate's own keys.
            store: the sealed store.
            door: paces addresses; None for one of its own.
            bounds: of what devices hold; None for the gate's own.
            seconds: longest time for each part of a body to arrive.
            buffer: where shipments wait that the store does not take; None for nowhere.
        """
        self._post = post
        self._store = store
        self._seconds = seconds
        self._door = Door() if door is None else door
        self._shares = Shares(bounds)
        self._refusals = Pace(DEVICE_REFUSALS_A_SECOND, DEVICE_REFUSALS)
        self._nonces = Nonces()
        self._said = Said()
        self.figures = Figures(DECLARED, self._look)
        self._began = clock()
        self._refusing = Refusing(store.refusals)
        self._commits = Commits()
        took = partial(self.figures.took, "gate_commit_seconds")
        self._committer = Committer(store, clock, took, self._commits.ended)
        self._intake = self._intake_of(buffer)
        self._senders: Senders = self._intake.senders if self._intake else store
        self._judges = ThreadPoolExecutor(JUDGES, "judge")
        self._waiting = Waiting(
            self._door.connections // WAITING_PART,
            self._calls,
            store.orders.last_call(),
        )
        self._waiting.hear(store.orders.listen)
        self._leaving = False
        self._reached = -READY_SECONDS
        self._document = document()
        self._handlers = self._handling()

    def _intake_of(self, buffer: Buffer | None) -> Intake | None:
        if buffer is None:
            return None
        return Intake(buffer, self._store, self._committed, self.figures)

    def _handling(self) -> dict[str, Handler]:
        return {
            "introduce": self._introduce,
            "enrol": self._enrol,
            "poll": self._poll,
            "ship": self._ship,
            "health": self._health,
            "ready": self._ready,
            "describe": self._describe,
        }

    def begin(self) -> None:
        """Begin what goes on beside requests; called in the loop."""
        if self._intake is not None:
            self._intake.begin()

    def leave(self) -> None:
        """Say that others are to be asked; answer whoever waits, and have none wait."""
        self._leaving = True
        self._waiting.end()
        if self._intake is not None:
            self._intake.end()

    def close(self) -> None:
        """Commit what is under way and end the threads; what was refused comes last."""
        try:
            self._waiting.close()
            self._committer.close()
            if self._intake is not None:
                self._intake.close()
            self._judges.shutdown()
        finally:
            self._refusing.keep(clock())

    def look(self) -> None:
        """Have the store keep what was refused, where that is due; nobody waits."""
        now = clock()
        if self._refusing.due(now):
            self._judges.submit(self._refusing.keep, now)

    def application(self, updates: Path | None = None) -> "ASGIApp":
        """Return the application; its routes are those of the OpenAPI document.

        Args:
            updates: the folder of the agents' update repository, served beside them.
        """
        files = None if updates is None else UpdateFiles(updates, self._door)
        answers = {one: self._answering(one) for one in OPERATIONS}
        return Routes(answers, self._door, files, self._seconds)

    def _answering(self, operation: Operation) -> Callable[[Asked], Awaitable[Reply]]:
        handler = self._handlers[operation.name]
        media = operation.media.encode()

        async def serve(asked: Asked) -> Reply:
            body = asked.body
            if not operation.spoken:
                await self._put_off(asked)
            outcome = LEFT
            try:
                answer = await handler(asked)
                outcome = OK
            except Refusal as refusal:
                outcome = refusal.problem.slug
                self._refusing.refused(refusal, asked.speaker, clock())
                if operation.spoken and refusal.problem is not Problem.OVERLOADED:
                    await self._put_off(asked)
                return refused(refusal.problem, whole=self._goes_on(body))
            except ServerError as error:
                outcome = Problem.OVERLOADED.slug
                log_failure("store-failed", error, operation=operation.name)
                return refused(Problem.OVERLOADED, whole=self._goes_on(body))
            except GoneError:
                return refused(Problem.MALFORMED)
            except Exception as error:  # noqa: BLE001 - boundary: the request handler
                outcome = Problem.INTERNAL.slug
                log_failure("request-failed", error, operation=operation.name)
                if operation.spoken and asked.speaker is None:
                    await self._put_off(asked)
                return refused(Problem.INTERNAL, whole=self._goes_on(body))
            finally:
                self.figures.count("gate_requests_total", operation.name, outcome)
            return Reply(answer, media, headers=() if self._goes_on(body) else CLOSE)

        return serve

    def _goes_on(self, body: Body) -> bool:
        """Tell whether the connection takes another request after this one."""
        return body.ended and not self._leaving

    async def _put_off(self, asked: Asked) -> None:
        """Hold an answer back from whoever asks wrongly, or too often, too often."""
        if asked.speaker is None:
            await paced(self._door, asked.address)
        else:
            await paced(self._refusals, asked.speaker[1])

    async def _judged(self, decide: Callable[[], T], octets: int = 0) -> T:
        """Return what is decided: here where it is soon done, else beside.

        To hand it over, and to be handed it back, costs more than to judge a poll or a
        small shipment; but nobody is to wait for another's megabytes.

        Args:
            decide: looks at the store, and changes nothing.
            octets: that it goes through.
        """
        here = self._store.at_hand or self._away  # what is remembered is at hand, too
        if here and octets <= JUDGED_HERE_BYTES:
            return decide()
        return await self._beside(decide)

    async def _beside(self, act: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._judges, act)

    @property
    def _away(self) -> bool:
        """Tell whether nobody need ask the store, for a moment ago it was away."""
        return self._intake is not None and self._intake.away

    def _require_store(self) -> None:
        """Have nobody wait for a store that is away, where what is shipped need not.

        Raises:
            Refusal: overloaded.
        """
        if self._away:
            raise Refusal(Problem.OVERLOADED)

    async def _calls(self, after: int) -> Sequence[Call]:
        return await self._beside(lambda: self._store.orders.calls(after))

    async def _introduce(self, asked: Asked) -> bytes:
        return protocol.introduce(self._post, await asked.body.whole(), clock())

    async def _enrol(self, asked: Asked) -> bytes:
        octets = await asked.body.whole()
        self._require_store()
        return await self._beside(
            lambda: protocol.enrol(
                self._post, self._store, self._nonces, octets, clock()
            )
        )

    async def _poll(self, asked: Asked) -> bytes:
        octets = await asked.body.whole()
        self._require_store()
        poll = await self._judged(lambda: protocol.hear(self._store, octets, clock()))
        key = poll.tenant, poll.device
        asked.heard(key, again=self._nonces.has(poll.device, poll.nonce))
        with ExitStack() as stack:
            with self._shares.enter(*key, time.monotonic()):
                said = protocol.note(self._nonces, poll, clock())
                # its place comes before the look, so no call falls between the two
                wait = self._place(key) if poll.wait else None
                if wait is not None:
                    stack.enter_context(wait)
                await self._write(said)
                last, found = await self._news(poll)
            if wait is not None and not is_new(found):
                last, found = await self._waited(asked, poll, wait, (last, found))
        self._waiting.told(key, last)
        return await self._judged(lambda: answer(self._post.key, found, clock()))

    def _place(self, key: tuple[bytes, bytes]) -> Wait | None:
        return self._waiting.enter(key, beside=self._shares.beside(key[0]))

    async def _write(self, said: Heard) -> None:
        """Return when it is in the store what a device said, unless it was already."""
        now = clock()
        if self._said.again(said, now):
            return
        await self._commits.wait(self._committer.hear(said))
        self._said.wrote(said, now)

    async def _news(self, poll: Poll) -> News:
        """Return what is new for a device, and a call before the look at it.

        Where calls are for it, that is the last one; else one that is known already.
        """
        known = self._waiting.last

        def look() -> News:
            found = news(self._store, poll, clock())
            if not found.orders and not poll.doing:
                return known, found
            last = self._store.orders.last_call()
            return last, news(self._store, poll, clock())

        return await self._judged(look)

    async def _waited(self, asked: Asked, poll: Poll, wait: Wait, found: News) -> News:
        """Return what there is for a device that was called; else what there was.

        Whoever was not called asks anew in a moment, and is told then what else there
        may be by now. Whose mark was still out has it by now, which saves that poll.
        """
        if not await wait.until(poll.wait, asked.gone(), found[0]):
            raise GoneError
        late = wait.over and poll.marked < poll.sequence
        return await self._news(poll) if wait.called or late else found

    async def _ship(self, asked: Asked) -> bytes:
        body = asked.body
        message = await body.manifest(STRANGER_BYTES)
        began = time.monotonic()
        judged = await self._judged(
            lambda: protocol.judge(self._senders, message, clock())
        )
        key = judged.manifest.tenant, judged.manifest.device
        asked.heard(key, again=self._nonces.has(key[1], judged.manifest.nonce))
        with self._shares.enter(*key, time.monotonic()) as stay:
            await body.rest(stay)
            # the body is given away: what waits for the commit are the envelopes alone
            admitted = await self._judged(
                lambda: protocol.sort(self._nonces, judged, body.take(), clock()),
                len(body),
            )
            verdicts = await self._stored(judged, admitted)
            receipt = await self._judged(
                lambda: protocol.receipt(self._post, admitted, verdicts, clock())
            )
        took = time.monotonic() - began
        if reasons := receipted(self.figures, admitted, verdicts, took):
            self._refusing.count(reasons, key, clock())
        return receipt

    async def _stored(self, judged: Judged, admitted: Admitted) -> list[Verdict]:
        """Return what became of a shipment's envelopes: stored, or else queued."""
        verdicts: list[Verdict] = []
        try:
            self._require_store()
            for part in parts(admitted.envelopes):
                verdicts += await self._committed(part)
        except Refusal as refusal:
            if self._intake is None or refusal.problem is not Problem.OVERLOADED:
                raise
            return await self._intake.queue(judged, admitted, verdicts)
        return verdicts

    async def _committed(self, part: Sequence[StoredEnvelope]) -> list[Verdict]:
        return await self._commits.wait(self._committer.submit(part))

    def _look(self, figures: Figures) -> None:
        """Set what is not counted as it goes; called from the thread that shows it."""
        figures.set("gate_connections", self._door.open)
        figures.set("gate_connections_most", self._door.connections)
        figures.set("gate_waiting_polls", len(self._waiting))
        figures.set("gate_queued", len(self._committer))
        figures.set("gate_leaving", self._leaving)
        figures.set("gate_started_timestamp_seconds", self._began)
        if self._intake is not None:
            self._intake.look()

    async def _health(self, _: Asked) -> bytes:
        return json.dumps({"status": "ok", "server_time": clock()}).encode()

    async def _ready(self, _: Asked) -> bytes:
        """Look whether what comes could be stored: for a balancer."""
        if self._leaving:
            raise Refusal(Problem.OVERLOADED)
        now = time.monotonic()
        carried = self._intake is not None and self._intake.carries
        due = self._away or now - self._reached >= READY_SECONDS
        if due and not carried:
            await self._calls(self._waiting.last)
            self._reached = now
        return json.dumps({"status": "ready", "server_time": clock()}).encode()

    async def _describe(self, _: Asked) -> bytes:
        return self._document
