# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""`python -m bench.waits`: what thousands of polls that wait cost a gate, and others.

Rules: a real gate in a process of its own, real TLS, each device from an address of its
own; what others wait is measured before and while all wait, in the same run; where it
may (root), all of it goes before all else on this machine; an order comes from another
process than the gate.
Not here: hostile devices (`flood.py`).
"""

import argparse
import asyncio
import gc
import secrets
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import closing

from bench.flood import Scene, Times, go_first, others, scene
from bench.flood_devices import Speaker, Way, pinned
from bench.measure import PYTHON, Figure, publish
from server.store.orders import HeldOrder
from server.store.sqlite import open_store
from wire.limits import POLL_WAIT_SECONDS

if sys.platform == "win32":
    reason = "the gate is measured on Linux"
    raise ImportError(reason)

COUNT = 10_000
AT_ONCE = 32
"""Handshakes under way: a fleet that comes back has its own jitter."""
SECONDS = 10.0
CALLED = 40
"""Devices that are sent an order, one after another."""
KILOBYTES = 64.0
"""Most KiB of the gate for one that waits."""
PROCESSOR = 40.0
"""Most percent of a processor while all wait: 200 of them ask anew each second."""
RATIO = 2.0
"""Most that others wait, beside the same others where nobody waits."""
OTHERS_MILLISECONDS = 250.0
"""Most that 99 in 100 others wait meanwhile: nobody sees a quarter of a second."""
CALL_MILLISECONDS = 500.0
"""Most from an order's commit to its being at its device, of 99 in 100."""
_ORDER_SECONDS = 600


class Waiters:
    """Devices whose polls wait."""

    def __init__(self, there: Scene, speakers: Sequence[Speaker]) -> None:
        """Let nobody ask yet."""
        self._there = there
        self._context = pinned(there.authority)
        self._door = asyncio.Semaphore(AT_ONCE)
        self.speakers = speakers
        self.expected: dict[bytes, asyncio.Future[float]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        """Return when all have asked."""
        asked = [asyncio.Event() for _ in self.speakers]
        for number, (speaker, event) in enumerate(
            zip(self.speakers, asked, strict=True)
        ):
            task = asyncio.create_task(self._wait(number, speaker, event))
            self._tasks.append(task)
        for event in asked:
            await event.wait()

    async def _wait(self, number: int, speaker: Speaker, asked: asyncio.Event) -> None:
        high, low = divmod(number, 250)
        address = f"127.1.{high}.{low + 1}"
        way = Way(self._there.port, self._context, address)
        async with self._door:
            line = await way.open()
        asked.set()
        wait = 1 + secrets.randbelow(POLL_WAIT_SECONDS)  # as if all began long ago
        while True:
            await line.ask("/v1/poll", speaker.waits(wait))
            wait = POLL_WAIT_SECONDS
            if speaker.device in self.expected:
                self.expected.pop(speaker.device).set_result(time.perf_counter())

    def end(self) -> None:
        """Hang up."""
        for task in self._tasks:
            task.cancel()


async def _called(waiters: Waiters, there: Scene) -> list[float]:
    """Return how many milliseconds each order took to its device."""
    took = []
    with closing(open_store(there.store)) as store:
        for speaker in waiters.speakers[:CALLED]:
            order = secrets.token_bytes(16)
            end = int(time.time()) + _ORDER_SECONDS
            held = HeldOrder(speaker.tenant, speaker.device, order, end, bytes(2_000))
            await asyncio.sleep(secrets.randbelow(100) / 1_000)
            answered = asyncio.get_running_loop().create_future()
            waiters.expected[speaker.device] = answered
            began = time.perf_counter()
            store.orders.hold(held, int(time.time()))
            took.append((await answered - began) * 1_000)
            store.orders.withdraw(speaker.tenant, order, int(time.time()))
    return took


async def _measure(there: Scene, seconds: float) -> list[Figure]:
    quiet = await others(there, seconds)
    empty = there.resident()
    waiters = Waiters(there, there.waiting)
    await waiters.begin()
    await asyncio.sleep(3)
    gc.collect()
    gc.freeze()  # one process has all devices: its halts are not the gate's
    full = there.resident()
    before, began = there.processor(), time.perf_counter()
    await asyncio.sleep(seconds)
    idle = 100 * (there.processor() - before) / (time.perf_counter() - began)
    loaded = await others(there, seconds)
    took = await _called(waiters, there)
    waiters.end()
    each = (full - empty) * 1_024 / len(there.waiting)
    return _figures(each, full, idle, (quiet, loaded), took)


def _figures(
    each: float,
    full: float,
    idle: float,
    beside: tuple[Times, Times],
    took: Sequence[float],
) -> list[Figure]:
    quiet, loaded = beside
    p99 = statistics.quantiles(took, n=100)[-1]
    failed = quiet.failed + loaded.failed
    bound, seen = "bound", "nobody waits"
    return [
        Figure("gate's memory of one that waits", each, "KiB", KILOBYTES, bound, (), 1),
        Figure("gate's memory with all of them", full, "MiB RSS"),
        Figure("gate's work, all wait", idle, "% of a cpu", PROCESSOR, bound, (), 1),
        Figure("others' median", loaded.median, "ms", quiet.median, seen, (), RATIO),
        Figure("others' p99", loaded.p99, "ms", OTHERS_MILLISECONDS, bound, (), 1),
        Figure("others' p99, nobody waits", quiet.p99, "ms"),
        Figure("others not served", failed, "requests"),
        Figure("order to device, median", statistics.median(took), "ms"),
        Figure("order to device, p99", p99, "ms", CALL_MILLISECONDS, bound, (), 1),
    ]


def main(arguments: list[str]) -> int:
    """Print the table, write JSON; returns 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="bench.waits", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="polls that wait")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    given = parser.parse_args(arguments)
    go_first(apart=False)
    with scene(PYTHON, waiting=given.count) as there:
        found = asyncio.run(_measure(there, given.seconds))
    publish(f"{given.count} polls that wait, and the others", "waits", found)
    return 1 if any(item.met is False for item in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
