# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""`python -m bench.orders`: how soon a technician reads what a device was asked.

Rules: a real collector and a real agent at work, this machine's own rows; one order
after another, each from the click to the table read: drafted, signed with a key file,
sent, carried out, sealed, shipped and opened for an ordinary grant; where it may, as
root, all of it goes before all else on this machine; before each of them an ordinary
poll of another device, in the same run, says what one round trip costs.
Not here: what thousands that wait cost (`waits.py`).
"""

import argparse
import asyncio
import io
import json
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from bench.flood import go_first
from bench.flood_devices import HOST, Speaker, Way, enrol, pinned
from bench.measure import Figure, publish

if sys.platform == "win32":
    reason = "a collector runs on Linux"
    raise ImportError(reason)

from server import configuration
from server.commands import diagnose_run
from server.errors import UsageError
from server.layout import Layout
from server.store.sqlite import open_store
from technician import keys
from tests.collector_process import BIN, Collector, collector, run

ORDERS = 100
READ_SECONDS = 3.0
"""Most from the click to the result on a device that waits: 95 of 100."""
PAUSE_SECONDS = 4.0
"""Between two orders, half of it more or less: nobody clicks on and on, and a device
that is asked on and on is put off as any that speaks too much."""
PATIENCE_SECONDS = 120.0
ASKED = "time_sync"
_PASSPHRASE = b"correct horse battery"
_LOG_N = 14


class Scene:
    """A collector, an agent at work, a technician's key, and one more device."""

    def __init__(self, made: Collector, place: Path) -> None:
        """Enrol both devices and name the technician."""
        self.made = made
        self._place = place
        self.layout = Layout(made.folder)
        words = place / "words"
        words.write_bytes(_PASSPHRASE)
        words.chmod(0o600)
        keys.make_key(place / "lena", "Lena", _PASSPHRASE, _LOG_N)
        root = str(made.folder / "offline" / "root.key")
        added = str(place / "lena.public"), "--may", "ask", "--key", root
        made.ask("root", "technician", "add", *added)
        run("discreet-agent", "enrol", made.token(), state=place / "agent")
        (device,) = json.loads(made.ask("device", "list", "--json"))
        made.ask("device", "label", device["device"], "here")
        made.ask("ticket", "open", "T-1")
        with closing(open_store(self.layout.store)) as store:
            tenant = configuration.read(self.layout).tenant
            (self._other,) = enrol(store, tenant, 1)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Run the agent; the block begins when it waits for orders."""
        state = str(self._place / "agent")
        command = [str(BIN / "discreet-agent"), "--state", state, "run"]
        with (self._place / "agent.log").open("ab") as log:
            process = subprocess.Popen([*command, "--now"], stdout=log, stderr=log)
            try:
                self._until_it_has_spoken()
                yield
            finally:
                process.terminate()
                process.wait(30)

    def _until_it_has_spoken(self) -> None:
        """Ask once, which is not counted: its first passes come before."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self.click()
            except UsageError:  # it has not spoken yet
                if time.monotonic() > until:
                    raise
                time.sleep(1)
            else:
                return

    def click(self) -> float:
        """Ask the machine something; return the seconds until it was read."""
        options = argparse.Namespace(
            directory=self.made.folder,
            device="here",
            diagnostic=ASKED,
            parameter=[],
            ticket="T-1",
            reason="the disk makes a noise",
            asked_by="Lena",
            expires=600,
            key=self._place / "lena",
            passphrase_file=self._place / "words",
            yes=True,
            wait=PATIENCE_SECONDS,
        )
        octets = io.BytesIO()
        shown = io.TextIOWrapper(octets, write_through=True)
        began = time.perf_counter()
        with redirect_stdout(shown), redirect_stderr(shown):
            diagnose_run.run(options)
        took = time.perf_counter() - began
        text = octets.getvalue().decode()
        if "row from" not in text:
            msg = f"there was no result: {text}"
            raise RuntimeError(msg)
        return took

    def polled(self) -> float:
        """Return the seconds of an ordinary poll and its answer."""
        return asyncio.run(polled(self.made.port, self.layout, self._other))


async def polled(port: int, layout: Layout, speaker: Speaker) -> float:
    """Return the seconds of an ordinary poll of a device, and of its answer."""
    way = Way(port, pinned(layout.gate / "authority.der"), HOST)
    began = time.perf_counter()
    status = await way.ask("/v1/poll", speaker.poll())
    took = time.perf_counter() - began
    if status != 200:  # noqa: PLR2004 - HTTP's
        msg = f"a poll was answered with {status}"
        raise RuntimeError(msg)
    return took


def figures(count: int = ORDERS) -> list[Figure]:
    """Measure so many orders, one after another."""
    with tempfile.TemporaryDirectory(prefix="discreet-orders-") as folder:
        place = Path(folder)
        with collector(place / "collector") as made:
            scene = Scene(made, place)
            with scene.at_work():
                polls, reads = [], []
                for _ in range(count):
                    spread = 0.5 + secrets.randbelow(1_000) / 1_000
                    time.sleep(PAUSE_SECONDS * spread)
                    polls.append(scene.polled())
                    reads.append(scene.click())
    return _figures(polls, reads)


def _figures(polls: Sequence[float], reads: Sequence[float]) -> list[Figure]:
    floor = statistics.median(polls)
    parts = statistics.quantiles(reads, n=100, method="inclusive")
    seen = "an ordinary poll"
    return [
        Figure("click to result read, median", parts[49], "s", floor, seen),
        Figure(
            "click to result read, p95", parts[94], "s", READ_SECONDS, "bound", (), 1
        ),
        Figure("click to result read, p99", parts[98], "s", floor, seen),
        Figure("an ordinary poll, p99", statistics.quantiles(polls, n=100)[98], "s"),
    ]


def main(arguments: Sequence[str] = ()) -> int:
    """Print the table, write JSON; returns 1 where the target is missed."""
    parser = argparse.ArgumentParser(prog="bench.orders", description=__doc__)
    parser.add_argument("--count", type=int, default=ORDERS, help="orders")
    given = parser.parse_args(list(arguments))
    go_first(apart=False)
    found = figures(given.count)
    publish(f"{given.count} orders to this machine, one after another", "orders", found)
    return 1 if any(item.met is False for item in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
