# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""A fleet that comes back at once after an outage: how soon all of it is heard again.

Rules: every device has its own address, key and chain, and for each try a connection
that stays from its poll to its receipt, as an agent's does; it waits after a failure as
an agent does (`agent/delivery/shipping.py`), and as long as it is told to; it is back
once its poll is answered and a receipt is there.
Not here: what a batch costs (`gate.py`), hostile devices (`../flood.py`).

usage: python -m bench.fleet.herd [--devices 20000]
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from agent.delivery.shipping import backoff
from bench.flood_devices import Line, Speaker, Way, enrol, pinned
from bench.gates import collector, gate
from bench.measure import Figure, print_table, publish
from bench.processes import peak, used
from server import configuration
from server.store.sqlite import open_store

if sys.platform == "win32":
    reason = "the gate is measured on Linux"
    raise ImportError(reason)

import uvloop

DEVICES = 20_000
WITHIN_SECONDS = 10.0
"""Between the first that comes and the last."""
RECOVERED_SECONDS = 300.0
PATIENCE_SECONDS = 15.0
"""An agent's, for one answer."""
OCTETS = 16 * 1024
MEMORY = 256.0
OK, BUSY = 200, 503
TOLD_TO_WAIT = {429, BUSY}


@dataclass
class Herd:
    """What became of all of them.

    Attributes:
        back: seconds from when each came to its receipt.
        answers: how often each status came; 0 for a connection that broke.
        over: seconds from the first that came to the last receipt.
    """

    back: list[float] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    over: float = 0.0


class RefusedError(Exception):
    """An answer that is none; its status, and for how long to stay away."""

    def __init__(self, status: int, seconds: float) -> None:
        """Take both."""
        self.status, self.seconds = status, seconds
        super().__init__(status)


async def _said(line: Line, path: str, body: bytes, herd: Herd) -> None:
    status, seconds = await line.told(path, body)
    herd.answers[status] += 1
    if status != OK:
        raise RefusedError(status, seconds)


async def _device(way: Way, speaker: Speaker, herd: Herd) -> None:
    """Come back: poll, and ship what was gathered meanwhile, on one connection."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(random.uniform(0, WITHIN_SECONDS))  # noqa: S311 - a schedule
    came, failures, polled = loop.time(), 0, False
    shipment = speaker.sealed(1, OCTETS)
    while True:
        wait = 0.0
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                line = await way.open()
            with closing(line):
                if not polled:
                    async with asyncio.timeout(PATIENCE_SECONDS):
                        await _said(line, "/v1/poll", speaker.poll(), herd)
                    polled = True
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await _said(line, "/v1/shipments", shipment, herd)
            break
        except RefusedError as refused:
            wait = refused.seconds * (1 + random.random())  # noqa: S311 - jitter
            shipment = speaker.again()
        except (OSError, EOFError, TimeoutError):
            herd.answers[0] += 1
            shipment = speaker.again()
        failures += 1
        await asyncio.sleep(max(wait, backoff(failures, random.random())))  # noqa: S311 - jitter
    herd.back.append(loop.time() - came)


async def _all(port: int, authority: Path, speakers: Sequence[Speaker]) -> Herd:
    context, herd = pinned(authority), Herd()
    began = asyncio.get_running_loop().time()
    tasks = []
    for number, speaker in enumerate(speakers):
        high, low = divmod(number, 250)
        way = Way(port, context, f"127.{1 + high // 250}.{high % 250}.{low + 1}")
        tasks.append(asyncio.create_task(_device(way, speaker, herd)))
    shown = asyncio.create_task(_shown(herd, len(speakers)))
    await asyncio.gather(*tasks)
    shown.cancel()
    herd.over = asyncio.get_running_loop().time() - began
    return herd


async def _shown(herd: Herd, count: int) -> None:
    while sys.stderr.isatty():
        told = f"\r{len(herd.back):,} of {count:,} are back "
        print(told, end="", file=sys.stderr, flush=True)
        await asyncio.sleep(1)


def figures(devices: int) -> list[Figure]:
    """Let a fleet come back.

    Args:
        devices: that come.
    """
    with tempfile.TemporaryDirectory(prefix="discreet-herd-") as folder:
        layout = collector(Path(folder))
        tenant = configuration.read(layout).tenant
        store = open_store(layout.store)
        speakers = enrol(store, tenant, devices)
        store.close()
        with gate(layout) as (process, port):
            authority = layout.gate / "authority.der"
            before = used(process.pid).cpu
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                herd = runner.run(_all(port, authority, speakers))
            cpu, memory = used(process.pid).cpu - before, peak(process.pid)
    told = [
        ("status", "answers"),
        *((str(k), f"{n:,}") for k, n in herd.answers.items()),
    ]
    print_table("How they were answered (0: hung up, or nobody answered in time)", told)
    return _figures(herd, devices, cpu, memory)


def _figures(herd: Herd, devices: int, cpu: float, memory: float) -> list[Figure]:
    ordered = sorted(herd.back)
    storm = sum(
        count
        for status, count in herd.answers.items()
        if status not in {0, OK, *TOLD_TO_WAIT}
    )
    return [
        Figure("all are back", herd.over, "s", RECOVERED_SECONDS, "bound", (), 1.0),
        Figure("half are back, each after", ordered[devices // 2], "s"),
        Figure("the last one, after", ordered[-1], "s"),
        Figure("told to wait", sum(herd.answers[n] for n in TOLD_TO_WAIT), "answers"),
        Figure("hung up on", herd.answers[0], "tries"),
        Figure("failed otherwise", storm, "answers"),
        Figure("gate's work for each", cpu / devices * 1000, "ms CPU"),
        Figure("gate's memory, at most", memory, "MiB RSS", MEMORY, "bound", (), 1.0),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, write JSON; return 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.fleet.herd")
    parser.add_argument("--devices", type=int, default=DEVICES)
    options = parser.parse_args(arguments)
    found = figures(options.devices)
    publish(
        f"{options.devices:,} devices come back within {WITHIN_SECONDS:.0f} s",
        "herd",
        found,
    )
    failed = any(item.what == "failed otherwise" and item.value for item in found)
    return 1 if failed or any(item.met is False for item in found) else 0


if __name__ == "__main__":
    sys.exit(main())
