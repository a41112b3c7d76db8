# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Has a process of our own show a notice on the screen of this process's own session.

Rules: only where a person sees that screen, which is never a service's, nor one that is
locked; what Windows does not tell is a no; the process
leaves the job of an order's child, which ends at once, and ends by itself (the text
goes away with it); the text goes over its standard input, for command lines are seen by
others; who is told is what it says once its window is there, and one that does not say
so in time is ended.
Not here: whether this way is taken (`told_by.py`), the window
(`agent/window/message_box.py`).
Source: CreateProcessW, ProcessIdToSessionId, GetUserObjectInformationW,
OpenInputDesktop (a locked screen has Winlogon's, which is opened by nobody else).
"""

import ctypes
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pywintypes
import win32ts

from agent.host.notice import Notice
from agent.host.notice_line import SHOWN, read_line, write_line
from agent.host.told_by import may_draw

if sys.platform != "win32":
    reason = "agent.host.own_screen is for Windows"
    raise ImportError(reason)

_APART = (
    subprocess.CREATE_BREAKAWAY_FROM_JOB
    | subprocess.CREATE_NO_WINDOW
    | subprocess.CREATE_NEW_PROCESS_GROUP
)
"""It outlives who starts it, has no console, and hears no Ctrl-C of another one's."""
_SECONDS = 10.0
"""Until its window is there: it starts a Python, on a machine that does much else."""
_FLAGS, _NAME, _VISIBLE = 1, 2, 1
"""UOI_FLAGS, UOI_NAME, WSF_VISIBLE."""
_READ = 1
"""DESKTOP_READOBJECTS."""
_NAME_CHARACTERS = 256
"""A longer name is not told, and is then nobody's."""


class _Station(ctypes.Structure):
    """USEROBJECTFLAGS of winuser.h."""

    _fields_ = (
        ("inherits", ctypes.c_int32),
        ("reserved", ctypes.c_int32),
        ("flags", ctypes.c_uint32),
    )


def show(notice: Notice, state: Path | None) -> bool:
    """Show a notice in this process's own session; tell whether a person can see it.

    Args:
        notice: what to show.
        state: the agent's state directory, for who answers; None for the usual one.
    """
    return has_screen() and _handed_over(notice, state)


def has_screen() -> bool:
    """Tell whether what this process draws is seen by a person."""
    session = ctypes.c_uint32()
    found = ctypes.windll.kernel32.ProcessIdToSessionId(
        os.getpid(), ctypes.byref(session)
    )
    return bool(found) and may_draw(
        session.value,
        visible=_visible(),
        active=_active(session.value),
        in_front=_in_front(),
    )


def _visible() -> bool:
    """Tell whether this process's window station is the one with the screen."""
    user32 = ctypes.windll.user32
    user32.GetProcessWindowStation.restype = ctypes.c_void_p
    station = ctypes.c_void_p(user32.GetProcessWindowStation())
    told = _Station()
    found = user32.GetUserObjectInformationW(
        station, _FLAGS, ctypes.byref(told), ctypes.sizeof(told), None
    )
    return bool(found) and bool(told.flags & _VISIBLE)


def _active(session: int) -> bool:
    """Tell whether somebody has this session's screen now.

    Where nothing says that (Wine does not), it is the one of the machine's own screen.
    """
    with suppress(pywintypes.error):
        state = win32ts.WTSQuerySessionInformation(
            win32ts.WTS_CURRENT_SERVER_HANDLE,
            win32ts.WTS_CURRENT_SESSION,
            win32ts.WTSConnectState,
        )
        return bool(state == win32ts.WTSActive)
    return session == int(win32ts.WTSGetActiveConsoleSessionId())


def _in_front() -> bool:
    """Tell whether the desktop that this thread draws on is that on the screen."""
    user32, kernel32 = ctypes.windll.user32, ctypes.windll.kernel32
    user32.OpenInputDesktop.restype = ctypes.c_void_p
    user32.GetThreadDesktop.restype = ctypes.c_void_p
    shown = user32.OpenInputDesktop(0, False, _READ)  # noqa: FBT003 - Windows' own order
    if not shown:
        return False
    try:
        own = user32.GetThreadDesktop(kernel32.GetCurrentThreadId())
        name = _named(shown)
        return bool(name) and name == _named(own)
    finally:
        user32.CloseDesktop(ctypes.c_void_p(shown))


def _named(desktop: int) -> str:
    """Return a desktop's name; empty where it is not told."""
    text = ctypes.create_unicode_buffer(_NAME_CHARACTERS)
    found = ctypes.windll.user32.GetUserObjectInformationW(
        ctypes.c_void_p(desktop), _NAME, text, ctypes.sizeof(text), None
    )
    return text.value if found else ""


def _handed_over(notice: Notice, state: Path | None) -> bool:
    line = write_line(notice)
    if read_line(line) is None:
        return False
    where = () if state is None else ("--state", str(state))
    try:
        process = subprocess.Popen(  # noqa: S603 - this program's own interpreter
            [sys.executable, "-I", "-m", "agent", *where, "notices"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=_APART,
        )
    except OSError:  # the machine is full, or a job lets nothing go
        return False
    shown = _answered(process, line)
    if not shown:
        process.kill()
    return shown


def _answered(process: subprocess.Popen[bytes], line: bytes) -> bool:
    """Give a process the line; tell whether it says in time that it is shown."""
    writing, reading = process.stdin, process.stdout
    if writing is None or reading is None:
        return False
    said: list[bytes] = []

    def exchange() -> None:
        with suppress(OSError):  # it ended
            with writing:
                writing.write(line)
            said.append(reading.read(len(SHOWN)))

    asking = threading.Thread(target=exchange, daemon=True)
    asking.start()
    asking.join(_SECONDS)
    return said == [SHOWN]
