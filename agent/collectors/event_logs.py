# SPDX-License-Identifier: Apache-2.0
"""Event logs: what the system and its services reported since the last time.

Rules: every line is read once, over rotation and restarts; the message is free text
and is not even asked of the journal where it is not wanted; a first pass starts near
the end; the name of a program is taken only where it looks like one.
Not here: following files (`_linux/tail.py`), taking identities out of messages
(redaction).
Sources: systemd's Journal JSON Format, RFC 3164, RFC 5424, OpenTelemetry log model;
on Windows its event logs (`_windows/events.py`).
"""

from collections.abc import Mapping

from agent.budget import JOURNAL_ROWS
from agent.collectors._linux.logs import LinuxLogs
from agent.collectors._shared.declare import direct, free_text, harmless, only_linux
from agent.collectors._shared.log_rows import LogRows
from agent.host.interface import Host
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType

TEXT = ValueType.TEXT

DATASET = Dataset(
    "event_logs",
    Kind.EVENT,
    "Messages of the system and its services.",
    (),
    (
        harmless("timestamp", ValueType.TIMESTAMP, "Says when it happened."),
        harmless("log.source", TEXT, "Says which log it is from."),
        free_text("service.name", "Says which program reported it."),
        harmless("severity_number", ValueType.COUNT, "Sorts errors from notices."),
        harmless("severity_text", TEXT, "Sorts errors from notices."),
        harmless("event.id", TEXT, "Names the kind of event, for counting."),
        direct("host.name", "host", "Tells forwarded messages from own ones."),
        only_linux(direct("user.id", "user", "Shows whose program reported it.")),
        harmless("process.pid", ValueType.COUNT, "Joins with the list of processes."),
        free_text("message", "Says what happened; names and secrets are taken out."),
        harmless(
            "count",
            ValueType.COUNT,
            "Says how many more of a flood a row without text stands for.",
        ),
    ),
)


def read_linux(host: Host, want: Want) -> Reading:
    """Read the new entries of the journal, or else of the log files."""
    if not want.columns:
        return Reading([], want.cursor)
    kept = LogRows(want)
    logs = LinuxLogs(host, want, kept.take)
    journal, paths = logs.sources()
    most = want.rows
    if journal:
        most = min(max(1, want.rows - want.rows // 4), JOURNAL_ROWS)
        logs.read_journal(most)  # files have a quarter
    logs.read_files(paths, want.rows - len(kept))
    skipped = logs.skipped + kept.uncounted
    return Reading(kept.rows(), logs.cursor(), skipped, logs.truncated)


def read_windows(host: Host, want: Want) -> Reading:
    """Read the new events of each log."""
    from agent.collectors._windows import events as there  # noqa: PLC0415 - Linux has no use of it

    return there.read_windows(host, want)


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
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
)
