# SPDX-License-Identifier: Apache-2.0
"""Where it is decided what devices ask: in the loop, or by a thread beside it.

Rules: what is soon done is done in the loop, for to hand it over, and to be handed it
back, costs more than to judge a poll or a small shipment; but nobody is to wait for
another's megabytes, nor for another machine.
Not here: what is decided (`protocol.py`).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from server.gate.bounds import JUDGED_HERE_BYTES, JUDGES
from server.problems import Problem, Refusal
from server.store.interface import Store

T = TypeVar("T")


class Judges:
    """The threads beside the loop, and whether they are needed."""

    def __init__(self, store: Store, away: Callable[[], bool] = lambda: False) -> None:
        """Begin no thread yet.

        Args:
            store: that is looked at.
            away: whether nobody need ask it, for a moment ago it could not be.
        """
        self._store = store
        self._away = away
        self._threads = ThreadPoolExecutor(JUDGES, "judge")

    @property
    def away(self) -> bool:
        """Tell whether nobody need ask the store, for a moment ago it was away."""
        return self._away()

    def require_store(self) -> None:
        """Have nobody wait for a store that is away, where what is shipped need not.

        Raises:
            Refusal: overloaded.
        """
        if self._away():
            raise Refusal(Problem.OVERLOADED)

    def are_here(self, octets: int = 0) -> bool:
        """Tell whether it is decided in the loop.

        Args:
            octets: that it goes through.
        """
        # what is remembered of a store that is away is at hand, too
        return (self._store.at_hand or self._away()) and octets <= JUDGED_HERE_BYTES

    async def judged(self, decide: Callable[[], T], octets: int = 0) -> T:
        """Return what is decided.

        Args:
            decide: looks at the store, and changes nothing.
            octets: that it goes through.
        """
        if self.are_here(octets):
            return decide()
        return await self.beside(decide)

    async def beside(self, act: Callable[[], T]) -> T:
        """Return what comes of an act that another thread does."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, act)

    def submit(self, act: Callable[[], object]) -> None:
        """Have an act done beside; nobody waits for it."""
        self._threads.submit(act)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()
