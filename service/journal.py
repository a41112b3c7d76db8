# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Gives events to systemd's journal as fields, in its own format.

Rules: what comes is slugs and numbers, for the log withholds all else, and what is not
is withheld once more; a journal that does not listen loses no event: it goes to
standard error, which the journal reads as well.
Not here: which events there are (`agent/logs.py`).
Source: systemd's native journal protocol, JOURNAL_STREAM in systemd.exec(5).
"""

import os
import re
import socket
import sys
from collections.abc import Mapping, MutableMapping
from typing import TextIO

if sys.platform == "win32":
    reason = "service.journal is for Linux"
    raise ImportError(reason)

ADDRESS = "/run/systemd/journal/socket"
_PRIORITIES = {"error": 3, "warning": 4, "info": 6}
_NOTICE = 5
_NAME = re.compile(r"[a-z][a-z0-9_]{0,50}\Z")
_TEXT = re.compile(r"[A-Za-z0-9 ._()=-]{0,200}\Z")
_WITHHELD = "(withheld)"
_HEAD = ("event", "level", "timestamp")


class Journal:
    """A sink of `agent.logs.Log`."""

    def __init__(
        self, program: str, address: str = ADDRESS, errors: TextIO | None = None
    ) -> None:
        """Write to a journal.

        Args:
            program: what the journal calls the program.
            address: of its socket.
            errors: where events go while it does not listen; standard error by default.
        """
        self._program = program
        self._address = address
        self._errors = errors
        self._socket = socket.socket(
            socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC
        )
        self._socket.settimeout(1.0)

    def msg(self, **fields: object) -> None:
        """Take one event."""
        message = _message(fields)
        try:
            self._socket.sendto(_encoded(self._program, message, fields), self._address)
        except OSError:
            print(message, file=self._errors or sys.stderr, flush=True)


def _message(fields: Mapping[str, object]) -> str:
    """Return an event in a line, as people read it."""
    own = sorted(name for name in fields if name not in _HEAD and _NAME.match(name))
    words = [_text(fields.get("event", ""))]
    return " ".join(words + [f"{name}={_text(fields[name])}" for name in own])


def _encoded(program: str, message: str, fields: Mapping[str, object]) -> bytes:
    """Return an event as the journal takes it: a field a line."""
    priority = _PRIORITIES.get(str(fields.get("level")), _NOTICE)
    lines = [
        f"MESSAGE={message}",
        f"PRIORITY={priority}",
        f"SYSLOG_IDENTIFIER={program}",
    ]
    lines += [
        f"DISCREET_{name.upper()}={_text(value)}"
        for name, value in sorted(fields.items())
        if name not in _HEAD[1:] and _NAME.match(name)
    ]
    return "\n".join([*lines, ""]).encode()


def _text(value: object) -> str:
    text = str(value)
    return text if _TEXT.match(text) else _WITHHELD


def journal(environment: MutableMapping[str, str], program: str) -> Journal | None:
    """Return the journal that standard error goes to, or None where it goes elsewhere.

    Args:
        environment: of this process; what is for it alone is taken out.
        program: what the journal calls the program.
    """
    stream = environment.pop("JOURNAL_STREAM", "")
    try:
        found = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError, AttributeError):
        return None
    here = f"{found.st_dev}:{found.st_ino}" == stream
    return Journal(program) if here and os.path.exists(ADDRESS) else None  # noqa: PTH110 - a Path would be loaded for it
