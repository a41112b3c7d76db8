# SPDX-License-Identifier: Apache-2.0
"""The events of one log within a stretch of time.

Rules: a log is one of a fixed list, and is asked for what the policy names alone; its
newest part is looked at, and where that begins later than the stretch, the answer says
that it is cut; of text nothing is made where no text is wanted.
Not here: what becomes of an event (the diagnostics), parsing (`agent/collectors`).
Sources: journalctl(1) --since and --until; log files; the event logs of Windows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from agent.budget import JOURNAL_RETRY_ROWS, LOG_PASS_BYTES
from agent.collectors._linux.journal import (
    NAME_FIELDS,
    Question,
    has_journal,
    parse_entry,
)
from agent.collectors._linux.log_lines import PACKAGE_LOGS, SYSTEM_LOGS, parse_line
from agent.collectors._shared.clock import local_clock
from agent.collectors._shared.gather import there
from agent.collectors._shared.listed import Listed
from agent.collectors._windows.logs import parse_event
from agent.errors import NotFoundError, TooLargeError, UnsupportedError
from agent.host.interface import Host, Program
from agent.host.windows_door import windows
from agent.host.windows_interface import Channel as WindowsChannel
from agent.rows import Names, Want
from wire.catalogue import System
from wire.values import Value

Event = tuple[Mapping[str, Value], Names]
"""What an event tells, by column of `event_logs`, and whom it names."""


class Log(StrEnum):
    """The logs that an order may name."""

    SYSTEM = "system"
    PACKAGES = "packages"
    APPLICATION = "application"
    SETUP = "setup"


LOGS = tuple(log.value for log in Log)
_WINDOWS = {
    Log.SYSTEM: WindowsChannel.SYSTEM,
    Log.APPLICATION: WindowsChannel.APPLICATION,
    Log.SETUP: WindowsChannel.SETUP,
}


@dataclass(frozen=True, slots=True)
class Window:
    """What is looked for.

    Attributes:
        log: which log.
        start: first second.
        end: last second.
        most: events of it at most.
    """

    log: Log
    start: int
    end: int
    most: int

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Tell whether an event is of the stretch; one without a time is not."""
        at = values.get("timestamp")
        return isinstance(at, int) and self.start <= at <= self.end


def events_of(
    host: Host, want: Want, window: Window, take: Callable[[Event], None]
) -> bool:
    """Hand on the events of a window, oldest first.

    Returns:
        Whether there may be more in it.

    Raises:
        UnsupportedError: this system has no such log.
    """
    if host.system is System.WINDOWS:
        return _from_windows(host, want, window, take)
    if window.log is Log.SYSTEM and has_journal(host):
        return _from_journal(host, want, window, take)
    paths = {Log.SYSTEM: SYSTEM_LOGS, Log.PACKAGES: PACKAGE_LOGS}.get(window.log, ())
    found = tuple(path for path in paths if there(host, path))
    if not found:
        reason = "no-such-log"
        raise UnsupportedError(reason)
    cut = False
    for path in Listed(want.events).files(found):
        cut |= _from_file(host, want, window, path, take)
    return cut


def _hand_on(
    window: Window, want: Want, found: Iterable[Event], take: Callable[[Event], None]
) -> int:
    """Hand on what is of the window, and return how many there are."""
    held = 0
    for event in found:
        want.check()
        if window.holds(event[0]):
            held += 1
            if held <= window.most:
                take(event)
    return held


def _from_journal(
    host: Host, want: Want, window: Window, take: Callable[[Event], None]
) -> bool:
    matches = Listed(want.events).journal()
    if matches is None:
        return False
    beside = frozenset(NAME_FIELDS if "message" in want else ())
    columns = want.columns | {"service.name", "event.id"}
    question = Question(columns, matches=matches, beside=beside)
    within = (f"--since=@{window.start}", f"--until=@{window.end + 1}")
    most = window.most
    try:
        data = host.run(Program.JOURNALCTL, *question.arguments(most + 1), *within)
    except TooLargeError:
        most = min(most, JOURNAL_RETRY_ROWS)
        data = host.run(Program.JOURNALCTL, *question.arguments(most + 1), *within)
    entries = (parse_entry(raw) for raw in data.split(b"\n") if raw)
    found = (entry[:2] for entry in entries if entry is not None)
    return _hand_on(window, want, found, take) > most


def _from_file(
    host: Host, want: Want, window: Window, path: str, take: Callable[[Event], None]
) -> bool:
    """Hand on the lines of a log file's end; tell whether it begins too late."""
    size = host.facts(path).size
    start = max(0, size - LOG_PASS_BYTES)
    lines = host.read_part(path, start, LOG_PASS_BYTES).split(b"\n")
    clock = local_clock(host, want.now)
    times: list[int] = []

    def events() -> Iterator[Event]:
        stamp: Value = None
        for raw in lines[1 if start else 0 : -1]:
            values = parse_line(raw, clock, words="message" in want)
            stamp = values.setdefault("timestamp", stamp)
            if isinstance(stamp, int) and not times:
                times.append(stamp)
            yield {"log.source": path, **values}, ()

    held = _hand_on(window, want, events(), take)
    late = bool(start) and (not times or times[0] > window.start)
    return late or held > window.most


def _from_windows(
    host: Host, want: Want, window: Window, take: Callable[[Event], None]
) -> bool:
    channel = _WINDOWS.get(window.log)
    if channel is None:
        reason = "no-such-log"
        raise UnsupportedError(reason)
    only = Listed(want.events).kinds(channel)
    if only is None:
        return False
    text = "message" in want
    try:
        found = windows(host).events(
            channel, None, window.most, messages=text, only=only
        )
    except NotFoundError:
        reason = "no-such-log"
        raise UnsupportedError(reason) from None
    parsed = [parse_event(event, text=text) for event in found]
    told = [event for event in parsed if event is not None]
    _hand_on(window, want, told, take)
    first = told[0][0].get("timestamp") if told else None
    full = len(found) >= window.most
    return full and (not isinstance(first, int) or first > window.start)
