# SPDX-License-Identifier: Apache-2.0
"""One pass over the event logs of Windows.

Rules: each event is handed on once, over restarts; the message is not even made where
it is not wanted, and without one the event's own data stands for it; what is damaged is
counted; the log of sign-ins is not read.
Not here: what becomes of an event (`event_logs.py`, `event_counts.py`), following one
log (`_windows/log.py`), how Windows is asked (`agent/host`).
Sources: the schema of events (win:System), EvtRender, EvtFormatMessage.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from agent.budget import COUNT_RUNS
from agent.collectors._shared.entries import message, severity
from agent.collectors._shared.gather import number
from agent.collectors._shared.listed import Listed
from agent.collectors._windows.event_names import names_of
from agent.collectors._windows.log import (
    SPACE,
    data_of,
    event_id,
    new_events,
    parse_cursor,
    root_of,
    seconds_of,
    system_attribute,
    write_cursor,
)
from agent.collectors._windows.steps import words
from agent.errors import DeniedError, HostError, NotFoundError
from agent.host.interface import Host
from agent.host.windows_door import windows
from agent.host.windows_interface import Channel, EventFacts
from agent.rows import Names, Want
from wire.values import Value

if TYPE_CHECKING:  # trees are made on Windows alone
    from xml.etree.ElementTree import Element

Take = Callable[[Mapping[str, Value], Names], None]
"""Takes what an event tells, by column of `event_logs`, and whom it names."""

_LEVELS = {0: 6, 1: 2, 2: 3, 3: 4, 4: 6, 5: 7}
"""Level of an event -> syslog's: always, critical, error, warning, info, verbose."""


def parse_event(
    found: EventFacts, *, text: bool = True
) -> tuple[dict[str, Value], Names] | None:
    """Return what an event tells, and whom it names; None for another form.

    Args:
        found: the event.
        text: whether its message is wanted; without one there is nothing to hide.
    """
    root = root_of(found)
    if root is None:
        return None
    if not text:
        return {**_head(root), "message": None}, ()
    told = words(found.message) or _told(root)
    return {**_head(root), "message": told}, names_of(root)


def _head(root: "Element") -> dict[str, Value]:
    """Return what an event tells without its text."""
    system = f"{SPACE}System/{SPACE}"
    level = number(root.findtext(f"{system}Level"))
    identifier = event_id(root)
    return {
        "timestamp": seconds_of(root),
        "log.source": words(root.findtext(f"{system}Channel")),
        "service.name": words(system_attribute(root, "Provider", "Name")),
        "event.id": None if identifier is None else str(identifier),
        "host.name": words(root.findtext(f"{system}Computer")),
        "process.pid": number(system_attribute(root, "Execution", "ProcessID")),
        **severity(_LEVELS.get(level) if level is not None else None),
    }


def _told(root: "Element") -> str | None:
    """Return the event's own data, a line for each value."""
    lines = [f"{name}: {value}" if name else value for name, value in data_of(root)]
    return message("\n".join(lines).encode("utf-8", "replace")).strip() or None


class WindowsLogs:
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
        self._host = windows(host)
        self._want = want
        self._take = take
        self._listed = Listed(want.events)
        self._known = parse_cursor(want.cursor, [channel.value for channel in Channel])
        self._refused: dict[Channel, HostError] = {}
        self.skipped = 0
        self.truncated = False

    def cursor(self) -> bytes:
        """Return where the next pass starts.

        Raises:
            HostError: no log could be read.
        """
        if len(self._refused) == len(Channel):
            raise self._refused[Channel.APPLICATION]
        return write_cursor(self._known)

    def read_runs(self, most: int) -> bool:
        """Take all there is of each log, in a bounded number of runs.

        Args:
            most: events of one run.

        Returns:
            Whether there may be more.
        """
        more = False
        for channel in Channel:
            for _ in range(COUNT_RUNS):
                if not self.read(channel, most):
                    break
            else:
                more = True
        return more

    def read(self, channel: Channel, most: int) -> bool:
        """Take the next listed events of a log, and tell whether there may be more."""
        only = self._listed.kinds(channel)
        if only is None:
            return False
        text = "message" in self._want
        try:
            new = new_events(
                channel.value,
                lambda after, many: self._host.events(
                    channel, after, many, messages=text, only=only
                ),
                self._known.get(channel.value),
                most,
            )
        except (NotFoundError, DeniedError) as problem:
            self._refused[channel] = problem
            return False
        self.skipped += new.lost
        self._known[channel.value] = new.place
        for event in new.found:
            self._want.check()
            told = parse_event(event, text=text)
            if told is None:
                self.skipped += 1
            else:
                self._take(*told)
        self.truncated |= new.more
        return new.more
