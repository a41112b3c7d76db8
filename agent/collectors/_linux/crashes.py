# SPDX-License-Identifier: Apache-2.0
"""What Linux tells of crashes: systemd-coredump's journal or files, apport's heads.

Rules: of an entry the journal is asked for a few fields, never for its stack; of a core
only the name of its file is read; of a report only the lines before the first that
tells of the process, so its arguments, environment and memory are passed to nobody.
Stated limits: apport writes the signal behind the environment, so it is not read; two
crashes of one second in files, the second after a pass, are one.
Not here: the declaration (`crashes.py`), asking the journal (`_linux/journal.py`).
Sources: systemd-coredump(8), coredumpctl(1), apport's data format.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from agent.budget import (
    APPORT_BYTES,
    CRASH_FILES,
    JOURNAL_ROWS,
    LOG_CURSOR_BYTES,
)
from agent.collectors._linux.journal import (
    CURSOR,
    Question,
    ask_journal,
    entry_of,
    field_of,
    has_journal,
    seconds_of,
)
from agent.collectors._shared.clock import Clock, local_clock
from agent.collectors._shared.crash_words import (
    ALIKE,
    COUNT,
    add_crash,
    file_name,
    package,
    version,
)
from agent.collectors._shared.entries import program_name
from agent.collectors._shared.folds import Folds
from agent.collectors._shared.gather import text, there
from agent.errors import (
    BudgetError,
    HostError,
    NotFoundError,
    UnsupportedError,
)
from agent.host.interface import Host
from agent.rows import Reading, Want
from wire.limits import SEQUENCE
from wire.values import Value

CORES = "/var/lib/systemd/coredump"
REPORTS = "/var/crash"
_ENTRY = "MESSAGE_ID=fc2e22bc6ee647b6b90729ab34a250b1"
"""What systemd-coredump calls its entries."""
_FIELDS = {
    "program": "COREDUMP_COMM",
    "exception_code": "COREDUMP_SIGNAL_NAME",
    "package": "COREDUMP_PACKAGE_NAME",
    "version": "COREDUMP_PACKAGE_VERSION",
}
_SIGNAL = re.compile(r"SIG[A-Z0-9]{2,8}\Z")
_CORE = re.compile(
    r"core\.(?P<program>.{1,80})\.\d{1,10}\.[0-9a-f]{32}\.\d{1,10}\.(?P<time>\d{16})"
    r"(?:\.[a-z0-9]{1,4})?\Z"
)
_REPORT = ".crash"
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})")
_KEEP = {b"ProblemType", b"Date", b"ExecutablePath", b"Package"}
"""All that is looked at of a report."""
_STOP = (b"Proc", b"Core", b"Stack", b"Thread", b"Registers", b"Disassembly", b"User")
"""Beginnings of the lines at which reading a report ends, with those after them."""
_DATE = re.compile(
    rb"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4})"
)
_MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_MICROSECONDS = 1_000_000
_DAY = 86_400


def parse_crash(raw: bytes) -> tuple[dict[str, Value], str] | None:
    """Return what an entry of systemd-coredump tells, and its cursor."""
    found = entry_of(raw)
    if found is None:
        return None
    entry, cursor = found
    signal = field_of(entry, "COREDUMP_SIGNAL_NAME")
    values: dict[str, Value] = {
        "timestamp": seconds_of(entry),
        "program": program_name(field_of(entry, "COREDUMP_COMM")),
        "exception_code": signal if _SIGNAL.match(signal) else None,
        "package": package(field_of(entry, "COREDUMP_PACKAGE_NAME")),
        "version": version(field_of(entry, "COREDUMP_PACKAGE_VERSION")),
    }
    return values, cursor


def parse_core(name: str) -> dict[str, Value] | None:
    """Return what the name of a core's file tells; None for another file."""
    found = _CORE.match(name)
    if found is None:
        return None
    plain = _ESCAPE.sub(lambda code: chr(int(code[1], 16)), found["program"])
    return {
        "timestamp": int(found["time"]) // _MICROSECONDS,
        "program": program_name(plain),
    }


def parse_report(head: bytes, clock: Clock) -> dict[str, Value] | None:
    """Return what the head of a report tells; None where it is of no crash."""
    told: dict[bytes, bytes] = {}
    for line in head.split(b"\n")[:-1]:  # the last one may be cut
        if line.startswith(_STOP):
            break
        name, colon, value = line.partition(b": ")
        if colon and name in _KEEP:
            told.setdefault(name, value)
    if told.get(b"ProblemType") != b"Crash":
        return None
    title, _, release = text(told.get(b"Package", b"")).partition(" ")
    return {
        "timestamp": _seconds(told.get(b"Date", b""), clock),
        "program": file_name(text(told.get(b"ExecutablePath", b""))),
        "package": package(title),
        "version": version(release.partition(" ")[0]),
    }


def _seconds(date: bytes, clock: Clock) -> int | None:
    found = _DATE.match(date)
    if found is None or found[1] not in _MONTHS:
        return None
    month = _MONTHS.index(found[1]) + 1
    return clock.seconds(
        b"%b-%02d-%02d %b" % (found[4], month, int(found[2]), found[3])
    )


