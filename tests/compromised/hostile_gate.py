# SPDX-License-Identifier: Apache-2.0
"""The captured collector's gate: HTTPS as a true one's, answers as it likes.

Rules: TLS, enrolment and shipments are answered truly, so that the device stays; a poll
is answered with what the attacker wants, once there is any.
Not here: what it is (`captured.py`), who fills it (`whole.py`).
"""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from installation_fixture import CBOR

from server.gate import protocol
from server.gate.nonces import Nonces
from server.gate.protocol import Post
from server.problems import Refusal
from tests.compromised.captured import Captured
from wire.trust import BUNDLE

_LOOK_SECONDS = 0.01
"""Between two looks whether there is something for a device that waits."""


class HostileGate(ThreadingHTTPServer):
    """Answers devices for a captured collector."""

    daemon_threads = True

    def __init__(self, server: Captured) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), _Handler)
        made = server.made
        self.captured, self.nonces = server, Nonces()
        self.turn, self.listening = threading.Lock(), False
        roots = BUNDLE.decode(made.bundle).roots
        self.mail = Post(made.roles.gate, made.authority.certificate, roots)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(
            made.layout.gate / "tls.pem", made.layout.gate / "tls.key"
        )
        self.socket = context.wrap_socket(self.socket, server_side=True)

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"https://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a device that went away."""

    def answered(self, path: str, body: bytes) -> bytes:
        """Return the answer to a device.

        Raises:
            Refusal: as a true gate refuses.
        """
        now, store = int(time.time()), self.captured.made.store
        with self.turn:
            if path == "/v1/introduce":
                return protocol.introduce(self.mail, body, now)
            if path == "/v1/enrol":
                return protocol.enrol(self.mail, store, self.nonces, body, now)
            if path == "/v1/shipments":
                admitted = protocol.admit(store, self.nonces, body, now)
                verdicts = store.put(admitted.envelopes, now)
                return protocol.receipt(self.mail, admitted, verdicts, now)
        poll = self.captured.hear(body)
        until = time.monotonic() + poll.wait
        self.listening = poll.wait > 0
        while not self.captured.orders and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        with self.turn:
            self.listening = False
            self.captured.now = int(time.time())
            self.captured.removals = self.captured.removals or self.captured.list_of()
            return self.captured.answer(poll)


class _Handler(BaseHTTPRequestHandler):
    server: HostileGate
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer a device."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            octets, status, kind = self.server.answered(self.path, body), 200, CBOR
        except Refusal as refusal:
            octets, status = b"{}", refusal.problem.status
            kind = "application/problem+json"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def listening(server: Captured) -> Iterator[HostileGate]:
    """Answer devices until the end of the block."""
    gate = HostileGate(server)
    thread = threading.Thread(target=gate.serve_forever, daemon=True)
    thread.start()
    try:
        yield gate
    finally:
        gate.shutdown()
        gate.server_close()
