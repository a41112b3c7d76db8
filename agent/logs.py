# SPDX-License-Identifier: Apache-2.0
"""The resident agent's log: JSON lines on standard error, or fields for who hosts it.

Rules: an event is a fixed slug, a field a number or a slug; anything else is replaced,
so that a value cannot slip into a log; one that takes nothing, as on a full disk, ends
nobody.
Not here: what is telemetry about the agent (`outcome.py`), structlog's core
(`wire/log_lines.py`).
"""

import json
import re
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TextIO

from wire.log_lines import Event, Lines, logger

Field = int | float | str
_SLUG = re.compile(r"[a-z][a-z0-9_-]{0,63}\Z")
_LEVELS = ("info", "warning", "error")
_WITHHELD = "(withheld)"


class Sink(Protocol):
    """Takes events as fields, where a service manager keeps them as such."""

    def msg(self, **fields: object) -> None:
        """Take one event: `event`, `level`, `timestamp` and its own fields."""


class Log:
    """Writes events; each is one line of JSON, or one call of a sink."""

    def __init__(
        self,
        file: TextIO | None = None,
        clock: Callable[[], float] = time.time,
        sink: Sink | None = None,
    ) -> None:
        """Write to a file, standard error by default, or to a sink instead."""
        self._silent: tuple[str, ...] = ()

        def stamp(_logger: object, _method: str, event: Event) -> Event:
            event["timestamp"] = round(clock(), 3)
            return event

        lines = () if sink else (_line,)
        into = sink or Lines(file or sys.stderr)
        self._say = logger(into, [_safe, stamp, *lines])

    def write_from(self, level: str | None) -> None:
        """Write what is of this level at least; None for all."""
        self._silent = _LEVELS[: _LEVELS.index(level)] if level else ()

    def info(self, event: str, **fields: Field) -> None:
        """Log an ordinary event."""
        self._write("info", event, fields)

    def warning(self, event: str, **fields: Field) -> None:
        """Log something that a person may want to look at."""
        self._write("warning", event, fields)

    def failure(self, event: str, **fields: Field) -> None:
        """Log something that needs a person."""
        self._write("error", event, fields)

    def _write(self, level: str, event: str, fields: dict[str, Field]) -> None:
        if level in self._silent:
            return
        with suppress(OSError):
            self._say(event, level=level, **fields)


def _safe(_logger: object, _method: str, event: Event) -> Event:
    for name, value in event.items():
        number = isinstance(value, int | float)
        if not number and not (isinstance(value, str) and _SLUG.match(value)):
            event[name] = _WITHHELD
    return event


def _line(_logger: object, _method: str, event: Event) -> str:
    return json.dumps(event, sort_keys=True)
