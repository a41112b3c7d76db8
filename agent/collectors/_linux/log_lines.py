# SPDX-License-Identifier: Apache-2.0
"""Log files of Linux: which there are, what a line tells, how far each was read.

Rules: a line of no known form is a message; where no text is wanted, none is made of a
line; the name of a program is taken only where it looks like one.
Not here: following files (`_linux/tail.py`), the journal (`_linux/journal.py`).
Sources: RFC 3164, RFC 5424, dpkg(1), update-alternatives(1).
"""

import json
import re
from collections.abc import Mapping

from agent.budget import LINE_BYTES, LOG_CURSOR_BYTES
from agent.collectors._linux.journal import CURSOR
from agent.collectors._linux.tail import Position, fields_of, position_of
from agent.collectors._shared.clock import Clock
from agent.collectors._shared.entries import message, program_name, severity
from agent.collectors._shared.gather import number
from wire.values import Value

SYSTEM_LOGS = (
    "/var/log/syslog",
    "/var/log/messages",
    "/var/log/auth.log",
    "/var/log/secure",
    "/var/log/daemon.log",
    "/var/log/kern.log",
)
"""What a syslog daemon writes; not read where a journal holds the same."""
PACKAGE_LOGS = ("/var/log/dpkg.log", "/var/log/alternatives.log")
_SYSLOG = re.compile(
    rb"(?:<(\d{1,3})>)?"
    rb"([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[0-9:.,Z+-]{1,40}) "
    rb"([^ ]{1,255}) ([^ :\[]{1,64})(?:\[(\d{1,10})\])?: ?(.*)\Z",
    re.DOTALL,
)
_PACKAGE = re.compile(
    rb"(update-alternatives )?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d):? (.*)\Z", re.DOTALL
)


def parse_line(raw: bytes, clock: Clock, *, words: bool = True) -> dict[str, Value]:
    """Return what a line of a log file tells; a line of no known form is a message.

    Args:
        raw: the line.
        clock: reads its time.
        words: whether its message is wanted.
    """
    raw = raw[:LINE_BYTES]
    found = _SYSLOG.match(raw)
    if found is not None:
        priority, stamp, host, tag, pid, rest = found.groups()
        return {
            "timestamp": clock.seconds(stamp),
            "service.name": program_name(message(tag)),
            "host.name": message(host),
            "process.pid": number(pid),
            "message": message(rest) if words else None,
            **severity(number(priority)),
        }
    package = _PACKAGE.match(raw)
    if package is not None:
        alternatives, stamp, rest = package.groups()
        return {
            "timestamp": clock.seconds(stamp),
            "service.name": "update-alternatives" if alternatives else "dpkg",
            "message": message(rest) if words else None,
        }
    return {"message": message(raw)} if words else {}


def parse_cursor(cursor: bytes | None) -> tuple[str, dict[str, Position]]:
    """Return the journal's cursor and the files' positions; empty where unreadable."""
    try:
        found: object = json.loads((cursor or b"{}")[:LOG_CURSOR_BYTES])
    except (ValueError, RecursionError):
        found = {}
    fields = found if isinstance(found, dict) else {}
    journal: object = fields.get("journal")
    files: object = fields.get("files")
    known: dict[str, Position] = {}
    if isinstance(files, dict):
        for path in (*SYSTEM_LOGS, *PACKAGE_LOGS):
            position = position_of(files.get(path))
            if position is not None:
                known[path] = position
    if not isinstance(journal, str) or not CURSOR.match(journal):
        journal = ""
    return journal, known


def write_cursor(journal: str, files: Mapping[str, Position]) -> bytes:
    """Return where to go on, as `parse_cursor` reads it."""
    positions = {path: fields_of(files[path]) for path in sorted(files)}
    found = {"files": positions, "journal": journal}
    return json.dumps(found, separators=(",", ":")).encode()
