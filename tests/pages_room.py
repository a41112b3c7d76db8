# SPDX-License-Identifier: Apache-2.0
"""A console over an installation whose office and reader run, as processes.

Rules: everything is what ships; whoever is signed in has a real session; requests are
ASGI messages, as of `console_room.py`.
Not here: sockets, TLS and a real browser (`tests/e2e`).
"""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from authenticator_fixture import ORIGIN, RP_ID
from console_room import Browser, ConsoleRoom, Reply
from reader_fixture import Site, make_site, running_part
from session_fixture import signed_in

from server.access.actions import Role
from server.access.changing import People
from server.access.register import open_people
from server.configuration_console import ConsoleSettings
from server.console.app import console_of
from server.console.process import site_of
from server.ledger import SqliteLedger

SETTINGS = ConsoleSettings(ORIGIN, RP_ID, "127.0.0.1", 8444, None)
TAGS = re.compile(r"<[^>]*>")


class Open(ConsoleRoom):
    """The console of an installation."""

    def __init__(self, site: Site) -> None:
        """Open its people and its ledger."""
        self.installation = site
        site.layout.console.mkdir(exist_ok=True)
        self.register = open_people(site.layout.people)
        self.ledger = SqliteLedger(site.layout.ledger)
        people = People(self.register, self.ledger, site.tenant)
        self.site = site_of(site.layout, SETTINGS, people)
        made = console_of(self.site, lambda: int(time.time()))
        self.application = made.application()

    def close(self) -> None:
        """Close them."""
        self.register.close()
        self.ledger.close()


@dataclass
class Reader:
    """Somebody at the console of an installation.

    Attributes:
        room: the console.
        browser: theirs.
        number: theirs in the register.
    """

    room: Open
    browser: Browser
    number: str

    def get(self, path: str) -> Reply:
        """Open a page."""
        return self.browser.get(path)

    def post(self, path: str, **fields: str) -> Reply:
        """Send a form of one's page."""
        return self.browser.form(path, {"token": self.browser.token()} | fields)

    def acts(self, act: str) -> list[dict[int | str, object]]:
        """Return what the ledger has of an act."""
        found = self.room.installation.acts()
        return [dict(one.body or {}) for one in found if one.act == act]


@contextmanager
def opened(folder: Path, *parts: str) -> Iterator[Open]:
    """Install a collector with a console, and run some of its processes."""
    site = make_site(folder)
    room = Open(site)
    with ExitStack() as stack:
        for close in (site.keyring.close, site.store.close, room.close):
            stack.callback(close)
        for part in parts:
            stack.enter_context(running_part(site, part))
        yield room


def somebody(room: Open, roles: Sequence[Role], name: str = "Ann") -> Reader:
    """Return somebody who is signed in."""
    site = room.installation
    number, secret = signed_in(site.layout, site.tenant, roles, name)
    return Reader(room, Browser(room, secret), number)


def words(text: str) -> str:
    """Return what a page says, without its tags."""
    return " ".join(TAGS.sub(" ", text).split())
