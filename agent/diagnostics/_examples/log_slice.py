# SPDX-License-Identifier: Apache-2.0
"""Examples of log slices: a journal, files of a syslog daemon, a log of Windows.

Not here: the reader (`log_slice.py`).
"""

from agent.collectors._windows.events import EXAMPLES as WINDOWS
from agent.collectors.event_logs import EXAMPLES as LINUX
from agent.diagnostics._examples.again import again

EXAMPLES = (
    again(
        LINUX,
        "A journal: one entry as text",
        {
            "timestamp": 1763946060,
            "log.source": "journal",
            "service.name": "sshd",
            "severity_number": 9,
            "severity_text": "info",
            "process.pid": 812,
            "message": "Accepted publickey for ada",
        },
        {
            "timestamp": 1763946061,
            "log.source": "journal",
            "event.id": "f77379a8490b408bbe5f6940505a777b",
            "message": "\ufffdA",
        },
        around="1763946030",
        minutes="1",
    ),
    again(
        LINUX,
        "Files of rsyslog and dpkg",
        {
            "timestamp": 1763946061,
            "log.source": "/var/log/syslog",
            "service.name": "kernel",
            "severity_number": 13,
            "severity_text": "warning",
            "message": "[ 1.5] eth0: link down",
        },
        around="1763946000",
        minutes="2",
        least="warning",
    ),
    again(
        LINUX,
        "Files of rsyslog and dpkg",
        {
            "timestamp": 1763942400,
            "log.source": "/var/log/dpkg.log",
            "service.name": "dpkg",
            "message": "status installed bash:amd64 5.2",
        },
        around="1763942400",
        log="packages",
    ),
    again(
        WINDOWS,
        "A first pass: a crash",
        {
            "timestamp": 1795497298,
            "log.source": "Application",
            "service.name": "Application Error",
            "event.id": "1000",
            "process.pid": 712,
            "severity_number": 17,
            "severity_text": "err",
            "message": "excel.exe",
        },
        around="1795497000",
        log="application",
    ),
    again(WINDOWS, "A first pass: a crash", around="1795400000"),
)
