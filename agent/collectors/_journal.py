# SPDX-License-Identifier: Apache-2.0
"""systemd's journal, as journalctl tells it in JSON.

Rules: journalctl is asked for the fields of wanted columns alone; a cursor that is not
of its form never becomes an argument.
Not here: log files (`_tail.py`), the dataset (`event_logs.py`).
Sources: journalctl(1), systemd's Journal JSON Format.
"""

import json
import re
from collections.abc import Mapping

from agent.collectors._entries import message, program_name, severity
from agent.collectors._gather import names, number
from agent.errors import DeniedError, NotFoundError
from agent.host.interface import Host
from wire.values import Value

_FOLDERS = ("/var/log/journal", "/run/log/journal")
SOURCE = "journal"
_COLUMNS = {
    "service.name": "SYSLOG_IDENTIFIER",
    "severity_number": "PRIORITY",
    "severity_text": "PRIORITY",
    "event.id": "MESSAGE_ID",
    "host.name": "_HOSTNAME",
    "user.id": "_UID",
    "process.pid": "_PID",
    "message": "MESSAGE",
}
_MICROSECONDS = 1_000_000
_MAGIC_BYTES = 8
CURSOR = re.compile(r"[A-Za-z0-9=;]{1,512}\Z")
"""Form of a journal cursor."""
_MESSAGE_ID = re.compile(r"[0-9a-f]{32}\Z")


def parse_entry(raw: bytes) -> tuple[dict[str, Value], str] | None:
    """Return what a journal entry tells, and its cursor; None for another form."""
    try:
        entry: object = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict):
        return None
    cursor = _field(entry, "__CURSOR")
    if not CURSOR.match(cursor):
        return None
    microseconds = number(_field(entry, "__REALTIME_TIMESTAMP"))
    identifier = _field(entry, "MESSAGE_ID")
    values: dict[str, Value] = {
        "timestamp": None if microseconds is None else microseconds // _MICROSECONDS,
        "log.source": SOURCE,
        "service.name": program_name(_field(entry, "SYSLOG_IDENTIFIER")),
        "event.id": identifier if _MESSAGE_ID.match(identifier) else None,
        "host.name": _field(entry, "_HOSTNAME") or None,
        "user.id": _field(entry, "_UID") or None,
        "process.pid": number(_field(entry, "_PID")),
        "message": _field(entry, "MESSAGE") or None,
        **severity(number(_field(entry, "PRIORITY"))),
    }
    return values, cursor


def _field(entry: Mapping[object, object], name: str) -> str:
    """Return a field of an entry: text, or bytes as a list of numbers."""
    value = entry.get(name)
    if isinstance(value, list):
        if all(isinstance(item, int) and 0 <= item <= 0xFF for item in value):  # noqa: PLR2004 - a byte
            return message(bytes(value))
        value = next((item for item in value if isinstance(item, str)), "")
    if not isinstance(value, str):
        return ""
    return message(value.encode("utf-8", "replace"))


def journal_arguments(columns: frozenset[str], most: int) -> tuple[str, ...]:
    """Return how journalctl is asked for the fields of some columns alone."""
    fields = {_COLUMNS[name] for name in columns & _COLUMNS.keys()}
    return (
        "--output=json",
        "--all",
        "--no-pager",
        f"--output-fields={','.join(sorted(fields or {'PRIORITY'}))}",
        f"--lines={most}",
    )


def has_journal(host: Host) -> bool:
    """Tell whether there is a journal of the system that we may read."""
    for folder in _FOLDERS:
        for machine in names(host, folder):
            try:
                host.read_part(f"{folder}/{machine}/system.journal", 0, _MAGIC_BYTES)
            except (NotFoundError, DeniedError):
                continue
            return True
    return False
