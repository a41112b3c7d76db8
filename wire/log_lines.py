# SPDX-License-Identifier: Apache-2.0
"""Loggers on the core of structlog, which write a line an event.

Rules: only structlog's core is loaded: the package's own import brings asyncio and rich
with it, 16 MiB of a process that stays.
Not here: which fields an event may have (`agent/logs.py`, `server/logs.py`).
Source: structlog.
"""

import sys
from collections.abc import Callable, MutableMapping, Sequence
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import TextIO

Event = MutableMapping[str, object]
Processor = Callable[[object, str, Event], Event | str]


class Lines:
    """Writes lines; structlog's own brings `pickle` with it."""

    def __init__(self, file: TextIO) -> None:
        """Write to a file."""
        self._file = file

    def msg(self, line: str) -> None:
        """Write one line, at once."""
        self._file.write(line + "\n")
        self._file.flush()


def logger(sink: object, processors: Sequence[Processor]) -> Callable[..., None]:
    """Return what takes an event and its fields.

    Args:
        sink: its `msg` gets what the last processor makes of an event.
        processors: structlog's.
    """
    base = _core("_base").BoundLoggerBase(sink, [*processors], {})

    def say(event: str, **fields: object) -> None:
        base._proxy_to_logger("msg", event, **fields)  # noqa: SLF001 - structlog's own hook for loggers built on its base

    return say


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
