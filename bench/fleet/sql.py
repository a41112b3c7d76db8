# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""A person's SQL over the sealed inventories of a whole fleet.

Rules: a real collector, its reader and its locked child; each device has its own key,
envelope and packages, of nine columns; what is asked reads some of them, as people do;
cold is the reader's first reading since it started.
Not here: one device's many differences (`../reading.py`).

usage: python -m bench.fleet.sql [--devices 10000] [--kinds 50]
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.collectors import collector
from agent.redaction.engine import BoundDataset, Redactor
from agent.rows import Row
from bench.measure import Figure, publish
from bench.processes import LOOK_SECONDS, children_peak, program_of, tree, used
from bench.reading import enrolled, indexed, key_of, sealed
from server import configuration
from server.keyring import open_keyring
from server.layout import Layout
from server.reader.client import ask
from server.store.sqlite import open_store
from tools.demo_run import Demo
from wire.body import Mode, Table
from wire.envelope import NO_PREVIOUS
from wire.purposes import Purpose
from wire.state import row_octets, state_digest
from wire.transforms.call import KEEP

if sys.platform == "win32":
    reason = "a collector's reader runs on Linux"
    raise ImportError(reason)

DEVICES = 10_000
PACKAGES = 890
"""Of an ordinary Debian server."""
POOL = 3_000
KINDS_OF_MACHINES = 50
"""Machines differ in what they have; a body is made once for each kind, and its digest
compared once by each process: as many kinds as devices is a fleet without images."""
TOGETHER = 500
"""Envelopes of one transaction."""
SETTLED_SECONDS = 60.0
COLD_SECONDS, WARM_SECONDS, MOST_MIB = 10.0, 1.0, 3 * 1024.0
DATASET = collector("software").dataset
NAMES = [column.name for column in DATASET.columns]
ASKED = {
    "which devices have a package older than": (
        "SELECT count(DISTINCT device) FROM software "
        "WHERE name = 'libssl7' AND version < '5'"
    ),
    "the versions of every package": (
        "SELECT name, version, count(*) AS devices FROM software "
        "GROUP BY ALL ORDER BY devices DESC LIMIT 20"
    ),
}


@dataclass(frozen=True)
class Told:
    """What one reading took: wall clock and processor, seconds."""

    waited: float
    worked: float


def _row(number: int) -> list[str | int]:
    name = f"lib{('ssl', 'glib', 'python3-', 'perl-')[number % 4]}{number}"
    version = f"{number % 9}.{number % 41}.{number % 7}-{number % 5}+deb12u{number % 3}"
    return [
        *(name, version, f"Debian team <team{number % 200}@lists.debian.org>"),
        *("all" if number % 3 else "amd64", "dpkg", name, 1_024 * number),
        f"pkg:deb/debian/{name}@{version}?arch=amd64&distro=debian-12",
        1_750_032_000,
    ]


def _tables(kinds: int) -> Iterator[Table]:
    """Yield the inventory of each kind of machine."""
    chance = random.Random(7)  # noqa: S311 - packages, no secret
    bound = BoundDataset(DATASET, Purpose.ADMINISTRATION, dict.fromkeys(NAMES, KEEP))
    for _ in range(kinds):
        rows = [_row(number) for number in chance.sample(range(POOL), PACKAGES)]
        raw = [Row(dict(zip(NAMES, row, strict=True))) for row in rows]
        records = Redactor(None, None).redact(bound, raw).records
        state = state_digest(NAMES, [row_octets(row) for row in rows])
        columns = DATASET.columns
        yield Table(DATASET, columns, records, Mode.FULL, (), state)


