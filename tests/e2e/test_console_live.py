# SPDX-License-Identifier: Apache-2.0
"""What a page does while something takes long, is measured anew, or is away.

Rules: `serve` runs as it ships, with a real browser, whose clock the test turns.
Not here: the same without a script (`tests/unit/server/test_console_away.py`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from browser_fixture import CHROMIUM, Visitor, chromium
from collector_process import Collector
from console_walk import certificate, console, invited
from console_walk_a import WHY, choose, filled, site_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
]
MINUTE_MS = 60_000
_STAY = """document.addEventListener("submit", (event) => {
  (window.seen ??= []).push(event.defaultPrevented);
  event.preventDefault();
})"""
"""The last to hear of a form: notes whether it was let go, and lets none go."""


@dataclass
class Scene:
    """A technician at the page of a device whose load was read."""

    collector: Collector
    ann: Visitor
    device: str

    def readings(self) -> int:
        """Return how many readings the ledger has."""
        told = self.collector.ask("ledger", "show", "--json").splitlines()
        return sum(json.loads(line)["act"] == "opened" for line in told)

    def read(self) -> None:
        """Read the load of the device."""
        self.ann.go(f"/device?device={self.device}")
        choose(self.ann, "service provision", "Load")

    def tick(self) -> None:
        """Ask for a reading each minute."""
        self.ann.page.get_by_label("read anew each minute").check()


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Run a collector with a device; a technician has come in."""
    with console(tmp_path_factory.mktemp("live")) as (collector, origin):
        with site_of(collector) as site:
            device = filled(site).device.hex()
        link = invited(
            *(collector, "Ann", "--role", "technician"), *("--purpose", "provision")
        )
        with chromium(certificate(collector)) as browser:
            ann = Visitor(browser.new_context(locale="en-GB"), origin)
            ann.page.clock.install()
            ann.page.goto(link)
            ann.prove()
            ann.page.wait_for_url(f"{origin}/me")
            yield Scene(collector, ann, device)


def test_load_is_read_anew_each_minute(scene: Scene) -> None:
    """What was opened stays open, each reading is in the ledger, and none is hidden."""
    scene.read()
    page, before = scene.ann.page, scene.readings()
    page.locator("#fresh figure summary").first.click()
    page.evaluate("document.getElementById('fresh').dataset.old = '1'")
    scene.tick()
    with page.expect_response("**/device"):
        page.clock.fast_forward(MINUTE_MS)
    page.locator("#fresh:not([data-old])").wait_for()
    assert page.locator("#fresh figure details").first.get_attribute("open") == ""
    assert scene.readings() == before + 1
    page.get_by_label("read anew each minute").uncheck()
    assert (scene.ann.elsewhere, scene.ann.complaints) == ([], [])


def test_a_page_that_nobody_sees_reads_nothing(scene: Scene) -> None:
    """While another window is before it no line is written; then it goes on."""
    scene.read()
    page, before = scene.ann.page, scene.readings()
    scene.tick()
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {get: () => true, "
        "configurable: true})"
    )
    page.clock.fast_forward(3 * MINUTE_MS)
    assert scene.readings() == before
    page.evaluate("delete document.hidden")
    with page.expect_response("**/device"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_label("read anew each minute").uncheck()


def test_a_reader_that_is_away_is_said_and_tried_again(scene: Scene) -> None:
    """What was read stays there, and the next answer takes the word away."""
    scene.read()
    page, told = scene.ann.page, scene.ann.page.locator("#live-state")
    scene.tick()
    page.route("**/device", lambda route: route.abort())
    page.clock.fast_forward(MINUTE_MS)
    told.get_by_text("does not answer").wait_for()
    assert page.locator("#fresh figure").count() > 0
    page.unroute("**/device")
    page.clock.fast_forward(MINUTE_MS)
    told.get_by_text("while this page is in view").wait_for()
    page.get_by_label("read anew each minute").uncheck()
    scene.ann.complaints.clear()


def test_nobody_s_window_reads_all_night(scene: Scene) -> None:
    """After so many readings it stops, and says how to go on."""
    scene.read()
    page = scene.ann.page
    page.evaluate("document.getElementById('again').dataset.times = '1'")
    scene.tick()
    with page.expect_response("**/device"):
        page.clock.fast_forward(MINUTE_MS)
    page.locator("#live-state").get_by_text("while this page is in view").wait_for()
    page.clock.fast_forward(MINUTE_MS)
    page.locator("#live-state").get_by_text("tick the box").wait_for()
    assert not page.get_by_label("read anew each minute").is_checked()


def test_a_reading_that_takes_long_is_said(scene: Scene) -> None:
    """A person sees that it goes on, and pressing again asks no second time."""
    page = scene.ann.page
    scene.ann.go(f"/device?device={scene.device}&purpose=provision")
    page.fill("#reason", WHY)
    page.evaluate(_STAY)
    for _ in range(2):
        page.get_by_role("button", name="Load", exact=True).click()
    page.get_by_role("status").get_by_text("Reading.").wait_for()
    assert page.evaluate("window.seen") == [False, True]
