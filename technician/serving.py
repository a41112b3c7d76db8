# SPDX-License-Identifier: Apache-2.0
"""Serves one page to the browser of this machine, until one answer has come.

Rules: it listens on this machine alone, and answers only who names it `localhost` and
knows the word in its address; a page of another origin is refused; a body is small;
after one answer that counts, or its time, it ends.
Not here: what the pages are (`page.py`), what an answer means (`signing.py`,
`making.py`).
"""

import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from technician import page
from technician.errors import DENIED, STATE, TechnicianError

PORT = 8347
"""A passkey is good for one origin, so the port is the same each time."""
_HOST = "127.0.0.1"
_BODY_BYTES = 8 * 1_024
"""An answer of WebAuthn is below 3 kB."""
_LINE_SECONDS = 10.0
"""For one connection to say what it wants: the browser is on this machine."""
_LOOK_SECONDS = 0.2
"""Between two looks whether an answer has come."""
_WORD_BYTES = 16
_FILES = {
    "authorise.js": "text/javascript; charset=utf-8",
    "authorise.css": "text/css; charset=utf-8",
}
Answer = Mapping[str, object]
Take = Callable[[Answer], str]
"""Takes the browser's answer; returns a sentence, or raises TechnicianError."""


def origin_of(port: int) -> str:
    """Return the origin of a page on this machine."""
    return f"http://localhost:{port}"


def serve(
    port: int, shown: bytes, take: Take, tell: Callable[[str], None], seconds: float
) -> None:
    """Show a page until its answer has come.

    Args:
        port: where; it is a part of what a passkey is good for.
        shown: the page.
        take: takes an answer; what it refuses may be answered again.
        tell: is told the page's address, once it is there.
        seconds: for how long.

    Raises:
        TechnicianError: the port is taken, the person said no, or nobody answered.
    """
    try:
        server = _Server(port, shown, take)
    except OSError as error:
        msg = f"cannot listen on port {port}: {error.strerror}; end what uses it"
        raise TechnicianError(STATE, msg) from None
    with server:
        tell(f"{origin_of(port)}/{server.word}/")
        until = time.monotonic() + seconds
        while server.ended is None and time.monotonic() < until:
            server.handle_request()
    if server.ended is None:
        msg = "nobody answered on the page in time: start again"
        raise TechnicianError(DENIED, msg)
    if not server.ended:
        msg = "you said no: nothing was signed"
        raise TechnicianError(DENIED, msg)


class _Server(ThreadingHTTPServer):
    """Requests from this machine; a browser opens connections on which it says nothing.

    Attributes:
        word: in the page's address, so that only who was told it can ask.
        ended: whether the person said yes; None while they said nothing, or were not
            answered yet.
    """

    timeout = _LOOK_SECONDS

    def __init__(self, port: int, shown: bytes, take: Take) -> None:
        super().__init__((_HOST, port), _Handler)
        self.word = secrets.token_urlsafe(_WORD_BYTES)
        self.shown = shown
        self.take = take
        self.host = f"localhost:{port}"
        self.origin = origin_of(port)
        self.ended: bool | None = None

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that went away."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _LINE_SECONDS
    server_version, sys_version = "discreet-authorise", ""

    def do_GET(self) -> None:
        """Give the page and what it is made of."""
        name = self._name()
        if name == "":
            self._answer(200, self.server.shown, "text/html; charset=utf-8")
        elif name in _FILES:
            self._answer(200, page.asset(name), _FILES[name])
        else:
            self._refuse(404, "There is no such page.")

    def do_POST(self) -> None:
        """Take what the person said."""
        name = self._name()
        if name not in {"yes", "no"}:
            self._refuse(404, "There is no such page.")
            return
        if self.headers.get("Origin") != self.server.origin:
            self._refuse(403, "This page is of another origin.")
            return
        answer = self._body()
        if answer is None:
            self._refuse(400, "The browser's answer cannot be read.")
            return
        if name == "no":
            self._say("You said no: nothing was signed. You can close this page.")
            self.server.ended = False
            return
        try:
            told = self.server.take(answer)
        except TechnicianError as error:
            self._refuse(409, f"Not signed: {error}")
            return
        self._say(told)
        self.server.ended = True

    def log_message(self, *_: object) -> None:
        """Log nothing: the words of a request are nobody else's."""

    def _name(self) -> str | None:
        """Return what is asked for under the word; None for anything else."""
        if self.headers.get("Host") != self.server.host:
            return None
        parts = self.path.split("/")
        if len(parts) != 3 or parts[0]:  # noqa: PLR2004 - "", word, name
            return None
        known = hmac.compare_digest(parts[1].encode(), self.server.word.encode())
        return parts[2] if known else None

    def _body(self) -> Answer | None:
        """Return the object that a body is; None for anything else."""
        length = self.headers.get("Content-Length", "")
        kind = self.headers.get("Content-Type", "")
        if kind != "application/json" or not length.isdecimal():
            return None
        if len(length) > len(str(_BODY_BYTES)) or int(length) > _BODY_BYTES:
            return None
        try:
            found: object = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None

    def _say(self, sentence: str) -> None:
        self._answer(200, sentence.encode(), "text/plain; charset=utf-8")

    def _refuse(self, status: int, sentence: str) -> None:
        self._answer(status, sentence.encode(), "text/plain; charset=utf-8")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in page.HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
