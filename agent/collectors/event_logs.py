# SPDX-License-Identifier: Apache-2.0
"""Event logs: what the system and its services reported since the last time.

Rules: every line is read once, over rotation and restarts; the message is free text
and is not even asked of the journal where it is not wanted; a first pass starts near
the end; the name of a program is taken only where it looks like one.
Not here: following files (`_tail.py`), taking identities out of messages (redaction).
Sources: systemd's Journal JSON Format, RFC 3164, RFC 5424, OpenTelemetry log model;
on Windows its event logs (`_windows_events.py`).
"""

import json
import re
from collections.abc import Mapping, Sequence

from agent.budget import (
    JOURNAL_RETRY_ROWS,
    JOURNAL_ROWS,
    LINE_BYTES,
    LOG_CURSOR_BYTES,
)
from agent.collectors import _windows_events
from agent.collectors._clock import Clock, local_clock
from agent.collectors._declare import direct, free_text, harmless, only_linux
from agent.collectors._entries import message, program_name, severity
from agent.collectors._gather import number, pick, there
from agent.collectors._journal import (
    CURSOR,
    ask_journal,
    has_journal,
    journal_arguments,
    parse_entry,
)
from agent.collectors._tail import Position, fields_of, position_of, tails
from agent.errors import TooLargeError, UnsupportedError
from agent.host.interface import Host
from agent.rows import Example, Reader, Reading, Row, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "event_logs",
    Kind.EVENT,
    "Messages of the system and its services.",
    (),
    (
        harmless("timestamp", ValueType.TIMESTAMP, "Says when it happened."),
        harmless("log.source", TEXT, "Says which log it is from."),
        harmless("service.name", TEXT, "Says which program reported it."),
        harmless("severity_number", ValueType.COUNT, "Sorts errors from notices."),
        harmless("severity_text", TEXT, "Sorts errors from notices."),
        harmless("event.id", TEXT, "Names the kind of event, for counting."),
        direct("host.name", "host", "Tells forwarded messages from own ones."),
        only_linux(direct("user.id", "user", "Shows whose program reported it.")),
        harmless("process.pid", ValueType.COUNT, "Joins with the list of processes."),
        free_text("message", "Says what happened; names and secrets are taken out."),
    ),
)

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


def parse_line(raw: bytes, clock: Clock) -> dict[str, Value]:
    """Return what a line of a log file tells; a line of no known form is a message."""
    raw = raw[:LINE_BYTES]
    found = _SYSLOG.match(raw)
    if found is not None:
        priority, stamp, host, tag, pid, rest = found.groups()
        return {
            "timestamp": clock.seconds(stamp),
            "service.name": program_name(message(tag)),
            "host.name": message(host),
            "process.pid": number(pid),
            "message": message(rest),
            **severity(number(priority)),
        }
    package = _PACKAGE.match(raw)
    if package is not None:
        alternatives, stamp, rest = package.groups()
        return {
            "timestamp": clock.seconds(stamp),
            "service.name": "update-alternatives" if alternatives else "dpkg",
            "message": message(rest),
        }
    return {"message": message(raw)}


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


class _Pass:
    """One pass over the sources: its rows and where the next one starts."""

    def __init__(self, host: Host, want: Want) -> None:
        self.host = host
        self.want = want
        self.journal, self.files = parse_cursor(want.cursor)
        self.rows: list[Row] = []
        self.skipped = 0
        self.truncated = False

    def read_journal(self, most: int) -> None:
        """Take the next entries of the journal, fewer where they are very long."""
        most = min(most, JOURNAL_ROWS)
        try:
            lines = self._ask(most)
        except TooLargeError:
            most = min(most, JOURNAL_RETRY_ROWS)
            lines = self._ask(most)
        self.truncated |= len(lines) >= most
        for raw in lines[:most]:
            self.want.check()
            found = parse_entry(raw)
            if found is None:
                self.skipped += 1
                continue
            values, self.journal = found
            self.rows.append(pick(self.want, values))

    def _ask(self, most: int) -> Sequence[bytes]:
        arguments = journal_arguments(self.want.columns, most)
        lines, lost = ask_journal(self.host, arguments, self.journal)
        if lost:  # the entry is gone: this pass starts near the end, and says so
            self.journal = ""
            self.skipped += 1
        return lines

    def read_files(self, paths: tuple[str, ...]) -> None:
        """Take the new lines of the log files."""
        clock = local_clock(self.host, self.want.now)
        left = self.want.rows - len(self.rows)
        for path, found in tails(self.host, paths, self.files, left).items():
            self.files[path] = found.position
            self.skipped += found.lost
            self.truncated |= found.more
            stamp: Value = None
            for raw in found.lines:
                self.want.check()
                values = parse_line(raw, clock)
                stamp = values.setdefault("timestamp", stamp)
                self.rows.append(pick(self.want, {"log.source": path, **values}))


