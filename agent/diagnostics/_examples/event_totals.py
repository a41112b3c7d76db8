# SPDX-License-Identifier: Apache-2.0
"""Examples of event totals: the recorded logs of `event_logs`.

Not here: the reader (`event_totals.py`).
"""

from agent.collectors._windows.events import EXAMPLES as WINDOWS
from agent.collectors.event_logs import EXAMPLES as LINUX
from agent.diagnostics._examples.again import again

EXAMPLES = (
    again(
        LINUX,
        "Files of rsyslog and dpkg",
        {"log.source": "/var/log/syslog", "service.name": "CRON", "count": 1},
        {"log.source": "/var/log/syslog", "count": 1},
        {
            "log.source": "/var/log/syslog",
            "service.name": "kernel",
            "severity_number": 13,
            "count": 1,
        },
    ),
    again(
        LINUX,
        "A journal: one entry as text",
        {
            "log.source": "journal",
            "service.name": "sshd",
            "severity_number": 9,
            "count": 1,
        },
        {
            "log.source": "journal",
            "event.id": "f77379a8490b408bbe5f6940505a777b",
            "count": 1,
        },
        hours="2",
    ),
    again(WINDOWS, "A first pass: a crash"),
    again(WINDOWS, "A first pass: a crash", log="application"),
)
