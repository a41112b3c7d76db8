# SPDX-License-Identifier: Apache-2.0
"""Serves pages to the browser of this machine, each until its answer has come.

Rules: it listens on this machine alone, and answers only who names it `localhost` and
knows the word in a page's address; each page has a word and a request of its own, so
that none is swapped for another while it is read; a page of another origin is refused;
a request comes by a navigation of a whole window alone; a body is small.
Not here: what the pages are (`page.py`), what an answer means (`browsing.py`).
Source: docs/adr/0045-an-order-travels-by-the-technicians-browser.md.
"""

import base64
import binascii
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from policies.saying import Speech, language_of
from technician import page
from technician.errors import DENIED, STATE, TechnicianError
from technician.page import Made
from technician.speaking import speeches

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
    "returning.js": "text/javascript; charset=utf-8",
}
_PAGES = 16
"""That wait at a time: a person reads one, and the oldest gives way."""
_HTML = "text/html; charset=utf-8"
_TOP = "#"
"""In place of whatever part of a page the address of who asks goes on to: one that
begins at the button is not read, and one that gives it the focus is a trap for keys."""
_WINDOW = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
"""A browser's own word, which no page can write: no frame, image or script asks."""
Answer = Mapping[str, object]
Take = Callable[[Answer], str]
"""Takes the browser's answer; returns what is said then (the name of a text of
`words/`, without its `said.`), or raises TechnicianError."""


