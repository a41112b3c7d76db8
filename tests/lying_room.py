# SPDX-License-Identifier: Apache-2.0
"""Lena at a console that lies, and the device that it wants to have something done.

Rules: a real console and a real Chromium, under the RP ID that technicians' passkeys
are made for, which is the worst place; the device is one that the console knows, and
what has run on it is what the device's ledger says began; whoever holds the console
carries whatever order they like there, with every key of the installation.
Not here: other lies (`tests/e2e/test_blind_signing.py`, `test_lying_console.py`).
"""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

from authorise_room import LOG_N, PASSPHRASE, page_of, words
from browser_fixture import CHROMIUM, FLAGS, Visitor, pin
from collector_process import Collector
from console_walk import SUPPORT, certificate, console, invited
from console_walk_a import site_of
from diagnosing_room import TICKET, program
from playwright.sync_api import Browser, BrowserContext, Route, sync_playwright
from playwright.sync_api import Request as Sent
from reader_fixture import Site

from server import configuration
from server.layout import Layout
from server.store.chains import Heard
from technician import keys
from tests.compromised.batch import answer_of, installed, shown_in_words
from tests.compromised.captured import Captured
from tests.compromised.forging import Target
from tests.compromised.machine import Machine, machine
from wire.orders import Proof, Request, challenge, read_order, write_order
from wire.technicians import TECHNICIAN

AWAY = "rebound.example"
"""A name of another's that leads to this machine."""
NAME, HOME, DESK = "Lena", "Lena at home", "Front desk"
"""By which the root knows her passkey and her key file, and the device's label."""
_ROLE = "--role", "technician", *SUPPORT


@dataclass
class Scene:
    """Lena, who signs in at a console that lies, and the device that it wants.

    Attributes:
        visitor: Lena at her browser.
        collector: whose console it is.
        place: where her passkey `lena` and, for the worst, her key `file` are.
        port: of her program.
        server: the collector as who holds it has it.
        device: the machine.
        target: what is known of it.
        agreed: orders that she read in words, signed, and that ran.
    """

    visitor: Visitor
    collector: Collector
    place: Path
    port: int
    server: Captured
    device: Machine
    target: Target
    agreed: list[str] = field(default_factory=list)

    @property
    def passkey(self) -> keys.Passkey:
        """Return what the root names Lena by."""
        return keys.read_passkey(self.place / "lena")

    def wish(self, **changes: object) -> Request:
        """Return what Lena might ask, with changes."""
        return self.target.wish(**{"asked_by": NAME, **changes})

    def link(self, asked: bytes) -> str:
        """Return the address at which her program is sent a request or an order."""
        return f"http://localhost:{self.port}/ask?request={text(asked)}"

    @contextmanager
    def waits(self) -> Iterator[list[bytes]]:
        """Have her program wait with her passkey; gives what is brought back."""
        with program(self.place / "lena", self.visitor.origin, self.port):
            yield from brought(self.visitor.context)

    @contextmanager
    def waits_with_a_file(self, context: BrowserContext) -> Iterator[list[bytes]]:
        """Have her program wait with her key file, for which a click is all."""
        given = "--key", self.place / "file", "--passphrase-file", words(self.place)
        where = "--port", str(self.port), "--console", self.visitor.origin
        with page_of("serve", *given, *where):
            yield from brought(context)

    def fate(self, order: bytes) -> str:
        """Carry an order to the device; return what answers it."""
        server, device = self.server, self.device
        server.now = int(time.time())
        server.removals = server.list_of()
        server.orders = [self.target.seal(order)]
        device.poll(server)
        device.work_off()
        return answer_of(read_order(order)[1].id, device.held())

    def proof(self, said: dict[str, str]) -> Proof:
        """Return what a browser said, as Lena's proof."""
        parts = (
            said[one] for one in ("signature", "authenticatorData", "clientDataJSON")
        )
        return Proof(self.passkey.technician.identity, *map(octets, parts))

    def proven(self, asked: bytes, said: dict[str, str]) -> bytes:
        """Return an order with what a browser said as Lena's proof."""
        return write_order(asked, [self.proof(said)])

    def agree(self, order: bytes) -> None:
        """Carry an order that she read in words and signed: it runs."""
        assert self.fate(order) == "done"
        self.agreed.append(read_order(order)[1].id.hex())

    def sign_in(self) -> None:
        """Sign in at the console, as people do."""
        self.visitor.context.clear_cookies()
        self.visitor.go("/sign-in")
        self.visitor.prove()

    def sign_in_over(self, asked: bytes) -> dict[str, str]:
        """Sign in over a request, as the console has it; return what was signed."""
        page, said = self.visitor.page, list[dict[str, str]]()

        def substitute(route: Route) -> None:
            answer = route.fetch()
            options = answer.json() | {"challenge": text(challenge(asked))}
            route.fulfill(response=answer, json=options)

        def keep(route: Route) -> None:
            if route.request.method == "POST":
                given = json.loads(route.request.post_data or "")
                said.append(given["answer"]["response"])
            route.continue_()

        page.route("**/sign-in/begin", substitute)
        page.route(lambda url: url.endswith("/sign-in"), keep)
        self.sign_in()
        page.locator("#told").get_by_text("That did not work").wait_for()
        page.unroute_all()
        assert challenge(asked) in challenges(said[0])
        return said[0]


