# SPDX-License-Identifier: Apache-2.0
"""People at the console with a real browser: from the invitation to the sign-out.

Rules: `serve` runs as it ships; Chromium makes and uses real passkeys over real TLS.
Not here: what is refused, one by one (`tests/unit/server/test_console.py`).
"""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browser_fixture import CHROMIUM, Visitor, chromium
from collector_process import Collector

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
]
WIDTHS = (360, 800, 1280)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def console(folder: Path) -> Iterator[tuple[Collector, str]]:
    """Run a collector with a console; yields it and the console's origin."""
    made, port = Collector(folder / "c", free_port()), free_port()
    origin = f"https://localhost:{port}"
    url = f"https://127.0.0.1:{made.port}"
    made.ask("init", "--tenant", "Test", "--url", url)
    with (made.folder / "config.toml").open("a") as file:
        where = f'origin = "{origin}"\nrp_id = "localhost"\nhost = "127.0.0.1"'
        file.write(f"\n[console]\n{where}\n")
    made.start()
    try:
        yield made, origin
    finally:
        made.stop()


def invited(collector: Collector, name: str, *options: str) -> str:
    """Return the link of somebody's invitation."""
    trained = "--trained-until", "2999-12-31"
    told = collector.ask("person", "invite", "--name", name, *options, *trained)
    return told.strip()


def test_from_invitation_to_sign_out(tmp_path: Path) -> None:
    """A person joins by a link, signs in, invites, chooses, is suspended and is out."""
    with console(tmp_path) as (collector, origin):
        link = invited(collector, "<b>Ann</b>", "--role", "administrator", *SUPPORT)
        certificate = collector.folder / "console" / "tls.pem"
        with chromium(certificate) as browser:
            ann = Visitor(browser.new_context(locale="en-GB"), origin)
            page = ann.page
            page.goto(link)
            ann.prove()
            page.wait_for_url(f"{origin}/me")
            assert "<b>Ann</b>" in page.locator("header").inner_text()
            page.get_by_role("button", name="Sign out").click()
            assert page.url == f"{origin}/sign-in"
            ann.prove()
            page.wait_for_url(f"{origin}/me")
            page.get_by_role("link", name="People").click()
            page.fill("#name", "Bo")
            page.check("input[name=role][value=technician]")
            page.check("input[name=purpose][value=support]")
            page.get_by_role("button", name="Make the link").click()
            assert "/join#" in page.locator("code").inner_text()
            ann.go("/step-up?to=people")
            ann.prove()
            page.wait_for_url(f"{origin}/people")
            ann.go("/me")
            page.select_option("#language", "de")
            page.get_by_role("button", name="Keep").click()
            assert page.locator("html").get_attribute("lang") == "de"
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 700})
                for path in ("/me", "/people", "/privacy"):
                    ann.go(path)
                    wide = page.evaluate("document.documentElement.scrollWidth")
                    assert wide <= width
            collector.ask("person", "suspend", "<b>Ann</b>")
            ann.go("/me")
            assert page.url == f"{origin}/sign-in"
            assert ann.elsewhere == []
            assert ann.complaints == []
        lines = [
            json.loads(line)["body"]
            for line in collector.ask("ledger", "show", "--json").splitlines()
            if json.loads(line)["act"] == "signed-in"
        ]
        assert [line["how"] for line in lines] == ["passkey"]


SUPPORT = "--purpose", "support"


def test_what_an_authenticator_does_not_vouch_for(tmp_path: Path) -> None:
    """Nobody comes in whom the authenticator did not verify, nor by a used link."""
    with console(tmp_path) as (collector, origin):
        link = invited(collector, "Ann", "--role", "auditor")
        certificate = collector.folder / "console" / "tls.pem"
        with chromium(certificate) as browser:
            ann = Visitor(browser.new_context(locale="en-GB"), origin)
            page, told = ann.page, ann.page.locator("#told")
            page.goto(link)
            ann.devices.send(
                "WebAuthn.setUserVerified",
                {"authenticatorId": ann.device, "isUserVerified": False},
            )
            ann.prove()
            told.get_by_text("You stopped it").wait_for()
            ann.devices.send(
                "WebAuthn.setUserVerified",
                {"authenticatorId": ann.device, "isUserVerified": True},
            )
            ann.prove()
            page.wait_for_url(f"{origin}/me")
            bo = Visitor(browser.new_context(locale="en-GB"), origin)
            bo.page.goto(link)
            bo.prove()
            bo.page.locator("#told").get_by_text("That did not work").wait_for()
            bo.go("/sign-in")
            bo.prove()
            bo.page.locator("#told").get_by_text("You stopped it").wait_for()
