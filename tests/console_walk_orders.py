# SPDX-License-Identifier: Apache-2.0
"""The walk through one order's own pages, in each of its states.

Rules: the technician signs with a key file; what the device says of orders, and what it
found, is put into the store as its gate does, sealed to the ticket's key.
Not here: what can be asked (`console_walk_b.py`), a device that really answers
(`tests/e2e/test_console_diagnostics.py`).
"""

import base64
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from authorise_room import LOG_N, PASSPHRASE, typed, words
from browser_fixture import Visitor
from collector_process import Collector
from console_walk_a import away, site_of
from reader_fixture import Site, Speaker, table

from server.register.tickets import digest_of
from server.store.chains import Heard
from technician import keys
from wire.doing import Doing
from wire.order_state import OrderState
from wire.refusals import Refusal
from wire.values import Value

TICKET, DESK = "T-77", "Front desk"
WHY = "the till answers slowly"
Rows = Sequence[Mapping[str, Value]]
PROGRAMS = (
    ("till", 1.84, 412_000_000, 4_300_000),
    ("browser", 0.72, 1_310_000_000, 0),
    ("<img src=x onerror=alert(1)>", 0.2, 88_000_000, -40_000),
    (
        "a-service-with-a-name-that-is-as-long-as-names-of-services-can-be",
        0.04,
        9_000,
        0,
    ),
    ("indexer", None, 51_000_000, None),
)
HOPS = (0.000_41, 0.002_3, None, 0.014, 0.0152, None, 0.0211)
ENDS = {
    "denied": Doing(b"", OrderState.DENIED, "", 0, 0),
    "refused": Doing(b"", OrderState.REFUSED, Refusal.FORBIDDEN_HERE.value, 0, 0),
    "expired": Doing(b"", OrderState.EXPIRED, "", 0, 0),
    "failed": Doing(b"", OrderState.FAILED, "timed-out", 0, 0),
}


def processes() -> list[dict[str, Value]]:
    """Return what a look at programs found, a value of which is withheld."""
    return [
        {
            "process.executable.name": name,
            "process.pid": 400 + number,
            "process.state": "running" if number == 0 else "sleeping",
            "process.cpu.utilization": share,
            "process.memory.usage": memory,
            "memory.growth": growth,
        }
        for number, (name, share, memory, growth) in enumerate(PROGRAMS)
    ]


def hops() -> list[dict[str, Value]]:
    """Return the way to a machine, with steps that did not answer."""
    return [
        {
            "hop": number,
            "network.type": "ipv4",
            "network.peer.address": f"198.51.100.{number}" if taken else None,
            "outcome": "passed-on" if taken else "timed-out",
            "duration": taken,
        }
        for number, taken in enumerate(HOPS, 1)
    ]


@dataclass
class Desk:
    """Who asks, and the machine that is asked."""

    visitor: Visitor
    site: Site
    machine: Speaker
    place: Path
    name: str = "Ada Lovelace"
    key: str = "ada"

    def says(self, *doing: Doing) -> None:
        """Let the machine poll, and speak of orders."""
        one = self.machine
        who = self.site.tenant, one.device, "0.1.0", "Linux", one.incarnation
        heard = Heard(*who, one.sequence, 0, accepted=0, doing=doing)
        self.site.store.heard([heard], int(time.time()))

    def draft(self, diagnostic: str, **given: str) -> str:
        """Ask up to the words; return the order's id."""
        page = self.visitor.page
        self.visitor.go(f"/diagnostics?about={diagnostic}")
        page.select_option("#device", self.machine.device.hex())
        page.select_option("#asked-by", self.name)
        page.fill("#reason", WHY)
        for name, value in given.items():
            page.locator(f"#with-{name}").fill(value)
        self.visitor.follow("button", "Ask")
        return page.url.partition("order=")[2]

    def sign(self, order: str) -> None:
        """Sign a draft with the key file, and bring it to the console."""
        page = self.visitor.page
        page.locator("summary").first.click()
        with page.expect_download() as taken:
            page.get_by_role("link", name="Take the request as a file").click()
        request, out = Path(taken.value.path()), self.place / f"{order}.signed"
        secret = "--key", self.place / self.key, "--passphrase-file", words(self.place)
        typed("sign", request, *secret, "--yes", "--out", out)
        text = base64.urlsafe_b64encode(out.read_bytes()).rstrip(b"=").decode()
        back = f"{self.visitor.origin}/diagnostic?order={order}"
        with page.expect_navigation(url=back):
            page.evaluate(_BRING, text)

    def ask(self, diagnostic: str, **given: str) -> str:
        """Ask, sign and send; return the order's id once the page follows it."""
        order = self.draft(diagnostic, **given)
        self.sign(order)
        self.visitor.page.locator("#state").wait_for()
        return order

    def ends(self) -> None:
        """Wait until the page, which follows its order, shows how it ended."""
        self.visitor.page.locator("#state:not([data-follow])").wait_for()

    def answers(self, order: str, diagnostic: str, rows: Rows) -> None:
        """Let the machine seal what it found, and say that it is done."""
        told = [{"request": order, **row} for row in rows]
        self.site.say(self.machine, [table(diagnostic, told)])
        self.says(Doing(bytes.fromhex(order), OrderState.DONE, "", 0, 0))


