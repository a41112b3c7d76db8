# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""`python -m loaded_gates`: receipts of two gates before one PostgreSQL, under load.

Rules: real gates, TLS and a real PostgreSQL whose files are on a disk; who sends runs
on the same machine, and what it takes is taken from them; first each connection sends
when it was answered, which tells how much they take; then batches come by chance at a
part of that, whether those before were answered or not, and a batch has waited since
it came, not since there was a connection for it.
Not here: what a batch costs one gate (`bench/fleet/gate.py`). Run it with
`PYTHONPATH=tests:.`.
"""

import argparse
import asyncio
import random
import socket
import ssl
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from bench.fleet.lines import Answers
from bench.flood_devices import HOST, Speaker, enrol, pinned, request
from bench.measure import Figure, publish

if sys.platform == "win32":
    reason = "a collector runs on Linux"
    raise ImportError(reason)

import postgres_fixture
import uvloop
from gates_room import Gates, brings, gates

from bench.processes import used

GATES, CONNECTIONS, DEVICES = 2, 64, 1_000
OCTETS = 16 * 1024
BATCHES, SECONDS = 4_000, 20.0
PART, MILLISECONDS = 0.7, 250.0
OK = 200
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


class Line(asyncio.Protocol):
    """A connection that is kept, and the one request that is under way on it."""

    def __init__(self, answers: Answers, free: Callable[["Line"], None]) -> None:
        """Be connected to nothing yet.

        Args:
            answers: where answers are noted.
            free: hears when the next request may be sent.
        """
        self._answers, self._free = answers, free
        self._heard = bytearray()
        self._came: float | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none

    def send(self, octets: bytes, came: float) -> None:
        """Send a request that came at a moment of the loop's clock."""
        self._came = came
        if self._transport is not None:
            self._transport.write(octets)

    def data_received(self, data: bytes) -> None:
        """Note an answer that is whole."""
        self._heard += data
        head, found, body = self._heard.partition(_HEAD_END)
        length = bytes(head).lower().partition(_LENGTH)[2].partition(b"\r\n")[0]
        if found and len(body) >= int(length):
            self._note(int(head.split(b" ", 2)[1]))
            self._heard.clear()
            self._free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note a request that was not answered."""
        del exc
        if self._came is not None:
            self._note(0)

    def _note(self, status: int) -> None:
        waited = asyncio.get_running_loop().time() - (self._came or 0.0)
        self._answers.waited.append(waited * 1000)
        self._answers.statuses[status] += 1
        self._came = None


class Load:
    """Requests that wait for a connection, and connections that wait for a request."""

    def __init__(self, count: int) -> None:
        """Expect so many requests."""
        self.answers = Answers()
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._left = count
        self._idle: deque[Line] = deque()
        self._waiting: deque[tuple[bytes, float]] = deque()

    def came(self, octets: bytes, moment: float) -> None:
        """Send a request, as soon as there is a connection for it."""
        if self._idle:
            self._idle.popleft().send(octets, moment)
        else:
            self._waiting.append((octets, moment))

    def join(self, line: Line) -> None:
        """Have one more connection to send on."""
        if self._waiting:
            line.send(*self._waiting.popleft())
        else:
            self._idle.append(line)

    def free(self, line: Line) -> None:
        """Hear that a connection was answered."""
        self._left -= 1
        if self._left:
            self.join(line)
        elif not self.over.done():
            self.over.set_result(None)


async def _connected(load: Load, ports: Sequence[int], context: ssl.SSLContext) -> None:
    """Open all connections, in turn to each gate, as a balancer does."""
    loop = asyncio.get_running_loop()
    for number in range(CONNECTIONS):
        plain = socket.create_connection((HOST, ports[number % len(ports)]))
        plain.sendall(brings(f"198.51.100.{number + 1}"))
        plain.settimeout(0)
        _, line = await loop.create_connection(
            lambda: Line(load.answers, load.free),
            sock=plain,
            ssl=context,
            server_hostname=HOST,
        )
        load.join(line)


async def _at_once(load: Load, work: Sequence[bytes]) -> float:
    """Send as fast as answers come; return for how many seconds."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for octets in work:
        load.came(octets, began)
    await load.over
    return loop.time() - began


