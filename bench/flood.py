# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""`python -m bench.flood`: what one hostile device at full speed costs the others.

Rules: a real gate in a process of its own; half of the others come from the hostile
one's address, as in an office behind one router, and are told apart from those with
addresses of their own; each way to flood is measured beside quiet seconds just before
it, in the same run, and these twice: what the second differ from the first is the
machine's noise; where it may (root, two processors) the gate and the
others go before all else on this machine, in the class that a gate has (with a class of
real time one of its threads would keep the others waiting for 100 ms), and the hostile
one has the last processor; else the hostile one goes last, for it could take nothing of
the gate's from a machine of its own.
Not here: what it does (`flood_hostile.py`), how devices speak (`flood_devices.py`).
"""

import argparse
import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.flood_devices import Speaker, Way, enrol, pinned
from bench.flood_hostile import ADDRESS, WAYS
from bench.gates import collector, gate
from bench.measure import MIB, PYTHON, Figure, print_table, publish
from server import configuration
from server.gate.bounds import CONNECTIONS, WAITING_PART
from server.store.sqlite import open_store

if sys.platform == "win32":
    reason = "the gate is measured on Linux"
    raise ImportError(reason)

OTHERS = 40
"""Devices beside the hostile one, each of which asks once a second; every second one of
them from its address, which is twice as often as strangers of one address may."""
FLOOD_SECONDS = 15.0
SETTLE_SECONDS = 3.0
"""The flood's first seconds count, but connections of the last one have to go."""
RATIO = 2.0
"""Most that the others' median and p99 may be, beside their own quiet seconds."""
FIRST = -20
"""The nicest that a process may be to itself."""
MEMORY = 256.0
"""Most MiB of the gate, at its highest."""


@dataclass
class Times:
    """How long the others waited, in milliseconds, and how many were not served."""

    waited: list[float] = field(default_factory=list)
    failed: int = 0
    processor: float = 0.0
    """Share of one processor that the gate took meanwhile, percent."""

    def __add__(self, other: "Times") -> "Times":
        """Return what both are together, in equally long times."""
        return Times(
            self.waited + other.waited,
            self.failed + other.failed,
            (self.processor + other.processor) / 2,
        )

    @property
    def median(self) -> float:
        """Return the median."""
        return statistics.median(self.waited)

    @property
    def p99(self) -> float:
        """Return what 99 of 100 were below."""
        return statistics.quantiles(self.waited, n=100)[-1]


@dataclass(frozen=True)
class Scene:
    """A gate's process, who speaks to it, and the hostile one."""

    process: subprocess.Popen[str]
    port: int
    authority: Path
    store: Path
    others: list[Speaker]
    hostile: Speaker
    waiting: list[Speaker]
    office: bool = False
    """Whether half of the others have the hostile one's address."""
    _ways: dict[int, Way] = field(default_factory=dict)

    def way(self, number: int) -> Way:
        """Return how one of the others reaches the gate: always the same way."""
        if number not in self._ways:
            beside = self.office and is_beside(number)
            address = ADDRESS if beside else f"127.0.1.{number + 1}"
            way = Way(self.port, pinned(self.authority), address)
            self._ways[number] = way.known()
        return self._ways[number]

    def processor(self) -> float:
        """Return how many seconds of a processor the gate has taken so far."""
        user, system = Path(f"/proc/{self.process.pid}/stat").read_text().split()[13:15]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> float:
        """Return what the gate holds now, MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(item for item in status.splitlines() if item.startswith("VmRSS"))
        return int(line.split()[1]) * 1024 / MIB

    def memory(self) -> float:
        """Return the most that the gate held since this was asked last, MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(item for item in status.splitlines() if item.startswith("VmHWM"))
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")  # proc(5)
        return int(line.split()[1]) * 1024 / MIB


def is_beside(number: int) -> bool:
    """Tell whether one of the others has the hostile one's address in an office."""
    return number % 2 == 1


@contextmanager
def scene(
    python: str, tree: Path | None = None, waiting: int = 0, *, office: bool = False
) -> Iterator[Scene]:
    """Run the gate of a source tree on a new collector.

    Args:
        python: the interpreter that has its libraries.
        tree: where `server` is; None for here.
        waiting: further devices, whose polls are to wait.
        office: whether half of the others have the hostile one's address.
    """
    with tempfile.TemporaryDirectory(prefix="discreet-flood-") as folder:
        layout = collector(Path(folder))
        tenant = configuration.read(layout).tenant
        store = open_store(layout.store)
        hostile, *others = enrol(store, tenant, OTHERS + 1)
        waiters = enrol(store, tenant, waiting)
        store.close()
        connections = max(CONNECTIONS, waiting * WAITING_PART + OTHERS)
        with gate(layout, connections, python, tree) as (process, port):
            authority = layout.gate / "authority.der"
            yield Scene(
                *(process, port, authority, layout.store),
                *(others, hostile, waiters, office),
            )


async def _one(times: Times, way: Way, speaker: Speaker, turn: int) -> None:
    """Poll and ship in turn, and note how long it took."""
    path = "/v1/poll" if turn % 2 else "/v1/shipments"
    body = speaker.poll() if turn % 2 else speaker.gap()
    began = time.perf_counter()
    try:
        async with asyncio.timeout(30):
            status = await way.ask(path, body)
    except (OSError, EOFError, TimeoutError):
        status = 0
    times.waited.append((time.perf_counter() - began) * 1000)
    times.failed += status != 200  # noqa: PLR2004 - HTTP's


