# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Shows a text on the desktop of one person, by a program, over their session's bus.

Rules: a fixed program, as the person themselves and with no right of the agent's; the
bus is a socket that is theirs; a desktop may take a text for markup, so none is left;
one that hangs is ended.
Not here: whose desktop (`notify.py`), what is said (`agent/orders/notices.py`).
Source: the Desktop Notifications Specification; notify-send(1).
"""

import html
import os
import pwd
import stat
import sys
from pathlib import Path

from agent.errors import HostError
from agent.host.notice import Said
from agent.host.program import TOLD, User, completed

if sys.platform == "win32":
    reason = "agent.host.desktop_notice is for Linux"
    raise ImportError(reason)

PROGRAM = "/usr/bin/notify-send"
RUNTIME = Path("/run/user")
"""Where each person's own folder is, with the socket of their session's bus."""
_OUTPUT_BYTES = 4_096


def command_for(
    said: Said, *options: str, asks: bool = False, program: str = PROGRAM
) -> list[str]:
    """Return the program's own words; a desktop may take a text for markup.

    Args:
        said: what it says.
        options: more of the program's.
        asks: whether a yes is wanted: it then stays until it was seen.
        program: what shows it.
    """
    urgency = "critical" if asks else "normal"
    return [
        *(program, "--app-name=Discreet", f"--urgency={urgency}", *options),
        *("--", said.title, html.escape(said.text, quote=False)),
    ]


def _bus_of(folder: Path, user: int) -> dict[str, str]:
    """Return what a program has to see to reach a person's session bus.

    Args:
        folder: the person's own.
        user: their number.

    Raises:
        OSError: there is none that is theirs.
    """
    bus = folder / "bus"
    facts = bus.stat()
    if not stat.S_ISSOCK(facts.st_mode) or facts.st_uid != user:
        raise PermissionError
    return {
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={bus}",
        "XDG_RUNTIME_DIR": str(folder),
        **TOLD.environment,
    }


def show(command: list[str], folder: Path, user: int, seconds: float) -> bytes | None:
    """Show a text on one person's desktop; None where that was not done.

    Args:
        command: as `command_for` has it.
        folder: the person's own.
        user: their number.
        seconds: after which it has not been done.

    Returns:
        What the program printed.
    """
    try:
        environment = _bus_of(folder, user)
        whom = User(environment)  # as the agent is, where that is the same person
        if os.geteuid() != user:
            whom = User(environment, user, pwd.getpwuid(user).pw_gid)
        output, code = completed(command, seconds, _OUTPUT_BYTES, whom)
    except (OSError, KeyError, HostError):
        return None
    return None if code else output
