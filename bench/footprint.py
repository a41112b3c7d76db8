# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""What the agent costs a machine while it stays, beside a floor and its peers.

Rules: all run at the same time, so that they share a machine's noise; ours obeys the
preset `full`, with all its parts, and ships to a real collector; children are counted.
Not here: how ours is set up (`resident.py`), the floor (`floor_resident.py`), the peers
(`footprint_peers.py`).

usage: python -m bench.footprint [--seconds 600]
"""

import argparse
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.footprint_peers import Peer, peers
from bench.measure import PYTHON, Figure, number, print_table, publish
from bench.processes import Sum, at_work, children_peak, held, tree, used
from bench.resident import resident, started

if sys.platform == "win32":
    reason = "what is beside it here is of Linux"
    raise ImportError(reason)

EVERY = 60
SECONDS = 600
SETTLE_SECONDS = 150
HOUR = 3600
FAIR = 0.8
"""Of the passes that there should be: with fewer our cost is no answer to a target."""
OURS, FLOOR = "discreet-agent", "floor (all in one file)"
EXPORTER, COLLECTD = "node_exporter (default)", "collectd"


@dataclass(frozen=True)
class Cost:
    """What a program cost while it stayed.

    Attributes:
        resident: RSS of the resident process at the end, MiB.
        proportional: its PSS.
        child: largest RSS that a child has had, MiB.
        cpu: seconds of processor time an hour, children included.
        wakeups: of the living processes, a minute.
        written: KiB to the disk an hour, children included.
    """

    resident: float
    proportional: float
    child: float
    cpu: float
    wakeups: float
    written: float


def measured(
    seconds: float, settle: float, *, beside: bool = True
) -> tuple[dict[str, Cost], int]:
    """Run all of them at the same time; return what each cost, and our passes.

    A busy machine is read less often: then the passes tell that we cost too little.

    Args:
        seconds: that are measured.
        settle: seconds before that.
        beside: whether the peers run too.
    """
    with (
        tempfile.TemporaryDirectory(prefix="discreet-bench-") as folder,
        ExitStack() as on,
    ):
        place = Path(folder)
        ours, log = on.enter_context(resident(place, "full"))
        running = {OURS: ours}
        floor = str(Path(__file__).with_name("floor_resident.py"))
        command = [PYTHON, "-I", floor, str(EVERY), str(place / "floor.sqlite")]
        running[FLOOR] = on.enter_context(started(command, place))
        asked = [peer for peer in peers(place, EVERY) if beside and _is_here(peer)]
        for peer in asked:
            running[peer.name] = on.enter_context(started(peer.command, place))
        on.enter_context(_asking(asked))
        _wait("settling", settle)
        peaks = {
            name: on.enter_context(children_peak(pid)) for name, pid in running.items()
        }
        before = {name: used(pid) for name, pid in running.items()}
        ran = _passes(log)
        _wait("measuring", seconds)
        costs = {
            name: _cost(pid, before[name], peaks[name](), seconds)
            for name, pid in running.items()
        }
        return costs, _passes(log) - ran


def _passes(log: Path) -> int:
    """Return how many passes a log tells of."""
    return log.read_text().count('"event": "pass"')


def _cost(pid: int, before: Sum, peak: float, seconds: float) -> Cost:
    after = used(pid)
    resident = [held(one) for one in tree(pid)]
    an_hour = HOUR / seconds
    return Cost(
        sum(rss for rss, _ in resident),
        sum(pss for _, pss in resident),
        peak,
        (after.cpu - before.cpu) * an_hour,
        (after.wakeups - before.wakeups) * 60 / seconds,
        (after.written - before.written) / 1024 * an_hour,
    )


@contextmanager
def _asking(asked: Sequence[Peer]) -> Iterator[None]:
    """Ask the peers that are asked, as often as we read."""
    over = threading.Event()

    def ask() -> None:
        while not over.wait(EVERY):
            for peer in asked:
                if peer.ask is not None:
                    peer.ask()

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _is_here(peer: Peer) -> bool:
    here = shutil.which(peer.command[0]) is not None
    if not here:
        print(f"not measured: {peer.name} (apt-get install {peer.package})")
    return here


def _wait(what: str, seconds: float) -> None:
    for left in at_work(seconds):
        if sys.stderr.isatty():
            print(f"\r{what}: {left:4.0f} s left ", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r" + " " * 40 + "\r", end="", file=sys.stderr, flush=True)


def figures(costs: dict[str, Cost], a_minute: float) -> list[Figure]:
    """Return our figures beside what they are compared with.

    On a busy machine the agent reads less often, and the processor meets no target.

    Args:
        costs: of each program.
        a_minute: passes that we had a minute.
    """
    ours, floor = costs[OURS], costs[FLOOR]
    held_back = a_minute < FAIR * 60 / EVERY
    what = "processor, held back" if held_back else "processor"
    found = [
        Figure("resident", ours.resident, "MiB RSS", floor.resident, FLOOR, (), 1.35),
        Figure("its children, at most", ours.child, "MiB RSS", floor.resident, FLOOR),
        Figure(
            *(what, ours.cpu, "s an hour", floor.cpu, FLOOR, ()),
            None if held_back else 3.0,
        ),
    ]
    for name, target in ((EXPORTER, 1.5), (COLLECTD, None)):
        if peer := costs.get(name):
            told = what, ours.cpu, "s an hour", peer.cpu, name, ()
            found.append(Figure(*told, None if held_back else target))
    return [
        *found,
        Figure("passes", a_minute, "a minute"),
        Figure("wake-ups", ours.wakeups, "a minute", floor.wakeups, FLOOR),
        Figure("disk writes", ours.written, "KiB an hour", floor.written, FLOOR),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the table of all and our figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.footprint")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--settle", type=float, default=SETTLE_SECONDS)
    options = parser.parse_args(arguments)
    costs, passes = measured(options.seconds, options.settle)
    heads = (
        "program",
        "RSS MiB",
        "PSS MiB",
        "child MiB",
        "CPU s/h",
        "wakes/min",
        "KiB/h",
    )
    rows = [
        (
            name,
            *map(number, (one.resident, one.proportional, one.child)),
            *map(number, (one.cpu, one.wakeups, one.written)),
        )
        for name, one in costs.items()
    ]
    print_table(f"Staying, metrics every {EVERY} s", [heads, *rows])
    found = figures(costs, passes * 60 / options.seconds)
    publish("The resident agent, all parts running", "footprint", found)


if __name__ == "__main__":
    main()
