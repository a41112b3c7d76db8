# SPDX-License-Identifier: Apache-2.0
"""Takes connections, looks who comes, and only then shakes hands.

Rules: a connection counts from the moment it is there until it is gone, whatever became
of its handshake; one that comes over its address's pace waits unread; only there is it
looked, before anything is taken from the socket, whether a device shows its admission;
the context for the next handshake may be another one; what a task leaves to be done is
done after it, for one that is ended before its first step does nothing itself.
Not here: who may come (`door.py`), what an admission is (`admissions.py`), what is said
afterwards (`connections.py`).
"""

import asyncio
import contextlib
import itertools
import os
import socket
import ssl
from collections.abc import Callable

from server.gate.admissions import HELLO_BYTES, Admissions, Key, offered, whole
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

_NOBODY = Balancers()
_LOOK_SECONDS = 0.01
"""Between two looks at a first message that came in part."""


class Arrivals:
    """The listening socket's side of the door."""

    def __init__(
        self,
        door: Door,
        context: Callable[[], ssl.SSLContext],
        make: Callable[[], Connection],
        balancers: Balancers = _NOBODY,
    ) -> None:
        """Take nothing yet.

        Args:
            door: who may come in.
            context: returns TLS of the collector's certificate, for one handshake.
            make: makes what talks on a connection whose handshake is done.
            balancers: who says first whom a connection is of.
        """
        self._context = context
        self._door = door
        self._make = make
        self._balancers = balancers
        self._hearing = Hearing()
        self._looks: dict[asyncio.Task[None], None] = {}  # the oldest first
        self._under_way: set[asyncio.Task[object]] = set()
        self._over = False

    async def take(self, listener: socket.socket) -> None:
        """Take connections until this is cancelled."""
        loop = asyncio.get_running_loop()
        listener.settimeout(0)
        if self._door.admissions is not None:
            _defer(listener)
        try:
            for turn in itertools.count():
                try:
                    arrived, peer = await loop.sock_accept(listener)
                except OSError:  # no descriptors, or gone already: others go on
                    await asyncio.sleep(ACCEPT_SECONDS)
                    continue
                if self._balancers.has(peer[0]):
                    self._hear(arrived, peer[0])
                else:
                    self._arrive(arrived, peer[0])
                # a crowd at the door is soon looked through, and holds up nobody inside
                if turn % ACCEPTS == 0:
                    await asyncio.sleep(0)
        finally:
            await self.end()

    async def end(self) -> None:
        """Close whatever has not begun to talk; returns when that is done."""
        self._over = True
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)

    def _hear(self, arrived: socket.socket, balancer: str) -> None:
        """Have a balancer say whom it brings, who then comes by their own address."""
        whom = asyncio.create_task(self._hearing.whom(arrived, balancer))

        def heard(_: object) -> None:
            host = None if whom.cancelled() or whom.exception() else whom.result()
            if host is None or self._over:
                arrived.close()
            else:
                self._arrive(arrived, host)

        self._keep(whom, heard)

    def _arrive(self, arrived: socket.socket, host: str) -> None:
        admissions, now = self._door.admissions, asyncio.get_running_loop().time()
        if admissions is None or not self._door.presses(address_of(host), now):
            self._enter(arrived, host)
            return
        begun = _peeked(arrived)
        if whole(begun) or os.name != "posix":
            self._enter(arrived, host, admissions.take(offered(begun)))
        else:
            self._look(arrived, host, admissions)

    def _look(self, arrived: socket.socket, host: str, admissions: Admissions) -> None:
        """Wait a moment for what somebody begins with who comes where it is crowded.

        Where so many are waited for already, the one that came first has had its time:
        whoever sends a part and no more keeps nobody from being looked at.
        """
        if len(self._looks) >= HELLOS:
            oldest = next(iter(self._looks))
            del self._looks[oldest]
            oldest.cancel()
        look = asyncio.create_task(_begun(arrived))
        self._looks[look] = None

        def looked(_: object) -> None:
            self._looks.pop(look, None)
            if self._over:
                arrived.close()
            else:
                self._enter(arrived, host, admissions.take(offered(_peeked(arrived))))

        self._keep(look, looked)

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
        connection = self._make()
        connection.guest, connection.host = guest, host
        task = asyncio.create_task(self._greet(arrived, guest, connection))
        # it counts already, so it may be put out before its first step
        guest.put_out = task.cancel

        def greeted(_: object) -> None:
            if not connection.made:
                guest.leave()
                arrived.close()

        self._keep(task, greeted)

    def _keep(self, task: asyncio.Task[object], done: Callable[[object], None]) -> None:
        """Keep a task until it is done, and do then what comes after it."""
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        task.add_done_callback(done)

    async def _greet(
        self, arrived: socket.socket, guest: Guest, connection: Connection
    ) -> None:
        """Shake hands when it is time, and hand the connection over."""
        await asyncio.sleep(guest.delay)
        guest.begin()
        # an ssl.SSLError too: it speaks no TLS of ours, or it went away
        with contextlib.suppress(OSError):
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: connection,
                arrived,
                ssl=self._context(),
                ssl_handshake_timeout=HEAD_SECONDS,
                ssl_shutdown_timeout=FAREWELL_SECONDS,
            )


async def _begun(arrived: socket.socket) -> None:
    """Return when somebody's first message is there, or its time is over."""
    loop = asyncio.get_running_loop()
    end = loop.time() + HELLO_SECONDS
    begun = _peeked(arrived)
    while not whole(begun) and loop.time() < end:
        await asyncio.sleep(_LOOK_SECONDS)
        begun = _peeked(arrived)


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
