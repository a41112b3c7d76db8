# SPDX-License-Identifier: Apache-2.0
"""The events that a policy names, as each source can be asked for them.

Rules: a source is asked for less where it can choose; what it gives beyond the list is
dropped before it becomes a row; a source that can have none of them is not read.
Not here: the form of the names (`wire/events.py`).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from wire.events import ANY, Events, known
from wire.values import Value

if TYPE_CHECKING:  # Linux has no use of either
    from agent.host.windows_interface import Channel
    from agent.host.windows_queries import EventKind

JOURNAL = "journal"
"""The `log.source` of what journald keeps."""
_HEXADECIMAL = 32
"""Digits of a message id of the journal; Windows numbers its events."""


class Listed:
    """The events that may become rows."""

    def __init__(self, events: Sequence[str] | None) -> None:
        """Read the list; None for all."""
        self._all = events is None
        self._events = known(events or ())

    def match(self, values: Mapping[str, Value]) -> bool:
        """Tell whether an event may become a row."""
        names = (values.get("log.source"), values.get("service.name"))
        identifier = values.get("event.id")
        return self._all or any(item.match(names, identifier) for item in self._events)

    def journal(self) -> tuple[str, ...] | None:
        """Return what journalctl is to choose by; None where it has none of them."""
        if self._all:
            return ()
        groups = [
            _matches(item)
            for item in self._events
            if item.identifier == ANY or len(item.identifier) == _HEXADECIMAL
            if not item.name.startswith("/")
        ]
        if () in groups:
            return ()
        joined = [part for group in groups for part in (*group, "+")]
        return tuple(joined[:-1]) if joined else None

    def files(self, paths: tuple[str, ...]) -> tuple[str, ...]:
        """Return the log files that may have one of the events."""
        plain = [item.name for item in self._events if item.identifier == ANY]
        anywhere = any(name != JOURNAL and not name.startswith("/") for name in plain)
        if self._all or anywhere:
            return paths
        return tuple(path for path in paths if path in plain)

    def kinds(self, channel: "Channel") -> "tuple[EventKind, ...] | None":
        """Return what Windows is to choose by; None where a log has none of them.

        Nothing named stands for everything.
        """
        from agent.host.windows_queries import EventKind  # noqa: PLC0415 - see above

        if self._all:
            return ()
        channels = {one.value for one in type(channel)}
        found = [
            EventKind(
                "" if item.name in {ANY, channel.value} else item.name,
                None if item.identifier == ANY else int(item.identifier),
            )
            for item in self._events
            if item.name == channel.value or item.name not in channels
            if item.identifier == ANY or len(item.identifier) < _HEXADECIMAL
        ]
        return tuple(found) or None


def _matches(item: Events) -> tuple[str, ...]:
    """Return what an entry of the journal has to have; nothing for any."""
    named = item.name not in {ANY, JOURNAL}
    name = (f"SYSLOG_IDENTIFIER={item.name}",) if named else ()
    numbered = item.identifier != ANY
    return (*name, f"MESSAGE_ID={item.identifier}") if numbered else name
