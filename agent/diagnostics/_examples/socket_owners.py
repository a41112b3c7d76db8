# SPDX-License-Identifier: Apache-2.0
"""Examples of socket owners: machines that are recorded for `listening_ports`.

Not here: their input (`agent/collectors/listening_ports.py`).
"""

from agent.collectors.listening_ports import EXAMPLES as RECORDED
from agent.diagnostics._examples.again import again

EXAMPLES = (
    again(
        RECORDED,
        "An SSH server seen with root's rights",
        {
            "network.transport": "tcp",
            "network.type": "ipv4",
            "network.local.address": "127.0.0.1",
            "network.local.port": 5432,
            "process.owner": "postgres",
            "connections": 0,
        },
        {
            "network.transport": "tcp",
            "network.type": "ipv6",
            "network.local.address": "::",
            "network.local.port": 22,
            "process.executable.name": "sshd",
            "process.pid": 812,
            "process.owner": "root",
            "connections": 1,
        },
    ),
    again(RECORDED, "An SSH server seen with root's rights", transport="udp"),
    again(
        RECORDED,
        "Remote Desktop for both families",
        {
            "network.transport": "tcp",
            "network.type": "ipv4",
            "network.local.address": "0.0.0.0",  # noqa: S104 - what the table holds
            "network.local.port": 3389,
            "process.executable.name": "svchost.exe",
            "process.pid": 1044,
        },
        transport="tcp",
    ),
    again(RECORDED, "Nothing listens"),
)
