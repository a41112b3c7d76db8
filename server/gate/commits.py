# SPDX-License-Identifier: Apache-2.0
"""Requests of the loop that wait for a commit of another thread.

Rules: the loop is woken once a commit, however many wait for that; whoever gives up is
left out of the commits to come.
Not here: the commits (`committer.py`), what is committed (`app.py`).
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial

from server.store.interface import Verdict

Committed = Future[list[Verdict]]


class Commits:
    """Who waits for which commit; used by the loop, but for `ended`."""

    def __init__(self) -> None:
        """Have nobody wait yet."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[Committed, Callable[[Committed], None]] = {}

    def then(self, committed: Committed, act: Callable[[Committed], None]) -> None:
        """Call when what was just queued is committed, or is not.

        Args:
            committed: what was queued.
            act: is given it, and raises nothing.
        """
        self._loop = asyncio.get_running_loop()
        self._waiting[committed] = act
        if committed.done():  # before it was waited for, and told to nobody
            self._tell([committed])

    async def wait(self, committed: Committed) -> list[Verdict]:
        """Return the verdicts of what was just queued, when it is committed.

        Raises:
            Refusal: it was not.
        """
        waiting = asyncio.get_running_loop().create_future()
        self.then(committed, partial(_wake, waiting))
        try:
            await waiting
        finally:
            self._waiting.pop(committed, None)
            committed.cancel()  # does nothing to what is done
        return committed.result()

    def ended(self, every: Sequence[Committed]) -> None:
        """Wake those that wait for some; called from the committer's thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and all requests with it
                self._loop.call_soon_threadsafe(self._tell, every)

    def _tell(self, every: Sequence[Committed]) -> None:
        for one in every:
            act = self._waiting.pop(one, None)
            if act is not None:
                act(one)


def _wake(waiting: asyncio.Future[None], _: Committed) -> None:
    if not waiting.done():
        waiting.set_result(None)
