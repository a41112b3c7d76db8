# SPDX-License-Identifier: Apache-2.0
"""How a process of the collector serves HTTP to strangers: socket, TLS, bounds, end.

Rules: connections are bounded before a word is heard; a renewed certificate is used
without a restart; nothing that strangers cause is logged by a library.
Not here: what is answered (`app.py`, `server/console`), arguments (`process.py`).
"""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from server.errors import StateError
from server.gate.arrivals import Arrivals
from server.gate.balancers import Balancers
from server.gate.bounds import (
    BACKLOG,
    CERTIFICATE_SECONDS,
    GRACE_SECONDS,
    IDLE_SECONDS,
)
from server.gate.certificate import Certificate
from server.gate.connections import Connection
from server.gate.door import Door

if TYPE_CHECKING:
    from starlette.types import ASGIApp


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes any that is free.

    Raises:
        StateError: the address is not this machine's, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        msg = f"cannot listen on {host} port {port}: {error.strerror}"
        raise StateError(msg) from None


def address(listener: socket.socket) -> str:
    """Return HOST:PORT of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


_NOBODY = Balancers()


@dataclass(frozen=True, slots=True)
class Among:
    """How a server stands among others that answer the same.

    Attributes:
        balancers: who says first whom a connection is of.
        drain: seconds for which connections are taken after it was told to end, so
            that who shares them out notices first.
    """

    balancers: Balancers = _NOBODY
    drain: float = 0


_ALONE = Among()


class Server(uvicorn.Server):
    """Tells when it is ready, and ends when whoever started it is gone."""

    def __init__(  # noqa: PLR0913 - what it serves, to whom, and who hears of it
        self,
        application: "ASGIApp",
        door: Door,
        certificate: Certificate,
        ready: Callable[[str], None],
        *,
        ended: Callable[[], None] = lambda: None,
        looked: Callable[[], None] = lambda: None,
        among: Among = _ALONE,
    ) -> None:
        """Take nothing yet.

        Args:
            application: answers requests.
            door: who may come in.
            certificate: TLS.
            ready: called with the address once connections are taken.
            ended: called when it is to end.
            looked: called now and then, as long as connections are taken.
            among: how it stands among others.
        """
        super().__init__(configured(application, self._look))
        self._ended, self._looked = ended, looked
        self._certificate = certificate
        self._drain = among.drain
        self._arrivals = Arrivals(
            door, certificate.for_handshake, self._connection, among.balancers
        )
        self._ready = ready
        self._taking: list[asyncio.Task[None]] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell where; connections are taken by us and not by uvicorn."""
        await super().startup([])
        for listener in sockets or ():
            task = asyncio.create_task(self._arrivals.take(listener))
            self._taking.append(task)
            self._ready(address(listener))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let others be asked, take no more connections, and end those there are."""
        if self._drain:
            self._ended()
            await asyncio.sleep(self._drain)
        for task in self._taking:
            task.cancel()
        await asyncio.wait(self._taking)
        self._ended()
        await super().shutdown(sockets)

    def _connection(self) -> Connection:
        return Connection(self.config, self.server_state, {})

    async def _look(self) -> None:
        """Use the certificate that is on the disk by now."""
        self._certificate.look()
        self._looked()

    def follow(self, lifeline: int) -> None:
        """End when the other end of a pipe closes."""
        while os.read(lifeline, 1):
            pass
        self.should_exit = True


def configured(
    application: Callable[..., object],
    look: Callable[[], Awaitable[None]] | None = None,
) -> uvicorn.Config:
    """Return how uvicorn runs an application, with all that it imports.

    Args:
        application: answers requests.
        look: called now and then.
    """
    config = uvicorn.Config(
        application,
        http=Connection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        log_level=logging.CRITICAL,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        callback_notify=look,
        timeout_notify=CERTIFICATE_SECONDS,
    )
    config.load()
    config.get_loop_factory()
    return config


def quieten() -> None:
    """Have no library log what strangers cause."""
    # uvicorn and asyncio log a line for each broken request, with its sender
    for name in ("uvicorn", "uvicorn.error", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
