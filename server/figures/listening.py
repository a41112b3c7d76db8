# SPDX-License-Identifier: Apache-2.0
"""Shows a process's figures to whoever scrapes them: plain HTTP, GET /metrics alone.

Rules: it listens only where the operator says so; one request at a time, each within
seconds; nothing that is asked is kept or logged.
Not here: the figures (`kept.py`).
"""

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer

from server.configuration_metrics import Where
from server.errors import ServerError, StateError
from server.figures.kept import MEDIA

PATH = "/metrics"
REQUEST_SECONDS = 5.0
"""Whoever asks is on this network; a slow one holds up the next for no longer."""


@contextmanager
def shown(place: Where | None, text: Callable[[], str]) -> Iterator[int]:
    """Show figures for as long as this lasts; yields the port.

    Args:
        place: where; None for nowhere.
        text: returns them.

    Raises:
        StateError: the address cannot be listened on.
    """
    if place is None:
        yield 0
        return

    class Handler(_Handler):
        shows = staticmethod(text)

    server_class = _Server6 if ":" in place.host else _Server
    try:
        server = server_class((place.host, place.port), Handler)
    except OSError as error:
        msg = f"figures cannot be shown at {place.host} port {place.port}: "
        raise StateError(msg + str(error.strerror)) from None
    thread = threading.Thread(target=server.serve_forever, name="figures", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(TCPServer):
    """One that asks no name server who it is, as the library's own does."""

    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Name the class of a failure: its words may quote what was asked."""
        del request, client_address
        kind = type(sys.exc_info()[1]).__name__
        sys.stderr.write(f"figures: they could not be shown ({kind})\n")


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    shows: Callable[[], str]
    timeout = REQUEST_SECONDS
    server_version, sys_version = "discreet", ""

    def do_GET(self) -> None:
        """Answer with all figures."""
        if self.path != PATH:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        try:
            octets = self.shows().encode()
        except ServerError:  # the store is away: what scrapes notices that it is
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", MEDIA)
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Log nothing."""
