# SPDX-License-Identifier: Apache-2.0
"""People at the console with a real browser: from the invitation to the sign-out.

Rules: `serve` runs as it ships; Chromium makes and uses real passkeys over real TLS.
Not here: what is refused, one by one (`tests/unit/server/test_console.py`).
"""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_fixture import THEMES, faults
from browser_fixture import CHROMIUM, Visitor, chromium
from console_walk import SUPPORT, certificate, console, invited, walk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
]
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "console-openapi.json"
UNWALKED = {
    "/elsewhere": "it only sends to another provider, or to the sign-in",
    "/elsewhere/back": "who comes back from another provider (test_oidc.py)",
}
"""Pages that the walk does not come by, and why."""


def pages() -> set[str]:
    """Return the path of every page that the document of routes has."""
    return {
        path
        for path, methods in json.loads(DOCUMENT.read_text())["paths"].items()
        if "text/html" in str(methods.get("get", {}).get("responses", ""))
    }


def test_from_invitation_to_sign_out(tmp_path: Path) -> None:
    """A person joins by a link, signs in, invites, chooses, is suspended and is out."""
    with console(tmp_path) as (collector, origin):
        link = invited(collector, "<b>Ann</b>", "--role", "administrator", *SUPPORT)
        with chromium(certificate(collector)) as browser:
            ann = Visitor(browser.new_context(locale="en-GB"), origin)
            page = ann.page
            page.goto(link)
            ann.prove()
            page.wait_for_url(f"{origin}/me")
            assert "<b>Ann</b>" in page.locator("header").inner_text()
            ann.follow("button", "Sign out")
            assert page.url == f"{origin}/sign-in"
            ann.go("/people")
            assert page.url == f"{origin}/sign-in?to=people"
            ann.prove()
            page.wait_for_url(f"{origin}/people")
            ann.follow("button", "Sign out")
            ann.prove()
            page.wait_for_url(f"{origin}/")
            ann.go_by(page.locator("nav").get_by_role("link", name="People"))
            page.fill("#name", "Bo")
            page.check("input[name=role][value=technician]")
            page.check("input[name=purpose][value=support]")
            ann.follow("button", "Make the link")
            assert "/join#" in page.locator("code").inner_text()
            ann.go("/step-up?to=people")
            ann.prove()
            page.wait_for_url(f"{origin}/people")
            ann.go("/me")
            page.select_option("#language", "de")
            ann.follow("button", "Keep")
            assert page.locator("html").get_attribute("lang") == "de"
            collector.ask("person", "suspend", "<b>Ann</b>")
            ann.go("/me")
            assert page.url == f"{origin}/sign-in?to=me"
            assert ann.elsewhere == []
            assert ann.complaints == []
        lines = [
            json.loads(line)["body"]
            for line in collector.ask("ledger", "show", "--json").splitlines()
            if json.loads(line)["act"] == "signed-in"
        ]
        assert [line["how"] for line in lines] == ["passkey", "passkey"]


def test_what_an_authenticator_does_not_vouch_for(tmp_path: Path) -> None:
    """Nobody comes in whom the authenticator did not verify, nor by a used link."""
    with console(tmp_path) as (collector, origin):
        link = invited(collector, "Ann", "--role", "auditor")
        with chromium(certificate(collector)) as browser:
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


@pytest.mark.timeout(1_200)  # some fifty pages, each looked at nine times
def test_every_page_can_be_used_by_everybody(tmp_path: Path) -> None:
    """No page has a fault at any width and in any language, or asks elsewhere."""
    with (
        console(tmp_path) as (collector, origin),
        chromium(certificate(collector)) as browser,
    ):
        visitor = Visitor(browser.new_context(locale="en-GB"), origin)
        page, wrong, seen = visitor.page, [], []
        walked = set()
        german = browser.new_context(locale="de-DE").new_page()
        for name in walk(visitor, collector):
            seen.append(name)
            if visitor.method == "GET":
                walked.add(urlsplit(page.url).path)
            wrong += faults(page, name)
            if visitor.method == "GET":
                visitor.open_in(german)
                wrong += faults(german, f"{name} in German", THEMES[:1])
        assert wrong == []
        assert pages() - walked == UNWALKED.keys()
        assert len(seen) == len(set(seen)) >= 10
        assert visitor.elsewhere == []
        page.keyboard.press("Tab")
        focused = "document.activeElement.className || document.activeElement.id"
        assert page.evaluate(focused) == "skip"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "prove"
