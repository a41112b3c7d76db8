# SPDX-License-Identifier: Apache-2.0
"""Requests of the loop that wait for a commit of another thread.

Rules: the loop is woken once a commit, however many wait for that; whoever gives up is
left out of the commits to come.
Not here: the commits (`committer.py`), what is committed (`app.py`).
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress

from server.store.interface import Verdict

Committed = Future[list[Verdict]]


class Commits:
    """Who waits for which commit; used by the loop, but for `ended`."""

    def __init__(self) -> None:
        """Have nobody wait yet."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[Committed, asyncio.Future[None]] = {}

    async def wait(self, committed: Committed) -> list[Verdict]:
        """Return the verdicts of what was just queued, when it is committed.

        Raises:
            Refusal: it was not.
        """
        loop = self._loop = asyncio.get_running_loop()
        waiting = self._waiting[committed] = loop.create_future()
        if committed.done():  # before it was waited for, and told to nobody
            self._tell([committed])
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
            waiting = self._waiting.pop(one, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
