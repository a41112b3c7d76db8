# SPDX-License-Identifier: Apache-2.0
"""Sessions: who is signed in now.

Rules: what is signed in now, never a history of days and hours worked.
Not here: failed and ended sign-ins (`event_logs.py`).
Sources: utmp(5); the terminal services of Windows
(`agent/host/windows_sessions.py`).
"""

from collections.abc import Mapping

from agent.collectors._shared.declare import (
    SHORT_ADDRESS,
    direct,
    harmless,
    only_linux,
    only_windows,
    quasi,
)
from agent.collectors._shared.gather import take
from agent.collectors._windows.steps import fields_for, figure, words
from agent.host.interface import Host, SessionFacts
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "sessions",
    Kind.SNAPSHOT,
    "Who is signed in now, and from where.",
    ("user.name", "terminal", "start_time"),
    (
        direct("user.name", "user", "Finds sign-ins that should not be."),
        harmless("terminal", TEXT, "Tells a person's sessions apart."),
        harmless("type", TEXT, "Tells sign-ins here from those over the network."),
        direct("client.address", "ip", "Finds sign-ins from afar.", SHORT_ADDRESS),
        quasi("start_time", ValueType.TIMESTAMP, "Finds sessions left open."),
        only_windows(
            harmless("state", TEXT, "Tells sessions in use from those left behind.")
        ),
        only_linux(
            harmless(
                "process.pid", ValueType.COUNT, "Joins with the list of processes."
            )
        ),
    ),
)


def describe(session: SessionFacts) -> Mapping[str, Value]:
    """Return the values of one session; a display (:0) is no client's address."""
    remote = bool(session.host) and not session.host.startswith(":")
    return {
        "user.name": session.user.replace("\0", "") or None,
        "terminal": session.terminal.replace("\0", "") or None,
        "type": "remote" if remote else "local",
        "client.address": session.host.replace("\0", "") if remote else None,
        "start_time": session.started,
        "process.pid": session.pid,
    }


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each session."""
    return take(want, map(describe, host.sessions()))


_FIELDS = {
    "user.name": "user",
    "terminal": "terminal",
    "type": "protocol",
    "client.address": "address",
    "start_time": "started",
    "state": "state",
}
_TYPES: Mapping[int | None, str] = {0: "local", 1: "remote", 2: "remote"}
"""WTS_PROTOCOL_TYPE: the screen, ICA, RDP."""
_STATES: Mapping[int | None, str] = {
    0: "active",
    1: "connected",
    2: "connecting",
    3: "shadowing",
    4: "disconnected",
    5: "idle",
    6: "listening",
    7: "resetting",
    8: "down",
    9: "starting",
}
"""WTS_CONNECTSTATE_CLASS."""


def parse_session(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the values of one session; one left behind has no terminal any more."""
    return {
        "user.name": words(row.get("user")),
        "terminal": words(row.get("terminal")),
        "type": _TYPES.get(figure(row.get("protocol"))),
        "client.address": words(row.get("address")),
        "start_time": figure(row.get("started")),
        "state": _STATES.get(figure(row.get("state"))),
    }


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each session."""
    fields = fields_for(want, _FIELDS)
    rows = windows(host).ask(Source.SESSIONS, fields) if fields else ()
    return take(want, map(parse_session, rows))


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

EXAMPLES = (
    Example(
        System.LINUX,
        "One person at the screen and one over SSH.",
        rows=(
            {
                "user.name": "ada",
                "terminal": "tty2",
                "type": "local",
                "start_time": 1763900000,
                "process.pid": 1201,
            },
            {
                "user.name": "grace",
                "terminal": "pts/0",
                "type": "remote",
                "client.address": "198.51.100.7",
                "start_time": 1763940000,
                "process.pid": 4410,
            },
        ),
        facts={
            "sessions": (
                SessionFacts("ada", "tty2", ":0", 1763900000, 1201),
                SessionFacts("grace", "pts/0", "198.51.100.7", 1763940000, 4410),
            )
        },
    ),
    Example(
        System.LINUX,
        "A damaged utmp entry: no name, NULs in the host.",
        rows=({"type": "remote", "client.address": "\ufffdx", "start_time": 0},),
        facts={"sessions": (SessionFacts("", "", "\0\ufffdx\0", 0, None),)},
    ),
    Example(
        System.WINDOWS,
        "Composed: a person at the screen, one over Remote Desktop, one who has left.",
        rows=(
            {
                "user.name": "ada",
                "terminal": "Console",
                "type": "local",
                "start_time": 1763900000,
                "state": "active",
            },
            {
                "user.name": "grace",
                "terminal": "RDP-Tcp#3",
                "type": "remote",
                "client.address": "198.51.100.7",
                "start_time": 1763940000,
                "state": "active",
            },
            {
                "user.name": "edith",
                "type": "local",
                "start_time": 1763850000,
                "state": "disconnected",
            },
        ),
        facts={
            "signed-in": (
                {
                    "user": "ada",
                    "terminal": "Console",
                    "state": 0,
                    "protocol": 0,
                    "started": 1763900000,
                },
                {
                    "user": "grace",
                    "terminal": "RDP-Tcp#3",
                    "state": 0,
                    "protocol": 2,
                    "address": "198.51.100.7",
                    "started": 1763940000,
                },
                {
                    "user": "edith",
                    "terminal": "",
                    "state": 4,
                    "protocol": 0,
                    "started": 1763850000,
                },
            )
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: numbers that Windows does not have, and a name of nothing.",
        rows=({}, {"user.name": "\u00e9dith"}),
        facts={
            "signed-in": (
                {"user": "\0", "state": 99, "protocol": "x", "started": -1},
                {"user": "\u00e9dith", "terminal": None, "address": 7},
            )
        },
    ),
    Example(System.WINDOWS, "Nobody is signed in.", rows=()),
)
