# SPDX-License-Identifier: Apache-2.0
"""What stands of alerts: a file of its own, which reader and keeper both write.

Rules: ids, names of rules, times and states, and no column in which a value of a row
could stand; one alert at a time stands of a rule and device; what is deleted is
overwritten.
Not here: messages (`alert_messages.py`), what follows from a look
(`server/alerts/standing.py`).
Source: docs/adr/0043-an-alert-is-a-rule-and-a-device.md.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from server.alerts.rules import Severity
from server.alerts.standing import Alert, State
from server.key_files import have_directory, have_file
from server.register import alert_messages
from server.sqlite_file import SqliteFile, make_tables

_TABLES = (
    """
CREATE TABLE IF NOT EXISTS alerts (
    id BLOB PRIMARY KEY,
    rule TEXT NOT NULL,
    severity TEXT NOT NULL,
    device BLOB NOT NULL,
    state TEXT NOT NULL,
    since INTEGER NOT NULL,
    last INTEGER NOT NULL,
    over INTEGER,
    until INTEGER,
    ended INTEGER
) STRICT, WITHOUT ROWID
""",
    """
CREATE UNIQUE INDEX IF NOT EXISTS standing ON alerts (rule, device)
    WHERE state <> 'cleared'
""",
    """
CREATE TABLE IF NOT EXISTS looks (
    device BLOB PRIMARY KEY,
    looked INTEGER NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS watch (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    through INTEGER NOT NULL,
    began INTEGER NOT NULL,
    last INTEGER NOT NULL,
    rules BLOB NOT NULL
) STRICT
""",
    alert_messages.TABLE,
    alert_messages.CHANNELS,
)
_Row = tuple[
    *tuple[bytes, str, str, bytes, str],
    *tuple[int, int, int | None, int | None, int | None],
]
_COLUMNS = "id, rule, severity, device, state, since, last, over, until, ended"
SHOWN = (State.OPEN, State.ACKNOWLEDGED, State.SNOOZED, State.CLEARED)
"""Of which people are told, in this order."""
_PLACES = " ".join(f"WHEN '{one.value}' THEN {n}" for n, one in enumerate(SHOWN))
_WEIGHTS = " ".join(f"WHEN '{one.value}' THEN {n}" for n, one in enumerate(Severity))
_WORST = (
    f"SELECT {_COLUMNS} FROM alerts WHERE state IN (SELECT value FROM json_each(?))"  # noqa: S608 - constant names
    f" ORDER BY CASE state {_PLACES} END, CASE severity {_WEIGHTS} END DESC,"
    " since DESC, id LIMIT ? OFFSET ?"
)
_COUNT = "SELECT count(*) FROM alerts WHERE state IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Watch:
    """How far the job has come; times in seconds since the epoch.

    Attributes:
        through: the place in the store behind which all is new.
        began: since when it has looked without a gap.
        last: when it looked last.
        rules: digest of what it judges.
    """

    through: int = 0
    began: int = 0
    last: int = 0
    rules: bytes = b""


class AlertRegister:
    """What stands of alerts of one installation; any thread may use it."""

    def __init__(self, path: Path) -> None:
        """Open the file; it is made where there is none.

        Raises:
            StateError: it cannot be used.
        """
        have_directory(path.parent)
        have_file(path)
        self._file = SqliteFile(path, "it", partial(make_tables, tables=_TABLES))

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """Hold one transaction that writes: all of it or nothing.

        Raises:
            StateError: the file cannot be written.
        """
        return self._file.writing()

    def view(self) -> AbstractContextManager[sqlite3.Connection]:
        """Hold one transaction that reads: all of it as at one moment.

        Raises:
            StateError: the file cannot be read.
        """
        return self._file.reading()


def watch(connection: sqlite3.Connection) -> Watch:
    """Return how far the job has come."""
    row = connection.execute("SELECT through, began, last, rules FROM watch").fetchone()
    return Watch() if row is None else Watch(*row)


def set_watch(connection: sqlite3.Connection, now: Watch) -> None:
    """Note how far the job has come; in a transaction that writes."""
    connection.execute(
        "INSERT OR REPLACE INTO watch VALUES (1, ?, ?, ?, ?)",
        (now.through, now.began, now.last, now.rules),
    )


def looks(connection: sqlite3.Connection) -> Mapping[bytes, int]:
    """Return of each device when its rows were looked at; 0 where they are due."""
    return dict(connection.execute("SELECT device, looked FROM looks").fetchall())


def set_looks(
    connection: sqlite3.Connection, devices: Iterable[bytes], looked: int
) -> None:
    """Note that devices were looked at, or with 0 are due; in a transaction."""
    connection.executemany(
        "INSERT OR REPLACE INTO looks VALUES (?, ?)",
        [(device, looked) for device in devices],
    )


def standing(connection: sqlite3.Connection) -> dict[tuple[str, bytes], Alert]:
    """Return the alerts that are not over, by rule and device."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM alerts WHERE state <> 'cleared'"  # noqa: S608 - constant
    ).fetchall()
    return {(one.rule, one.device): one for one in map(_alert, rows)}


