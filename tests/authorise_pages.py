# SPDX-License-Identifier: Apache-2.0
"""A walk through every page of a technician's own machine, in each language.

Rules: the program runs as it ships; a page is given when it is there to be looked at.
Not here: what is looked at (`tests/e2e/test_authorise.py`, `tests/screenshots.py`).
"""

from collections.abc import Iterator
from pathlib import Path

from authorise_room import drafted, page_of
from playwright.sync_api import Page

from policies.saying import LANGUAGES
from technician import keys
from technician.keys import Passkey
from wire.orders import Given
from wire.technicians import KeyKind, May, technician

CONSOLE = "https://console.example:8444"
PAGES = ("making", "asking", "waiting", "refused")
SLICE = Given("around", "1763950000"), Given("log", "system")
WHY = "<b>the till</b> has answered slowly since 8:40, and the customers are waiting"


def walk(page: Page, place: Path, port: int) -> Iterator[str]:
    """Open each page in each language; yields their names."""
    origin = f"http://localhost:{port}"
    public = b"\x04" + b"p" * 64
    one = technician(
        "Lena", public, KeyKind.PASSKEY_ES256, May.BOTH, "localhost", origin
    )
    keys.write_passkey(place / "known", Passkey(b"credential", one))
    by = "--passkey", place / "known"
    asked = drafted(place, diagnostic="log_slice", parameters=SLICE, reason=WHY)
    waits = "serve", *by, "--console", CONSOLE
    for name, given, path in zip(
        PAGES,
        (
            ("passkey", "new", place / "other", "--name", "Lena"),
            ("serve", asked, *by),
            waits,
            waits,
        ),
        ("", "", "", "gone/"),
        strict=True,
    ):
        with page_of(*given, "--port", str(port)) as (_, address):
            for language in LANGUAGES:
                page.goto(f"{address}?language={language}")
                if path:
                    page.goto(address + path)
                page.locator("button:disabled").wait_for(state="detached")
                yield f"{name}-{language}"