@dataclass(slots=True)
class Shown:
    """A page that waits for its answer.

    Attributes:
        page: what is shown.
        take: takes an answer; what it refuses may be answered again.
        back: the page that goes on to the console; None before it is signed.
    """

    page: Made
    take: Take
    back: Made | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a program that waits for requests does with them.

    Attributes:
        console: the one origin that an order goes to.
        shown: makes the page of what was sent; raises TechnicianError.
        waiting: the page that is there before anything was sent.
    """

    console: str
    shown: Callable[[bytes], Shown]
    waiting: Made


def origin_of(port: int) -> str:
    """Return the origin of a page on this machine."""
    return f"http://localhost:{port}"


def serve(
    port: int, shown: Made, take: Take, tell: Callable[[str], None], seconds: float
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
    with _listening(port, None) as server:
        tell(f"{origin_of(port)}/{server.open(Shown(shown, take))}/")
        until = time.monotonic() + seconds
        while server.ended is None and time.monotonic() < until:
            server.handle_request()
    if server.ended is None:
        msg = "nobody answered on the page in time: start again"
        raise TechnicianError(DENIED, msg)
    if not server.ended:
        msg = "you said no: nothing was signed"
        raise TechnicianError(DENIED, msg)


def stand(port: int, standing: Standing, tell: Callable[[str], None]) -> None:
    """Show what a console sends, until the person ends the program.

    Args:
        port: where; it is a part of what a passkey is good for.
        standing: what is done with what comes.
        tell: is told the address, once it is there.

    Raises:
        TechnicianError: the port is taken.
    """
    with _listening(port, standing) as server:
        tell(f"{origin_of(port)}/")
        try:
            server.serve_forever(_LOOK_SECONDS)
        except KeyboardInterrupt:
            return


def _listening(port: int, standing: Standing | None) -> "_Server":
    try:
        return _Server(port, standing)
    except OSError as error:
        msg = f"cannot listen on port {port}: {error.strerror}; end what uses it"
        raise TechnicianError(STATE, msg) from None


class _Server(ThreadingHTTPServer):
    """Requests from this machine; a browser opens connections on which it says nothing.

    Attributes:
        standing: what is done with what a console sends; None where nothing is taken.
        ended: whether the person said yes; None while they said nothing, or were not
            answered yet.
        language: that the person chose on a page; None for the browser's.
    """

    timeout = _LOOK_SECONDS
    daemon_threads = True

    def __init__(self, port: int, standing: Standing | None) -> None:
        super().__init__((_HOST, port), _Handler)
        self.standing = standing
        self.host = f"localhost:{port}"
        self.origin = origin_of(port)
        self.ended: bool | None = None
        self.language: str | None = None
        self._pages: dict[str, Shown] = {}
        self._lock = threading.Lock()

    def open(self, shown: Shown) -> str:
        """Keep a page; return the word by which it is found."""
        word = secrets.token_urlsafe(_WORD_BYTES)
        with self._lock:
            self._pages[word] = shown
            while len(self._pages) > _PAGES:
                del self._pages[next(iter(self._pages))]
        return word

    def find(self, word: str) -> Shown | None:
        """Return the page of a word; 128 random bits are not found by their timing."""
        with self._lock:
            return self._pages.get(word)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that went away."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _LINE_SECONDS
    server_version, sys_version = "discreet-authorise", ""

    def do_GET(self) -> None:
        """Give the pages and what they are made of."""
        standing, parts = self.server.standing, urlsplit(self.path)
        if self._is_here() and parts.path[1:] in _FILES:
            self._answer(200, page.asset(parts.path[1:]), _FILES[parts.path[1:]])
            return
        if self._is_here() and standing is not None:
            if parts.path == "/":
                self._choose(parts.query)
                self._answer(200, standing.waiting(self._said()), _HTML)
                return
            if parts.path == "/ask":
                self._ask(standing, parts.query)
                return
        shown, name = self._found()
        if shown is None:
            self._show_refusal(404, self._said().text("said.no-page"))
        elif name == "":
            self._choose(parts.query)
            self._answer(200, shown.page(self._said()), _HTML)
        elif name == "signed" and shown.back and standing is not None:
            self._answer(200, shown.back(self._said()), _HTML, standing.console)
        else:
            self._show_refusal(404, self._said().text("said.no-page"))

    def _ask(self, standing: Standing, query: str) -> None:
        """Take a request that a console sends by the browser, and show its words."""
        said = self._said()
        if any(self.headers.get(name) != value for name, value in _WINDOW.items()):
            self._refuse(403, said.text("said.no-window"))
            return
        try:
            (text,) = parse_qs(query, strict_parsing=True, max_num_fields=1)["request"]
            padded = text + "=" * (-len(text) % 4)
            octets = base64.b64decode(padded.encode("ascii"), b"-_", validate=True)
            shown = standing.shown(octets)
        except (ValueError, KeyError, binascii.Error):
            self._show_refusal(400, said.text("said.no-request"))
        except TechnicianError as error:
            why = said.shown(str(error))
            self._show_refusal(409, said.text("said.not-shown", why=why))
        else:
            self.send_response(303)
            self.send_header("Location", f"/{self.server.open(shown)}/{_TOP}")
            self._end(b"")

    def do_POST(self) -> None:
        """Take what the person said."""
        said, (shown, name) = self._said(), self._found()
        if shown is None or name not in {"yes", "no"}:
            self._refuse(404, said.text("said.no-page"))
            return
        if self.headers.get("Origin") != self.server.origin:
            self._refuse(403, said.text("said.no-origin"))
            return
        answer = self._body()
        if answer is None:
            self._refuse(400, said.text("said.no-answer"))
            return
        if name == "no":
            self._say(said.text("said.no"))
            self.server.ended = False
            return
        try:
            told = shown.take(answer)
        except TechnicianError as error:
            why = said.shown(str(error))
            self._refuse(409, said.text("said.refused", why=why))
            return
        self._say(said.text(f"said.{told}"))
        self.server.ended = True

    def log_message(self, *_: object) -> None:
        """Log nothing: the words of a request are nobody else's."""

    def _is_here(self) -> bool:
        """Tell whether this machine is asked by its own name."""
        return self.headers.get("Host") == self.server.host

    def _choose(self, query: str) -> None:
        """Keep the language that the person pressed on a page, until the end."""
        chosen = parse_qs(query, max_num_fields=1).get("language", [""])[0]
        if chosen in speeches():
            self.server.language = chosen

    def _said(self) -> Speech:
        """Return the language of who reads."""
        accepted = self.headers.get("Accept-Language", "")
        return speeches()[language_of(accepted, self.server.language)]

    def _found(self) -> tuple[Shown | None, str]:
        """Return the page whose word is in the address, and what of it is asked for."""
        parts = urlsplit(self.path).path.split("/")
        if not self._is_here() or len(parts) != 3 or parts[0]:  # noqa: PLR2004 - "", word, name
            return None, ""
        return self.server.find(parts[1]), parts[2]

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

    def _show_refusal(self, status: int, sentence: str) -> None:
        """Say in a window of its own why nothing is shown."""
        standing = self.server.standing if self._is_here() else None
        console = standing.console if standing else ""
        shown = page.refusing_page(self._said(), sentence, console)
        self._answer(status, shown, _HTML)

    def _say(self, sentence: str) -> None:
        self._answer(200, sentence.encode(), "text/plain; charset=utf-8")

    def _refuse(self, status: int, sentence: str) -> None:
        self._answer(status, sentence.encode(), "text/plain; charset=utf-8")

    def _answer(self, status: int, body: bytes, kind: str, console: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self._end(body, console)

    def _end(self, body: bytes, console: str = "") -> None:
        for name, value in page.headers(console).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
