# SPDX-License-Identifier: Apache-2.0
"""A child that waits for the next query: DuckDB and Arrow take half a second to load.

Rules: it is locked like any other and knows nothing; one query has it, and it ends with
that; there is at most one, and none until somebody's SQL was taken, nor once nobody's
has been for a while; one that has ended by itself is handed to nobody.
Not here: a query in its child (`run.py`).
Source: docs/adr/0073-a-fleet-is-opened-by-several-processes.md.
"""

import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from server.desk.shut import kill, start

if TYPE_CHECKING:
    import subprocess

COMMAND = (sys.executable, "-I", "-m", "server.query.child")
IDLE_SECONDS = 300.0
"""Somebody who looks at an answer and asks again has done so by then; it holds some
64 MB meanwhile, some 50 of it its own."""


class Spare:
    """Keeps one child ready; any thread may use it."""

    def __init__(
        self,
        idle: float = IDLE_SECONDS,
        command: Sequence[str] = COMMAND,
    ) -> None:
        """Have none yet.

        Args:
            idle: seconds after a query for which one is kept.
            command: starts a child.
        """
        self._idle = idle
        self._command = command
        self._changed = threading.Condition()
        self._process: subprocess.Popen[bytes] | None = None
        self._until = 0.0
        self._over = False
        self._thread: threading.Thread | None = None

    @property
    def waits(self) -> bool:
        """Tell whether a child waits."""
        with self._changed:
            return self._process is not None and self._process.poll() is None

    def take(self) -> "subprocess.Popen[bytes]":
        """Return a child for one query; the caller ends it.

        Raises:
            OSError: none waits, and none can be started.
        """
        with self._changed:
            process, self._process = self._process, None
        if process is not None:
            if process.poll() is None:
                return process
            kill(process)
        return start(self._command)

    def want(self) -> None:
        """Have a child wait for the query after this one."""
        with self._changed:
            self._until = time.monotonic() + self._idle
            if self._thread is None and not self._over:
                # it never ends by itself: its children would be killed with it
                thread = threading.Thread(target=self._keep, daemon=True)
                with suppress(RuntimeError):  # no thread more: the next query tries it
                    thread.start()
                    self._thread = thread
            self._changed.notify()

    def close(self) -> None:
        """Keep none any more."""
        with self._changed:
            self._over, thread = True, self._thread
            self._changed.notify()
        if thread is not None:
            thread.join()

    def _keep(self) -> None:
        with self._changed:
            while not self._over:
                left = self._until - time.monotonic()
                if left > 0:
                    self._fill()
                else:
                    self._empty()
                self._changed.wait(left if left > 0 else None)
            self._empty()

    def _fill(self) -> None:
        if self._process is None:
            try:
                self._process = start(self._command)
            except OSError:  # the next query is told, if it can have none either
                self._until = 0.0

    def _empty(self) -> None:
        if self._process is not None:
            kill(self._process)
            self._process = None
