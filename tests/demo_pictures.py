# SPDX-License-Identifier: Apache-2.0
"""Takes the README's pictures: a technician's way from the demo to a result.

Rules: the demo, the browser and what they show are real; the pictures are small.
Not here: the way itself (`demo_path.py`).

Run it as `make pictures`; the pictures are in docs/pictures.
"""

import sys
import tempfile
from pathlib import Path

from browser_fixture import CHROMIUM
from demo_path import staying, walk
from playwright.sync_api import Page

PLACE = Path("docs/pictures")


def main() -> int:
    """Take them; returns the exit code."""
    if not CHROMIUM.exists():
        sys.stderr.write("pictures: install Debian's chromium\n")
        return 2
    PLACE.mkdir(parents=True, exist_ok=True)

    def take(name: str, page: Page) -> None:
        page.screenshot(path=PLACE / f"{name}.png")

    with (
        tempfile.TemporaryDirectory(prefix="d-") as folder,
        staying(Path(folder)) as (said, link),
    ):
        clicks = walk(said, link, take)
    sizes = sum(path.stat().st_size for path in PLACE.glob("*.png"))
    sys.stdout.write(f"pictures: {clicks} clicks, {sizes // 1_000} kB in {PLACE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