def read_linux(host: Host, want: Want) -> Reading:
    """Read the new entries of the journal, or else of the log files."""
    if not want.columns:
        return Reading([], want.cursor)
    this = _Pass(host, want)
    journal = has_journal(host)
    if journal:
        this.read_journal(max(1, want.rows - want.rows // 4))  # files have a quarter
    logs = PACKAGE_LOGS if journal else (*SYSTEM_LOGS, *PACKAGE_LOGS)
    paths = tuple(path for path in logs if there(host, path))
    if not journal and not paths:
        reason = "no-logs"
        raise UnsupportedError(reason)
    this.read_files(paths)
    cursor = write_cursor(this.journal, this.files)
    return Reading(this.rows, cursor, this.skipped, this.truncated)


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: _windows_events.read_windows,
}

_ZONE = b"TZif" + bytes(35) + b"\1\0\0\0\4\0\0\x0e\x10\0\0CET\0"
"""A zone file of one fixed offset: an hour east of UTC."""

EXAMPLES = (
    Example(
        System.LINUX,
        "Files of rsyslog and dpkg, in the local time of Zurich, first pass.",
        rows=(
            {
                "timestamp": 1763946060,
                "log.source": "/var/log/syslog",
                "service.name": "CRON",
                "host.name": "web1",
                "process.pid": 4711,
                "message": "(ada) CMD (run-backup --to 192.0.2.7)",
            },
            {
                "timestamp": 1763946060,
                "log.source": "/var/log/syslog",
                "message": "\tat Backup.main(Backup.java:7)",
            },
            {
                "timestamp": 1763946061,
                "log.source": "/var/log/syslog",
                "service.name": "kernel",
                "host.name": "web1",
                "severity_number": 13,
                "severity_text": "warning",
                "message": "[ 1.5] eth0: link down",
            },
            {
                "timestamp": 1763942400,
                "log.source": "/var/log/dpkg.log",
                "service.name": "dpkg",
                "message": "status installed bash:amd64 5.2",
            },
        ),
        files={
            "/etc/localtime": _ZONE,
            "/var/log/syslog": b"Nov 24 02:01:00 web1 CRON[4711]: (ada) CMD "
            b"(run-backup --to 192.0.2.7)\n"
            b"\tat Backup.main(Backup.java:7)\n"
            b"<4>2025-11-24T02:01:01.25+01:00 web1 kernel: [ 1.5] eth0: link down\n"
            b"Nov 24 02:01:02 web1 half a li",
            "/var/log/dpkg.log": b"2025-11-24 01:00:00 status installed "
            b"bash:amd64 5.2\n",
        },
    ),
    Example(
        System.LINUX,
        "A journal: one entry as text, one with a message of bytes.",
        rows=(
            {
                "timestamp": 1763946060,
                "log.source": "journal",
                "service.name": "sshd",
                "severity_number": 9,
                "severity_text": "info",
                "host.name": "web1",
                "user.id": "0",
                "process.pid": 812,
                "message": "Accepted publickey for ada",
            },
            {
                "timestamp": 1763946061,
                "log.source": "journal",
                "event.id": "f77379a8490b408bbe5f6940505a777b",
                "message": "\ufffdA",
            },
        ),
        files={"/var/log/journal/0123/system.journal": b"LPKSHHRH"},
        programs={
            "journalctl": b'{"__CURSOR":"s=1;i=2",'
            b'"__REALTIME_TIMESTAMP":"1763946060123456",'
            b'"SYSLOG_IDENTIFIER":"sshd","PRIORITY":"6","_HOSTNAME":"web1",'
            b'"_UID":"0","_PID":"812","MESSAGE":"Accepted publickey for ada"}\n'
            b'{"__CURSOR":"s=1;i=3","__REALTIME_TIMESTAMP":"1763946061000000",'
            b'"MESSAGE_ID":"f77379a8490b408bbe5f6940505a777b","MESSAGE":[255,0,65],'
            b'"SYSLOG_IDENTIFIER":"Ada Lovelace"}\n'
        },
    ),
    Example(
        System.LINUX,
        "Junk: an unknown cursor, a zone that is none, lines of bytes.",
        rows=(
            {"log.source": "/var/log/messages", "message": "\ufffd\x1b[31mred"},
            {"log.source": "/var/log/messages", "message": ""},
            {
                "log.source": "/var/log/messages",
                "host.name": "h",
                "message": "x",
            },
        ),
        files={
            "/etc/localtime": b"TZif?",
            "/var/log/messages": b"\xff\x1b[31mred\0\n\nFoo 99 99:99:99 h $(id): x\n",
        },
        cursor=b'{"files":{"/var/log/messages":[1,2]},"journal":7}',
    ),
    *_windows_events.EXAMPLES,
)
