# SPDX-License-Identifier: Apache-2.0
"""Shows a notice to who is at the machine, in their own session.

Rules: in the person's language where their session shows it, else in that of this
process, which a system service has of the machine; the text is shown and nothing is
asked back; on Linux what waits in the person's own session does it
(`notice_socket.py`); where nothing waits there, one fixed program, as the person
themselves and with no right of the agent's; on Windows its own message does, else a
process of ours where this one has a person's screen; one that hangs is left, all
of them within a few seconds; whatever fails, nothing but that nobody was told follows.
Stated limits: where nothing waits in the session, the agent's user must be root, or the
person's own, to reach a desktop; Windows takes its own message for a session that is
locked, behind which nobody sees it.
Not here: what is said (`agent/orders/notices.py`), everybody's terminals (the Host's
programs), how a session shows it (`agent/window/notifier.py`, `message_box.py`).
Source: the Desktop Notifications Specification; WTSSendMessageW of wtsapi32.h.
"""

import sys
import time
from contextlib import suppress
from pathlib import Path

from agent.host.desktop import wanted_language
from agent.host.notice import Notice, Said
from agent.host.told_by import NOBODYS, PEOPLE, told_by

if sys.platform == "win32":
    import ctypes

    import pywintypes
    import win32ts

    from agent.budget import ASK_SECONDS, NOTICE_SHOWN_SECONDS
    from agent.host.own_screen import show as show_here

    _STYLE = 0x0004_0040
    """MB_OK, MB_ICONINFORMATION, MB_TOPMOST."""

    def tell(notice: Notice, *, state: Path | None = None) -> bool:
        """Show a notice; tell whether anybody is there to see it.

        Args:
            notice: what to show.
            state: the agent's state directory, for who answers in this process's own
                session; None for the usual one.
        """
        said = notice.of(wanted_language())
        seconds = ASK_SECONDS if notice.asks else NOTICE_SHOWN_SECONDS
        return told_by(
            _active(),
            lambda number: _send(number, said, seconds),
            lambda: show_here(notice, state),
        )

    def _active() -> list[int]:
        """Return the sessions of people; that of the screen where none is listed."""
        with suppress(pywintypes.error):
            found = win32ts.WTSEnumerateSessions(win32ts.WTS_CURRENT_SERVER_HANDLE)
            if active := [int(one["SessionId"]) for one in found if _is_active(one)]:
                return active
        screen = int(win32ts.WTSGetActiveConsoleSessionId())
        return [] if screen in NOBODYS else [screen]

    def _is_active(session: dict[str, object]) -> bool:
        return (
            session["State"] == win32ts.WTSActive
            and session["SessionId"] not in NOBODYS
        )

    def _send(number: int, said: Said, seconds: int) -> bool:
        """Send a message to a session, and wait for nobody."""
        title, text = said.title, said.text
        octets = len(title.encode("utf-16-le")), len(text.encode("utf-16-le"))
        answer = ctypes.c_uint32()
        sent = ctypes.windll.wtsapi32.WTSSendMessageW(
            *(None, number, title, octets[0], text, octets[1]),
            *(_STYLE, seconds, ctypes.byref(answer), False),
        )
        return bool(sent)

else:
    from collections.abc import Sequence

    from agent.budget import TELLING_SECONDS
    from agent.host.at_screen import SignedIn, signed_in
    from agent.host.desktop_notice import PROGRAM, RUNTIME, command_for, show
    from agent.host.interface import NOTICE_SECONDS
    from agent.host.notice_socket import hand_over

    _SECONDS = 3.0
    """For one person: a desktop that is there answers within a tenth of it."""
    _SESSION_SECONDS = 5.0
    """For one person whose session shows it: what does so is started for it."""
    _ALL_SECONDS = TELLING_SECONDS - NOTICE_SECONDS
    """Terminals have the rest."""

    def tell(
        notice: Notice,
        *,
        people: Sequence[SignedIn] | None = None,
        program: str = PROGRAM,
        runtime: Path = RUNTIME,
        state: Path | None = None,
    ) -> bool:
        """Show a notice; tell whether anybody was there to see it.

        Args:
            notice: what to show.
            people: who is signed in, those at the machine first; None to look.
            program: what shows it.
            runtime: where people's own folders are.
            state: not needed: who answers does so over the window.
        """
        del state
        deadline = time.monotonic() + _ALL_SECONDS
        found = signed_in() if people is None else people
        desktops = {one.user for one in found if one.graphical and one.here}
        said = notice.of(wanted_language())
        command = command_for(said, asks=bool(notice.asks), program=program)
        told = False
        for user in list(dict.fromkeys(one.user for one in found))[:PEOPLE]:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            seconds = min(_SESSION_SECONDS, left)
            if hand_over(user, notice, seconds):
                told = True
            elif user in desktops:
                seconds = min(_SECONDS, left)
                told |= show(command, runtime / str(user), user, seconds) is not None
        return told
