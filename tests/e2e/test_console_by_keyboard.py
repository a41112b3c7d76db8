# SPDX-License-Identifier: Apache-2.0
"""A technician without a mouse: from the sign-in to a diagnostic, by keys alone.

Rules: `serve` and `discreet-authorise` run as they ship; nothing is clicked, focused or
filled in but by keys, as on a keyboard; the device is one of the store.
Not here: an agent that answers (`test_console_diagnostics.py`).
"""

from pathlib import Path

import pytest
from browser_fixture import CHROMIUM, Visitor, chromium
from collector_process import free_port
from console_walk import certificate, console, invited
from console_walk_a import filled, site_of
from diagnosing_room import Scene, program
from playwright.sync_api import expect

from server.store.chains import Heard

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
]
WHY = "the customer says that the machine is slow"
READS = "--purpose", "administration", "--purpose", "support"


def test_a_technician_works_without_a_mouse(tmp_path: Path) -> None:
    """Sign in, find a device, read its software for a purpose, ask, sign, send."""
    port = free_port()
    with console(tmp_path) as (collector, origin):
        with site_of(collector) as site:
            machine = filled(site)
            said = site.tenant, machine.device, "0.1.0", "Linux", machine.incarnation
            heard = Heard(*said, machine.sequence, 0, accepted=0)
            site.store.heard([heard], site.now)
        collector.ask("ticket", "open", "T-1")
        link = invited(collector, "Lena", "--role", "technician", *READS)
        with chromium(certificate(collector)) as browser:
            lena = Visitor(browser.new_context(locale="en-GB"), origin)
            page, keys = lena.page, lena.page.keyboard
            passkey = Scene(collector, tmp_path).passkey(lena, "Lena", "ask", port)
            page.goto(link)
            lena.prove()
            page.wait_for_url(f"{origin}/me")
            lena.enter("Sign out")
            lena.tab_to("Sign in with a passkey")
            keys.press("Enter")
            page.wait_for_url(f"{origin}/")
            _read(lena)
            with program(passkey, origin, port):
                _ask(lena)
            assert lena.complaints == []


def _read(lena: Visitor) -> None:
    """Find a device, and read its software for a purpose."""
    page, keys = lena.page, lena.page.keyboard
    lena.enter("Fleet")
    lena.tab_to("Search name, id, system, alarm")
    keys.type("recep")
    with page.expect_navigation():
        keys.press("Enter")
    lena.enter("Reception")
    lena.enter("administration")
    lena.tab_to("Why do you look, for administration?")
    keys.type(WHY)
    lena.enter("Software")
    assert "openssl" in page.locator("#read").inner_text()


def _ask(lena: Visitor) -> None:
    """Ask the device, sign on one's own page, and see that it is sent."""
    page, keys = lena.page, lena.page.keyboard
    page.keyboard.press("Control+Home")
    lena.enter("Ask the machine itself")
    lena.tab_to("Reason the machine shows it")
    keys.type(WHY)
    lena.enter("Ask")
    lena.enter("Sign on my machine")
    expect(page.get_by_role("button", name="Sign with my passkey")).to_be_enabled(
        timeout=30_000
    )
    lena.tab_to("Sign with my passkey")
    keys.press("Enter")
    page.wait_for_url(f"{lena.origin}/diagnostic**")
    page.locator("#state").wait_for()
    assert "waits for its device" in page.locator("#state").inner_text()
