# SPDX-License-Identifier: Apache-2.0
"""Polls that wait until there is something for their device: a bounded favour.

Rules: a wait is given where there is room and else not: the device is answered at once;
one a device, the newest; half of all places for one tenant beside others; what others
write into the store is looked for by one task, and only while anybody waits, at once
where the store rings and else now and then; a call that is newer than what its device
was told ends its wait and is never missed, one that is older never does; at the end all
are answered.
Not here: what is answered (`protocol.py`), what calls a device (`server/store/orders`).
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Self

from server.errors import ServerError
from server.gate.bounds import CALLS_MISSED, LOOK_SECONDS, RUNG_SECONDS, TOLD
from server.store.orders import Call

Key = tuple[bytes, bytes]
"""Tenant and device."""
Look = Callable[[int], Awaitable[Sequence[Call]]]
"""Returns the calls after one of a number."""
Listen = Callable[[Callable[[], None]], Callable[[], None] | None]
"""As `server.store.orders.Orders.listen`."""


class Waiting:
    """Who waits; used by one thread, that of the loop."""

    def __init__(
        self, most: int, look: Look, last: int = 0, seconds: float = LOOK_SECONDS
    ) -> None:
        """Let nobody wait yet.

        Args:
            most: places.
            look: finds what calls there were.
            last: the last call of which nobody has to hear.
            seconds: between two looks while nobody rings.
        """
        self._most = most
        self._look = look
        self._last = last
        self._seconds = seconds
        self._rung = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unlisten: Callable[[], None] | None = None
        self._waits: dict[Key, Wait] = {}
        self._tenants: Counter[bytes] = Counter()
        self._told: dict[Key, int] = {}  # who was told last stands last
        self._missed: dict[Key, int] = {}  # whom a look found that did not wait
        self._ending = False
        self._task: asyncio.Task[None] | None = None

    @property
    def last(self) -> int:
        """Return the last call that a look has found."""
        return self._last

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waits)

    def enter(self, key: Key, *, beside: bool) -> "Wait | None":
        """Take a place; one that the same device had ends.

        Args:
            key: whose.
            beside: whether other tenants were heard lately.

        Returns:
            The wait, which has to be left; None where there is no place.
        """
        former = self._waits.get(key)
        if former is not None:
            former.end()
            self.leave(former)
        tenant, _ = key
        share = self._most // 2 if beside else self._most
        if self._ending or len(self._waits) >= self._most:
            return None
        if self._tenants[tenant] >= share:
            return None
        wait = Wait(self, key, self._told.get(key))
        wait.call(self._missed.pop(key, 0))
        self._waits[key] = wait
        self._tenants[tenant] += 1
        if self._task is None or self._task.done():
            self._loop = asyncio.get_running_loop()
            self._task = asyncio.create_task(self._watch())
        return wait

    def hear(self, listen: Listen) -> None:
        """Have it told by the store when to look, if that tells anybody."""
        self._unlisten = listen(self._ring)
        if self._unlisten is not None:
            self._seconds = RUNG_SECONDS

    def close(self) -> None:
        """Hear no more; waits for the thread that listened."""
        if self._unlisten is not None:
            self._unlisten()

    def _ring(self) -> None:
        """Have it looked for calls now; called from any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and all waits with it
                self._loop.call_soon_threadsafe(self._rung.set)

    def leave(self, wait: "Wait") -> None:
        """Give a place back; one that was given to a later poll stays."""
        if self._waits.get(wait.key) is not wait:
            return
        del self._waits[wait.key]
        tenant, _ = wait.key
        self._tenants[tenant] -= 1
        if not self._tenants[tenant]:
            del self._tenants[tenant]

    def told(self, key: Key, number: int) -> None:
        """Remember that an answer has all up to a call of a number."""
        _put(self._told, key, number, TOLD)

    def end(self) -> None:
        """Let nobody wait any more."""
        self._ending = True
        for wait in list(self._waits.values()):
            wait.end()
        if self._task is not None:
            self._task.cancel()

    async def _watch(self) -> None:
        """Look for calls while anybody waits."""
        loop = asyncio.get_running_loop()
        while self._waits:
            later = loop.call_later(self._seconds, self._rung.set)
            await self._rung.wait()
            later.cancel()
            self._rung.clear()
            if not self._waits:
                return
            try:
                calls = await self._look(self._last)
            except ServerError:  # its disk is full, or another one writes for long
                continue
            for call in calls:
                self._last = max(self._last, call.number)
                key = call.tenant, call.device
                called = self._waits.get(key)
                if called is not None:
                    called.call(call.number)
                else:
                    _put(self._missed, key, call.number, CALLS_MISSED)


class Wait:
    """One poll's place; a context that gives it back.

    Attributes:
        key: whose.
        called: whether it ended because there is something for its device.
    """

    __slots__ = ("_called", "_ended", "_told", "_waiting", "called", "key")

    def __init__(self, waiting: Waiting, key: Key, told: int | None) -> None:
        """Begin, uncalled.

        Args:
            waiting: who else does.
            key: whose.
            told: the last call that the device's last answer knew of; None: not known.
        """
        self.key = key
        self.called = False
        self._waiting = waiting
        self._told = told
        self._called = 0
        self._ended = asyncio.get_running_loop().create_future()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the place back."""
        self._waiting.leave(self)

    @property
    def over(self) -> bool:
        """Tell whether nobody ended it, so that its time was over."""
        return not self._ended.done()

    def call(self, number: int) -> None:
        """End it if its device was not told of a call; before it is told, later."""
        self._called = max(self._called, number)
        if self._told is not None and self._called > self._told:
            self.end(called=True)

    def end(self, *, called: bool = False) -> None:
        """End it now.

        Args:
            called: whether there is something for its device.
        """
        if not self._ended.done():
            self.called = called
            self._ended.set_result(None)

    async def until(
        self, seconds: float, gone: Awaitable[object], told: int = 0
    ) -> bool:
        """Wait until it ends, the time is over or the device is gone.

        Args:
            seconds: most to wait.
            gone: ends when nobody is there to be answered.
            told: the last call before what its device would be told now; counts where
                it is not known what its last answer knew of.

        Returns:
            Whether somebody is still there.
        """
        if self._told is None:
            self._told = told
        self.call(0)
        going = asyncio.ensure_future(gone)
        try:
            await asyncio.wait(
                {self._ended, going},
                timeout=seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            return not going.done()
        finally:
            going.cancel()


def _put(kept: dict[Key, int], key: Key, number: int, most: int) -> None:
    """Keep a number of a device, and of so many devices, those put last."""
    number = max(number, kept.pop(key, 0))
    kept[key] = number
    if len(kept) > most:
        del kept[next(iter(kept))]
