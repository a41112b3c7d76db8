# SPDX-License-Identifier: Apache-2.0
"""Examples of counts: files and a journal of Linux, logs of Windows.

Rules: composed in the form of each source.
Not here: the reader (`event_counts.py`).
"""

from agent.rows import Example
from wire.catalogue import System

_JOURNAL = "/var/log/journal/0123/system.journal"


def _entry(number: int, second: int, more: str) -> bytes:
    return (
        f'{{"__CURSOR":"s=1;i={number}",'
        f'"__REALTIME_TIMESTAMP":"{1763946000 + second}000000",{more}}}\n'
    ).encode()


def _event(record: int, identifier: int, at: str) -> tuple[int, str, str]:
    xml = (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='Disk'/><EventID>{identifier}</EventID><Level>2</Level>"
        f"<TimeCreated SystemTime='2026-11-24T{at}.1234567Z'/>"
        f"<EventRecordID>{record}</EventRecordID><Channel>System</Channel>"
        "</System><EventData><Data>secret</Data></EventData></Event>"
    )
    return record, xml, "words"


EXAMPLES = (
    Example(
        System.LINUX,
        "Composed: a journal: a flood of one kind, an entry of another, and one later.",
        rows=(
            {
                "timestamp": 1763946000,
                "log.source": "journal",
                "service.name": "sshd",
                "severity_number": 9,
                "count": 3,
            },
            {
                "timestamp": 1763946000,
                "log.source": "journal",
                "event.id": "f77379a8490b408bbe5f6940505a777b",
                "severity_number": 17,
                "count": 1,
            },
            {
                "timestamp": 1763949600,
                "log.source": "journal",
                "service.name": "sshd",
                "severity_number": 9,
                "count": 1,
            },
        ),
        files={_JOURNAL: b"LPKSHHRH"},
        programs={
            "journalctl": b"".join(
                (
                    *(
                        _entry(n, n, '"SYSLOG_IDENTIFIER":"sshd","PRIORITY":"6"')
                        for n in (1, 2, 3)
                    ),
                    _entry(
                        4,
                        5,
                        '"MESSAGE_ID":"f77379a8490b408bbe5f6940505a777b",'
                        '"PRIORITY":"3"',
                    ),
                    _entry(5, 3600, '"SYSLOG_IDENTIFIER":"sshd","PRIORITY":"6"'),
                    b"{\n",
                )
            )
        },
    ),
    Example(
        System.LINUX,
        "Composed: files of rsyslog; lines of no known form have the hour before.",
        rows=(
            {
                "timestamp": 1763946000,
                "log.source": "/var/log/syslog",
                "service.name": "CRON",
                "count": 1,
            },
            {"timestamp": 1763946000, "log.source": "/var/log/syslog", "count": 2},
            {
                "timestamp": 1763946000,
                "log.source": "/var/log/syslog",
                "service.name": "kernel",
                "severity_number": 13,
                "count": 1,
            },
        ),
        files={
            "/var/log/syslog": b"2025-11-24T01:01:00+00:00 web1 CRON[4711]: (ada) CMD\n"
            b"\tat Backup.main(Backup.java:7)\n\xff\xfe\0\n"
            b"<4>2025-11-24T01:01:01+00:00 web1 kernel: [ 1.5] eth0: link down\n"
            b"half a li",
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: two events of one kind in an hour, one in the next, one damaged.",
        rows=(
            {
                "timestamp": 1795496400,
                "log.source": "System",
                "service.name": "Disk",
                "event.id": "7",
                "severity_number": 17,
                "count": 2,
            },
            {
                "timestamp": 1795500000,
                "log.source": "System",
                "service.name": "Disk",
                "event.id": "7",
                "severity_number": 17,
                "count": 1,
            },
        ),
        facts={
            "events": {
                "System": (
                    _event(1, 7, "05:14:58"),
                    _event(2, 7, "05:59:59"),
                    _event(3, 7, "06:00:00"),
                    (4, "<!DOCTYPE x><Event/>", ""),
                )
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: logs without a new event.",
        rows=(),
        facts={"events": {"System": (_event(1, 7, "05:14:58"),)}},
        cursor=b'{"channels":{"System":1}}',
    ),
)
