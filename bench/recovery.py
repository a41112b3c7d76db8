# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""`python -m bench.recovery`: how soon all goes on after a kill and after an ill disk.

Rules: the real programs, over real TLS and on real small file systems; restarts are
measured in turn with a bare interpreter that opens the same database, and go before all
else on this machine; an ill disk is measured beside a well one in the same minutes,
whose agent waits for its slots alone.
Not here: whether anything is lost (`tests/kills`, `tests/fault/test_disks.py`).
"""

import http.client
import json
import os
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.measure import PYTHON, Figure, publish
from bench.processes import program_of

if sys.platform == "win32":
    reason = "restarts and disks are measured on Linux"
    raise ImportError(reason)

from tests.collector_process import Collector, run
from tests.ill_disks import ILLNESSES, WELL, lives
from tests.mounting import why_no_mounts
from tests.quiet_agent import Agent, minutely, started

RESTARTS = 7
RESTART_SECONDS = 2.0
"""Most from a start until all is at work again."""
WELL_SECONDS = 60.0
"""Most from when a disk is well until the agent ships what it reads then."""
SHARE = 1.0
"""Most percent of a processor while an agent waits for its disk."""
NOWHERE = "http://127.0.0.1:1"
"""A proxy that is not there: what is sealed waits."""
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.01
_HIGHEST = -20
_SESSION = Path("/proc/self/autogroup")
_FLOOR = """
import sqlite3, sys
sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM sqlite_master").fetchall()
"""
"""Starts an interpreter and opens a database: less than any restart can be."""


def figures() -> list[Figure]:
    """Measure restarts, and ill disks where this process may mount them."""
    with tempfile.TemporaryDirectory(prefix="discreet-recovery-") as folder:
        at = Path(folder)
        with minutely(at) as server:
            with _first():
                found = [*_agents(server, at / "agent" / "state"), *_gates(server)]
            if not why_no_mounts():
                found += _disks(server, at)
            else:
                print("ill disks are not measured: only root may mount small ones")
    return found


@contextmanager
def _first() -> Iterator[None]:
    """Go before all else on this machine, where that is allowed.

    A process goes before those of its own session; sessions have a place of their own
    among each other, where the kernel groups by them.
    """
    before = os.getpriority(os.PRIO_PROCESS, 0)
    session = _SESSION.read_text().split()[-1] if _SESSION.exists() else ""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _HIGHEST)
    with suppress(OSError):
        _SESSION.write_text(str(_HIGHEST))
    yield
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, before)
    with suppress(OSError):
        _SESSION.write_text(session)


def _agents(server: Collector, state: Path) -> list[Figure]:
    """Kill a running agent while data waits, start it, and see when it ships."""
    state.parent.mkdir()
    run("discreet-agent", "enrol", server.token(), state=state)
    opened, shipped, floors = [], [], []
    for _ in range(RESTARTS):
        run("discreet-agent", "once", "--proxy", NOWHERE, state=state, fails=True)
        floors.append(_seconds(lambda: _bare(state / "spool.sqlite")))
        began = time.time()
        agent = started(state)
        shipped.append(_logged(agent, "ship") - began)
        opened.append(_logged(agent, "started") - began)
        agent.process.kill()
        agent.process.wait()
    return [
        *_restarts("agent killed: spool is open", opened, floors),
        *_restarts("agent killed: first shipment accepted", shipped, floors),
    ]


def _logged(agent: Agent, name: str) -> float:
    """Return when an agent logged an event first, seconds since the epoch."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and agent.process.poll() is None:
        for line in agent.log.read_text().splitlines():
            event = json.loads(line) if line.endswith("}") else {}
            if event.get("event") == name:
                return float(event["timestamp"])
        time.sleep(LOOK_SECONDS)
    raise RuntimeError(agent.log.read_text())


def _gates(server: Collector) -> list[Figure]:
    """Kill the gate, then the whole collector, and see when it answers again."""
    ones, wholes, floors = [], [], []
    store = server.folder / "store" / "store.sqlite"
    for _ in range(RESTARTS):
        floors.append(_seconds(lambda: _bare(store)))
        server.kill()
        began = time.monotonic()
        server.begin()
        _answer(server)
        wholes.append(time.monotonic() - began)
        server.settle()
        for pid in program_of(server.children(), "server.gate"):
            os.kill(pid, signal.SIGKILL)
        ones.append(_seconds(lambda: _answer(server)))
    return [
        *_restarts("gate killed: it answers", ones, floors),
        *_restarts("collector killed: it answers", wholes, floors),
    ]


def _answer(server: Collector) -> None:
    """Ask the gate how it is until it answers."""
    authority = (server.folder / "gate" / "authority.der").read_bytes()
    context = ssl.create_default_context(cadata=authority)
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        connection = http.client.HTTPSConnection(
            "127.0.0.1", server.port, timeout=PATIENCE_SECONDS, context=context
        )
        try:
            connection.request("GET", "/v1/health")
            connection.getresponse().read()
        except OSError:  # nobody listens yet, or the dying gate had taken it
            if time.monotonic() > until:
                raise
            time.sleep(LOOK_SECONDS)
        else:
            return
        finally:
            connection.close()


def _bare(database: Path) -> None:
    subprocess.run([PYTHON, "-I", "-c", _FLOOR, str(database)], check=True)


def _seconds(work: Callable[[], None]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _restarts(what: str, found: list[float], floors: list[float]) -> list[Figure]:
    named = "interpreter opens it"
    pairs = tuple(value / floor for value, floor in zip(found, floors, strict=True))
    middle, floor = statistics.median(found), statistics.median(floors)
    return [
        Figure(f"{what}, median", middle, "s", floor, named, pairs),
        Figure(
            f"{what}, slowest of {len(found)}",
            max(found),
            "s",
            RESTART_SECONDS,
            "bound",
            target=1.0,
        ),
    ]


def _disks(server: Collector, at: Path) -> list[Figure]:
    """Have disks fall ill and get well again, beside one that is well."""
    told = lives(server, at, [*ILLNESSES, WELL])
    well = told.pop(WELL)
    found = [Figure("disk well: agent's work", 100 * well.ill.share, "% of a cpu")]
    if well.well is not None:
        found.append(Figure("disk well: ships again", well.well.seconds, "s"))
    for name, life in told.items():
        share, what = 100 * life.ill.share, f"disk {name}"
        seconds = PATIENCE_SECONDS * 60 if life.well is None else life.well.seconds
        found += [
            Figure(
                f"{what}: agent's work", share, "% of a cpu", SHARE, "bound", target=1.0
            ),
            Figure(
                f"{what}, then well: ships again",
                seconds,
                "s",
                WELL_SECONDS,
                "bound",
                target=1.0,
            ),
        ]
    return found


def main() -> int:
    """Print the table, write JSON; returns 1 where a bound is missed."""
    found = figures()
    publish("After a kill, and after an ill disk", "recovery", found)
    return 1 if any(item.met is False for item in found) else 0


if __name__ == "__main__":
    sys.exit(main())
