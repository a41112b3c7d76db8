# SPDX-License-Identifier: Apache-2.0
"""A new collector, and a real gate before it in a process of its own.

Not here: who speaks to it (`flood_devices.py`, `fleet/`), what is measured.
"""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.measure import PYTHON
from server.authority import open_authority
from server.gate.bounds import CONNECTIONS
from server.gate.process import READY
from server.install import init
from server.layout import Layout


def collector(folder: Path) -> Layout:
    """Make a collector in a folder, ready to be spoken to."""
    now = int(time.time())
    url = "https://127.0.0.1:8443"
    layout = init(folder / "collector", "Bench", url, (), None, now)
    with open_authority(layout) as acts:
        acts.removals().publish(now)  # no order goes without
    return layout


@contextmanager
def gate(
    layout: Layout,
    connections: int = CONNECTIONS,
    python: str = PYTHON,
    tree: Path | None = None,
    first: Sequence[str] = (),
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run a gate; yield its process and port.

    Args:
        layout: of the collector.
        connections: that it takes at most.
        python: the interpreter that has its libraries.
        tree: where `server` is; None for here.
        first: program and arguments by which it is started, as `taskset`.

    Raises:
        RuntimeError: it did not start.
    """
    command = [
        *(*first, python, "-m", "server.gate", "--port", "0"),
        *("--gate", str(layout.gate), "--store", str(layout.store)),
        *("--connections", str(connections)),
    ]
    with listening(command, READY, tree) as found:
        yield found


@contextmanager
def listening(
    command: Sequence[str], ready: str, tree: Path | None = None
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run a program that says where it listens; yield its process and port.

    Raises:
        RuntimeError: it did not start.
    """
    with subprocess.Popen(
        command,
        cwd=tree,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line.startswith(ready):
                msg = f"{command[0]} did not start"
                raise RuntimeError(msg)
            yield process, int(line.replace(":", " ").split()[-1])
        finally:
            process.terminate()