def every(connection: sqlite3.Connection) -> list[Alert]:
    """Return all alerts, those that are over last, the newest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM alerts"  # noqa: S608 - constant names
        " ORDER BY state = 'cleared', since DESC, id"
    ).fetchall()
    return [_alert(row) for row in rows]


def worst(
    connection: sqlite3.Connection, states: Iterable[State], first: int, most: int
) -> list[Alert]:
    """Return a stretch of the alerts in some states, what needs a person first.

    Args:
        connection: in a transaction.
        states: which.
        first: how many come before.
        most: so many; all where it is negative.
    """
    rows = connection.execute(_WORST, (_listed(states), most, first)).fetchall()
    return [_alert(row) for row in rows]


def count(connection: sqlite3.Connection, states: Iterable[State]) -> int:
    """Return how many alerts there are in some states."""
    (found,) = connection.execute(_COUNT, (_listed(states),)).fetchone()
    return int(found)


def find(connection: sqlite3.Connection, number: bytes) -> Alert | None:
    """Return an alert; None where there is none of that id."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM alerts WHERE id = ?",  # noqa: S608 - constant names
        (number,),
    ).fetchone()
    return None if row is None else _alert(row)


def keep(connection: sqlite3.Connection, alert: Alert) -> None:
    """Write an alert as it stands now; in a transaction that writes."""
    connection.execute(
        "INSERT OR REPLACE INTO alerts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(alert.id, alert.rule, alert.severity.value, alert.device),
            *(alert.state.value, alert.since, alert.last),
            *(alert.over, alert.until, alert.ended),
        ),
    )


def forget(connection: sqlite3.Connection, number: bytes) -> None:
    """Remove an alert; in a transaction that writes."""
    connection.execute("DELETE FROM alerts WHERE id = ?", (number,))


def forget_devices(connection: sqlite3.Connection, left: Collection[bytes]) -> int:
    """Remove all of devices that are not among those left; returns how many alerts.

    In a transaction that writes.
    """
    named = {
        device
        for table in ("alerts", "looks", "messages")
        for (device,) in connection.execute(
            f"SELECT DISTINCT device FROM {table} WHERE device IS NOT NULL"  # noqa: S608
        )
    }
    gone = [(device,) for device in named.difference(left)]
    count = connection.executemany("DELETE FROM alerts WHERE device = ?", gone).rowcount
    connection.executemany("DELETE FROM looks WHERE device = ?", gone)
    connection.executemany("DELETE FROM messages WHERE device = ?", gone)
    return max(0, count)


def forget_old(connection: sqlite3.Connection, before: int) -> None:
    """Remove what was over, or was not seen any more, by a second; in a transaction."""
    connection.execute("DELETE FROM alerts WHERE coalesce(ended, last) < ?", (before,))


def _listed(states: Iterable[State]) -> str:
    return json.dumps([one.value for one in states])


def _alert(row: _Row) -> Alert:
    number, rule, severity, device, state, since, last, over, until, ended = row
    held = Severity(severity), device, State(state)
    return Alert(number, rule, *held, since, last, over, until, ended)