class Cursor(NamedTuple):
    """How far each source was read: an entry, and the times of two files."""

    journal: str = ""
    core: int = 0
    report: int = 0


def parse_cursor(cursor: bytes | None) -> Cursor:
    """Return where each source was read up to; nothing where it is unreadable."""
    try:
        found: object = json.loads((cursor or b"{}")[:LOG_CURSOR_BYTES])
    except (ValueError, RecursionError):
        found = {}
    fields = found if isinstance(found, dict) else {}
    journal, core, report = (fields.get(name) for name in ("journal", "core", "report"))
    return Cursor(
        journal if isinstance(journal, str) and CURSOR.match(journal) else "",
        core if type(core) is int and 0 <= core <= SEQUENCE else 0,
        report if type(report) is int and 0 <= report <= SEQUENCE else 0,
    )


def write_cursor(cursor: Cursor) -> bytes:
    """Return where to go on, as `parse_cursor` reads it."""
    found = {"journal": cursor.journal, "core": cursor.core, "report": cursor.report}
    return json.dumps(found, separators=(",", ":")).encode()


class _Pass:
    """One pass over the sources: its rows and where the next one starts."""

    def __init__(self, host: Host, want: Want) -> None:
        self.host = host
        self.want = want
        self.cursor = parse_cursor(want.cursor)
        self.found = Folds(want, ALIKE, COUNT)
        self.skipped = 0
        self.unread = 0
        self.truncated = False
        self.latest = int(want.now) + _DAY if want.now else SEQUENCE

    def read_journal(self) -> None:
        """Take the new entries of systemd-coredump."""
        question = Question(self.want.columns, _FIELDS, (_ENTRY,))
        told = ask_journal(self.host, question, self.cursor.journal, JOURNAL_ROWS)
        self.skipped += told.lost
        self.truncated |= told.more
        for raw in told.entries:
            self.want.check()
            crash = parse_crash(raw)
            if crash is None:
                self.skipped += 1
                continue
            values, cursor = crash
            self.take(values)
            self.cursor = self.cursor._replace(journal=cursor)

    def read_cores(self) -> None:
        """Take the cores that are newer than the last one, by their names."""
        told = [parse_core(name) for name in self.host.list(CORES)]
        self.cursor = self.cursor._replace(
            core=self._take_files(filter(None, told), self.cursor.core)
        )

    def read_reports(self) -> None:
        """Take the reports that are newer than the last one, by their heads."""
        known = self.cursor.report
        names = [name for name in self.host.list(REPORTS) if name.endswith(_REPORT)]
        told = self._reports(names, known)
        self.cursor = self.cursor._replace(report=self._take_files(told, known))

    def _reports(self, names: Sequence[str], known: int) -> Iterator[dict[str, Value]]:
        """Yield what the reports tell that were written after a time."""
        clock = local_clock(self.host, self.want.now)
        for name in names:
            self.want.check()
            path = f"{REPORTS}/{name}"
            try:
                written = self.host.facts(path).modified
                head = b""
                if written > known:
                    head = self.host.read_part(path, 0, APPORT_BYTES)
            except NotFoundError:  # sent and deleted since the listing
                continue
            except BudgetError:
                raise
            except HostError:  # not ours, a link, or a folder of that name
                self.unread += 1
                continue
            values = parse_report(head, clock)
            if values is not None:
                yield {**values, "timestamp": values["timestamp"] or written}

    def _take_files(self, told: Iterable[Mapping[str, Value]], known: int) -> int:
        """Take crashes after a time, oldest first; return that of the last one."""
        new: list[tuple[int, Mapping[str, Value]]] = []
        for values in told:
            at = values.get("timestamp")
            if isinstance(at, int) and at > self.latest:
                self.skipped += 1  # the clock was wrong: the next one would be missed
            elif isinstance(at, int) and at > known:
                new.append((at, values))
        new.sort(key=lambda item: item[0])
        self.skipped += max(0, len(new) - CRASH_FILES)
        for at, values in new[-CRASH_FILES:]:
            self.want.check()
            self.take(values)
            known = at
        return known

    def take(self, values: Mapping[str, Value]) -> None:
        """Keep a crash; count it where there is no room."""
        if not add_crash(self.found, values):
            self.skipped += 1
            self.truncated = True


def read_linux(host: Host, want: Want) -> Reading:
    """Read the crashes that were not told yet."""
    if not want.columns:
        return Reading([], want.cursor)
    this = _Pass(host, want)
    reads: list[Callable[[], None]] = []
    if has_journal(host):
        reads.append(this.read_journal)
    elif there(host, CORES):
        reads.append(this.read_cores)
    if there(host, REPORTS):
        reads.append(this.read_reports)
    refused: list[HostError] = []
    for read in reads:
        try:
            read()
        except BudgetError:
            raise
        except HostError as problem:
            refused.append(problem)
    if refused and len(refused) == len(reads):
        raise refused[0]
    if not reads:
        reason = "no-crash-records"
        raise UnsupportedError(reason)
    cursor = write_cursor(this.cursor)
    return Reading(
        this.found.rows(),
        cursor,
        this.skipped,
        this.truncated,
        this.unread + len(refused),
    )
