# SPDX-License-Identifier: Apache-2.0
"""Sessions: who is signed in now.

Rules: what is signed in now, never a history of days and hours worked.
Not here: failed and ended sign-ins (`event_logs.py`).
Sources: psutil.users (utmp; on Windows the terminal services).
"""

from collections.abc import Mapping

from agent.collectors._declare import SHORT_ADDRESS, direct, harmless, quasi
from agent.collectors._gather import pick
from agent.host.interface import Host, SessionFacts
from agent.rows import Example, Reader, Reading, Row, Want
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
        harmless("process.pid", ValueType.COUNT, "Joins with the list of processes."),
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


def read(host: Host, want: Want) -> Reading:
    """Read one row for each session."""
    rows: list[Row] = []
    for session in host.sessions():
        want.check()
        if len(rows) >= want.rows:
            return Reading(rows, truncated=True)
        rows.append(pick(want, describe(session)))
    return Reading(rows)


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}

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
        "One person at the screen and one over Remote Desktop.",
        rows=(
            {"user.name": "ada", "type": "local", "start_time": 1763900000},
            {
                "user.name": "grace",
                "type": "remote",
                "client.address": "198.51.100.7",
                "start_time": 1763940000,
            },
        ),
        facts={
            "sessions": (
                SessionFacts("ada", "", "", 1763900000, None),
                SessionFacts("grace", "", "198.51.100.7", 1763940000, None),
            )
        },
    ),
    Example(System.WINDOWS, "Nobody is signed in.", rows=()),
)
