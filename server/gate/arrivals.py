# SPDX-License-Identifier: Apache-2.0
"""Takes connections, looks who comes, and only then shakes hands.

Rules: a connection counts from the moment it is there until it is gone, whatever became
of its handshake; one that comes over its address's pace waits unread; the context for
the next handshake may be exchanged at any time.
Not here: who may come (`door.py`), what is said afterwards (`connections.py`).
"""

import asyncio
import itertools
import socket
import ssl
from collections.abc import Callable

from server.gate.balancers import Balancers, Hearing
from server.gate.bounds import (
    ACCEPT_SECONDS,
    ACCEPTS,
    FAREWELL_SECONDS,
    HEAD_SECONDS,
)
from server.gate.connections import Connection
from server.gate.door import Door, address_of

_NOBODY = Balancers()


class Arrivals:
    """The listening socket's side of the door.

    Attributes:
        context: TLS of the next handshake.
    """

    def __init__(
        self,
        door: Door,
        context: ssl.SSLContext,
        make: Callable[[], Connection],
        balancers: Balancers = _NOBODY,
    ) -> None:
        """Take nothing yet.

        Args:
            door: who may come in.
            context: TLS of the collector's certificate.
            make: makes what talks on a connection whose handshake is done.
            balancers: who says first whom a connection is of.
        """
        self.context = context
        self._door = door
        self._make = make
        self._balancers = balancers
        self._hearing = Hearing()
        self._greeted: set[asyncio.Task[None]] = set()

    async def take(self, listener: socket.socket) -> None:
        """Take connections until this is cancelled."""
        loop = asyncio.get_running_loop()
        listener.settimeout(0)
        try:
            for turn in itertools.count():
                try:
                    arrived, peer = await loop.sock_accept(listener)
                except OSError:  # no descriptors, or gone already: others go on
                    await asyncio.sleep(ACCEPT_SECONDS)
                    continue
                if self._balancers.has(peer[0]):
                    self._keep(asyncio.create_task(self._brought(arrived, peer[0])))
                else:
                    self._arrive(arrived, peer[0])
                # a crowd at the door is soon looked through, and holds up nobody inside
                if turn % ACCEPTS == 0:
                    await asyncio.sleep(0)
        finally:
            for task in self._greeted:
                task.cancel()

    async def _brought(self, arrived: socket.socket, balancer: str) -> None:
        """Let in whom a balancer brings, by their own address."""
        host: str | None = None
        try:
            host = await self._hearing.whom(arrived, balancer)
        finally:
            if host is None:
                arrived.close()
        if host is not None:
            self._arrive(arrived, host)

    def _arrive(self, arrived: socket.socket, host: str) -> None:
        now = asyncio.get_running_loop().time()
        delay = self._door.enter(address_of(host), now)
        if delay is None:
            arrived.close()
            return
        self._keep(asyncio.create_task(self._greet(arrived, host, delay)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._greeted.add(task)
        task.add_done_callback(self._greeted.discard)

    async def _greet(self, arrived: socket.socket, host: str, delay: float) -> None:
        """Shake hands when it is time, and hand the connection over."""
        address, here = address_of(host), True

        def leave() -> None:
            nonlocal here
            if here:
                here = False
                self._door.leave(address)

        connection: Connection | None = None
        try:
            await asyncio.sleep(delay)
            made = connection = self._make()
            connection.leave, connection.host = leave, host
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: made,
                arrived,
                ssl=self.context,
                ssl_handshake_timeout=HEAD_SECONDS,
                ssl_shutdown_timeout=FAREWELL_SECONDS,
            )
        except OSError:
            pass  # an ssl.SSLError too: it speaks no TLS of ours, or it went away
        finally:
            if connection is None or not connection.made:
                leave()
                arrived.close()
