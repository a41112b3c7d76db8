# SPDX-License-Identifier: Apache-2.0
"""A technician signs in a real browser: what they see, and what is signed.

Rules: Debian's Chromium with a virtual authenticator, the program as it ships; whether
a proof counts is said by `wire`, as at a device.
Not here: what the page refuses (`tests/unit/technician/test_pages.py`).
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from authorise_pages import PAGES, walk
from authorise_room import drafted, page_of
from axe_fixture import faults
from browser_room import Browser, browsing, needs_chromium
from playwright.sync_api import expect

from policies.saying import LANGUAGES
from wire.authorisation import unauthorised
from wire.orders import Order, Request, read_order
from wire.refusals import Refusal
from wire.technicians import TECHNICIAN, Technician

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.browser,
    needs_chromium,
]
PORT = 18_348
HOSTILE = "<img src=x onerror=document.body.remove()>'\"&amp;"
AT = ("--port", str(PORT))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser."""
    with browsing() as opened:
        yield opened


class Desk:
    """A technician with a browser and a passkey."""

    def __init__(self, browser: Browser, place: Path) -> None:
        """Make the passkey by the page."""
        self.browser, self.place = browser, place
        self.authenticator = browser.add_authenticator()
        made = "passkey", "new", place / "mine", "--name", "Lena"
        with page_of(*made, *AT) as (program, address):
            browser.page.goto(address)
            self.press("Make my passkey", "Your passkey is made")
            assert program.wait(20) == 0

    def press(self, button: str, told: str) -> None:
        """Press a button, and wait for what the page says then."""
        self.browser.page.get_by_role("button", name=button).click()
        self.browser.page.get_by_role("status").get_by_text(told).wait_for(
            timeout=20_000
        )

    def signs(self, path: Path) -> subprocess.Popen[str]:
        """Sign what a file asks; return the program, which has ended."""
        with page_of("serve", path, "--passkey", self.place / "mine", *AT) as (
            program,
            address,
        ):
            self.browser.page.goto(address)
            self.press("Sign with my passkey", "Signed")
            assert program.wait(20) == 0
        return program

    @property
    def technician(self) -> Technician:
        """Return what the provider was sent."""
        return TECHNICIAN.decode((self.place / "mine.public").read_bytes())

    def order(self) -> tuple[Order, Request]:
        """Return what was signed."""
        return read_order((self.place / "request.order").read_bytes())


@pytest.fixture
def desk(browser: Browser, tmp_path: Path) -> Iterator[Desk]:
    """Return a technician with a new passkey."""
    browser.asked.clear()
    browser.broken.clear()
    made = Desk(browser, tmp_path)
    yield made
    browser.unplug(made.authenticator)


def test_a_passkey_signs_what_the_page_shows(desk: Desk) -> None:
    """A device takes it; the page asked nobody else, and broke no rule of its own."""
    path = drafted(desk.place, reason=HOSTILE)
    desk.signs(path)
    order, asked = desk.order()
    assert order.request == path.read_bytes()
    assert unauthorised(order, asked, [desk.technician], (), sensitive=False) is None
    shown = desk.browser.page.inner_text("dl")
    for text in ("service_state", "“cups”", "“T-1042”", f"“{HOSTILE}”", "6464 6464"):
        assert text in shown
    assert desk.browser.broken == []
    assert {url.split("/")[2] for url in desk.browser.asked} == {f"localhost:{PORT}"}


def test_another_request_is_not_signed_by_it(desk: Desk) -> None:
    """The signature is of what was shown: of another request it is none."""
    desk.signs(drafted(desk.place))
    order, asked = desk.order()
    other = Order(drafted(desk.place, rows=51).read_bytes(), order.proofs)
    found = unauthorised(other, asked, [desk.technician], (), sensitive=False)
    assert found is Refusal.BAD_PROOF


def test_whoever_is_not_verified_signs_nothing(desk: Desk) -> None:
    """The page says so in a sentence, and the person can say no."""
    desk.browser.verify(desk.authenticator, verified=False)
    path = drafted(desk.place)
    with page_of("serve", path, "--passkey", desk.place / "mine", *AT) as (
        program,
        address,
    ):
        desk.browser.page.goto(address)
        desk.press("Sign with my passkey", "did not sign")
        desk.press("No", "nothing was signed")
        assert program.wait(20) == 6
    assert not (desk.place / "request.order").exists()


def test_a_page_can_be_used_by_keyboard_and_read_aloud(desk: Desk) -> None:
    """The buttons are reached by Tab alone, and each thing has its name."""
    path = drafted(desk.place)
    with page_of("serve", path, "--passkey", desk.place / "mine", *AT) as (_, address):
        page = desk.browser.page
        page.goto(address)
        expect(page.locator("#yes")).to_be_enabled(timeout=30_000)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "yes"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "no"
        assert page.locator("dt").count() == page.locator("dd").count() == 14
        assert page.get_by_role("heading", name="Sign this diagnostic?").count() == 1


def test_every_page_can_be_read_by_everybody(desk: Desk) -> None:
    """No fault of access, in no language and theme; none is wider than the screen."""
    page, wrong, seen = desk.browser.page, [], []
    for name in walk(page, desk.place, PORT):
        seen.append(name)
        wrong += faults(page, name)
    assert wrong == []
    assert seen == [f"{one}-{language}" for one in PAGES for language in LANGUAGES]
    assert [one for one in desk.browser.broken if "status of 4" not in one] == []
