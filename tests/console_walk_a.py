# SPDX-License-Identifier: Apache-2.0
"""The walk through the pages of devices and of what they sent.

Rules: devices are in the store as the gate puts them there, sealed by keys of theirs;
what is shown comes from the reader that runs.
Not here: other pages (`console_walk.py`).
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from browser_fixture import Visitor
from collector_process import Collector
from reader_fixture import Site, Speaker, table

from server import configuration
from server.keyring import open_keyring
from server.layout import Layout
from server.store.chains import Heard
from server.store.refusals import NOBODY, Refused
from server.store.sqlite import open_store
from wire.body import Mode
from wire.purposes import Purpose
from wire.queue_state import QUEUE_STATE, QueueState
from wire.values import Value

WHY = "the customer says that the machine is slow"
WORK, PROVISION = Purpose.ADMINISTRATION, Purpose.PROVISION
SOFTWARE = (
    ("openssl", "3.0.16-1", 6_010_000),
    ("libreoffice-writer", "4:25.2.3-2", 42_300_000),
    ("<img src=x onerror=alert(1)>", "1.0", 1),
    ("=HYPERLINK(1)", "2.0", 2_048),
)
MACHINE: dict[str, Value] = {
    "host.name": "desk-reception",
    "device.manufacturer": "LENOVO",
    "device.model.name": "ThinkCentre M70q",
    "bios_ver": "M3BKT41A",
    "host.arch": "amd64",
    "timezone": "Europe/Berlin",
}


@contextmanager
def site_of(collector: Collector) -> Iterator[Site]:
    """Open the store of a collector that runs, as its gate does."""
    layout, now = Layout(collector.folder), int(time.time())
    store, keyring = open_store(layout.store), open_keyring(layout)
    try:
        yield Site(layout, configuration.read(layout).tenant, now, store, keyring)
    finally:
        store.close()
        keyring.close()


@contextmanager
def away(socket: Path) -> Iterator[None]:
    """Hide where a process of the collector listens, as while it is started anew."""
    hidden = socket.rename(f"{socket}.hidden")
    try:
        yield
    finally:
        hidden.rename(socket)


def filled(site: Site) -> Speaker:
    """Enrol devices, one of which sent a day of measurements; return that one."""
    speaker = site.enrol("Reception")
    rows: list[dict[str, Value]] = [
        dict(zip(("name", "version", "size"), one, strict=True)) for one in SOFTWARE
    ]
    parts = [table("software", rows, WORK, Mode.FULL)]
    parts.append(table("devices", [MACHINE], WORK, Mode.FULL))
    site.say(speaker, parts, WORK)
    load = [point(site.now, step) for step in range(96) if not 40 < step < 52]
    health: list[dict[str, Value]] = [
        {"collector": name, "outcome": outcome, "duration": 12}
        for name, outcome in (("software", "ok"), ("patches", "failed"))
    ]
    sent = [table("host_metrics", load, PROVISION)]
    sent.append(table("agent_health", health, PROVISION))
    site.say(speaker, sent, PROVISION)
    for number in range(7):
        site.enrol(f"Office {number + 1}")
    loud = site.enrol("<b>Server</b>")
    state = QUEUE_STATE.encode(QueueState(14, 60_000, 900, 12, 1, ("spool-full",)))
    said = loud.incarnation, 1, 0, None, state
    told = Heard(site.tenant, loud.device, "0.1.0", "Windows 11 Pro", *said)
    site.store.heard([told], site.now)
    not_taken(site, loud.device)
    return speaker


def not_taken(site: Site, device: bytes) -> None:
    """Have gates tell what they did not take: of a device, and of nobody known."""
    skew = Refused(site.tenant, device, "clock-skew", 31, site.now - 60)
    again = Refused(site.tenant, device, "replay", 2, site.now - 7_200)
    nobody = Refused(NOBODY, b"", "unknown-device", 7, site.now - 300)
    site.store.refusals.add("west", [skew, nobody])
    site.store.refusals.add("east", [again])


def point(now: int, step: int) -> dict[str, Value]:
    """Return what a machine measured, a quarter of an hour after another."""
    wave = math.sin(step / 9) + 1.2
    return {
        "timestamp": now - 86_400 + 900 * step,
        "system.cpu.time.idle": 3_000.0 * step - 900 * math.sin(step / 5),
        "system.cpu.time.user": 600.0 * step + 900 * math.sin(step / 5),
        "system.memory.utilization": 38.0 + 9 * wave,
        "system.filesystem.utilization": 71.0 + step / 40,
        "load1": wave,
        "load15": wave / 2 + 0.4,
        "system.network.io.receive": 40_000_000 * step,
        "system.network.io.transmit": 9_000_000 * step,
    }


def walk(visitor: Visitor, collector: Collector) -> Iterator[str]:
    """Find a device and read of it for a purpose; yields the name of each page."""
    page = visitor.page
    visitor.go("/fleet")
    yield "fleet-empty"
    with site_of(collector) as site:
        filled(site)
    visitor.go("/fleet")
    yield "fleet"
    page.get_by_text("Show how the agents fared").click()
    page.fill("#reason", WHY)
    visitor.follow("button", "Show")
    yield "fleet-fared"
    visitor.follow("link", "Show the fleet without it")
    find(visitor, "recep")
    visitor.follow("link", "Reception")
    yield "device"
    visitor.go("/fleet?refused=clock-skew")
    visitor.follow("link", "<b>Server</b>")
    yield "device-refused"
    visitor.go("/fleet")
    visitor.follow("link", "Reception")
    choose(visitor, "administration", "Software")
    yield "device-software"
    visitor.follow("button", "Inventory")
    yield "device-inventory"
    choose(visitor, "service provision", "Load")
    page.locator("figure summary").first.click()
    yield "device-load"
    visitor.follow("button", "Outcomes of the agent")
    yield "device-outcomes"
    for part in ("Updates", "Events"):
        visitor.follow("button", part)
        yield f"device-{part.lower()}"
    with away(Layout(collector.folder).socket):
        visitor.follow("button", "Load")
        yield "device-away"
    visitor.go("/explore?example=versions")
    yield "explore"
    page.fill("#reason", WHY)
    visitor.follow("button", "Ask")
    yield "explore-result"
    with away(Layout(collector.folder).socket):
        visitor.follow("button", "Ask")
        yield "explore-away"
    with away(Layout(collector.folder).office_socket):
        visitor.go("/fleet")
        yield "away"


def find(visitor: Visitor, words: str) -> None:
    """Search the fleet."""
    visitor.page.fill("#q", words)
    visitor.follow("button", "Find")


def choose(visitor: Visitor, purpose: str, part: str) -> None:
    """Choose a purpose, say why, and read a part."""
    page = visitor.page
    visitor.go_by(page.locator("#data .tiles a").filter(has_text=purpose))
    page.fill("#reason", WHY)
    visitor.follow("button", part)
