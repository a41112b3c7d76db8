# SPDX-License-Identifier: Apache-2.0
"""Whatever a device or a person writes, nothing of it runs where people look.

Rules: a real collector, a hostile agent, real commands and a real browser; a slice of
the corpus.
Not here: five thousand texts (`python -m tests.hostile`), single formats
(`tests/interchange`).
"""

from pathlib import Path

import pytest
from browser_fixture import CHROMIUM, FLAGS
from playwright.sync_api import sync_playwright

from tests.hostile.__main__ import SHARE, play
from tests.hostile.corpus import FAMILIES, payload

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
]


def test_nothing_of_a_text_runs(tmp_path: Path) -> None:
    """No script, formula, control character, forged line or row comes of any."""
    told: list[str] = []
    found = play(400, 0, 3, tmp_path, told.append)
    assert found.faults == []
    assert found.tables > 60
    assert (found.walk.fired, found.walk.pages > 20) == ([], True)
    assert found.walk.share >= SHARE
    assert len(found.walk.shown) > 20
    assert all(found.walk.met.values())
    assert told


def test_the_texts_do_run_where_they_are_markup() -> None:
    """In a page that escapes nothing, most scripts of the corpus are found out."""
    shapes = range(0, 60 * len(FAMILIES), len(FAMILIES))
    fired: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        page = browser.new_page()
        page.expose_function("fired", lambda text: fired.append(str(text)))
        for number in shapes:
            page.set_content(
                f"<title>{payload(number, 0)}</title><p>{payload(number, 0)}"
            )
            page.wait_for_load_state()
        page.evaluate("1")
        browser.close()
    assert len(set(fired)) > 15
