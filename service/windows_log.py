# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Where the agent's events go on Windows: a file, and the Application log.

Rules: the file is bounded, and one before it is kept; what needs a person goes into the
Application log too, each kind of it at most every quarter of an hour; an event is slugs
and numbers (`agent/logs.py`), a sentence is one of the agent's own, so no value is in
either.
Not here: the log's registration (`windows_service.py`).
"""

import io
import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import servicemanager

if sys.platform != "win32":
    reason = "service.windows_log is for Windows"
    raise ImportError(reason)

NAME = "agent.log"
_OLDER = "agent.log.1"
_FILE_BYTES = 1_048_576
"""A week or more of an ordinary agent."""
_AGAIN_SECONDS = 900.0
_SENTENCE = 2_000
_QUIET = frozenset({"started", "stopped"})
"""Of what is in order, that alone is for the Application log."""


class Journal:
    """Takes the agent's events; see `agent.logs.Sink`."""

    def __init__(
        self, folder: Path, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Write into a folder, which need not be there yet."""
        self._file = folder / NAME
        self._older = folder / _OLDER
        self._clock = clock
        self._told: dict[str, float] = {}

    def msg(self, **fields: object) -> None:
        """Take one event."""
        line = json.dumps(fields, sort_keys=True)
        with suppress(OSError):  # a full disk: the Application log still has it
            self._append(line + "\n")
        event, level = str(fields.get("event")), fields.get("level")
        if level == "info" and event not in _QUIET:
            return
        now = self._clock()
        if now < self._told.get(event, now):
            return
        self._told[event] = now + _AGAIN_SECONDS
        _TELL.get(str(level), servicemanager.LogInfoMsg)(line)

    def _append(self, line: str) -> None:
        with suppress(FileNotFoundError):
            if self._file.stat().st_size > _FILE_BYTES:
                self._file.replace(self._older)
        with self._file.open("a", encoding="ascii", newline="\n") as file:
            file.write(line)


class Sentences(io.TextIOBase):
    """Stands for standard error: each line of it is for the Application log."""

    def __init__(
        self, tell: Callable[[str], object] = servicemanager.LogErrorMsg
    ) -> None:
        """Tell lines as errors, or as something else."""
        super().__init__()
        self._tell = tell

    def writable(self) -> bool:
        """Say yes."""
        return True

    def write(self, text: str) -> int:
        """Take what is written."""
        if text.strip():
            self._tell(text.strip()[:_SENTENCE])
        return len(text)


_TELL: dict[str, Callable[[str], object]] = {
    "info": servicemanager.LogInfoMsg,
    "warning": servicemanager.LogWarningMsg,
    "error": servicemanager.LogErrorMsg,
}
