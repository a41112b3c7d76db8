# SPDX-License-Identifier: Apache-2.0
"""The way of a first-time technician: from what `make demo` prints to a result.

Rules: the demo runs as a person runs it, and the browser is opened as it says; each
click of the person is counted.
Not here: any expectation; pictures are made by `demo_pictures.py`.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from browser_fixture import CHROMIUM, FLAGS, Visitor
from playwright.sync_api import Page, expect, sync_playwright

REPOSITORY = Path(__file__).resolve().parents[1]
PATIENCE_MS = 90_000
END = re.compile(r"End it with: kill ([0-9 ]+); rm -r (\S+)")
GONE_SECONDS = 30


@contextmanager
def staying(temporary: Path) -> Iterator[tuple[str, str]]:
    """Run the demo, and end what it leaves as it says; yield its words and a link."""
    environment = {**os.environ, "TMPDIR": str(temporary), "DEMO_STAY": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tools.demo"],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    found = END.search(done.stdout)
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        link = re.search(r"https://localhost:\d+/join#\S+?(?='|\s)", done.stdout)
        assert link is not None, done.stdout
        yield done.stdout, link[0]
    finally:
        numbers = [int(one) for one in found[1].split()] if found else []
        for number in numbers:
            os.kill(number, signal.SIGTERM)
        until = time.monotonic() + GONE_SECONDS
        while any(map(_runs, numbers)) and time.monotonic() < until:
            time.sleep(0.1)


def _runs(number: int) -> bool:
    return Path(f"/proc/{number}").exists()


def walk(said: str, link: str, seen: Callable[[str, Page], None]) -> int:
    """Go the way with a new browser; return after how many clicks there is a result.

    Args:
        said: what the demo printed.
        link: that it told.
        seen: is told each page that the person comes to.
    """
    trust = next(one for one in said.split() if "spki-list" in one)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, trust])
        try:
            visitor = Visitor(
                browser.new_context(locale="en-GB"), link.partition("/join")[0]
            )
            return _walk(visitor, link, seen)
        finally:
            browser.close()


def _walk(visitor: Visitor, link: str, seen: Callable[[str, Page], None]) -> int:
    page, clicks = visitor.page, 0

    def click(role: str, name: str) -> None:
        nonlocal clicks
        page.get_by_role(role, name=name, exact=True).click()  # type: ignore[arg-type]  # a role
        clicks += 1

    page.set_viewport_size({"width": 800, "height": 560})
    page.goto(link)
    click("button", "Make a passkey")
    page.wait_for_url("**/me")
    click("link", "Diagnostics")
    page.get_by_label("Reason").fill("the machine is slow")
    seen("ask", page)
    click("button", "Ask")
    click("link", "Sign on my machine")
    expect(page.get_by_role("button", name="Sign with my key file")).to_be_enabled(
        timeout=30_000
    )
    seen("sign", page)
    click("button", "Sign with my key file")
    page.get_by_role("table").wait_for(timeout=PATIENCE_MS)
    seen("result", page)
    return clicks
