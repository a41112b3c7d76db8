# SPDX-License-Identifier: Apache-2.0
"""Examples of templates: files and a journal of Linux, a log of Windows.

Rules: composed in the form of each source.
Not here: the reader (`event_templates.py`).
"""

from agent.rows import Example
from wire.catalogue import System

_FAILED = {
    "template.id": "922251841b",
    "template": "failed password for * from * port *",
}
_STOPPED = {
    "template.id": "763726b13d",
    "template": "the * service entered the stopped state",
}


def _entry(number: int, second: int, message: str) -> bytes:
    return (
        f'{{"__CURSOR":"s=1;i={number}",'
        f'"__REALTIME_TIMESTAMP":"{1763946000 + second}000000",'
        f'"PRIORITY":"6","MESSAGE":"{message}"}}\n'
    ).encode()


def _event(record: int, name: str) -> tuple[int, str, str]:
    xml = (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        "<Provider Name='Service Control Manager'/><EventID>7036</EventID>"
        "<Level>4</Level><TimeCreated SystemTime='2026-11-24T05:14:58.1234567Z'/>"
        f"<EventRecordID>{record}</EventRecordID><Channel>System</Channel>"
        "</System></Event>"
    )
    return record, xml, f"The {name} service entered the stopped state."


EXAMPLES = (
    Example(
        System.LINUX,
        "Composed: a journal: two messages of one template, and one without a text.",
        rows=(
            {
                "timestamp": 1763946000,
                "log.source": "journal",
                "severity_number": 9,
                "count": 2,
                **_FAILED,
            },
            {
                "timestamp": 1763946000,
                "log.source": "journal",
                "severity_number": 9,
                "count": 1,
            },
        ),
        files={"/var/log/journal/0123/system.journal": b"LPKSHHRH"},
        programs={
            "journalctl": b"".join(
                (
                    _entry(1, 1, "Failed password for ada from 192.0.2.7 port 22"),
                    _entry(2, 2, "Failed password for eve from 192.0.2.8 port 3022"),
                    _entry(3, 3, ""),
                )
            )
        },
    ),
    Example(
        System.LINUX,
        "Composed: a file of rsyslog.",
        rows=(
            {
                "timestamp": 1763946000,
                "log.source": "/var/log/auth.log",
                "count": 1,
                **_FAILED,
            },
        ),
        files={
            "/var/log/auth.log": b"2025-11-24T01:01:00+00:00 web1 sshd[4711]: "
            b"Failed password for ada from 192.0.2.7 port 22\n"
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: two services stopped within an hour.",
        rows=(
            {
                "timestamp": 1795496400,
                "log.source": "System",
                "severity_number": 9,
                "count": 2,
                **_STOPPED,
            },
        ),
        facts={"events": {"System": (_event(1, "Spooler"), _event(2, "W32Time"))}},
    ),
    Example(
        System.WINDOWS,
        "Composed: logs without a new event.",
        rows=(),
        facts={"events": {"System": (_event(1, "Spooler"),)}},
        cursor=b'{"channels":{"System":1}}',
    ),
)
