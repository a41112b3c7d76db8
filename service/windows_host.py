# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Runs the agent as Windows' service manager has it: in a thread, told by controls.

Rules: it says that it runs when the agent says so; stop, shutdown and preshutdown end
it within seconds, whatever it waits for; a machine that wakes, or somebody who signs
in, has it look at once; where no service manager has called, it runs until Ctrl-C.
Not here: how the agent ends (`thread_stop.py`), the service's settings
(`windows_rights.py`).
Source: service control handlers, learn.microsoft.com/windows/win32/services.
"""

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING

import servicemanager
import win32service

from agent.host.access import DEFAULT_STATE
from service import hosted
from service.contract import Part, Unheard
from service.windows_log import Journal, Sentences
from service.windows_rights import RELOAD, SERVICE

if TYPE_CHECKING:
    from service.thread_stop import ThreadStop

if sys.platform != "win32":
    reason = "service.windows_host is for Windows"
    raise ImportError(reason)

_ACCEPTED = (
    win32service.SERVICE_ACCEPT_STOP
    | win32service.SERVICE_ACCEPT_SHUTDOWN
    | win32service.SERVICE_ACCEPT_PRESHUTDOWN
    | win32service.SERVICE_ACCEPT_PARAMCHANGE
    | win32service.SERVICE_ACCEPT_POWEREVENT
    | win32service.SERVICE_ACCEPT_SESSIONCHANGE
)
_ENDS = {
    win32service.SERVICE_CONTROL_STOP,
    win32service.SERVICE_CONTROL_SHUTDOWN,
    win32service.SERVICE_CONTROL_PRESHUTDOWN,
}
_RELOADS = {RELOAD, win32service.SERVICE_CONTROL_PARAMCHANGE}
_RESUMED = 0x12
"""PBT_APMRESUMEAUTOMATIC."""
_COMES = {1, 3, 5, 8}
"""At the screen, from afar, signed in, unlocked: WTS_CONSOLE_CONNECT and its like."""
_NO_MANAGER = 1063
"""ERROR_FAILED_SERVICE_CONTROLLER_CONNECT: a person has started it."""
_UNKNOWN, _SPECIFIC = 120, 1066
"""ERROR_CALL_NOT_IMPLEMENTED, ERROR_SERVICE_SPECIFIC_ERROR."""
_START_MILLISECONDS, _END_MILLISECONDS = 30_000, 20_000
_BREAK_SECONDS, _END_SECONDS = 1.0, 15.0
"""Until what may be broken off anywhere is, and until anything is."""


def run(part: Part, words: Sequence[str]) -> int:
    """Run a part for the service manager, or for a person where there is none.

    Args:
        part: which.
        words: arguments of its own command.
    """
    service = _Service(part, words)
    servicemanager.Initialize(SERVICE, servicemanager.__file__)
    servicemanager.PrepareToHostSingle(service.begun)
    try:
        servicemanager.StartServiceCtrlDispatcher()
    except servicemanager.error as problem:
        if problem.args[0] != _NO_MANAGER:
            raise
        return hosted.run(part, words, Unheard())
    return service.code


class _Service:
    """The one service of this process, and the Life that its part tells."""

    beat = inf

    def __init__(self, part: Part, words: Sequence[str]) -> None:
        """Hold what is to run."""
        self._part = part
        self._words = words
        self._handle = 0
        self._state = win32service.SERVICE_START_PENDING
        self._stop: ThreadStop | None = None
        self._ended = threading.Event()
        self.code = 0

    def begun(self, names: Sequence[str]) -> "_Service":
        """Be made by the service manager's own thread, which `SvcRun` then has."""
        self._handle = servicemanager.RegisterServiceCtrlHandler(
            *(names[0], self.hear, True)
        )
        self._words = (*self._words, *names[1:])  # of `sc start DiscreetAgent --now`
        return self

    def SvcRun(self) -> None:  # noqa: N802 - servicemanager's own name
        """Work until told to end."""
        self._tell(win32service.SERVICE_START_PENDING)
        sys.stderr = Sentences()
        journal = Journal(DEFAULT_STATE)
        try:
            if self._part is Part.AGENT:
                self._accompany(journal)
            self.code = hosted.run(self._part, self._words, self, journal, self._stops)
        finally:
            self._ended.set()
            self._tell(win32service.SERVICE_STOPPED)

    def _accompany(self, journal: Journal) -> None:
        """Begin what lives beside the agent, until that has ended."""
        # loads the agent: the service manager waits for no import
        from agent.updates.handover import PACKAGED, packaged  # noqa: PLC0415 - as said
        from service import windows_looks, windows_window  # noqa: PLC0415 - as said

        if packaged(PACKAGED) is not None:
            at_once = "--now" in self._words
            windows_looks.begin(self._ended, journal, at_once=at_once)
        windows_window.keep_open(self._ended)

    @contextmanager
    def _stops(self) -> "Iterator[ThreadStop]":
        # loads the agent: the service manager waits for no import
        from service.thread_stop import ThreadStop  # noqa: PLC0415 - as said

        self._stop = ThreadStop()
        yield self._stop

    def hear(self, control: int, event: int = 0, _data: object = None) -> int:
        """Take a control; called in the dispatcher's thread.

        Args:
            control: what is told.
            event: of which kind, for power and sessions.
        """
        if self._stop is None or control == win32service.SERVICE_CONTROL_INTERROGATE:
            self._tell(self._state)
        elif control in _ENDS:
            self._tell(win32service.SERVICE_STOP_PENDING)
            self._stop.stop()
            threading.Thread(target=self._end, args=(self._stop,), daemon=True).start()
        elif control in _RELOADS:
            self._stop.read_anew()
        elif control == win32service.SERVICE_CONTROL_POWEREVENT:
            if event == _RESUMED:
                self._stop.wake()
        elif control == win32service.SERVICE_CONTROL_SESSIONCHANGE:
            if event in _COMES:
                self._stop.wake()
        else:
            return _UNKNOWN
        return 0

    def _end(self, stop: "ThreadStop") -> None:
        """End the process where the agent waits in a call that nothing breaks off.

        Its children end with it, for they are in its jobs.
        """
        waited = _BREAK_SECONDS
        if self._ended.wait(waited):
            return
        while not stop.breaking and waited < _END_SECONDS:
            if self._ended.wait(_BREAK_SECONDS):
                return
            waited += _BREAK_SECONDS
        self._tell(win32service.SERVICE_STOPPED)
        os._exit(0)

    def ready(self) -> None:
        """Say that it runs."""
        self._tell(win32service.SERVICE_RUNNING)

    def turned(self) -> None:
        """Do nothing: Windows' service manager watches over no loop."""

    def status(self, sentence: str) -> None:
        """Do nothing: it keeps no word of a service."""

    def reloading(self) -> None:
        """Do nothing: it knows no such state."""

    def stopping(self) -> None:
        """Say that it ends."""
        self._tell(win32service.SERVICE_STOP_PENDING)

    def _tell(self, state: int) -> None:
        self._state = state
        hint = {
            win32service.SERVICE_START_PENDING: _START_MILLISECONDS,
            win32service.SERVICE_STOP_PENDING: _END_MILLISECONDS,
        }.get(state, 0)
        accepted = _ACCEPTED if state == win32service.SERVICE_RUNNING else 0
        failed = state == win32service.SERVICE_STOPPED and self.code
        win32service.SetServiceStatus(
            self._handle,
            (
                *(win32service.SERVICE_WIN32_OWN_PROCESS, state, accepted),
                *(_SPECIFIC if failed else 0, self.code if failed else 0, 0, hint),
            ),
        )
