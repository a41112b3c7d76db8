# SPDX-License-Identifier: Apache-2.0
"""Shows a short text to who sits at the machine, on their own desktop.

Rules: the text is shown and nothing is asked back; on Linux one fixed program does it,
as the person themselves and with no right of the agent's; one that hangs is ended, all
of them within a few seconds; whatever fails, nothing but that nobody was told follows.
Stated limit: the agent's user must be root, or the person's own, to reach a desktop.
Not here: what is said (`agent/orders/notices.py`), terminals (the Host's programs).
Source: the Desktop Notifications Specification; WTSSendMessageW of wtsapi32.h.
"""

import sys
import time

_PEOPLE = 3
"""Who are told: a machine has one screen; who is at a terminal server is not here."""

if sys.platform == "win32":
    import ctypes

    import pywintypes
    import win32ts

    _STYLE = 0x0004_0040
    """MB_OK, MB_ICONINFORMATION, MB_TOPMOST."""
    _SHOWN_SECONDS, _LASTING_SECONDS = 60, 300
    """After which it goes away by itself; the latter as an answer is waited for."""

    def tell(title: str, text: str, *, lasting: bool = False) -> bool:
        """Show a text; tell whether anybody is there to see it.

        Args:
            title: a few words.
            text: a few sentences, printable.
            lasting: whether it stays until somebody has seen it.
        """
        try:
            found = win32ts.WTSEnumerateSessions(win32ts.WTS_CURRENT_SERVER_HANDLE)
        except pywintypes.error:
            return False
        active = [int(one["SessionId"]) for one in found if _is_active(one)]
        seconds = _LASTING_SECONDS if lasting else _SHOWN_SECONDS
        told = [_send(number, title, text, seconds) for number in active[:_PEOPLE]]
        return any(told)

    def _is_active(session: dict[str, object]) -> bool:
        return session["State"] == win32ts.WTSActive and session["SessionId"] != 0

    def _send(number: int, title: str, text: str, seconds: int) -> bool:
        """Send a message to a session, and wait for nobody."""
        octets = len(title.encode("utf-16-le")), len(text.encode("utf-16-le"))
        answer = ctypes.c_uint32()
        sent = ctypes.windll.wtsapi32.WTSSendMessageW(
            *(None, number, title, octets[0], text, octets[1]),
            *(_STYLE, seconds, ctypes.byref(answer), False),
        )
        return bool(sent)

else:
    import html
    import os
    import pwd
    import stat
    from collections.abc import Sequence
    from pathlib import Path

    from agent.errors import HostError
    from agent.host.at_screen import AtScreen, at_screen
    from agent.host.program import User, completed

    PROGRAM = "/usr/bin/notify-send"
    RUNTIME = Path("/run/user")
    """Where each person's own folder is, with the socket of their session's bus."""
    _SECONDS = 3.0
    """For one person: a desktop that is there answers within a tenth of it."""
    _ALL_SECONDS = 6.0
    _OUTPUT_BYTES = 4_096

    def tell(
        title: str,
        text: str,
        *,
        lasting: bool = False,
        people: Sequence[AtScreen] | None = None,
        program: str = PROGRAM,
        runtime: Path = RUNTIME,
    ) -> bool:
        """Show a text; tell whether anybody was there to see it.

        Args:
            title: a few words.
            text: a few sentences, printable.
            lasting: whether it stays until somebody has seen it.
            people: who sits at the machine; None to look.
            program: what shows it.
            runtime: where people's own folders are.
        """
        deadline = time.monotonic() + _ALL_SECONDS
        found = at_screen() if people is None else people
        told = False
        for one in [one for one in found if one.graphical][:_PEOPLE]:
            left = min(_SECONDS, deadline - time.monotonic())
            if left > 0:
                urgency = "critical" if lasting else "normal"
                command = _command(program, urgency, title, text)
                told |= _show(command, runtime / str(one.user), one.user, left)
        return told

    def _command(program: str, urgency: str, title: str, text: str) -> list[str]:
        """Return the program's own words; a desktop may take a text for markup."""
        return [
            *(program, "--app-name=Discreet", f"--urgency={urgency}", "--"),
            *(title, html.escape(text, quote=False)),
        ]

    def _show(command: list[str], folder: Path, user: int, seconds: float) -> bool:
        """Show a text on one person's desktop; tell whether that was done."""
        try:
            bus = folder / "bus"
            facts = bus.stat()
            if not stat.S_ISSOCK(facts.st_mode) or facts.st_uid != user:
                return False
            environment = {
                "DBUS_SESSION_BUS_ADDRESS": f"unix:path={bus}",
                "XDG_RUNTIME_DIR": str(folder),
                "LC_ALL": "C.UTF-8",
            }
            whom = User(environment)  # as the agent is, where that is the same person
            if os.geteuid() != user:
                whom = User(environment, user, pwd.getpwuid(user).pw_gid)
            _, code = completed(command, seconds, _OUTPUT_BYTES, whom)
        except (OSError, KeyError, HostError):
            return False
        return code == 0