def octets(text: str) -> bytes:
    """Return the octets of base64url without its padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text(octets: bytes) -> str:
    """Return octets in base64url without its padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def challenges(said: dict[str, str]) -> list[bytes]:
    """Return what an authenticator signed, as the browser says."""
    client = json.loads(octets(said["clientDataJSON"]))
    return [octets(client["challenge"])]


def credulous(browser: Browser) -> BrowserContext:
    """Return a browser that lets pages ask this machine, as many do unasked."""
    context = browser.new_context(ignore_https_errors=True, locale="en-GB")
    context.grant_permissions(["local-network-access"])
    return context


def unbind(route: Route) -> None:
    """Give a page of the console without what binds it, as who holds it would."""
    answer = route.fetch()
    kept = {
        name: value
        for name, value in answer.headers.items()
        if name not in {"content-security-policy", "cross-origin-opener-policy"}
    }
    route.fulfill(response=answer, headers=kept)


def brought(context: BrowserContext) -> Iterator[list[bytes]]:
    """Give the orders that a browser brings to a console, as they come."""
    found: list[bytes] = []

    def note(sent: Sent) -> None:
        if sent.method == "POST" and sent.url.endswith("/diagnostics/signed"):
            (order,) = parse_qs(sent.post_data)["order"]
            found.append(octets(str(order)))

    context.on("request", note)
    try:
        yield found
    finally:
        context.remove_listener("request", note)


@contextmanager
def lying(place: Path, port: int) -> Iterator[Scene]:
    """Run a console, and have Lena join it with both of her passkeys and a key."""
    with console(place) as (collector, origin), sync_playwright() as driver:
        flags = [
            *FLAGS,
            f"--ignore-certificate-errors-spki-list={pin(certificate(collector))}",
            f"--host-resolver-rules=MAP {AWAY} 127.0.0.1",
        ]
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        lena = Visitor(credulous(browser), origin)
        lena.page.goto(invited(collector, NAME, *_ROLE))
        lena.prove()
        lena.page.wait_for_url(f"{origin}/me")
        _make_keys(lena, place, port)
        named = [
            TECHNICIAN.decode((place / f"{one}.public").read_bytes())
            for one in ("lena", "file")
        ]
        tenant = configuration.read(Layout(collector.folder)).tenant
        with (
            installed(*named, tenant=tenant) as installation,
            closing(machine(place / "device", installation)) as device,
        ):
            server = Captured(installation, int(time.time()))
            target = shown_in_words(server, device, removed=False)
            _make_known(collector, place, device)
            done = read_order(target.done)[1].id.hex()
            yield Scene(
                lena, collector, place, port, server, device, target, agreed=[done]
            )
        browser.close()


def _make_keys(lena: Visitor, place: Path, port: int) -> None:
    """Make what Lena signs with: a passkey of the page's origin, and a file."""
    made = "passkey", "new", place / "lena", "--name", NAME, "--port", str(port)
    with page_of(*made) as (program, address):
        lena.page.goto(address)
        lena.page.get_by_role("button", name="Make my passkey").click()
        assert program.wait(20) == 0
    keys.make_key(place / "file", HOME, PASSPHRASE, LOG_N)


def _make_known(collector: Collector, place: Path, device: Machine) -> None:
    """Let the console know the device and who may ask it, and open a ticket."""
    root = "--key", str(collector.folder / "offline" / "root.key")
    for one in ("lena", "file"):
        added = "add", str(place / f"{one}.public"), "--may", "ask"
        collector.ask("root", "technician", *added, *root)
    collector.ask("ticket", "open", TICKET)
    with site_of(collector) as site:
        _enrol(site, device)


def _enrol(site: Site, device: Machine) -> None:
    who, incarnation = device.who, device.incarnation()
    speaker = site.enrol(DESK, (who.signing, who.sealing))
    assert speaker.device == who.device
    told = site.tenant, who.device, "0.1.0", "Linux", incarnation, 0, 0
    site.store.heard([Heard(*told, accepted=0)], site.now)
