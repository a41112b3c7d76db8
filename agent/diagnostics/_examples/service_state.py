# SPDX-License-Identifier: Apache-2.0
"""Examples of a service's state: what systemctl, journalctl and Windows tell.

Rules: composed in the form of systemd 252.
Not here: the reader (`service_state.py`).
"""

from collections.abc import Mapping

from agent.collectors.services import EXAMPLES as SERVICES
from agent.collectors.services import UNIT_FILES, UNITS
from agent.diagnostics import Case
from agent.diagnostics._examples.again import again
from agent.rows import Example
from wire.catalogue import System
from wire.values import Value

_PROGRAMS = {
    " ".join(("systemctl", *UNITS)): b"cups.service loaded failed failed CUPS\n"
    b"backup@ada.service loaded active running Backup of Ada Lovelace\n",
    " ".join(("systemctl", *UNIT_FILES)): b"cups.service enabled enabled\n",
    "systemctl": b"ActiveState=failed\nSubState=failed\nUnitFileState=enabled\n"
    b"Result=exit-code\nExecMainStatus=203\nNRestarts=5\n"
    b"StateChangeTimestampMonotonic=60000000\n",
    "journalctl": b'{"__CURSOR":"s=1;i=2","__REALTIME_TIMESTAMP":"1763946060123456",'
    b'"SYSLOG_IDENTIFIER":"cupsd","PRIORITY":"3","_PID":"812",'
    b'"MESSAGE":"Unable to bind socket for address 192.0.2.7"}\n',
}
_MANAGER = "Service Control Manager"
_ENDED = "The Print Spooler service terminated unexpectedly."
_AT: Mapping[str, Value] = {"timestamp": 1_795_497_298}


def _event(provider: str, identifier: int, level: int, told: str) -> str:
    """Return an event of the log System, as Windows writes it."""
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='{provider}'/><EventID>{identifier}</EventID>"
        f"<Level>{level}</Level>"
        "<TimeCreated SystemTime='2026-11-24T05:14:58.1234567Z'/>"
        "<Channel>System</Channel></System>"
        f"<EventData><Data>{told}</Data></EventData></Event>"
    )


_FILES = {
    "/run/systemd/system/": b"",
    "/proc/uptime": b"4060.50 7000.00\n",
    "/var/log/journal/0123/system.journal": b"LPKSHHRH",
}
_STATE: Mapping[str, Value] = {
    "state": "failed",
    "sub_state": "failed",
    "start_type": "enabled",
    "result": "exit-code",
    "exit_code": 203,
    "restarts": 5,
    "since": 1763945999,
}

EXAMPLES = (
    Case(
        Example(
            System.LINUX,
            "A print server that falls again and again, with its last line.",
            rows=(
                {"name": "cups.service", **_STATE},
                {
                    "timestamp": 1763946060,
                    "severity_number": 17,
                    "severity_text": "err",
                    "message": "Unable to bind socket for address 192.0.2.7",
                },
            ),
            files=_FILES,
            programs=_PROGRAMS,
        ),
        {"service": "cups"},
    ),
    Case(
        Example(
            System.LINUX,
            "An instance that bears a person's name; no line is asked for.",
            rows=({"name": "backup@.service", "instance": "ada", **_STATE},),
            files=_FILES,
            programs=_PROGRAMS,
        ),
        {"service": "backup@ada.service", "lines": "0"},
    ),
    again(
        SERVICES,
        "Two services, and one",
        {
            "name": "Spooler",
            "state": "running",
            "start_type": "automatic",
            "display_name": "Print Spooler",
            "exit_code": 0,
        },
        service="spooler",
    ),
    again(
        SERVICES,
        "Two services, and one",
        {
            "name": "BITS",
            "state": "stopped",
            "start_type": "automatic-delayed",
            "exit_code": 1067,
        },
        service="BITS",
    ),
    Case(
        Example(
            System.WINDOWS,
            "What Windows says of one service alone, and what it says itself.",
            rows=(
                {
                    "name": "Spooler",
                    "state": "stopped",
                    "display_name": "Print Spooler",
                },
                {
                    **_AT,
                    "event.id": "7034",
                    "severity_number": 17,
                    "severity_text": "err",
                    "message": "The Print Spooler service terminated unexpectedly.",
                },
                {
                    **_AT,
                    "event.id": "2",
                    "severity_number": 9,
                    "severity_text": "info",
                    "message": "job",
                },
            ),
            facts={
                "services": (
                    {"name": "Spooler", "state": 1, "display": "Print Spooler"},
                ),
                "events": {
                    "System": (
                        (1, _event(_MANAGER, 7034, 2, "Print Spooler"), _ENDED),
                        (2, _event(_MANAGER, 7036, 4, "Print Spooler 2"), "another"),
                        (3, _event("Elsewhere", 1, 4, "Print Spooler"), "another"),
                        (4, _event("spooler", 2, 4, "job"), ""),
                    )
                },
            },
        ),
        {"service": "spooler"},
    ),
)