def fill(layout: Layout, devices: int, kinds: int = KINDS_OF_MACHINES) -> None:
    """Put the sealed inventory of each device into a store; tells how far it is."""
    store, keyring, now = (
        open_store(layout.store),
        open_keyring(layout),
        int(time.time()),
    )
    tenant, tables, waiting = (
        configuration.read(layout).tenant,
        [*_tables(min(kinds, devices))],
        [],
    )
    key = key_of(keyring, tenant, Purpose.ADMINISTRATION, now)
    for number in range(devices):
        signing = enrolled(store, tenant, now)
        table = tables[number % len(tables)]
        octets = sealed(table, key, signing, 0, NO_PREVIOUS, (tenant, now))
        waiting.append(indexed(octets))
        if len(waiting) == TOGETHER or number == devices - 1:
            store.put(waiting, now)
            waiting.clear()
            sys.stderr.write(f"\rsealed {number + 1:,} of {devices:,}")
    sys.stderr.write("\n")
    keyring.close()
    store.close()


def _read(layout: Layout, reader: int, sql: str, devices: int) -> Told:
    """Ask once.

    Raises:
        RuntimeError: not all devices were read.
    """
    question = {"purpose": "administration", "reason": "bench", "sql": sql}
    before, began = used(reader).cpu, time.monotonic()
    *_, last = ask(layout.socket, question)
    waited = time.monotonic() - began
    end = last["end"]
    if not isinstance(end, dict) or end["devices"] != devices:
        msg = f"a reading of {devices} devices told {end}"
        raise RuntimeError(msg)
    return Told(waited, used(reader).cpu - before)


def figures(devices: int, kinds: int) -> list[Figure]:
    """Measure each question, cold and again."""
    found = []
    with tempfile.TemporaryDirectory(prefix="discreet-fleet-") as folder:
        demo = Demo(Path(folder))
        url = f"https://127.0.0.1:{demo.port}"
        demo.ask("discreet-server", "init", "--tenant", "B", "--url", url, quiet=True)
        layout = Layout(Path(folder) / "collector")
        fill(layout, devices, kinds)
        for words, sql in ASKED.items():
            what = f"{words}, {devices * PACKAGES / 1e6:.1f} M rows"
            with demo.collector() as process:
                _settle(layout)
                reader = _reader(process.pid)
                with children_peak(process.pid) as peak:
                    cold = _read(layout, reader, sql, devices)
                    again = _read(layout, reader, sql, devices)
                    most = peak()
            found += [
                *_figures(f"{what}: cold", cold, COLD_SECONDS * devices / DEVICES),
                *_figures(f"{what}: again", again, WARM_SECONDS * devices / DEVICES),
                Figure(
                    f"{what}: the largest process",
                    most,
                    "MiB RSS",
                    MOST_MIB,
                    "bound",
                    target=1.0,
                ),
            ]
    return found


def _figures(what: str, told: Told, bound: float) -> Iterator[Figure]:
    yield Figure(what, told.waited, "s", bound, "bound", target=1.0)
    yield Figure(f"{what}, its work", told.worked, "s CPU")


def _settle(layout: Layout) -> None:
    """Wait until the keeper of a new collector has gone through it once."""
    keyring, until = open_keyring(layout), time.monotonic() + SETTLED_SECONDS
    while keyring.renewing():
        if time.monotonic() > until:
            msg = "the keeper has not gone through a new collector"
            raise RuntimeError(msg)
        time.sleep(LOOK_SECONDS)
    keyring.close()


def _reader(collector: int) -> int:
    """Return the process of a collector that reads."""
    for pid in program_of(tree(collector), "server.reader"):
        return pid
    msg = "the collector has no reader"
    raise RuntimeError(msg)


def main(arguments: list[str] | None = None) -> int:
    """Print the figures and write them."""
    parser = argparse.ArgumentParser(prog="python -m bench.fleet.sql")
    parser.add_argument("--devices", type=int, default=DEVICES)
    parser.add_argument("--kinds", type=int, default=KINDS_OF_MACHINES)
    chosen = parser.parse_args([] if arguments is None else arguments)
    publish(
        "A fleet's inventories, by SQL",
        "fleet_sql",
        figures(chosen.devices, chosen.kinds),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
