# SPDX-License-Identifier: Apache-2.0
"""systemd's journal, as journalctl tells it in JSON.

Rules: journalctl is asked for the fields of wanted columns alone; a cursor that is not
of its form never becomes an argument.
Not here: log files (`_tail.py`), the dataset (`event_logs.py`).
Sources: journalctl(1), systemd's Journal JSON Format.
"""

import json
import re
from collections.abc import Mapping, Sequence

from agent.collectors._entries import message, program_name, severity
from agent.collectors._gather import names, number
from agent.errors import (
    BudgetError,
    DeniedError,
    HostError,
    NotFoundError,
    TooLargeError,
)
from agent.host.interface import Host, Program
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


def entry_of(raw: bytes) -> tuple[Mapping[object, object], str] | None:
    """Return a journal entry and its cursor; None for another form."""
    try:
        entry: object = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict):
        return None
    cursor = field_of(entry, "__CURSOR")
    return (entry, cursor) if CURSOR.match(cursor) else None


def seconds_of(entry: Mapping[object, object]) -> int | None:
    """Return when an entry was written."""
    microseconds = number(field_of(entry, "__REALTIME_TIMESTAMP"))
    return None if microseconds is None else microseconds // _MICROSECONDS


def parse_entry(raw: bytes) -> tuple[dict[str, Value], str] | None:
    """Return what a journal entry tells, and its cursor; None for another form."""
    found = entry_of(raw)
    if found is None:
        return None
    entry, cursor = found
    identifier = field_of(entry, "MESSAGE_ID")
    values: dict[str, Value] = {
        "timestamp": seconds_of(entry),
        "log.source": SOURCE,
        "service.name": program_name(field_of(entry, "SYSLOG_IDENTIFIER")),
        "event.id": identifier if _MESSAGE_ID.match(identifier) else None,
        "host.name": field_of(entry, "_HOSTNAME") or None,
        "user.id": field_of(entry, "_UID") or None,
        "process.pid": number(field_of(entry, "_PID")),
        "message": field_of(entry, "MESSAGE") or None,
        **severity(number(field_of(entry, "PRIORITY"))),
    }
    return values, cursor


def field_of(entry: Mapping[object, object], name: str) -> str:
    """Return a field of an entry: text, or bytes as a list of numbers."""
    value = entry.get(name)
    if isinstance(value, list):
        if all(isinstance(item, int) and 0 <= item <= 0xFF for item in value):  # noqa: PLR2004 - a byte
            return message(bytes(value))
        value = next((item for item in value if isinstance(item, str)), "")
    if not isinstance(value, str):
        return ""
    return message(value.encode("utf-8", "replace"))


def journal_arguments(
    columns: frozenset[str], most: int, fields: Mapping[str, str] = _COLUMNS
) -> tuple[str, ...]:
    """Return how journalctl is asked for the fields of some columns alone.

    Args:
        columns: the wanted ones.
        most: how many entries at most.
        fields: the journal's field of each column.
    """
    asked = {fields[name] for name in columns & fields.keys()}
    return (
        "--output=json",
        "--all",
        "--no-pager",
        f"--output-fields={','.join(sorted(asked or {'PRIORITY'}))}",
        f"--lines={most}",
    )


def ask_journal(
    host: Host, arguments: tuple[str, ...], after: str
) -> tuple[Sequence[bytes], bool]:
    """Return entries after a cursor, and whether that entry was gone.

    Where it was, the entries are those near the end.

    Raises:
        HostError: journalctl is not there, or it said too much or nothing in time.
    """
    lost = False
    if after:
        try:
            data = host.run(Program.JOURNALCTL, *arguments, f"--after-cursor={after}")
        except (NotFoundError, DeniedError, BudgetError, TooLargeError):
            raise
        except HostError:
            lost = True
    if lost or not after:
        data = host.run(Program.JOURNALCTL, *arguments)
    return [raw for raw in data.split(b"\n") if raw], lost


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
