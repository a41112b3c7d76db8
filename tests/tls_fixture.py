# SPDX-License-Identifier: Apache-2.0
"""A TLS server and a CONNECT proxy on real sockets, for tests of the transport.

Rules: both listen on this machine alone and end with the test.
Not here: a collector (`installation_fixture.py`).
"""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

from wire.crypto.certificates import Credential, make_authority, make_server

CBOR = "application/cbor"


@dataclass(frozen=True)
class Reply:
    """What the server answers; `headers` go before Content-Length.

    With `drip` the body goes out byte by byte, with a pause of so many seconds.
    """

    body: bytes
    status: int = 200
    content_type: str = CBOR
    headers: tuple[tuple[str, str], ...] = ()
    length: int | None = None
    drip: float = 0.0


Answer = Callable[[str, bytes], Reply]


@dataclass
class Listening:
    """A server that runs: where, and what came in."""

    port: int
    host: str = "127.0.0.1"
    asked: list[str] = field(default_factory=list)
    connections: list[object] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Return its https address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}:{self.port}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    answer: Answer
    gone: threading.Event
    listening: Listening
    context: ssl.SSLContext

    def finish_request(self, request: object, client_address: object) -> None:
        """Shake hands in the request's own thread; a failed one is the test."""
        with contextlib.suppress(OSError):
            wrapped = self.context.wrap_socket(
                cast("socket.socket", request), server_side=True
            )
            self.listening.connections.append(client_address)
            super().finish_request(wrapped, cast("tuple[str, int]", client_address))

    def handle_error(self, *_: object) -> None:
        """Stay silent: clients of these tests leave rudely."""


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer as the test wants."""
        self.do_POST()

    def do_POST(self) -> None:
        """Answer as the test wants."""
        server = cast("_Server", self.server)
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        server.listening.asked.append(self.path)
        reply = server.answer(self.path, body)
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("Content-Type", reply.content_type)
        length = len(reply.body) if reply.length is None else reply.length
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if reply.drip:
            for place in range(len(reply.body)):
                self.wfile.write(reply.body[place : place + 1])
                server.gone.wait(reply.drip)
        else:
            self.wfile.write(reply.body)
        self.close_connection = self.close_connection or length != len(reply.body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@contextlib.contextmanager
def tls_server(
    directory: Path,
    credential: Credential,
    answer: Answer,
    version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    host: str = "127.0.0.1",
) -> Iterator[Listening]:
    """Run a TLS server.

    Args:
        directory: where its key lies for OpenSSL to read.
        credential: its certificate and key.
        answer: (path, body) -> reply.
        version: the newest TLS it speaks.
        host: the loopback address it listens at, of either family.
    """
    context = server_context(directory, credential)
    context.maximum_version = version
    kind = _Server6 if ":" in host else _Server
    server = kind((host, 0), _Handler)
    server.answer, server.context, server.gone = answer, context, threading.Event()
    server.listening = Listening(server.server_address[1], host)
    with _running(lambda: server.serve_forever(0.01), server.shutdown):
        yield server.listening
        server.gone.set()
    server.server_close()


@contextlib.contextmanager
def plain_server(speak: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run a TCP server that does one thing with each connection; yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

    def handle(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            speak(connection)
            connection.shutdown(socket.SHUT_RDWR)  # another thread may still read it

    def stop() -> None:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()

    with _running(serve, stop):
        yield listener.getsockname()[1]


@contextlib.contextmanager
def rude_server(
    directory: Path, credential: Credential, pieces: Callable[[], Iterable[bytes]]
) -> Iterator[Listening]:
    """Run a TLS server that answers a request with whatever bytes, until it is left.

    Args:
        directory: where its key lies for OpenSSL to read.
        credential: its certificate and key.
        pieces: what it sends, without an end if the test wants.
    """
    context = server_context(directory, credential)

    def speak(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            wrapped.recv(65_536)
            for piece in pieces():
                wrapped.sendall(piece)

    with plain_server(speak) as port:
        yield Listening(port)


def server_context(directory: Path, credential: Credential) -> ssl.SSLContext:
    """Return what a server shakes hands with; its key lies in the directory."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate, key = directory / "server.pem", directory / "server.key"
    certificate.write_text(ssl.DER_cert_to_PEM_cert(credential.certificate))
    key.write_bytes(credential.key)
    context.load_cert_chain(certificate, key)
    return context


@contextlib.contextmanager
def _running(serve: Callable[[], None], stop: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join(10)


@contextlib.contextmanager
def connect_proxy(refusal: bytes = b"") -> Iterator[tuple[int, list[bytes]]]:
    """Run an HTTP proxy that knows CONNECT; yields its port and the heads it read.

    Args:
        refusal: what it answers to everything; empty to open the tunnel.
    """
    heads: list[bytes] = []

    def speak(connection: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            piece = connection.recv(1)
            if not piece:
                return
            head += piece
        heads.append(head)
        if refusal:
            connection.sendall(refusal)
            return
        host, _, port = head.split(b" ")[1].decode().rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port)), 10) as onward:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(onward, connection))
            back.start()
            pump(connection, onward)
            back.join(10)

    with plain_server(speak) as port:
        yield port, heads


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Carry octets one way until their end, and say that end."""
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            sink.sendall(piece)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def authority(now: int | None = None) -> Credential:
    """Return a new CA, valid from now or from the given time."""
    return make_authority("Collector of a test", now or int(time.time()))


def server_credential(ca: Credential, now: int | None = None) -> Credential:
    """Return a certificate for this machine's loopback addresses."""
    names = ("127.0.0.1", "::1", "localhost")
    return make_server(ca, names, now or int(time.time()))
