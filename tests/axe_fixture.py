# SPDX-License-Identifier: Apache-2.0
"""What keeps people from using a page: faults of access, and what is wider than it.

Rules: axe-core's whole set of rules, in light and in dark, at each width.
Not here: which pages are looked at (`tests/e2e`).
"""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDTHS = (360, 800, 1280)
THEMES = ("light", "dark")


def faults(page: Page, name: str) -> list[tuple[str, str, str]]:
    """Return what is wrong with a page: its name, the theme or width, the rule."""
    found = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        checked = Axe().run(page).response
        found += [(name, theme, one["id"]) for one in checked["violations"]]
        if len(checked["passes"]) <= 10:  # then it looked at nothing
            found.append((name, theme, "not-looked-at"))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 760})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append((name, str(width), "too-wide"))
    return found
