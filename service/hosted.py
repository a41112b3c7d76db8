# SPDX-License-Identifier: Apache-2.0
"""Runs a part in this process, for whoever hosts it.

Rules: a part is imported when it is asked for, for an agent's package has no collector
and a collector's no agent; errors are the part's own, with its exit codes.
Not here: who hosts it (`linux.py`, `windows.py`, `foreground.py`).
"""

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from service.contract import Life, Part, UnsupportedError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from agent.logs import Sink
    from agent.stop import Stop

_COMMAND = {Part.AGENT: "run", Part.SERVER: "serve"}
_ALONE = ("office", "reader", "keeper", "console")
"""Processes of a collector that a service each runs, named by the first word."""
_OWN = {Part.AGENT: ("--state",), Part.SERVER: ("--directory",)}
"""Flags of a part that go before its command."""


def run(
    part: Part,
    words: Sequence[str],
    life: Life,
    sink: "Sink | None" = None,
    stops: "Callable[[], AbstractContextManager[Stop]] | None" = None,
) -> int:
    """Run a part until it is told to end, and return its exit code.

    Args:
        part: which.
        words: arguments of its own `run` or `serve`; or one process of a collector.
        life: hears how it lives.
        sink: takes the agent's events as fields; None for lines on standard error.
        stops: gives what tells the agent to end; None for signals.

    Raises:
        UnsupportedError: that part is not in this installation.
    """
    if find_spec(part.value) is None:
        msg = f"this installation has no {part.value}: run it where that is installed"
        raise UnsupportedError(msg)
    given = _ordered(part, words)
    if part is Part.AGENT:
        return _agent(given, life, sink, stops)
    return _server(given, life)


def _ordered(part: Part, words: Sequence[str]) -> list[str]:
    """Return the part's arguments with its command in its place."""
    before: list[str] = []
    after: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        name, told, _ = word.partition("=")
        place = before if name in _OWN[part] else after
        place.append(word)
        if place is before and not told and left:
            place.append(left.pop(0))
    alone = part is Part.SERVER and bool(after) and after[0] in _ALONE
    return [*before, *([] if alone else [_COMMAND[part]]), *after]


def _agent(
    given: Sequence[str],
    life: Life,
    sink: "Sink | None",
    stops: "Callable[[], AbstractContextManager[Stop]] | None",
) -> int:
    from agent.__main__ import main  # noqa: PLC0415 - an agent's installation only

    def hosted(options: argparse.Namespace) -> int:
        from agent.commands import run as command  # noqa: PLC0415 - inside its boundary
        from agent.logs import Log  # noqa: PLC0415 - as above

        with (stops or command.stop_on_signals)() as stop:
            by = command.Hosted(stop, life, Log(sink=sink))
            return command.run_hosted(options, by)

    return main(given, {"run": hosted})


def _server(given: Sequence[str], life: Life) -> int:
    from server.__main__ import main  # noqa: PLC0415 - a collector's only

    def hosted(options: argparse.Namespace) -> int:
        command = import_module(f"server.commands.{options.command}")
        code: int = command.run_hosted(options, life)
        return code

    return main(given, dict.fromkeys((_COMMAND[Part.SERVER], *_ALONE), hosted))
