# SPDX-License-Identifier: Apache-2.0
"""The console's application without its server: a browser's requests as ASGI messages.

Rules: people, ledger and log are real files; the browser sends what browsers send, and
a test changes it.
Not here: sockets, TLS and a real browser (`tests/e2e/test_console.py`).
"""

import asyncio
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from access_room import NOW, AccessRoom
from authenticator_fixture import ORIGIN, RP_ID, Authenticator
from starlette.types import Message

from server.access.actions import Role
from server.configuration_console import ConsoleSettings
from server.console.app import console_of
from server.console.desks import Desks
from server.console.pages import Pages
from server.console.routes import TABS
from server.console.site import COOKIE, Refusals, Site
from server.console.visits import Visits
from server.layout import Layout

HOST = ORIGIN.removeprefix("https://")
TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


@dataclass
class Reply:
    """An answer.

    Attributes:
        status: of HTTP.
        headers: each with its values.
        octets: of the body.
    """

    status: int
    headers: dict[str, list[str]]
    octets: bytes

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.octets.decode()

    def header(self, name: str) -> str:
        """Return a header; empty for none."""
        return next(iter(self.headers.get(name, [])), "")


@dataclass
class Browser:
    """Somebody's browser.

    Attributes:
        room: whose console it talks to.
        cookie: that it has; empty for none.
        headers: that it sends with all.
    """

    room: "ConsoleRoom"
    cookie: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Reply:
        """Open a page."""
        return self._send("GET", path, b"", headers)

    def form(self, path: str, fields: dict[str, str], **headers: str) -> Reply:
        """Send a form as a page of the console does."""
        sent = {"content-type": "application/x-www-form-urlencoded", "origin": "null"}
        body = urlencode(fields).encode()
        return self._send("POST", path, body, _OURS | sent | headers)

    def say(self, path: str, said: object, **headers: str) -> Reply:
        """Send JSON as a script of the console does."""
        sent = {"content-type": "application/json", "origin": ORIGIN}
        body = json.dumps(said).encode()
        return self._send("POST", path, body, _OURS | sent | headers)

    def token(self) -> str:
        """Return what the person's pages send with each change."""
        found = TOKEN.search(self.get("/me").text)
        assert found is not None
        return found[1]

    def sign_in(self, device: Authenticator) -> Reply:
        """Sign in with a passkey."""
        options = self.say("/sign-in/begin", {}).text
        return self.say("/sign-in", {"answer": json.loads(device.use(options))})

    def _send(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> Reply:
        sent = {"host": HOST} | self.headers | headers
        if self.cookie:
            sent["cookie"] = f"{COOKIE}={self.cookie}"
        reply = asyncio.run(self.room.answer(method, path, body, sent))
        for line in reply.headers.get("set-cookie", []):
            self.cookie = line.partition("=")[2].partition(";")[0].strip('"')
        return reply


_OURS = {"sec-fetch-site": "same-origin"}


class ConsoleRoom(AccessRoom):
    """People, and the console that they come in by."""

    def __init__(self, folder: Path) -> None:
        """Make an empty register and its console."""
        super().__init__(folder)
        self.now = NOW
        self.log = folder / "console"
        self.log.mkdir()
        self.site = Site(
            ConsoleSettings(ORIGIN, RP_ID, "127.0.0.1", 8444, None),
            self.door,
            self.people,
            Pages(),
            Visits(self.log),
            Refusals(self.ledger, self.clock),
            Desks(Layout(folder)),
            TABS,
        )
        self.application = console_of(self.site, lambda: self.now).application()

    def browser(self, *roles: Role, name: str = "Ann") -> Browser:
        """Return the browser of somebody who has just signed in."""
        _, device = self.person(*roles, name=name)
        browser = Browser(self)
        assert browser.sign_in(device).status == 200
        return browser

    async def answer(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> Reply:
        """Return the answer of one request."""
        path, _, query = path.partition("?")
        answered: list[Message] = []
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in headers.items()],
            "client": ("203.0.113.77", 50_000),
        }

        bodies = [body]

        async def receive() -> Message:
            if not bodies:  # the browser stays, and says no more
                await asyncio.Event().wait()
            return {
                "type": "http.request",
                "body": bodies.pop(),
                "more_body": False,
            }

        async def send(message: Message) -> None:
            answered.append(message)

        await self.application(scope, receive, send)
        found: dict[str, list[str]] = {}
        for key, value in answered[0]["headers"]:
            found.setdefault(key.decode(), []).append(value.decode("latin-1"))
        octets = b"".join(part.get("body", b"") for part in answered[1:])
        return Reply(answered[0]["status"], found, octets)
