# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""One hostile device at full speed, a process of its own.

Rules: `python -m bench.flood_hostile WAY PORT CA SEED TENANT SECONDS`; as many
connections as an address may have, each of which asks again as soon as it is answered;
begins at a line of its input; prints how often it was answered, by status.
Not here: what it does to the others (`flood.py`).
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.flood_devices import Line, Speaker, Way, pinned, request
from server.gate.bounds import ADDRESS_CONNECTIONS
from wire.crypto.signing import SigningKey
from wire.limits import SHIPMENT_BYTES

if sys.platform == "win32":
    reason = "the gate is measured on Linux"
    raise ImportError(reason)

ADDRESS = "127.0.0.9"
"""Where it comes from, and half of the others: they are behind one router."""
Asking = Callable[[Way, Speaker], Awaitable[int]]


class Hostile:
    """Connections that never rest."""

    def __init__(self, way: Way, speaker: Speaker) -> None:
        """Take how to reach the gate and who it is."""
        self._way = way
        self._speaker = speaker
        self.statuses: Counter[int] = Counter()

    async def attack(self, name: str, seconds: float) -> None:
        """Ask at full speed on all connections for so long."""
        one: Callable[[], Awaitable[None]] = getattr(self, name)
        tasks = [
            asyncio.create_task(self._again(one)) for _ in range(ADDRESS_CONNECTIONS)
        ]
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    async def _again(self, one: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await one()
            except (OSError, EOFError):
                self.statuses[0] += 1
                await asyncio.sleep(0.001)  # it was hung up on

    async def polls(self) -> None:
        """Poll on a kept connection."""
        await self._kept(lambda: ("/v1/poll", self._speaker.poll()))

    async def forgeries(self) -> None:
        """Send polls that it did not sign, on a kept connection."""
        octets = self._speaker.poll()
        await self._kept(lambda: ("/v1/poll", octets[:-1] + bytes([octets[-1] ^ 1])))

    async def gets(self) -> None:
        """Ask for the description, which nobody has to sign for."""
        await self._kept(lambda: ("/openapi.json", b""))

    async def shipments(self) -> None:
        """Ship three megabytes, signed anew each time, on a new connection."""
        octets = self._speaker.large()
        self.statuses[await self._way.ask("/v1/shipments", octets)] += 1

    async def junk(self) -> None:
        """Send four megabytes that nobody signed, on a new connection."""
        junk = bytes(SHIPMENT_BYTES)
        self.statuses[await self._way.ask("/v1/shipments", junk)] += 1

    async def handshakes(self) -> None:
        """Shake hands and go."""
        line = await self._way.open()
        self.statuses[1] += 1
        line.close()

    async def drips(self) -> None:
        """Begin a shipment and send the rest of it, signed for, drop by drop."""
        octets = self._speaker.large()
        line = await self._way.open()
        try:
            line.writer.write(request("/v1/shipments", octets)[:64_000])
            while not line.reader.at_eof():
                line.writer.write(b"drop")
                await line.writer.drain()
                await asyncio.sleep(0.1)
            self.statuses[0] += 1
        finally:
            line.close()

    async def _kept(self, what: Callable[[], tuple[str, bytes]]) -> None:
        line: Line = await self._way.open()
        try:
            while True:
                path, body = what()
                self.statuses[await line.ask(path, body)] += 1
        finally:
            line.close()


WAYS = (
    "polls",
    "forgeries",
    "gets",
    "shipments",
    "junk",
    "handshakes",
    "drips",
)
"""All that it can do."""


def _stand_apart() -> None:
    """Take nothing of the gate's processor: on its own machine it could not.

    Where the others go before all else it has a processor of its own, and with it the
    kernel's work for what it sends.
    """
    if os.getpriority(os.PRIO_PROCESS, 0) < 0:
        os.sched_setaffinity(0, {max(range(os.cpu_count() or 1))})
    else:
        os.setpriority(os.PRIO_PROCESS, 0, 19)


def main(arguments: list[str]) -> None:
    """Attack, and print how it was answered: statuses and how often."""
    name, port, authority, seed, tenant, seconds = arguments
    _stand_apart()
    speaker = Speaker(bytes.fromhex(tenant), SigningKey(bytes.fromhex(seed)))
    hostile = Hostile(Way(int(port), pinned(Path(authority)), ADDRESS), speaker)
    print("ready", flush=True)
    sys.stdin.readline()
    asyncio.run(hostile.attack(name, float(seconds)))
    print(*(f"{status}:{count}" for status, count in hostile.statuses.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
