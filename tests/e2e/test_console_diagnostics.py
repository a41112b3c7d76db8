# SPDX-License-Identifier: Apache-2.0
"""A technician asks a machine at the console, with a real browser and a real agent.

Rules: `serve`, `discreet-authorise` and `discreet-agent run` run as they ship; Chromium
has real passkeys: one signs in, the other signs diagnostics at another origin.
Not here: what lies (`test_blind_signing.py`), refusals (`tests/unit`).
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_fixture import CHROMIUM, Visitor, chromium
from collector_process import free_port, run
from console_walk import SUPPORT, certificate, console, invited
from diagnosing_room import PATIENCE_MS, REASON, TICKET, Scene, ask, program, sign
from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
]
SOON_MS = 25_000
"""From the signature to a result, of an agent that is at work: 3 s are promised, which
`make clicks` measures; this is no figure, and finds what waits for a next round, which
begins 50 s after the one before."""


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Scene, str, Browser]]:
    """Return a collector with an agent at work and a browser."""
    place = tmp_path_factory.mktemp("diagnosing")
    with console(place) as (collector, origin):
        scene = Scene(collector, place)
        device = scene.enrol()
        collector.ask("ticket", "open", TICKET)
        with chromium(certificate(collector)) as browser, scene.at_work():
            scene.wait_for_a_word(device)
            yield scene, origin, browser


def joined(running: tuple[Scene, str, Browser], name: str, *roles: str) -> Visitor:
    """Return somebody who has just come in."""
    scene, origin, browser = running
    visitor = Visitor(browser.new_context(locale="en-GB"), origin)
    options = [word for role in roles for word in ("--role", role)]
    visitor.page.goto(invited(scene.collector, name, *options, *SUPPORT))
    visitor.prove()
    visitor.page.wait_for_url(f"{origin}/me")
    return visitor


def test_from_a_question_to_its_result(running: tuple[Scene, str, Browser]) -> None:
    """Asked, read, signed elsewhere, answered, shown, taken as a file; a no is told."""
    scene, origin, _ = running
    lena, port = joined(running, "Lena", "technician"), free_port()
    page, before = lena.page, _sent(scene)
    passkey = scene.passkey(lena, "Lena", "ask", port)
    with program(passkey, origin, port):
        ask(lena, "top_processes", top="5", seconds="1")
        assert REASON in page.locator("dl").inner_text()
        sign(lena)
        result = page.get_by_role("table")
        result.wait_for(timeout=PATIENCE_MS)
        assert page.locator("#state").inner_text() == "done"
        assert result.locator("tbody tr").count() > 0
        with page.expect_download() as taken:
            page.get_by_role("button", name="Take it as CSV").click()
        rows = list(csv.DictReader(Path(taken.value.path()).read_text().splitlines()))
        assert len(rows) == result.locator("tbody tr").count()
        ask(lena, "time_sync")
        sign(lena)
        page.get_by_role("button", name="Take it as CSV").wait_for(timeout=SOON_MS)
        ask(lena, "log_slice", around="2026-11-24T09:30:00")
        assert "2026-11-24 09:30:00 UTC" in page.locator("dl").inner_text()
        sign(lena)
        page.get_by_text("waits for a yes").wait_for(timeout=PATIENCE_MS)
        order = page.url.partition("order=")[2]
        run("discreet-agent", "diagnostics", "deny", order[:8], state=scene.agent)
        page.get_by_text("denied at the machine").wait_for(timeout=PATIENCE_MS)
    assert lena.complaints == []
    assert {url.split("/")[2] for url in lena.elsewhere} == {f"localhost:{port}"}
    assert _sent(scene) == before + 3


def _sent(scene: Scene) -> int:
    """Return how many orders the ledger says were sent."""
    told = scene.collector.ask("ledger", "show", "--json").splitlines()
    return sum(json.loads(line)["act"] == "order-sent" for line in told)


def test_a_sensitive_one_needs_two_people(running: tuple[Scene, str, Browser]) -> None:
    """The second one sees the words, signs elsewhere, and then it is sent."""
    scene, origin, _ = running
    olga, max_ = (
        joined(running, "Olga", "technician"),
        joined(running, "Max", "administrator"),
    )
    ports = free_port(), free_port()
    first = scene.passkey(olga, "Olga", "ask", ports[0])
    second = scene.passkey(max_, "Max", "approve", ports[1])
    with program(first, origin, ports[0]), program(second, origin, ports[1]):
        ask(olga, "packet_headers")
        sign(olga)
        olga.page.get_by_text("needs a second technician:").wait_for()
        max_.go("/diagnostics")
        max_.page.get_by_role("listitem").get_by_role("link").first.click()
        assert "packet_headers" in max_.page.locator("dl").inner_text()
        sign(max_)
        max_.page.locator("#state").wait_for()
        assert "Max" in max_.page.locator("dl.facts").first.inner_text()
        max_.page.get_by_role("button", name="Take it back").click()
        max_.page.get_by_text("taken back").first.wait_for(timeout=PATIENCE_MS)
    assert olga.complaints == max_.complaints == []
