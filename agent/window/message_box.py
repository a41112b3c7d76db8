# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Shows one notice of the agent in this session of Windows, and takes an answer.

Rules: the window is Windows' own, with the text as it is; that it is shown is said once
it stands there, and never that it was tried; it goes away by itself; where a yes is
wanted, no one key that is pressed by chance chooses Yes: Enter and Space are No's, no
letter is Yes's, and it can be chosen only after a moment.
Not here: the line (`agent/host/notice_line.py`), what becomes of an answer
(`agent/commands/notices.py`).
Source: MessageBoxW, EnumThreadWindows, EnableWindow, SetWindowTextW of winuser.h.
"""

import ctypes
import sys
import threading
import time
from collections.abc import Callable
from os import _exit

from agent.budget import ASK_SECONDS, NOTICE_SHOWN_SECONDS
from agent.host.notice import Notice
from agent.words import Speech

if sys.platform != "win32":
    reason = "agent.window.message_box is for Windows"
    raise ImportError(reason)

_TELLS, _ASKS = 0x0004_0040, 0x0004_0144
"""MB_ICONINFORMATION, MB_TOPMOST; to ask MB_YESNO, MB_DEFBUTTON2."""
_YES, _NO = 6, 7
"""IDYES, IDNO."""
_ACTS = {_YES: "approve", _NO: "deny"}
"""What is chosen, as the window knows it."""
_MOMENT_SECONDS = 1.5
"""In which nobody has read what they would allow."""
_LOOK_SECONDS = 0.02
_LABEL_CHARACTERS = 64
"""Of a button: a word in any language."""
_OPENING_SECONDS = 10.0


def show(notice: Notice, speech: Speech, shown: Callable[[], None]) -> str:
    """Show a notice until it is answered; the process ends with its time.

    Args:
        notice: what to show.
        speech: the person's language.
        shown: called once a window with it is there.

    Returns:
        A question of the window; empty where nothing was asked.
    """
    said = notice.of(speech.language)
    text, style, seconds = said.text, _TELLS, NOTICE_SHOWN_SECONDS
    if notice.asks:
        text += f"\n\n{speech.text('notice.may-it')}"
        style, seconds = _ASKS, ASK_SECONDS
    drawing = ctypes.windll.kernel32.GetCurrentThreadId()
    watching = (drawing, seconds, shown)
    threading.Thread(target=_watch, args=watching, daemon=True).start()
    chosen = ctypes.windll.user32.MessageBoxW(None, text, said.title, style)
    act = _ACTS.get(chosen) if notice.asks else None
    return f"{act} {notice.asks}" if act else ""


def _watch(drawing: int, seconds: float, shown: Callable[[], None]) -> None:
    """Say that the window is there, hold Yes back, and end with its time."""
    until = time.monotonic() + _OPENING_SECONDS
    while not (window := _window(drawing)):
        if time.monotonic() > until:
            _exit(1)
        time.sleep(_LOOK_SECONDS)
    _enable_yes(window, on=False)
    shown()
    time.sleep(_MOMENT_SECONDS)
    _enable_yes(window, on=True)
    time.sleep(seconds - _MOMENT_SECONDS)
    _exit(0)


def _window(drawing: int) -> int:
    """Return the window of a thread that can be seen; 0 for none."""
    user32 = ctypes.windll.user32
    found: list[int] = []

    def visit(window: int, _: int) -> bool:
        if user32.IsWindowVisible(ctypes.c_void_p(window)):
            found.append(window)
        return True

    kind = ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    user32.EnumThreadWindows(drawing, kind(visit), None)
    return found[0] if found else 0


def _enable_yes(window: int, *, on: bool) -> None:
    """Let Yes be chosen or not; its letter, which needs no Alt there, it loses."""
    user32 = ctypes.windll.user32
    user32.GetDlgItem.restype = ctypes.c_void_p
    found = user32.GetDlgItem(ctypes.c_void_p(window), _YES)
    if not found:  # a notice that asks nothing has none
        return
    yes = ctypes.c_void_p(found)
    label = ctypes.create_unicode_buffer(_LABEL_CHARACTERS)
    user32.GetWindowTextW(yes, label, _LABEL_CHARACTERS)
    user32.SetWindowTextW(yes, label.value.replace("&", ""))
    user32.EnableWindow(yes, on)
