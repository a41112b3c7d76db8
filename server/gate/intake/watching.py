# SPDX-License-Identifier: Apache-2.0
"""Looks whether a store that was away is there again, whatever else is away.

Rules: the first look comes at once, for one failure is not an outage and all that are
not remembered wait for it; a thread of its own looks, so nothing else holds it up.
Not here: who says that the store is away (`remembered.py`), what waits meanwhile
(`emptying.py`).
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from server.errors import ServerError
from server.gate.intake.bounds import AWAY_SECONDS
from server.gate.intake.remembered import Remembered
from server.logs import log_failure
from server.store.interface import Store


class Watch:
    """The task that says when the store is back; used by the gate's loop."""

    def __init__(self, store: Store, senders: Remembered) -> None:
        """Take what is used; nothing is looked at yet.

        Args:
            store: is looked at.
            senders: tells that the store is away, and hears when it is back.
        """
        self._store = store
        self._senders = senders
        self._beside = ThreadPoolExecutor(1, "store-look")

    def close(self) -> None:
        """End the thread."""
        self._beside.shutdown()

    async def run(self) -> None:
        """Go on until it is cancelled."""
        loop, lost = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has ended, and all requests with it
                loop.call_soon_threadsafe(lost.set)

        self._senders.hear(wake)
        while True:
            await lost.wait()
            lost.clear()
            if not await self._is_back():
                lost.set()
                await asyncio.sleep(AWAY_SECONDS)

    async def _is_back(self) -> bool:
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._beside, self._store.orders.last_call)
        except ServerError:
            return False
        except Exception as error:  # noqa: BLE001 - boundary: it outlives a look
            log_failure("store-look-failed", error)
            return False
        self._senders.back()
        return True
