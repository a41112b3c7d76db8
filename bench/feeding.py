# SPDX-License-Identifier: Apache-2.0
"""Feeds lines to a command and says what it cost.

Rules: nothing stands between: no shell, no cold byte code, no variable of Python's; the
cost is what the kernel says of the command and its children; whoever feeds is another
process. In batches, the next one is given when the last has come back whole.
Not here: which lines, what is done with the figures.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from bench.measure import MIB, PYTHON, RUNS, Cost

ROOT = Path(__file__).resolve().parents[1]
MB = 1_000_000

_LAUNCHER = """
import json, os, sys, threading
source, output, unit, most = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
command = sys.argv[5:]
out = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
if unit == "file":
    given, back = os.open(source, os.O_RDONLY), None
    actions = [(os.POSIX_SPAWN_DUP2, given, 0), (os.POSIX_SPAWN_DUP2, out, 1)]
else:
    given, feed = os.pipe()
    back, sink = os.pipe()
    actions = [(os.POSIX_SPAWN_DUP2, given, 0), (os.POSIX_SPAWN_DUP2, sink, 1)]
pid = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
os.close(given)
if back is not None:
    os.close(sink)
    came, more = 0, threading.Condition()
    def drain():
        global came
        while chunk := os.read(back, 1 << 20):
            os.write(out, chunk)
            with more:
                came += chunk.count(b"\\n")
                more.notify()
        with more:
            came = 1 << 60
            more.notify()
    reader = threading.Thread(target=drain)
    reader.start()
    sent = 0
    with open(source, "rb") as lines:
        while True:
            if unit == "bytes":
                batch = lines.readlines(most)
            else:
                batch = [line for line, _ in zip(lines, range(most))]
            if not batch:
                break
            block = memoryview(b"".join(batch))
            while block:
                block = block[os.write(feed, block):]
            sent += len(batch)
            with more:
                more.wait_for(lambda: came >= sent)
    os.close(feed)
    reader.join()
_, status, usage = os.wait4(pid, 0)
json.dump([usage.ru_utime + usage.ru_stime, usage.ru_maxrss], sys.stdout)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""A bare interpreter feeds the command, for a program's peak memory begins with that
of whatever started it."""


def fed(
    command: Sequence[str],
    text: str | Path,
    batch: tuple[str, int] = ("file", 0),
    output: str | Path = os.devnull,
) -> Cost:
    """Feed a file to a command and return its cost.

    Args:
        command: reads lines, writes as many.
        text: the file.
        batch: ("file", 0) is the file itself as standard input; ("bytes", N) and
            ("lines", N) are batches through a pipe.
        output: file that takes what it prints.

    Raises:
        RuntimeError: it failed.
    """
    _compile()
    unit, most = batch
    done = subprocess.run(
        [
            *(PYTHON, "-I", "-S", "-c", _LAUNCHER),
            *(str(text), str(output), unit, str(most), *command),
        ],
        env=_environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        msg = f"{command[0]} ended with {done.returncode}: {done.stderr[-500:]}"
        raise RuntimeError(msg)
    seconds, kibibytes = json.loads(done.stdout)
    return Cost(seconds * 1000, kibibytes * 1024 / MIB)


def in_turn(
    commands: Mapping[str, Sequence[str]], text: str | Path, rounds: int = RUNS
) -> dict[str, Cost]:
    """Return the median cost of commands that are run in turn.

    Args:
        commands: by name.
        text: the file that each is fed.
        rounds: how often each runs.
    """
    costs = [
        {name: fed(command, text) for name, command in commands.items()}
        for _ in range(rounds)
    ]
    return {
        name: Cost(
            statistics.median(costs_of[name].cpu for costs_of in costs),
            statistics.median(costs_of[name].memory for costs_of in costs),
        )
        for name in commands
    }


def rate(octets: int, cost: Cost, start: Cost) -> float:
    """Return MB for each second of processor time, start-up apart."""
    return octets / MB / max(0.001, (cost.cpu - start.cpu) / 1000)


def _environment() -> dict[str, str]:
    """Return this process's variables without those that change how Python starts."""
    return {name: value for name, value in os.environ.items() if name[:6] != "PYTHON"}


@cache
def _compile() -> None:
    """Compile the checkout, for a start without byte code measures the compiler."""
    folders = [str(ROOT / name) for name in ("agent", "wire", "tests/log_grammar")]
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", *folders],
        env=_environment(),
        check=True,
    )