_BRING = """text => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/diagnostics/signed";
  const field = document.createElement("input");
  field.name = "order";
  field.value = text;
  form.append(field);
  document.body.append(form);
  form.submit();
}"""
"""What the technician's own page does with an order that it has signed."""


def walk(visitor: Visitor, collector: Collector) -> Iterator[str]:
    """Ask, sign and see what becomes of it; yields the name of each page."""
    visitor.go("/step-up?to=diagnostics")
    visitor.prove()
    visitor.page.wait_for_url(f"{visitor.origin}/diagnostics")
    with site_of(collector) as site:
        site.ticket = digest_of(site.tenant, TICKET)
        desk = Desk(visitor, site, site.enrol(DESK), collector.folder)
        desk.says()
        yield from _course(desk)
        yield from _ends(desk)
        yield from _second(desk, collector)
        with visitor.page.expect_navigation(url="**/diagnostics/signed"):
            visitor.page.evaluate(_BRING, "AAAA")
        yield "signed-for-nobody"
        visitor.go("/diagnostic?order=ffff")
        yield "refused"
        visitor.go(f"/device?device={desk.machine.device.hex()}")
        yield "device-orders"


def _course(desk: Desk) -> Iterator[str]:
    """See an order from its words to its result."""
    order = desk.draft("top_processes", top="5", seconds="1")
    yield "order-words"
    desk.sign(order)
    desk.visitor.page.locator("#state").wait_for()
    yield "order-waiting"
    with away(desk.site.layout.office_socket):
        desk.visitor.page.locator("#away").get_by_text("not answer").wait_for()
        yield "order-away"
    desk.visitor.page.locator("#away:empty").wait_for(state="attached")
    desk.says(Doing(bytes.fromhex(order), OrderState.RUNNING, "", 12, 60))
    desk.visitor.page.get_by_text("is running").wait_for()
    yield "order-running"
    desk.answers(order, "top_processes", processes())
    desk.ends()
    yield "order-done"
    order = desk.ask("traceroute", host="shop.example.test")
    desk.answers(order, "traceroute", hops())
    desk.ends()
    yield "order-way"


def _ends(desk: Desk) -> Iterator[str]:
    """See what comes of orders without a result."""
    for name, doing in ENDS.items():
        order = desk.ask("disk_state")
        desk.says(Doing(bytes.fromhex(order), doing.state, doing.reason, 0, 0))
        desk.ends()
        yield f"order-{name}"
    desk.ask("disk_state")
    desk.visitor.follow("button", "Take it back")
    desk.ends()
    yield "order-cancelled"


def _second(desk: Desk, collector: Collector) -> Iterator[str]:
    """See what a second technician has to sign, from both sides."""
    order = desk.draft("packet_headers")
    desk.sign(order)
    yield "order-second"
    other = _somebody(desk, collector)
    order = other.draft("packet_headers")
    other.sign(order)
    desk.visitor.go(f"/diagnostic?order={order}")
    yield "order-approve"
    order = other.ask("disk_state")
    other.answers(order, "disk_state", [{"system.device": "sda", "state": "running"}])
    other.visitor.context.close()
    desk.visitor.go(f"/diagnostic?order={order}")
    yield "order-of-others"
    desk.visitor.page.fill("#read-reason", WHY)
    desk.visitor.follow("button", "Read for support")
    yield "order-read"


def _somebody(desk: Desk, collector: Collector) -> Desk:
    """Let another technician come in, with a key file of theirs."""
    from console_walk import SUPPORT, invited  # noqa: PLC0415 - it calls this walk

    name, key = "Edsger Dijkstra", "edsger"
    keys.make_key(desk.place / key, name, PASSPHRASE, LOG_N)
    added = "add", f"{desk.place / key}.public", "--may", "ask"
    root = "--key", str(desk.place / "offline" / "root.key")
    collector.ask("root", "technician", *added, *root)
    browser = desk.visitor.context.browser
    assert browser is not None
    visitor = Visitor(browser.new_context(locale="en-GB"), desk.visitor.origin)
    visitor.page.goto(invited(collector, name, "--role", "technician", *SUPPORT))
    visitor.prove()
    visitor.page.get_by_role("button", name="Sign out").wait_for()
    return Desk(visitor, desk.site, desk.machine, desk.place, name, key)
