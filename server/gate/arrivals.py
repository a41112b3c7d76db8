# SPDX-License-Identifier: Apache-2.0
"""Takes connections, looks who comes, and only then shakes hands.

Rules: a connection counts from the moment it is there until it is gone, whatever became
of its handshake; one that comes over its address's pace waits unread; only there is it
looked, before anything is taken from the socket, whether a device shows its pass; the
context for the next handshake may be exchanged at any time.
Not here: who may come (`door.py`), what a pass is (`passes.py`), what is said
afterwards (`connections.py`).
"""

import asyncio
import contextlib
import itertools
import os
import socket
import ssl
from collections.abc import Callable

from server.gate.balancers import Balancers, Hearing
from server.gate.bounds import (
    ACCEPT_SECONDS,
    ACCEPTS,
    FAREWELL_SECONDS,
    HEAD_SECONDS,
    HELLO_SECONDS,
    HELLOS,
)
from server.gate.connections import Connection
from server.gate.door import Door, Guest, address_of
from server.gate.passes import HELLO_BYTES, Key, Passes, offered, whole

_NOBODY = Balancers()
_LOOK_SECONDS = 0.01
"""Between two looks at a first message that came in part."""


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
        self._looked_at = 0
        self._greeted: set[asyncio.Task[None]] = set()

    async def take(self, listener: socket.socket) -> None:
        """Take connections until this is cancelled."""
        loop = asyncio.get_running_loop()
        listener.settimeout(0)
        if self._door.passes is not None:
            _defer(listener)
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
        passes, now = self._door.passes, asyncio.get_running_loop().time()
        if passes is None or not self._door.presses(address_of(host), now):
            self._enter(arrived, host)
            return
        begun = _peeked(arrived)
        if whole(begun) or self._looked_at >= HELLOS or os.name != "posix":
            self._enter(arrived, host, passes.take(offered(begun)))
        else:
            self._keep(asyncio.create_task(self._look(arrived, host, passes)))

    async def _look(self, arrived: socket.socket, host: str, passes: Passes) -> None:
        """Wait a moment for what somebody begins with who comes where it is crowded."""
        loop = asyncio.get_running_loop()
        end, begun = loop.time() + HELLO_SECONDS, b""
        self._looked_at += 1
        try:
            while not whole(begun) and loop.time() < end:
                await asyncio.sleep(_LOOK_SECONDS)
                begun = _peeked(arrived)
        except asyncio.CancelledError:
            arrived.close()
            raise
        finally:
            self._looked_at -= 1
        self._enter(arrived, host, passes.take(offered(begun)))

    def _enter(self, arrived: socket.socket, host: str, key: Key | None = None) -> None:
        """Let a connection in, or close it."""
        address, now = address_of(host), asyncio.get_running_loop().time()
        if key is None:
            guest = self._door.enter(address, now)
        else:
            guest = self._door.welcome(address, now, key)
        if guest is None:
            arrived.close()
            return
        self._keep(asyncio.create_task(self._greet(arrived, host, guest)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._greeted.add(task)
        task.add_done_callback(self._greeted.discard)

    async def _greet(self, arrived: socket.socket, host: str, guest: Guest) -> None:
        """Shake hands when it is time, and hand the connection over."""
        task, connection = asyncio.current_task(), None
        if task is not None:
            guest.put_out = task.cancel
        try:
            await asyncio.sleep(guest.delay)
            guest.begin()
            made = connection = self._make()
            connection.guest, connection.host = guest, host
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
                guest.leave()
                arrived.close()


def _defer(listener: socket.socket) -> None:
    """Have the kernel hand a connection over with its first octets, where it can."""
    option = getattr(socket, "TCP_DEFER_ACCEPT", None)
    if option is not None:
        with contextlib.suppress(OSError):  # a listener that is no TCP's
            listener.setsockopt(socket.IPPROTO_TCP, option, 1)


def _peeked(arrived: socket.socket) -> bytes:
    """Return what somebody began with so far, and leave it there for TLS."""
    try:
        arrived.settimeout(0)
        return arrived.recv(HELLO_BYTES, socket.MSG_PEEK)
    except OSError:  # nothing yet, or it is gone
        return b""
