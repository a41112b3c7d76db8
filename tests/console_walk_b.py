# SPDX-License-Identifier: Apache-2.0
"""The walk through the pages of diagnostics and tickets.

Rules: a technician's key is in the root; the device is one of the store.
Not here: other pages (`console_walk.py`), an order's own (`console_walk_orders.py`).
"""

from collections.abc import Iterator

from authorise_room import LOG_N, PASSPHRASE
from browser_fixture import Visitor
from collector_process import Collector

from technician import keys

NAME, TICKET = "Ada Lovelace", "T-77"


def walk(visitor: Visitor, collector: Collector) -> Iterator[str]:
    """Open a ticket, and come to what can be asked; yields the name of each page."""
    page, place = visitor.page, collector.folder
    visitor.go("/tickets")
    yield "tickets-none"
    visitor.go("/diagnostics")
    yield "diagnostics-no-technician"
    keys.make_key(place / "ada", NAME, PASSPHRASE, LOG_N)
    added = "add", f"{place / 'ada'}.public", "--may", "ask"
    root = "--key", str(place / "offline" / "root.key")
    collector.ask("root", "technician", *added, *root)
    visitor.go("/tickets")
    page.fill("#ticket", TICKET)
    visitor.follow("button", "Open a ticket")
    yield "tickets"
    visitor.go("/diagnostics?about=top_processes")
    yield "diagnostics"
