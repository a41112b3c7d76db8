# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""`python -m bench.purge`: what deleting 50,000 envelopes costs those who store.

Rules: a real gate in a process of its own, and one that deletes as the keeper does; the
others are measured beside quiet seconds just before, in the same run, and these twice:
what the second differ from the first is the machine's noise; afterwards nothing that
was deleted may be found in any file of the store.
Not here: how the others speak (`flood_devices.py`), how their times are compared
(`flood.py`).
"""

import argparse
import asyncio
import hashlib
import random
import subprocess
import sys
import time
from pathlib import Path

from bench.flood import SETTLE_SECONDS, Scene, Times, compared, go_first, others, scene
from bench.measure import MIB, PYTHON, Figure, publish
from server import configuration
from server.layout import Layout
from server.store.interface import StoredEnvelope
from server.store.purging import purged
from server.store.sqlite import open_store
from wire.envelope import NO_PREVIOUS, EnvelopeKind

if sys.platform == "win32":
    reason = "the gate is measured on Linux"
    raise ImportError(reason)

ENVELOPES = 50_000
"""A day of 500 devices that send every 15 minutes."""
DEVICE_ENVELOPES = 100
SIZES = (1_500, 2_500, 6_000, 12_000)
"""Octets of an envelope, from the metrics of a minute to an inventory."""
QUIET_SECONDS = 30.0
WINDOW_SECONDS = 5.0
_KEY, _OTHER = b"\xee" * 16, b"\xdd" * 16
_CANARY = b"canary of a purge, 32 octets it."
DELETE = "delete"
"""The process that deletes is this program with this word."""


def fill(layout: Layout, envelopes: int) -> None:
    """Store what is to be deleted, and among it as much that stays."""
    store = open_store(layout.store)
    tenant = configuration.read(layout).tenant
    chance = random.Random(1)  # noqa: S311 - sizes and filling
    for number in range(2 * envelopes // DEVICE_ENVELOPES):
        device = number.to_bytes(16, "big")
        store.put(_chain(tenant, device, chance), int(time.time()))
    store.close()


def _chain(tenant: bytes, device: bytes, chance: random.Random) -> list[StoredEnvelope]:
    made: list[StoredEnvelope] = []
    previous = NO_PREVIOUS
    for sequence in range(1, DEVICE_ENVELOPES + 1):
        key = _KEY if sequence % 2 else _OTHER
        octets = chance.randbytes(chance.choice(SIZES))
        if key == _KEY:
            octets = _CANARY + octets[len(_CANARY) :]
        digest = hashlib.sha256(octets).digest()
        filed = EnvelopeKind.DATA.value, "support", "standard", key, 900, 1_000, 1
        made.append(
            StoredEnvelope(
                *(tenant, device, bytes(16), sequence, previous, digest, *filed, octets)
            )
        )
        previous = digest
    return made


def delete(path: Path, tenant: bytes) -> None:
    """Delete what was stored, as the keeper does; prints what that took."""
    store = open_store(path)
    store.end_key(tenant, _KEY, int(time.time()))
    began, longest = time.monotonic(), 0.0
    rows = slices = 0
    took = time.monotonic()
    for done in purged(
        lambda most: store.delete_ended(tenant, _KEY, most), lambda done: done.rows
    ):
        longest = max(longest, time.monotonic() - took) if slices else longest
        rows, slices = rows + done.rows, slices + 1
        took = time.monotonic()
    print(rows, slices, time.monotonic() - began)
    tries = 1
    while not store.scrub():
        tries += 1
    print(tries, time.monotonic() - began)
    store.close()


def _purged(there: Scene, layout: Layout, tenant: bytes) -> tuple[Times, list[float]]:
    """Measure the others while all is deleted; also what the deleter tells."""
    command = [
        *(PYTHON, "-m", "bench.purge", DELETE, "--store", str(layout.store)),
        *("--tenant", tenant.hex()),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        times = Times()
        while process.poll() is None:
            window = asyncio.run(others(there, WINDOW_SECONDS))
            if process.poll() is None or not times.waited:  # all of it was purge
                times.waited += window.waited
                times.processor = window.processor
            times.failed += window.failed
        told, _ = process.communicate()
    return times, [float(word) for word in told.split()]


def _left(path: Path) -> int:
    """Return how many canaries are in the store's files."""
    return sum(
        one.read_bytes().count(_CANARY)
        for one in path.parent.iterdir()
        if one.is_file()
    )


def figures(envelopes: int, quiet: float) -> list[Figure]:
    """Measure a purge beside the quiet before it.

    Args:
        envelopes: to be deleted.
        quiet: seconds of quiet, twice.
    """
    with scene(PYTHON, Path.cwd()) as there:
        layout = Layout(there.authority.parents[1])
        tenant = configuration.read(layout).tenant
        fill(layout, envelopes)
        before = layout.store.stat().st_size / MIB
        asyncio.run(others(there, SETTLE_SECONDS))
        first, again = (asyncio.run(others(there, quiet)) for _ in range(2))
        times, (rows, slices, seconds, tries, scrubbed) = _purged(there, layout, tenant)
        left = _left(layout.store)
    failed = first.failed + again.failed + times.failed
    return [
        *compared("purge", times, first, again),
        Figure("others measured during it", len(times.waited), "requests"),
        Figure("others not served", failed, "requests", 0.0),
        Figure("deleted", rows, "envelopes", envelopes, "stored"),
        Figure("of a file of", before, "MiB"),
        Figure("slices", slices, "transactions"),
        Figure("it took", seconds, "s"),
        Figure("tries until scrubbed", tries, "tries"),
        Figure("scrubbed after", scrubbed, "s"),
        Figure("canaries in the files then", left, "canaries", 0.0),
    ]


def main(arguments: list[str]) -> int:
    """Print the table, write JSON; returns 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="bench.purge", description=__doc__)
    parser.add_argument("act", nargs="?", choices=(DELETE,))
    parser.add_argument("--store", type=Path)
    parser.add_argument("--tenant", type=bytes.fromhex, default=b"")
    parser.add_argument("--envelopes", type=int, default=ENVELOPES)
    parser.add_argument("--seconds", type=float, default=QUIET_SECONDS)
    given = parser.parse_args(arguments)
    if given.act == DELETE:
        delete(given.store, given.tenant)
        return 0
    go_first()
    found = figures(given.envelopes, given.seconds)
    publish("A purge beside a gate that stores", "purge", found)
    lost = [item for item in found if item.floor == 0 and item.value]
    return 1 if lost or any(item.met is False for item in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
