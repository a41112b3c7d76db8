# SPDX-License-Identifier: Apache-2.0
"""Has the store open for the next question: opening it costs more than most answers.

Rules: one question has a store at a time, so that they wait for each other no more than
they did; at most one waits for the next; a store that somebody failed with is closed,
and one that config.toml does not name any more is handed to nobody.
Not here: what is done with it (`acts/`), the rest that a question opens
(`server/orders/desk.py`).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from server.layout import Layout
from server.opening import open_at
from server.processes import Process
from server.store.interface import Store
from server.storing import place


class Lender:
    """Lends stores, and keeps one that came back; any thread may use it."""

    def __init__(self) -> None:
        """Have none yet."""
        self._lock = threading.Lock()
        self._waiting: tuple[str, Store] | None = None
        self._over = False

    @contextmanager
    def lend(self, layout: Layout) -> Iterator[Store]:
        """Lend the store of an installation while something is done with it.

        Raises:
            InstallationError: there is none that this user can read.
            StateError: the store cannot be used.
        """
        where = place(layout, Process.OFFICE)
        store = self._taken(where) or open_at(where, Process.OFFICE)
        try:
            yield store
        except BaseException:
            store.close()
            raise
        self._given_back(where, store)

    def close(self) -> None:
        """Close the one that waits, and each that comes back from now on."""
        with self._lock:
            self._over = True
            waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting[1].close()

    def _taken(self, where: str) -> Store | None:
        """Return the store that waits, if it is the one that is wanted."""
        with self._lock:
            waiting, self._waiting = self._waiting, None
        if waiting is None:
            return None
        named, store = waiting
        if named == where:
            return store
        store.close()
        return None

    def _given_back(self, where: str, store: Store) -> None:
        with self._lock:
            keeps = self._waiting is None and not self._over
            if keeps:
                self._waiting = where, store
        if not keeps:
            store.close()