async def _by_chance(load: Load, work: Sequence[bytes], rate: float) -> float:
    """Send so many a second, each at a moment of its own; return for how long."""
    loop, chance = asyncio.get_running_loop(), random.Random(7)  # noqa: S311 - moments
    began = moment = loop.time()
    for octets in work:
        moment += chance.expovariate(rate)
        await asyncio.sleep(max(0.0, moment - loop.time()))
        load.came(octets, moment)
    await load.over
    return loop.time() - began


def _driven(
    fleet: Gates, work: Sequence[bytes], rate: float = 0
) -> tuple[Answers, float]:
    """Send all of it; return the answers and how long it lasted.

    Args:
        fleet: the gates.
        work: requests.
        rate: of them a second; 0 for as many as are answered.
    """
    context = pinned(fleet.made.layout.gate / "authority.der")
    ports = [gate.port for gate in fleet.every]

    async def all_of_it() -> tuple[Answers, float]:
        load = Load(len(work))
        await _connected(load, ports, context)
        acts = _by_chance(load, work, rate) if rate else _at_once(load, work)
        return load.answers, await acts

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(all_of_it())


def _batches(speakers: Sequence[Speaker], count: int) -> list[bytes]:
    """Make requests of all devices in turn."""
    turns = (speakers[number % len(speakers)] for number in range(count))
    return [request("/v1/shipments", one.sealed(1, OCTETS)) for one in turns]


@contextmanager
def _on_a_disk() -> Iterator[None]:
    """Have the database's files where a disk is: of tests they are in memory."""
    before, postgres_fixture.MEMORY = postgres_fixture.MEMORY, "/nowhere"
    try:
        yield
    finally:
        postgres_fixture.MEMORY = before


def figures(batches: int, seconds: float) -> list[Figure]:
    """Measure.

    Args:
        batches: by which it is told how many a second they take.
        seconds: for which less than that come.
    """
    with (
        tempfile.TemporaryDirectory(prefix="discreet-gates-") as folder,
        _on_a_disk(),
        gates(Path(folder), GATES) as fleet,
    ):
        speakers = enrol(fleet.store, fleet.made.tenant, DEVICES)
        _driven(fleet, _batches(speakers, batches // 4))  # they are warm
        most, lasted = _driven(fleet, _batches(speakers, batches))
        a_second = batches / lasted
        asked = int(PART * a_second * seconds)
        before = _worked(fleet)
        told, lasted = _driven(fleet, _batches(speakers, asked), PART * a_second)
        cpu = (_worked(fleet) - before) / asked * 1e6
    whole = most.statuses[OK] + told.statuses[OK]
    bound = f"{MILLISECONDS:.0f} ms"
    of_it = f"at {PART:.0%} of that"
    return [
        Figure("batches of 16 KiB a second", a_second, ""),
        Figure(f"receipt, {of_it}: batches a second", asked / lasted, ""),
        Figure(f"receipt, {of_it}: p50", told.of_hundred(50), "ms"),
        Figure(
            *(f"receipt, {of_it}: p99", told.of_hundred(99), "ms", MILLISECONDS),
            *(bound, (), 1.0),
        ),
        Figure(f"a batch {of_it}", cpu, "us CPU of the gates"),
        Figure("not taken", batches + asked - whole, "batches"),
    ]


def _worked(fleet: Gates) -> float:
    """Return the gates' processor time, seconds."""
    return sum(used(one.process.pid).cpu for one in fleet.every if one.process)


def main() -> int:
    """Print the table, write JSON; return 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m loaded_gates")
    parser.add_argument("--batches", type=int, default=BATCHES)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    options = parser.parse_args()
    found = figures(options.batches, options.seconds)
    publish("Two gates before one PostgreSQL", "gates", found)
    return 1 if any(item.met is False for item in found) else 0


if __name__ == "__main__":
    sys.exit(main())
