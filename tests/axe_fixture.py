# SPDX-License-Identifier: Apache-2.0
"""What keeps people from using a page: faults of access, and what is wider than it.

Rules: axe-core's whole set of rules, in light and in dark, at each width.
Not here: which pages are looked at (`tests/e2e`).
"""

from collections.abc import Sequence

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

WIDTHS = (360, 800, 1280)
THEMES = ("light", "dark")
_LOOKS = """() => axe.run({ resultTypes: ["violations"] }).then((found) => (
  { wrong: found.violations.map((one) => one.id), right: found.passes.length }))"""


def faults(
    page: Page, name: str, themes: Sequence[str] = THEMES
) -> list[tuple[str, str, str]]:
    """Return what is wrong with a page: its name, width and theme, the rule.

    Args:
        page: that is open.
        name: by which it is told.
        themes: to look in; a page in another language has the colours of the first.
    """
    found = []
    page.evaluate(AXE_SCRIPT)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 760})
        for theme in themes:
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # a theme
            looked, where = page.evaluate(_LOOKS), f"{width} {theme}"
            found += [(name, where, one) for one in looked["wrong"]]
            if looked["right"] <= 10:  # then it looked at nothing
                found.append((name, where, "not-looked-at"))
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append((name, str(width), "too-wide"))
    return found
