# SPDX-License-Identifier: Apache-2.0
"""One pass over the logs of Linux: the journal, or else the files of a syslog daemon.

Rules: each event is handed on once, over rotation and restarts; the journal is asked
for the fields of wanted columns alone; what is gone or damaged is counted.
Not here: what becomes of an event (`event_logs.py`, `event_counts.py`).
"""

from collections.abc import Callable, Mapping

from agent.budget import COUNT_RUNS, ROWS
from agent.collectors._linux.journal import (
    NAME_FIELDS,
    Question,
    ask_journal,
    has_journal,
    parse_entry,
)
from agent.collectors._linux.log_lines import (
    PACKAGE_LOGS,
    SYSTEM_LOGS,
    parse_cursor,
    parse_line,
    write_cursor,
)
from agent.collectors._linux.tail import tails
from agent.collectors._shared.clock import Clock, local_clock
from agent.collectors._shared.gather import there
from agent.collectors._shared.listed import Listed
from agent.errors import UnsupportedError
from agent.host.interface import Host
from agent.rows import Names, Want
from wire.values import Value

Take = Callable[[Mapping[str, Value], Names], None]
"""Takes what an event tells, by column of `event_logs`, and whom it names."""


class LinuxLogs:
    """The logs of one machine, from where the last pass stopped.

    Attributes:
        skipped: events that are gone for good, or of another form.
        truncated: whether a bound stopped the pass.
    """

    def __init__(self, host: Host, want: Want, take: Take) -> None:
        """Begin where the cursor says.

        Args:
            host: the machine.
            want: the columns, the cursor and the time that is left.
            take: is handed each event.
        """
        self._host = host
        self._want = want
        self._take = take
        self._listed = Listed(want.events)
        self._journal, self._files = parse_cursor(want.cursor)
        self.skipped = 0
        self.truncated = False

    def cursor(self) -> bytes:
        """Return where the next pass starts."""
        return write_cursor(self._journal, self._files)

    def sources(self) -> tuple[bool, tuple[str, ...]]:
        """Tell whether there is a journal, and which files to read beside it.

        Raises:
            UnsupportedError: there is neither.
        """
        journal = has_journal(self._host)
        logs = PACKAGE_LOGS if journal else (*SYSTEM_LOGS, *PACKAGE_LOGS)
        paths = tuple(path for path in logs if there(self._host, path))
        if not journal and not paths:
            reason = "no-logs"
            raise UnsupportedError(reason)
        return journal, self._listed.files(paths)

    def read_runs(self, entries: int) -> bool:
        """Take all there is, in a bounded number of runs.

        Args:
            entries: how many of the journal at most in one run.

        Returns:
            Whether there may be more.

        Raises:
            UnsupportedError: there is no log.
        """
        journal, paths = self.sources()
        more = False
        for _ in range(COUNT_RUNS if journal else 0):
            more = self.read_journal(entries)
            if not more:
                break
        for _ in range(COUNT_RUNS):
            if not self.read_files(paths, ROWS):
                return more
        return True

    def read_journal(self, most: int) -> bool:
        """Take the next listed entries, fewer where they are very long.

        Args:
            most: how many at most.

        Returns:
            Whether there may be more.
        """
        matches = self._listed.journal()
        if matches is None:
            return False
        columns = self._want.columns
        if self._want.events is not None:
            columns |= {"service.name", "event.id"}  # by which an event is listed
        beside = frozenset(NAME_FIELDS if "message" in columns else ())
        question = Question(columns, matches=matches, beside=beside)
        told = ask_journal(self._host, question, self._journal, most)
        self.skipped += told.lost
        for raw in told.entries:
            self._want.check()
            found = parse_entry(raw)
            if found is None:
                self.skipped += 1
                continue
            values, names, self._journal = found
            self._take(values, names)
        self.truncated = told.more
        return self.truncated

    def read_files(self, paths: tuple[str, ...], most: int) -> bool:
        """Take the new lines of log files, and tell whether there may be more."""
        clock: Clock | None = None
        words = "message" in self._want
        more = False
        for path, found in tails(self._host, paths, self._files, most).items():
            self._files[path] = found.position
            self.skipped += found.lost
            more |= found.more
            stamp: Value = None
            for raw in found.lines:
                self._want.check()
                clock = clock or local_clock(self._host, self._want.now)
                values = parse_line(raw, clock, words=words)
                stamp = values.setdefault("timestamp", stamp)
                self._take({"log.source": path, **values}, ())
        self.truncated |= more
        return more
