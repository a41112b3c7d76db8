# SPDX-License-Identifier: Apache-2.0
"""The local page in a real browser: nothing is fetched, all can be read and used.

Rules: a page of a real device, opened as a file, as a person's desktop opens it.
Not here: what it shows (`tests/unit/agent/test_window_page.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_fixture import faults
from browser_fixture import CHROMIUM
from playwright.sync_api import Browser

from agent.window.facts import Facts
from agent.words import LANGUAGES
from tests.page_room import asked_room, plain_chromium, shown, write_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
]
_UNFOLD = "document.querySelectorAll('details').forEach(one => one.open = true)"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """Return what the page of a device shows that was asked several things."""
    return shown(asked_room(tmp_path_factory.mktemp("asked")))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser."""
    with plain_chromium() as made:
        yield made


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_everybody_can_read_it(
    browser: Browser, found: Facts, language: str, tmp_path: Path
) -> None:
    """No fault of accessibility in light or dark; nothing is wider than the screen."""
    page = browser.new_context().new_page()
    place = write_page(found, language, tmp_path)
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on("console", lambda one: said.append(one.text))
    page.goto(place.as_uri())
    page.evaluate(_UNFOLD)
    assert (asked, said) == ([place.as_uri()], [])
    assert page.evaluate("getComputedStyle(document.body).margin") == "0px"
    assert faults(page, language) == []


def test_it_is_used_by_the_keyboard(
    browser: Browser, found: Facts, tmp_path: Path
) -> None:
    """The first stop leads past the head; what is folded opens by the enter key."""
    page = browser.new_context().new_page()
    page.goto(write_page(found, "en", tmp_path).as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None
