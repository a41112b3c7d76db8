# SPDX-License-Identifier: Apache-2.0
"""What Linux tells of sign-ins: wtmp or wtmpdb, and btmp through the root side.

Rules: a position is a fingerprint and an offset, never a name; a source that is not
ours to read is counted, and an error only where no other is left; each source gets a
part of the rows.
Not here: the declaration (`logins.py`), the records (`agent/host/utmp.py`).
Sources: utmp(5), wtmpdb(8), logrotate(8); lastlog2 knows each account's last sign-in
only, so it is none. Where wtmpdb is, wtmp is not written; failures stay in btmp.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from agent.budget import LOG_CURSOR_BYTES
from agent.collectors._linux.tail import Position, fields_of, position_of, tail
from agent.collectors._linux.wtmpdb import (
    BOOT,
    DATABASE,
    USER,
    Entry,
    Place,
    read_entries,
)
from agent.collectors._shared.entries import program_name
from agent.collectors._shared.folds import Folds
from agent.collectors._shared.gather import number, text, there
from agent.collectors._shared.login_words import ALIKE, COUNT, FAILURE, LOGOUT, SUCCESS
from agent.errors import BudgetError, HostError, UnsupportedError
from agent.host import utmp
from agent.host.interface import Host, RootVerb
from agent.rows import Reading, Want
from wire.limits import SEQUENCE
from wire.values import Value

LAST_LOGINS = "/var/lib/lastlog/lastlog2.db"
_SHUTDOWN = "shutdown"
_MICROSECONDS = 1_000_000
_NUMBERS = frozenset({"timestamp", "process.pid"})


def describe(record: utmp.Record) -> dict[str, Value] | None:
    """Return what a record of wtmp tells; None where it is no sign-in or sign-out."""
    kind, outcome = "", SUCCESS
    if record.type == utmp.BOOT:
        kind = "boot"
    elif record.type == utmp.RUN_LEVEL and record.user == _SHUTDOWN:
        kind, outcome = "boot", LOGOUT
    elif record.type == utmp.DEAD:
        outcome = LOGOUT
    elif record.type != utmp.USER:
        return None
    if kind:
        return {"timestamp": record.seconds, "outcome": outcome, "type": kind}
    told = utmp.values(record)
    if outcome == LOGOUT:
        del told["type"]  # the other side is not written down at the end
    return {**_typed(told), "outcome": outcome}


def _typed(told: Mapping[str, str]) -> dict[str, Value]:
    """Return the values of a record with their types."""
    return {
        column: number(value) if column in _NUMBERS else value
        for column, value in told.items()
        if column in utmp.COLUMNS
    }


def describe_entry(entry: Entry, *, ended: bool) -> dict[str, Value] | None:
    """Return what an entry of wtmpdb tells; None where it is damaged or no session."""
    _, kind, user, terminal, remote, service, came, went = entry
    at = went if ended else came
    if kind not in {BOOT, USER} or not isinstance(at, int):
        return None
    outcome: Value = LOGOUT if ended else SUCCESS
    found: dict[str, Value] = {
        "timestamp": number(str(at // _MICROSECONDS)),
        "outcome": outcome,
    }
    if kind == BOOT:
        return found | {"type": "boot"}
    line = utmp.terminal_name(_word(terminal))
    raw = utmp.Record(0, 0, line, _word(user), _word(remote), "", 0)
    through = {"service.name": program_name(_word(service))}
    return _typed(utmp.values(raw)) | through | found


def _word(value: object) -> str:
    return text(value.encode()) if isinstance(value, str) else ""


class Cursor(NamedTuple):
    """How far each source has been read; None where it never was."""

    wtmp: Position | None = None
    wtmpdb: Place | None = None
    btmp: tuple[str, int] | None = None


def parse_cursor(cursor: bytes | None) -> Cursor:
    """Return where each source was read up to; nothing where it is unreadable."""
    try:
        found: object = json.loads((cursor or b"{}")[:LOG_CURSOR_BYTES])
    except (ValueError, RecursionError):
        found = {}
    fields = found if isinstance(found, dict) else {}
    place: Place | None = None
    btmp: tuple[str, int] | None = None
    match fields.get("wtmpdb"):
        case [int(last), int(left)] if _fit(last, left):
            place = Place(last, left)
    match fields.get("btmp"):
        case [str(file), int(last)] if _fit(last):
            btmp = (file, last)
    return Cursor(position_of(fields.get("wtmp")), place, btmp)


def _fit(*values: int) -> bool:
    return all(0 <= value <= SEQUENCE for value in values)


def write_cursor(cursor: Cursor) -> bytes:
    """Return where to go on, as `parse_cursor` reads it."""
    found: dict[str, object] = {}
    if cursor.wtmp is not None:
        found["wtmp"] = fields_of(cursor.wtmp)
    if cursor.wtmpdb is not None:
        found["wtmpdb"] = [cursor.wtmpdb.number, cursor.wtmpdb.left]
    if cursor.btmp is not None:
        found["btmp"] = list(cursor.btmp)
    return json.dumps(found, separators=(",", ":"), sort_keys=True).encode()


class _Pass:
    """One pass over the sources: its rows and where the next one starts."""

    def __init__(self, host: Host, want: Want) -> None:
        self.host = host
        self.want = want
        self.cursor = parse_cursor(want.cursor)
        self.found = Folds(want, ALIKE, COUNT)
        self.answered = 0
        self.skipped = 0
        self.unread = 0
        self.truncated = False
        self.refused: HostError | None = None

    def reading(self) -> Reading:
        """Return what was read; raise where nothing could be."""
        if self.refused is not None and not self.answered:
            raise self.refused
        return Reading(
            self.found.rows(),
            write_cursor(self.cursor),
            self.skipped,
            self.truncated,
            self.unread,
        )

    def refuse(self, problem: HostError) -> None:
        """Count a source that cannot be read."""
        self.refused = self.refused or problem
        self.unread += 1

    def read_wtmp(self, most: int) -> None:
        """Take the new records of wtmp."""
        head = self.host.read_part(utmp.WTMP, 0, utmp.head_bytes())
        layout = utmp.layout_of(head)
        found = tail(self.host, utmp.WTMP, self.cursor.wtmp, most, layout.size)
        self.cursor = self.cursor._replace(wtmp=found.position)
        self.skipped += found.lost
        self.truncated |= found.more
        for raw in found.lines:
            self.want.check()
            record = utmp.parse(layout, raw)
            if record is None:
                self.skipped += 1
                continue
            values = describe(record)
            if values is not None:
                self.take(values)

    def read_wtmpdb(self, most: int) -> None:
        """Take what was added to wtmpdb, and what was ended there."""
        found = read_entries(self.host, self.want, self.cursor.wtmpdb, most)
        self.cursor = self.cursor._replace(wtmpdb=found.place)
        self.skipped += found.lost
        self.truncated |= found.more
        for entries, ended in ((found.came, False), (found.went, True)):
            for entry in entries:
                self.want.check()
                values = describe_entry(entry, ended=ended)
                if values is not None:
                    self.take(values)

    def read_btmp(self) -> None:
        """Take the failures that were not told yet."""
        columns = self.want.columns & utmp.COLUMNS
        if not columns:
            return
        rows = self.host.ask_root(RootVerb.READ_FAILED_SIGN_INS, columns)
        new, lost = unseen(rows, self.cursor.btmp)
        self.skipped += lost
        for answered in new:
            self.want.check()
            told = _typed(answered)
            if not told:
                self.skipped += 1
            elif not self.found.add({**told, "outcome": FAILURE}):
                self.truncated = True
                return
            self.cursor = self.cursor._replace(btmp=_place(answered))

    def take(self, values: Mapping[str, Value]) -> None:
        """Keep a sign-in or sign-out."""
        self.truncated |= not self.found.keep(values)


def _place(answered: Mapping[str, str]) -> tuple[str, int]:
    return answered.get(utmp.FILE, ""), number(answered.get(utmp.RECORD)) or 0


def unseen(
    rows: Sequence[Mapping[str, str]], known: tuple[str, int] | None
) -> tuple[Sequence[Mapping[str, str]], int]:
    """Return the failures after a place, and how many in between are gone.

    Args:
        rows: oldest first, each with its file and record.
        known: the last one that was told; None at the first pass.
    """
    if known is None or not rows:
        return rows, 0
    places = [_place(row) for row in rows]
    if known in places:
        return rows[places.index(known) + 1 :], 0
    file, last = known
    later = [at for name, at in places if name == file and at > last]
    if later:
        return rows[places.index((file, later[0])) :], later[0] - last - 1
    return rows, 1  # it was rotated away


def read_linux(host: Host, want: Want) -> Reading:
    """Read the new sign-ins, sign-outs and failures."""
    if not want.columns:
        return Reading([], want.cursor)
    this = _Pass(host, want)
    most = max(1, want.rows - want.rows // 4)  # failures have a quarter
    reads: list[Callable[[], None]] = []
    if there(host, DATABASE):
        reads.append(partial(this.read_wtmpdb, most))
    elif there(host, utmp.WTMP):
        reads.append(partial(this.read_wtmp, most))
    if there(host, utmp.BTMP):
        reads.append(this.read_btmp)
    if not reads:
        only_last = there(host, LAST_LOGINS)
        reason = "only-last-sign-ins" if only_last else "no-sign-in-records"
        raise UnsupportedError(reason)
    for read in reads:
        try:
            read()
            this.answered += 1
        except BudgetError:
            raise
        except HostError as problem:
            this.refuse(problem)
    return this.reading()
