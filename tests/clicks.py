# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""`python -m clicks`: from a technician's click to the result on the page.

Rules: a real collector with its console, a real agent at work on this machine, and a
real Chromium with passkeys; the clock starts at the click that signs, on the
technician's own page, and stops when what was found is on the console's; meanwhile the
store is looked at, so that each part of the way has its own figure; an ordinary poll of
another device, in the same run, says what one round trip costs.
Not here: the command line (`bench/orders.py`). Run it with `PYTHONPATH=tests:.`.
"""

import argparse
import asyncio
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from bench.flood import go_first
from bench.flood_devices import Speaker, enrol
from bench.measure import Figure, publish
from bench.orders import PAUSE_SECONDS, READ_SECONDS, polled

if sys.platform == "win32":
    reason = "a collector runs on Linux"
    raise ImportError(reason)

from browser_fixture import Visitor, chromium
from collector_process import Collector, free_port
from console_walk import SUPPORT, certificate, console, invited
from diagnosing_room import PATIENCE_MS, TICKET, Scene, ask, program
from playwright.sync_api import expect

from server import configuration
from server.layout import Layout
from server.store.interface import Store
from server.store.sqlite import open_store

CLICKS = 20
ASKED = "time_sync"
PARTS = (
    "signed, back at the console and sent",
    "the agent had it, ran it and said so",
    "what it found was stored",
    "opened and on the page",
)
_TAKE = "Take it as CSV"
"""The button below a result."""
_LOOK_SECONDS = 0.005


@dataclass
class Watched:
    """When each part of an order's way was over, as the store shows it.

    Attributes:
        store: that is looked at.
        tenant: whose.
        device: that is asked.
        moments: on the monotonic clock, of all parts but the last.
    """

    store: Store
    tenant: bytes
    device: bytes
    moments: list[float] = field(default_factory=list)
    _known: frozenset[bytes] = frozenset()
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def during(self) -> Iterator[None]:
        """Look until the end of the block."""
        self.moments.clear()
        self._stop.clear()
        self._known = frozenset(
            one.order for one in self.store.orders.fates(self.tenant)
        )
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS) and len(self.moments) < len(PARTS) - 1:
            now, reached = time.perf_counter(), self._reached()
            self.moments += [now] * (reached - len(self.moments))

    def _reached(self) -> int:
        """Return how many parts of the way are over."""
        fates = self.store.orders.fates(self.tenant)
        fate = next((one for one in fates if one.order not in self._known), None)
        if fate is None:
            return 0
        if not fate.ended:
            return 1
        chains = self.store.holes(self.tenant, self.device)
        newest = max(chains, key=lambda one: one.said_at)
        return 3 if newest.end >= newest.said else 2


@dataclass
class Desk:
    """A technician at a browser, whose program waits for what the console sends."""

    visitor: Visitor
    watched: Watched

    def click(self) -> list[float]:
        """Ask the machine something; return the seconds of each part, and of all."""
        page = self.visitor.page
        ask(self.visitor, ASKED)
        page.get_by_role("link", name="Sign on my machine").click()
        button = page.get_by_role("button", name="Sign with my passkey")
        expect(button).to_be_enabled()
        with self.watched.during():
            began = time.perf_counter()
            button.click(no_wait_after=True)
            page.get_by_role("button", name=_TAKE).wait_for(timeout=PATIENCE_MS)
            shown = time.perf_counter()
        seen = [began, *self.watched.moments, shown]
        if len(seen) != len(PARTS) + 1:
            msg = f"the result came before it was seen to be stored: {len(seen)}"
            raise RuntimeError(msg)
        parts = [after - before for before, after in pairwise(seen)]
        return [*parts, shown - began]


@contextmanager
def at_the_desk(place: Path) -> Iterator[tuple[Desk, Collector, Speaker]]:
    """Run collector, agent and browser; yields who asks, and another device."""
    with ExitStack() as open_, console(place) as (made, origin):
        scene = Scene(made, place)
        device = scene.enrol()
        made.ask("ticket", "open", TICKET)
        layout = Layout(made.folder)
        tenant = configuration.read(layout).tenant
        store = open_.enter_context(closing(open_store(layout.store)))
        (other,) = enrol(store, tenant, 1)
        browser = open_.enter_context(chromium(certificate(made)))
        open_.enter_context(scene.at_work())
        scene.wait_for_a_word(device)
        visitor = Visitor(browser.new_context(locale="en-GB"), origin)
        visitor.page.goto(invited(made, "Lena", "--role", "technician", *SUPPORT))
        visitor.prove()
        visitor.page.wait_for_url(f"{origin}/me")
        port = free_port()
        passkey = scene.passkey(visitor, "Lena", "ask", port)
        open_.enter_context(program(passkey, origin, port))
        watched = Watched(store, tenant, bytes.fromhex(device))
        yield Desk(visitor, watched), made, other


def figures(count: int = CLICKS) -> list[Figure]:
    """Measure so many clicks, one after another; the first is not counted."""
    with (
        tempfile.TemporaryDirectory(prefix="discreet-clicks-") as folder,
        at_the_desk(Path(folder)) as (desk, made, other),
        ThreadPoolExecutor(1) as apart,
    ):
        desk.click()
        polls, clicks = [], []
        for _ in range(count):
            time.sleep(PAUSE_SECONDS * (0.5 + secrets.randbelow(1_000) / 1_000))
            # the browser's driver has this thread's loop
            asked = polled(made.port, Layout(made.folder), other)
            polls.append(apart.submit(asyncio.run, asked).result())
            clicks.append(desk.click())
    return _figures(polls, clicks)


def _figures(polls: Sequence[float], clicks: Sequence[Sequence[float]]) -> list[Figure]:
    floor, seen = statistics.median(polls), "an ordinary poll"
    *parts, whole = zip(*clicks, strict=True)
    found = [
        Figure(f"of it: {name}, median", statistics.median(took), "s", floor, seen)
        for name, took in zip(PARTS, parts, strict=True)
    ]
    said = statistics.quantiles(whole, n=100, method="inclusive")
    return [
        Figure("click to result on the page, median", said[49], "s", floor, seen),
        Figure(
            "click to result on the page, p95",
            said[94],
            "s",
            READ_SECONDS,
            "bound",
            (),
            1,
        ),
        Figure("click to result on the page, worst", max(whole), "s", floor, seen),
        *found,
    ]


def main(arguments: Sequence[str] = ()) -> int:
    """Print the table, write JSON; returns 1 where the target is missed."""
    parser = argparse.ArgumentParser(prog="clicks", description=__doc__)
    parser.add_argument("--count", type=int, default=CLICKS, help="clicks")
    parser.add_argument("--beside", action="store_true", help="go before nobody")
    given = parser.parse_args(list(arguments))
    if not given.beside:
        go_first(apart=False)
    found = figures(given.count)
    publish(f"{given.count} clicks at the console, one after another", "clicks", found)
    return 1 if any(item.met is False for item in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
