# SPDX-License-Identifier: Apache-2.0
"""A technician at the console finds a device and reads its software for a purpose.

Rules: `serve` runs as it ships, with a real browser; the device sealed what it sent.
Not here: what is refused (`tests/unit/server/test_console_device.py`).
"""

import json
from pathlib import Path

import pytest
from browser_fixture import CHROMIUM, Visitor, chromium
from console_walk import certificate, console, invited
from console_walk_a import WHY, choose, filled, find, site_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
]


def test_a_device_is_found_and_read_for_a_purpose(tmp_path: Path) -> None:
    """The rows are on the page, the reason in the ledger, no value in an address."""
    with console(tmp_path) as (collector, origin):
        with site_of(collector) as site:
            filled(site)
        link = invited(
            *(collector, "Ann", "--role", "technician"),
            *("--purpose", "administration", "--purpose", "provision"),
        )
        with chromium(certificate(collector)) as browser:
            ann = Visitor(browser.new_context(locale="en-GB"), origin)
            page = ann.page
            page.goto(link)
            ann.prove()
            page.wait_for_url(f"{origin}/me")
            page.get_by_role("link", name="Fleet").click()
            find(ann, "recep")
            page.get_by_role("link", name="Reception").click()
            assert "openssl" not in page.locator("main").inner_text()
            choose(ann, "administration", "Software")
            assert "openssl" in page.locator("#read").inner_text()
            assert "=HYPERLINK(1)" in page.locator("#read").inner_text()
            assert page.url == f"{origin}/device#read"
            assert (ann.elsewhere, ann.complaints) == ([], [])
        acts = [
            json.loads(line)
            for line in collector.ask("ledger", "show", "--json").splitlines()
        ]
        opened = [act["body"] for act in acts if act["act"] == "opened"]
        told = [(one["reason"], one["purpose"], one["form"]) for one in opened]
        assert told == [(WHY, "administration", "page")]
