# SPDX-License-Identifier: Apache-2.0
"""Takes a picture of every page that people see, for people to look at.

Rules: three widths, light and dark, from a collector and a device that really run.
Not here: the walk through the console (`console_walk.py`) and the
technician's program (`authorise_pages.py`), the device (`page_room.py`).

Run it as `make screenshots`; the pictures are in build/screenshots.
"""

import sys
import tempfile
from pathlib import Path

import authorise_pages
from axe_fixture import THEMES, WIDTHS
from browser_fixture import CHROMIUM, Visitor, chromium
from collector_process import free_port
from console_walk import certificate, console, walk
from playwright.sync_api import Page

from agent.words import LANGUAGES
from tests.page_room import asked_room, plain_chromium, shown, write_page

PLACE = Path("build/screenshots")


def main() -> int:
    """Take them; returns the exit code."""
    if not CHROMIUM.exists():
        sys.stderr.write("screenshots: install Debian's chromium\n")
        return 2
    PLACE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        _console(Path(folder, "console"))
        _machine(Path(folder))
        _technician(Path(folder))
    sys.stdout.write(f"screenshots: {len(list(PLACE.glob('*.png')))} in {PLACE}\n")
    return 0


def _console(folder: Path) -> None:
    """Take pictures of the console."""
    folder.mkdir()
    with (
        console(folder) as (collector, origin),
        chromium(certificate(collector)) as browser,
    ):
        visitor = Visitor(browser.new_context(locale="en-GB"), origin)
        for name in walk(visitor, collector):
            _pictures(visitor.page, name)


def _machine(folder: Path) -> None:
    """Take pictures of a machine's own page."""
    found = shown(asked_room(folder))
    with plain_chromium() as browser:
        page = browser.new_context().new_page()
        for language in LANGUAGES:
            page.goto(write_page(found, language, folder).as_uri())
            _pictures(page, f"machine-{language}")


def _technician(folder: Path) -> None:
    """Take pictures of the pages on which a technician signs."""
    with plain_chromium() as browser:
        page = browser.new_context().new_page()
        for name in authorise_pages.walk(page, folder, free_port()):
            _pictures(page, f"technician-{name}")


def _pictures(page: Page, name: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 760})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            path = PLACE / f"{name}-{width}-{theme}.png"
            page.screenshot(path=path, full_page=True)


if __name__ == "__main__":
    sys.exit(main())
