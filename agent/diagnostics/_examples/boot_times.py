# SPDX-License-Identifier: Apache-2.0
"""Examples of starts: systemd's properties, and the log in which Windows measures them.

Not here: what is made of them (`boot_times.py`).
Source: composed in the form of events 100 to 103 of Windows' Diagnostics-Performance.
"""

from agent.diagnostics import Case
from agent.diagnostics.boot_times import MANAGER_CALL, RUNNING, UNITS_CALL
from agent.rows import Example
from wire.catalogue import System

_NS = "http://schemas.microsoft.com/win/2004/08/events/event"
_LOG = "Microsoft-Windows-Diagnostics-Performance"
_BEFORE, _LAST = "2026-09-19T07:58:11.1234567Z", "2026-09-20T08:02:33.7654321Z"


def _event(
    record: int, identifier: int, at: str, **data: object
) -> tuple[int, str, str]:
    """Return an event in the form of EvtRender, with its number."""
    inner = "".join(f"<Data Name='{name}'>{told}</Data>" for name, told in data.items())
    xml = (
        f"<Event xmlns='{_NS}'><System><Provider Name='{_LOG}'/>"
        f"<EventID>{identifier}</EventID><TimeCreated SystemTime='{at}'/>"
        f"<EventRecordID>{record}</EventRecordID><Channel>{_LOG}/Operational</Channel>"
        f"</System><EventData>{inner}</EventData></Event>"
    )
    return record, xml, ""


_STARTS = [
    _event(1, 100, _BEFORE, BootTime=99_000, BootKernelInitTime=900),
    _event(2, 103, _BEFORE, Name="OldService", TotalTime=70_000),
    _event(
        *(3, 100, _LAST),
        BootTsVersion=2,
        BootTime=41_500,
        MainPathBootTime=20_000,
        BootKernelInitTime=31,
        BootDriverInitTime=1_250,
        BootUserProfileProcessingTime=5_000,
        BootPostBootTime=21_500,
        UserLogonWaitDuration=8_000,
    ),
    _event(4, 101, _LAST, Name="C:\\Users\\Ada\\tool.exe", TotalTime=9_000),
    _event(5, 102, _LAST, Name="\\Driver\\slow", TotalTime=2_000),
    _event(6, 103, _LAST, Name="Spooler", TotalTime=7_250, DegradationTime=5_000),
    _event(7, 103, _LAST, Name="Themes", TotalTime=1_000),
]
_ODD = [
    _event(1, 103, _LAST, Name="Spooler", TotalTime=7_250),
    _event(2, 100, "yesterday", BootTime=1),
    (3, "<Event/>", ""),
]

EXAMPLES = (
    Case(
        Example(
            System.LINUX,
            "A start with firmware and a loader; the slowest service alone.",
            rows=(
                {"kind": "phase", "name": "firmware", "duration": 4.0},
                {"kind": "phase", "name": "loader", "duration": 1.5},
                {"kind": "phase", "name": "kernel", "duration": 2.0},
                {"kind": "phase", "name": "userspace", "duration": 8.0},
                {"kind": "service", "name": "backup@.service", "duration": 5.0},
            ),
            files={f"{RUNNING}/": b""},
            programs={
                " ".join(("systemctl", *MANAGER_CALL)): (
                    b"FirmwareTimestampMonotonic=5500000\n"
                    b"LoaderTimestampMonotonic=1500000\n"
                    b"InitRDTimestampMonotonic=0\n"
                    b"UserspaceTimestampMonotonic=2000000\n"
                    b"FinishTimestampMonotonic=10000000\n"
                ),
                " ".join(("systemctl", *UNITS_CALL)): (
                    b"Id=cron.service\nInactiveExitTimestampMonotonic=3000000\n"
                    b"ActiveEnterTimestampMonotonic=3100000\n\n"
                    b"Id=backup@ada.service\nInactiveExitTimestampMonotonic=3000000\n"
                    b"ActiveEnterTimestampMonotonic=8000000\n\n"
                    b"Id=off.service\nInactiveExitTimestampMonotonic=0\n"
                    b"ActiveEnterTimestampMonotonic=0\n"
                ),
            },
        ),
        {"top": "1"},
    ),
    Case(
        Example(
            System.LINUX,
            "Junk tells nothing.",
            rows=(),
            files={f"{RUNNING}/": b""},
            programs={"systemctl": b"\xff=\n\nId=\nx"},
        ),
        {},
    ),
    Case(
        Example(
            System.WINDOWS,
            "Composed: the last of two starts, the two slowest; no program of Ada's.",
            rows=(
                {"kind": "phase", "name": "kernel", "duration": 0.031},
                {"kind": "phase", "name": "drivers", "duration": 1.25},
                {"kind": "phase", "name": "user-profile", "duration": 5.0},
                {"kind": "phase", "name": "until-idle", "duration": 21.5},
                {"kind": "phase", "name": "whole", "duration": 41.5},
                {"kind": "service", "name": "Spooler", "duration": 7.25},
                {"kind": "driver", "name": "slow", "duration": 2.0},
            ),
            facts={"events": {f"{_LOG}/Operational": _STARTS}},
        ),
        {"top": "2"},
    ),
    Case(
        Example(
            System.WINDOWS,
            "Composed: a log without a start, and odd events, tell nothing.",
            rows=(),
            facts={"events": {f"{_LOG}/Operational": _ODD}},
        ),
        {},
    ),
)
