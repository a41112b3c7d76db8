# SPDX-License-Identifier: Apache-2.0
"""Tells an agent that works in a thread to end, from another thread.

Rules: what is told is never lost; only inside `at_once` and `listening` is anything
broken off, and once they are left nothing is thrown any more.
Stated limit: a thread that waits in a system call hears only as that returns; who hosts
it ends the process where `breaking` says so, which loses nothing: what is inside may be
broken off anywhere.
Not here: signals (`agent/commands/run.py`), the service manager (`windows.py`).
Source: PyThreadState_SetAsyncExc of CPython's C API.
"""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from agent.stop import Roused, Stopped

_THROW = ctypes.pythonapi.PyThreadState_SetAsyncExc
_THROW.argtypes = (ctypes.c_ulong, ctypes.py_object)
_TAKE_BACK = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)


class ThreadStop:
    """Tells one thread when to end, and when to look again; see `agent.stop.Stop`.

    Made in the thread that works; `stop`, `read_anew` and `wake` are for the others.
    """

    def __init__(self) -> None:
        """Belong to the current thread."""
        self._thread = threading.get_ident()
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._told = self._anew = False
        self._stops = self._rouses = self._thrown = False
        self._inside = False

    @property
    def breaking(self) -> bool:
        """Tell whether what the thread does now may be broken off anywhere."""
        return self._inside

    def stop(self) -> None:
        """Tell it to end."""
        with self._lock:
            self._told = True
            self._woken.set()
            if self._stops:
                self._throw(Stopped)

    def read_anew(self) -> None:
        """Tell it to read its settings anew."""
        with self._lock:
            self._anew = True
            self._rouse()

    def wake(self) -> None:
        """Have it look at once whether there is something to do."""
        with self._lock:
            self._rouse()

    def rest(self, seconds: float) -> bool:
        """Wait so many seconds or less; true when the agent is to end."""
        if not self._told and not self._anew:
            self._woken.wait(min(seconds, threading.TIMEOUT_MAX))
        self._woken.clear()
        return self._told

    def anew(self) -> bool:
        """Tell, once, whether the settings are to be read anew."""
        with self._lock:
            found, self._anew = self._anew, False
        return found

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Have what is done inside broken off by Stopped when the agent is to end."""
        with self._breaking(rouses=False):
            yield

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Have a wait inside broken off by Roused as well."""
        with self._breaking(rouses=True):
            yield

    @contextmanager
    def _breaking(self, *, rouses: bool) -> Iterator[None]:
        try:
            with self._lock:
                if self._told:
                    raise Stopped
                if rouses and self._anew:
                    raise Roused
                self._stops, self._rouses, self._inside = True, rouses, True
            yield
        finally:
            with self._lock:
                self._stops = self._rouses = self._inside = False
                if self._thrown:  # perhaps not taken yet: the body was quicker
                    self._thrown = False
                    _TAKE_BACK(self._thread, None)

    def _rouse(self) -> None:
        self._woken.set()
        if self._rouses:
            self._throw(Roused)

    def _throw(self, what: type[BaseException]) -> None:
        """Have the thread raise; only the last of what was thrown is raised."""
        self._stops = self._rouses = False
        self._thrown = True
        _THROW(self._thread, what)
