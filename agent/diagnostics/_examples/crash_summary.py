# SPDX-License-Identifier: Apache-2.0
"""Examples of the crash summary: machines that are recorded for `crashes`.

Not here: their input (`agent/collectors/_examples`).
"""

from agent.collectors._examples.crashes import EXAMPLES as RECORDED
from agent.diagnostics._examples.again import again

EXAMPLES = (
    again(
        RECORDED,
        "Composed: entries of systemd-coredump",
        {
            "timestamp": 1763946060,
            "program": "gnome-shell",
            "exception_code": "SIGSEGV",
            "package": "gnome-shell",
            "version": "48.7-0ubuntu0.25.10.1",
            "count": 2,
        },
        {"timestamp": 1763946063, "exception_code": "SIGABRT", "count": 1},
        days="1",
    ),
    again(RECORDED, "Composed: a folder for cores that holds none"),
    again(
        RECORDED,
        "Composed in the forms of Windows 10 and 11",
        {
            "timestamp": 1789916651,
            "program": "OUTLOOK.EXE",
            "version": "16.0.17928.20156",
            "exception_code": "0xc0000005",
            "module": "mso20win32client.dll",
            "count": 1,
        },
        {
            "timestamp": 1789916651,
            "program": "Todo.exe",
            "version": "2.4.0.17",
            "exception_code": "0xc0000409",
            "module": "ntdll.dll",
            "package": "Microsoft.Todos_2.4.0.17_x64__8wekyb3d8bbwe",
            "count": 1,
        },
        {
            "timestamp": 1789916651,
            "program": "my notes.exe",
            "version": "1.0",
            "exception_code": "hang",
            "count": 1,
        },
        {
            "timestamp": 1789916651,
            "program": "BlueScreen",
            "exception_code": "0xd1",
            "count": 1,
        },
    ),
    again(RECORDED, "Recorded (Psmths/windows-forensic-artifacts"),
)
