# SPDX-License-Identifier: Apache-2.0
"""Hears of calls that any process makes, over a connection of its own.

Rules: what is heard says that there is something to look for, and never what; whoever
listens is called after each new connection too, for none was heard before it; a
database that is away is tried again until the end, and nobody is told of it twice.
Not here: making calls and looking for them (`orders.py`).
"""

import threading
from collections.abc import Callable

import psycopg

from server.store.postgres.where import Where

CHANNEL = "discreet_calls"
RING = f"SELECT pg_notify('{CHANNEL}', '')"
"""In the transaction that makes a call: it is heard when that is committed."""
LOOK_SECONDS = 0.5
"""How soon whoever closes it is noticed."""
AGAIN_SECONDS = 1.0
"""Between two tries to connect."""


class Listener:
    """A thread that listens until it is closed."""

    def __init__(self, where: Where, called: Callable[[], None]) -> None:
        """Start to listen.

        Args:
            where: the database.
            called: told, from that thread, that there may be calls.
        """
        self._where = where
        self._called = called
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="calls", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._ended.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._ended.is_set():
            try:
                self._listen()
            except psycopg.Error:  # whoever looks meanwhile says what is wrong with it
                self._ended.wait(AGAIN_SECONDS)

    def _listen(self) -> None:
        with psycopg.connect(self._where.conninfo, autocommit=True) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self._called()
            while not self._ended.is_set():
                for _ in connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
                    self._called()
