# SPDX-License-Identifier: Apache-2.0
"""A person signs in through a company's provider, in a real browser.

Rules: `serve` runs as it ships, with the table of its howto; Chromium goes there and
back over real TLS.
Not here: what is refused, one by one (`tests/unit/server/test_access_oidc.py`).
"""

import json
from pathlib import Path

import oidc_provider
import pytest
from browser_fixture import CHROMIUM, FLAGS, Visitor, pin
from collector_process import Collector
from console_walk import TRAINED, certificate, console
from oidc_provider import CLIENT, SECRET, SUBJECT
from playwright.sync_api import sync_playwright

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
]


def trust(collector: Collector, company: oidc_provider.Provider, secret: Path) -> None:
    """Have a collector believe a company's provider."""
    collector.stop()
    secret.write_text(SECRET)
    with (collector.folder / "config.toml").open("a") as file:
        file.write(
            f'[console.oidc]\nissuer = "{company.url}"\nclient = "{CLIENT}"\n'
            f'secret = "{secret}"\nauthority = "{company.authority}"\n'
        )
    collector.start()


def test_there_and_back(tmp_path: Path) -> None:
    """Invited with a subject, they are in, and prove to be there with a passkey."""
    (tmp_path / "company").mkdir()
    with (
        oidc_provider.provider(tmp_path / "company") as company,
        console(tmp_path) as (collector, origin),
    ):
        trust(collector, company, tmp_path / "secret")
        role = "--role", "administrator", "--purpose", "support"
        link = collector.ask(
            *("person", "invite", "--name", "Ann", "--subject", SUBJECT),
            *(*role, *TRAINED),
        ).strip()
        pins = pin(certificate(collector)), pin(tmp_path / "company" / "provider.pem")
        flags = [*FLAGS, f"--ignore-certificate-errors-spki-list={','.join(pins)}"]
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
            ann = Visitor(browser.new_context(locale="en-GB"), origin)
            page = ann.page
            ann.go("/sign-in")
            page.get_by_role("link", name="Sign in through your company").click()
            page.wait_for_url(f"{origin}/")
            assert "Ann" in page.locator("header").inner_text()
            assert all(url.startswith(company.url) for url in ann.elsewhere)
            assert ann.complaints == []
            page.goto(link)
            ann.prove()
            page.wait_for_url(f"{origin}/me")
            page.get_by_role("button", name="Sign out").click()
            page.get_by_role("link", name="Sign in through your company").click()
            page.wait_for_url(f"{origin}/")
            ann.go("/people")
            page.get_by_role("button", name="Make the link").wait_for()
            page.fill("#name", "Bo")
            page.check("input[name=role][value=technician]")
            page.check("input[name=purpose][value=support]")
            page.get_by_role("button", name="Make the link").click()
            page.get_by_text("Prove first that it is you").wait_for()
            ann.go("/step-up?to=people")
            ann.prove()
            page.wait_for_url(f"{origin}/people")
            browser.close()
        acts = collector.ask("ledger", "show", "--json").splitlines()
        how = [
            act["body"]["how"]
            for act in map(json.loads, acts)
            if act["act"] == "signed-in"
        ]
        assert how == ["elsewhere", "elsewhere"]
        assert company.asked == 2
