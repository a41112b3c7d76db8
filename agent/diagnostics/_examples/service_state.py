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
)
