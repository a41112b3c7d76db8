# SPDX-License-Identifier: Apache-2.0
"""systemd's journal, as journalctl tells it in JSON.

Rules: journalctl is asked for the fields of wanted columns alone; a cursor that is not
of its form never becomes an argument.
Not here: log files (`_linux/tail.py`), the dataset (`event_logs.py`).
Sources: journalctl(1), systemd's Journal JSON Format.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from agent.budget import JOURNAL_RETRY_ROWS
from agent.collectors._shared.entries import message, program_name, severity
from agent.collectors._shared.gather import names, number
from agent.collectors._shared.listed import JOURNAL
from agent.errors import (
    BudgetError,
    DeniedError,
    HostError,
    NotFoundError,
    TooLargeError,
)
from agent.host.interface import Host, Program
from agent.rows import Names
from wire.values import Value

_FOLDERS = ("/var/log/journal", "/run/log/journal")
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
NAME_FIELDS = {
    "_HOSTNAME": "host",
    "USER_ID": "user",
    "USER_NAME": "user",
    "COREDUMP_HOSTNAME": "host",
    "COREDUMP_USERNAME": "user",
    "AUDIT_FIELD_ACCT": "user",
    "AUDIT_FIELD_HOSTNAME": "host",
    "AUDIT_FIELD_ADDR": "ip",
}
"""Fields in which logind, homed, coredumps and the audit name somebody: only asked for
beside a message, to be hidden in it."""
_LEAST = "PRIORITY"
"""What is asked for where no field is wanted."""
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


def parse_entry(raw: bytes) -> tuple[dict[str, Value], Names, str] | None:
    """Return what an entry tells, whom it names, its cursor; None for another form."""
    found = entry_of(raw)
    if found is None:
        return None
    entry, cursor = found
    identifier = field_of(entry, "MESSAGE_ID")
    values: dict[str, Value] = {
        "timestamp": seconds_of(entry),
        "log.source": JOURNAL,
        "service.name": program_name(field_of(entry, "SYSLOG_IDENTIFIER")),
        "event.id": identifier if _MESSAGE_ID.match(identifier) else None,
        "host.name": field_of(entry, "_HOSTNAME") or None,
        "user.id": field_of(entry, "_UID") or None,
        "process.pid": number(field_of(entry, "_PID")),
        "message": field_of(entry, "MESSAGE") or None,
        **severity(number(field_of(entry, "PRIORITY"))),
    }
    names = tuple(
        (identity, name)
        for column, identity in NAME_FIELDS.items()
        if column in entry and (name := field_of(entry, column).strip(' "'))
    )
    return values, names, cursor


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


class Question(NamedTuple):
    """What journalctl is asked.

    Attributes:
        columns: those whose fields are wanted.
        fields: the journal's field of each column.
        matches: what an entry has to have; nothing for any.
        beside: fields that are asked for too, and are no columns.
    """

    columns: frozenset[str]
    fields: Mapping[str, str] = _COLUMNS
    matches: tuple[str, ...] = ()
    beside: frozenset[str] = frozenset()

    def arguments(self, most: int) -> tuple[str, ...]:
        """Return how it is asked for so many entries."""
        asked = {self.fields[name] for name in self.columns & self.fields.keys()}
        asked |= self.beside
        return (*_arguments(",".join(sorted(asked or {_LEAST})), most), *self.matches)


def _arguments(fields: str, most: int) -> tuple[str, ...]:
    return (
        "--output=json",
        "--all",
        "--no-pager",
        f"--output-fields={fields}",
        f"--lines={most}",
    )


class Answer(NamedTuple):
    """What the journal says.

    Attributes:
        entries: one line of JSON each, the oldest first.
        lost: whether the entry is gone that was read last.
        more: whether there may be further ones.
    """

    entries: Sequence[bytes]
    lost: bool
    more: bool


def ask_journal(host: Host, question: Question, after: str, most: int) -> Answer:
    """Return the entries after another one, fewer where they are very long.

    It is asked for from that entry on: where it is gone, or is not asked for any more,
    `--after-cursor` would pass over the next one.

    Args:
        host: the machine.
        question: which entries, and what of them.
        after: cursor of the last one that was read; empty at the first pass, which
            starts near the end.
        most: how many entries at most.

    Raises:
        HostError: journalctl is not there, or it said too much or nothing in time.
    """
    try:
        lines, lost = _ask(host, question, after, most)
    except TooLargeError:
        most = min(most, JOURNAL_RETRY_ROWS)
        lines, lost = _ask(host, question, after, most)
    return Answer(lines[:most], lost, len(lines) >= most)


def _ask(
    host: Host, question: Question, after: str, most: int
) -> tuple[Sequence[bytes], bool]:
    if not after:
        return _lines(host.run(Program.JOURNALCTL, *question.arguments(most))), False
    from_it = f"--cursor={after}"
    try:
        data = host.run(Program.JOURNALCTL, *question.arguments(most + 1), from_it)
    except (NotFoundError, DeniedError, BudgetError, TooLargeError):
        raise
    except HostError:  # none of its kind: start near the end
        return _lines(host.run(Program.JOURNALCTL, *question.arguments(most))), True
    lines = _lines(data)
    if _starts_with(lines, after):
        return lines[1:], False
    one = _lines(host.run(Program.JOURNALCTL, *_arguments(_LEAST, 1), from_it))
    return lines[:most], not _starts_with(one, after)


def _lines(data: bytes) -> list[bytes]:
    return [raw for raw in data.split(b"\n") if raw]


def _starts_with(lines: Sequence[bytes], cursor: str) -> bool:
    found = entry_of(lines[0]) if lines else None
    return found is not None and found[1] == cursor


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
