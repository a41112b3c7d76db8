# SPDX-License-Identifier: Apache-2.0
"""The gate as an ASGI application: bounded reading, routes and problem documents.

Rules: a body is refused by its stated length before it is read and by its real length
while it is; every refusal is a problem document with the server's time; a log line
names the operation and the class of a failure, never a byte of the request.
Not here: what is answered (`protocol.py`), sockets and TLS (`process.py`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from server.errors import ServerError
from server.gate import protocol
from server.gate.bounds import (
    BODY_BYTES_UNDER_WAY,
    BODY_SECONDS,
    JUDGES,
    REQUESTS,
    RETRY_SECONDS,
)
from server.gate.committer import Committer
from server.gate.nonces import Nonces
from server.gate.protocol import Post
from server.openapi import CBOR, OPERATIONS, Operation, document
from server.problems import MEDIA_TYPE, Problem, Refusal
from server.store.interface import Store

T = TypeVar("T")
Handler = Callable[[bytes], Awaitable[bytes]]
_HEALTHY = b'{"status":"ok"}'


def clock() -> int:
    """Return the server's time, seconds since the epoch."""
    return int(time.time())


class Gate:
    """What serves requests: the store, the replay window, the committer, the judges."""

    def __init__(
        self,
        post: Post,
        store: Store,
        *,
        requests: int = REQUESTS,
        octets: int = BODY_BYTES_UNDER_WAY,
        seconds: float = BODY_SECONDS,
    ) -> None:
        """Start the threads.

        Args:
            post: the gate's own keys.
            store: the sealed store.
            requests: most requests under way.
            octets: most bytes of bodies under way.
            seconds: longest time for a body to arrive.
        """
        self._post = post
        self._store = store
        self._requests_most = requests
        self._octets_most = octets
        self._seconds = seconds
        self._nonces = Nonces()
        self._committer = Committer(store, clock)
        self._judges = ThreadPoolExecutor(JUDGES, "judge")
        self._requests = 0
        self._octets = 0
        self._document = document()
        self._handlers: dict[str, Handler] = {
            "introduce": self._introduce,
            "enrol": self._enrol,
            "poll": self._poll,
            "ship": self._ship,
            "health": self._health,
            "describe": self._describe,
        }

    def close(self) -> None:
        """Commit what is under way and end the threads."""
        self._committer.close()
        self._judges.shutdown()

    def application(self) -> Starlette:
        """Return the application; its routes are those of the OpenAPI document."""
        application = Starlette(
            routes=[
                Route(
                    operation.path,
                    self._endpoint(operation),
                    methods=[operation.method],
                )
                for operation in OPERATIONS
            ],
            exception_handlers={HTTPException: _unrouted},
        )
        # a redirect would repeat a Host header that a stranger chose
        application.router.redirect_slashes = False
        return application

    def _endpoint(
        self, operation: Operation
    ) -> Callable[[Request], Awaitable[Response]]:
        handler = self._handlers[operation.name]

        async def serve(request: Request) -> Response:
            held = _Held()
            try:
                self._enter()
                octets = await self._body(request, operation.limit, held)
                answer = await handler(octets)
            except Refusal as refusal:
                return _problem(refusal.problem)
            except ServerError as error:
                _log("store-failed", operation, error)
                return _problem(Problem.OVERLOADED)
            except ClientDisconnect:
                return _problem(Problem.MALFORMED)
            except Exception as error:  # noqa: BLE001 - boundary: the request handler
                _log("request-failed", operation, error)
                return _problem(Problem.INTERNAL)
            finally:
                self._requests -= 1
                self._octets -= held.octets
            return Response(answer, media_type=operation.media)

        return serve

    def _enter(self) -> None:
        self._requests += 1
        if self._requests > self._requests_most:
            raise Refusal(Problem.OVERLOADED)

    async def _body(self, request: Request, limit: int, held: "_Held") -> bytes:
        """Read a body within its bounds.

        Raises:
            Refusal: another type, too large, too slow, or too many at once.
        """
        if not limit:
            return b""
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        stated = request.headers.get("content-length", "")
        if kind.lower() != CBOR or "content-encoding" in request.headers:
            raise Refusal(Problem.MALFORMED)
        if stated.isdecimal() and int(stated) > limit:
            raise Refusal(Problem.TOO_LARGE)
        body = bytearray()
        try:
            async with asyncio.timeout(self._seconds):
                async for chunk in request.stream():
                    if len(body) + len(chunk) > limit:
                        raise Refusal(Problem.TOO_LARGE)
                    held.octets += len(chunk)
                    self._octets += len(chunk)
                    if self._octets > self._octets_most:
                        raise Refusal(Problem.OVERLOADED)
                    body += chunk
        except TimeoutError:
            raise Refusal(Problem.MALFORMED) from None
        return bytes(body)

    async def _judged(self, decide: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._judges, decide)

    async def _introduce(self, octets: bytes) -> bytes:
        return protocol.introduce(self._post, octets, clock())

    async def _enrol(self, octets: bytes) -> bytes:
        return await self._judged(
            lambda: protocol.enrol(
                self._post, self._store, self._nonces, octets, clock()
            )
        )

    async def _poll(self, octets: bytes) -> bytes:
        return await self._judged(
            lambda: protocol.poll(
                self._post, self._store, self._nonces, octets, clock()
            )
        )

    async def _ship(self, octets: bytes) -> bytes:
        admitted = await self._judged(
            lambda: protocol.admit(self._store, self._nonces, octets, clock())
        )
        verdicts = await asyncio.wrap_future(self._committer.submit(admitted.envelopes))
        return protocol.receipt(self._post, self._store, admitted, verdicts, clock())

    async def _health(self, _: bytes) -> bytes:
        return _HEALTHY

    async def _describe(self, _: bytes) -> bytes:
        return self._document


class _Held:
    """How many bytes of the shared bound one request holds."""

    octets = 0


def _problem(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    headers = dict(headers or {})
    if problem in {Problem.OVERLOADED, Problem.OVER_QUOTA}:
        headers["retry-after"] = str(RETRY_SECONDS)
    if problem in {Problem.TOO_LARGE, Problem.OVERLOADED}:
        headers["connection"] = "close"  # the rest of the body is not read
    return Response(
        problem.document(clock()), problem.status, headers, media_type=MEDIA_TYPE
    )


async def _unrouted(_: Request, error: Exception) -> Response:
    """Answer what no route takes."""
    if not isinstance(error, HTTPException):
        return _problem(Problem.INTERNAL)
    if error.status_code == Problem.METHOD_NOT_ALLOWED.status:
        return _problem(Problem.METHOD_NOT_ALLOWED, dict(error.headers or {}))
    return _problem(Problem.NOT_FOUND)


def _log(event: str, operation: Operation, error: Exception) -> None:
    """Name the class of a failure; its words may quote the request."""
    structlog.get_logger().error(
        event, operation=operation.name, error=type(error).__name__
    )