async def others(there: Scene, seconds: float) -> Times:
    """Let each of the others ask once a second, each at a moment of its own."""
    return sum(await parted(there, seconds), start=Times())


async def parted(there: Scene, seconds: float) -> tuple[Times, Times]:
    """Do the same; of an office, tell whoever has the hostile one's address apart."""
    parts = Times(), Times()

    async def live(number: int, speaker: Speaker) -> None:
        way = there.way(number)
        times = parts[there.office and is_beside(number)]
        await asyncio.sleep(number / len(there.others))
        until = time.perf_counter() + seconds
        turn = number // 2
        while (began := time.perf_counter()) < until:
            await _one(times, way, speaker, turn)
            turn += 1
            await asyncio.sleep(max(0.0, began + 1 - time.perf_counter()))

    began, before = time.perf_counter(), there.processor()
    await asyncio.gather(*(live(*item) for item in enumerate(there.others)))
    passed = time.perf_counter() - began
    for times in parts:
        times.processor = 100 * (there.processor() - before) / passed
    return parts


def _flooded(there: Scene, way: str, seconds: float) -> tuple[tuple[Times, Times], str]:
    """Measure the others while the hostile one floods; also how it was answered."""
    command = [
        *(PYTHON, "-m", "bench.flood_hostile", way, str(there.port)),
        *(str(there.authority), there.hostile.key.seed().hex()),
        *(there.hostile.tenant.hex(), str(seconds + 1)),
    ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            msg = "the hostile one has no pipes"
            raise RuntimeError(msg)
        process.stdout.readline()
        process.stdin.write("go\n")
        process.stdin.flush()
        parts = asyncio.run(parted(there, seconds))
        told, _ = process.communicate()
    return parts, told.strip()


def figures(
    ways: tuple[str, ...], seconds: float, python: str, tree: Path
) -> list[Figure]:
    """Measure each way to flood, beside the quiet before it.

    Args:
        ways: of `flood_hostile.WAYS`.
        seconds: of each flood.
        python: the interpreter of the gate.
        tree: the gate's source tree.
    """
    found: list[Figure] = []
    told = [("flood", "others", "not served", "answers to the hostile one")]
    with scene(python, tree, office=True) as there:
        asyncio.run(others(there, SETTLE_SECONDS))
        for way in ways:
            time.sleep(SETTLE_SECONDS)
            there.memory()
            quiet, again = (asyncio.run(parted(there, seconds)) for _ in range(2))
            flooded, answers = _flooded(there, way, seconds)
            apart, beside = zip(flooded, quiet, again, strict=True)
            found += compared(way, *apart) + waited(f"{way} beside", *beside)
            memory = there.memory()
            found.append(
                Figure(
                    f"{way}: gate's memory", memory, "MiB RSS", MEMORY, "bound", (), 1.0
                )
            )
            failed = sum(part.failed for part in (*flooded, *quiet, *again))
            found.append(Figure(f"{way}: others not served", failed, "requests"))
            asked = sum(len(part.waited) for part in flooded)
            told.append((way, str(asked), str(failed), answers))
    print_table("How they were answered (status:times; 0 is hung up)", told)
    return found


def compared(way: str, flooded: Times, quiet: Times, again: Times) -> list[Figure]:
    """Return a flood beside all its quiet, and the second half of that as noise."""
    work, unit = (quiet + again).processor, "% of a cpu"
    return [
        *waited(way, flooded, quiet, again),
        Figure(f"{way}: gate's work", flooded.processor, unit, work, "quiet"),
    ]


def waited(way: str, flooded: Times, quiet: Times, again: Times) -> list[Figure]:
    """Return the same of how long they waited."""
    found = []
    for name in ("median", "p99"):
        first, second, both = (getattr(x, name) for x in (quiet, again, quiet + again))
        value = getattr(flooded, name)
        found += [
            Figure(f"{way}: {name}", value, "ms", both, "quiet", (), RATIO),
            Figure(f"{way}: noise of it", second, "ms", first, "quiet before"),
        ]
    return found


def go_first(*, apart: bool = True) -> None:
    """Go before all else on this machine.

    Args:
        apart: whether its last processor is left to the flood.
    """
    processors = set(range(os.cpu_count() or 1))
    if len(processors) > 1:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, FIRST)
            if apart:
                os.sched_setaffinity(0, processors - {max(processors)})
            with contextlib.suppress(PermissionError):  # it leads a session already
                os.setsid()
            # a session has a share of its own (sched(7)); not all kernels have it
            Path("/proc/self/autogroup").write_text(str(FIRST))


def main(arguments: list[str]) -> int:
    """Print the table, write JSON; returns 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="bench.flood", description=__doc__)
    parser.add_argument("ways", nargs="*", default=WAYS, help=" ".join(WAYS))
    parser.add_argument("--seconds", type=float, default=FLOOD_SECONDS)
    parser.add_argument("--tree", type=Path, default=Path.cwd(), help="of the gate")
    parser.add_argument("--python", default=PYTHON, help="the gate's interpreter")
    given = parser.parse_args(arguments)
    go_first()
    found = figures(tuple(given.ways), given.seconds, given.python, given.tree)
    publish("One hostile device, and the others", "flood", found)
    missed = [item for item in found if item.met is False]
    lost = [item for item in found if item.unit == "requests" and item.value]
    return 1 if missed or lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
