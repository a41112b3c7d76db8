# SPDX-License-Identifier: Apache-2.0
"""A machine whose local page has something of everything to show.

Rules: a real device of a real provider; requests went the agent's own way.
Not here: any expectation.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from browser_fixture import CHROMIUM, FLAGS
from playwright.sync_api import Browser, sync_playwright

from agent.orders.answering import deny
from agent.window.facts import Facts, facts
from agent.window.page import page
from tests.order_room import Room, alone
from wire.orders import Given

HOSTILE = "<script>alert(1)</script> & <img src=//example.test/x> the portal"
LOG = {
    "diagnostic": "log_slice",
    "parameters": (Given("around", "1763950000"), Given("log", "system")),
}


def asked_room(directory: Path) -> Room:
    """Return a device that was asked several things; one of them waits."""
    here = alone(directory)
    here.work(here.send())
    here.now += 1
    here.work(here.send(here.request(asked_by="ben")))
    here.now += 1
    answered = here.send(here.request(**LOG, reason=HOSTILE))
    here.work(answered)
    with here.device() as device:
        deny(device.spool, answered, here.now)
    here.now += 1
    here.work(here.send(here.request(**LOG)))
    return here


def shown(here: Room) -> Facts:
    """Return what the page of a device shows."""
    return facts(here.state)


def write_page(found: Facts, language: str, directory: Path) -> Path:
    """Write a page into a file, and return it."""
    place = directory / f"{language}.html"
    place.write_text(page(found, language), encoding="utf-8")
    return place


@contextmanager
def plain_chromium() -> Iterator[Browser]:
    """Run a browser that trusts nobody in particular."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
