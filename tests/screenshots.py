# SPDX-License-Identifier: Apache-2.0
"""Takes a picture of every page of the console, for people to look at.

Rules: three widths, light and dark, from a collector that really runs.
Not here: the walk (`console_walk.py`).

Run it as `make screenshots`; the pictures are in build/screenshots.
"""

import sys
import tempfile
from pathlib import Path

from browser_fixture import CHROMIUM, Visitor, chromium
from console_walk import THEMES, WIDTHS, certificate, console, walk

PLACE = Path("build/screenshots")


def main() -> int:
    """Take them; returns the exit code."""
    if not CHROMIUM.exists():
        sys.stderr.write("screenshots: install Debian's chromium\n")
        return 2
    PLACE.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        console(Path(folder)) as (collector, origin),
        chromium(certificate(collector)) as browser,
    ):
        visitor = Visitor(browser.new_context(locale="en-GB"), origin)
        for name in walk(visitor, collector):
            for width in WIDTHS:
                visitor.page.set_viewport_size({"width": width, "height": 760})
                for theme in THEMES:
                    visitor.page.emulate_media(color_scheme=theme)
                    path = PLACE / f"{name}-{width}-{theme}.png"
                    visitor.page.screenshot(path=path, full_page=True)
    sys.stdout.write(f"screenshots: {len(list(PLACE.glob('*.png')))} in {PLACE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
