# SPDX-License-Identifier: Apache-2.0
"""A privacy officer's walk: the policy, what ends when, who got what, the ledger.

Rules: as of `console_walk.py`, which calls it last: it narrows the policy.
Not here: devices and data (`console_walk.py` and its other parts).
"""

from collections.abc import Iterator

from browser_fixture import Visitor
from collector_process import Collector

BUILT_MS = 300_000
"""For a package of evidence on a machine that has much else to do."""


def officer_walk(visitor: Visitor, collector: Collector, link: str) -> Iterator[str]:
    """Go from the invitation to the sign-out; yields the name of each page."""
    page, origin = visitor.page, visitor.origin
    collector.ask("policy", "publish", "minimal")
    page.goto(link)
    visitor.prove()
    page.wait_for_url(f"{origin}/me")
    visitor.go("/evidence")
    page.fill("#reason", "the yearly audit of 2027")
    visitor.follow("button", "Build the package")
    page.locator("h3 .state-ready").wait_for(timeout=BUILT_MS)
    yield "evidence-built"
    for path in PAGES:
        visitor.go(f"/{path}")
        yield path.partition("?")[0].replace("/", "-")
    visitor.go("/")
    yield "home"
    visitor.follow("button", "Sign out")


PAGES = (
    "policy?version=1",
    "policy/dataset?dataset=software&version=1",
    "policy/changes?version=1&before=2",
    "retention",
    "why",
    "sharing",
    "subjects",
    "ledger?check=1",
)
"""In the order of a privacy officer's questions."""
