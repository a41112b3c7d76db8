# SPDX-License-Identifier: Apache-2.0
"""The frame of a process that `serve` keeps running: when it ends, what it says.

Rules: it ends by SIGTERM, by SIGINT and when whoever started it is gone; its memory
goes into no core; what goes wrong is one sentence and an exit code.
Not here: what the process does (`server/reader`, `server/keeper`).
"""

import argparse
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from server.errors import ServerError, StateError
from server.gate.privileges import forbid_core_dumps
from server.layout import Layout
from wire.errors import WireError

Run = Callable[[Layout, threading.Event, Callable[[Path], None]], None]
"""Serves an installation until the event is set, and says once where it listens."""


def main(name: str, run: Run, arguments: Sequence[str]) -> int:
    """Run a process until it is told to end.

    Args:
        name: what people call it, such as "reader".
        run: does its work.
        arguments: without the program's name.

    Returns:
        The exit code, as in docs/exit-codes.md.
    """
    parser = argparse.ArgumentParser(prog=f"server.{name}")
    parser.add_argument("--directory", type=Path, required=True)
    layout = Layout(parser.parse_args(arguments).directory)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    threading.Thread(target=follow, args=(ended,), daemon=True).start()

    def ready(path: Path) -> None:
        print(f"{name} listening on {path}", flush=True)  # noqa: T201 - it is read by whoever started this

    try:
        forbid_core_dumps()
        run(layout, ended, ready)
    except (ServerError, WireError) as error:
        sys.stderr.write(f"{name}: {error}\n")
        return getattr(error, "exit_code", StateError.exit_code)
    return 0


def follow(ended: threading.Event) -> None:
    """End when the pipe from whoever started this process closes."""
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        while os.read(0, 1):
            pass
        ended.set()
