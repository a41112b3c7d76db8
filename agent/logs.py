# SPDX-License-Identifier: Apache-2.0
"""The resident agent's log: JSON lines on standard error, or fields for who hosts it.

Rules: an event is a fixed slug, a field a number or a slug; anything else is replaced,
so that a value cannot slip into a log.
Not here: what is telemetry about the agent (`outcome.py`).
Source: structlog; only its core is loaded, for the package's own import brings asyncio
and rich with it (16 MiB of a resident process).
"""

import json
import re
import sys
import time
from collections.abc import Callable, MutableMapping
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Protocol, TextIO

Field = int | float | str
_Event = MutableMapping[str, object]
_SLUG = re.compile(r"[a-z][a-z0-9_-]{0,63}\Z")
_LEVELS = ("info", "warning", "error")
_WITHHELD = "(withheld)"


class Sink(Protocol):
    """Takes events as fields, where a service manager keeps them as such."""

    def msg(self, **fields: object) -> None:
        """Take one event: `event`, `level`, `timestamp` and its own fields."""


class _Lines:
    """Writes lines; structlog's own brings `pickle` with it."""

    def __init__(self, file: TextIO) -> None:
        """Write to a file."""
        self._file = file

    def msg(self, line: str) -> None:
        """Write one line, at once."""
        self._file.write(line + "\n")
        self._file.flush()


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

        def stamp(_logger: object, _method: str, event: _Event) -> _Event:
            event["timestamp"] = round(clock(), 3)
            return event

        lines = () if sink else (_line,)
        self._logger = _core("_base").BoundLoggerBase(
            sink or _Lines(file or sys.stderr), [_safe, stamp, *lines], {}
        )

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
        self._logger._proxy_to_logger("msg", event, level=level, **fields)  # noqa: SLF001 - structlog's own hook for loggers built on its base


def _safe(_logger: object, _method: str, event: _Event) -> _Event:
    for name, value in event.items():
        number = isinstance(value, int | float)
        if not number and not (isinstance(value, str) and _SLUG.match(value)):
            event[name] = _WITHHELD
    return event


def _line(_logger: object, _method: str, event: _Event) -> str:
    return json.dumps(event, sort_keys=True)


def _core(name: str) -> ModuleType:
    """Import one file of structlog without running the package's own import."""
    package = "structlog"
    if package in sys.modules:
        return import_module(f"{package}.{name}")
    spec = find_spec(package)
    if spec is None:
        msg = "structlog is not installed"
        raise ModuleNotFoundError(msg)
    sys.modules[package] = module_from_spec(spec)
    try:
        return import_module(f"{package}.{name}")
    finally:
        del sys.modules[package]  # a later import of the whole package runs it
