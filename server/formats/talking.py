# SPDX-License-Identifier: Apache-2.0
"""One-sided talk over TLS: we send, and at the end know whether we were refused.

Rules: in TLS 1.3 a receiver judges our certificate after we have begun to send, and its
refusal can come after the last line; so the end is said first and then listened for.
`ssl.SSLSocket.unwrap` takes such a refusal for an ordinary end (seen, Python 3.11).
Not here: the connection and whom to trust (`sending.py`).
"""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

_READ_BYTES = 16_384


class Talk:
    """A talk over a connection that its caller closes."""

    def __init__(
        self, plain: socket.socket, context: ssl.SSLContext, host: str
    ) -> None:
        """Shake hands.

        Args:
            plain: connected, with a limit of time.
            context: whom to trust, and who we are.
            host: the name that the other side must prove.

        Raises:
            OSError: it does not prove it, or went away.
        """
        self._plain = plain
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._secured = context.wrap_bio(
            self._incoming, self._outgoing, server_hostname=host
        )
        self._until_done(self._secured.do_handshake)

    def say(self, octets: bytes) -> None:
        """Send octets.

        Raises:
            OSError: the other side went away.
        """
        self._secured.write(octets)
        self._plain.sendall(self._outgoing.read())

    def end(self) -> None:
        """Say that nothing more comes, and listen until the other side ends.

        Raises:
            OSError: it refused us, or does not end in time.
        """
        with suppress(ssl.SSLWantReadError):  # the end is said, nothing is heard yet
            self._secured.unwrap()
        # it may end without a word, as many receivers do
        with suppress(ssl.SSLZeroReturnError, ssl.SSLEOFError):
            self._until_done(lambda: self._secured.read(1))

    def _until_done(self, step: Callable[[], object]) -> None:
        """Repeat a step, carrying octets both ways, until it wants no more."""
        while True:
            try:
                step()
            except ssl.SSLWantReadError:
                self._plain.sendall(self._outgoing.read())
                octets = self._plain.recv(_READ_BYTES)
                if octets:
                    self._incoming.write(octets)
                else:
                    self._incoming.write_eof()
                continue
            self._plain.sendall(self._outgoing.read())
            return
