# SPDX-License-Identifier: Apache-2.0
"""The gate's certificate as TLS uses it, and a renewed one while the gate runs.

Rules: TLS 1.3 only; a new pair is used only when it fits, else the one in use stays and
that is told once for each change of the files; connections that are there are not
touched; OpenSSL's cache of sessions is emptied before it is large.
Not here: making it (`server/tls.py`), handshakes (`arrivals.py`).
"""

import ssl
from pathlib import Path
from weakref import WeakSet

from server.errors import ServerError, StateError
from server.gate.bounds import CONTEXTS, SESSIONS
from server.key_files import read_secret
from server.logs import log


class Certificate:
    """The pair of files and the context made of it.

    Attributes:
        context: TLS of the newest pair that fits.
    """

    def __init__(
        self, directory: Path, *, admissions: bool = False, sessions: int = SESSIONS
    ) -> None:
        """Load the pair.

        Args:
            directory: the gate's own.
            admissions: whether devices get tickets to be known by (`admissions.py`);
                then OpenSSL keeps a session of each handshake.
            sessions: handshakes of one context, which is the most that it keeps.

        Raises:
            StateError: certificate or key cannot be used.
        """
        self._directory, self._admissions = directory, admissions
        self._most, self._made = sessions, 0
        self._older: WeakSet[ssl.SSLContext] = WeakSet()
        self._changed = self._state()
        self.context = _load(directory, admissions=admissions)

    def look(self) -> bool:
        """Load the pair anew if its files have changed; tells whether it did."""
        state = self._state()
        if state == self._changed:
            return False
        self._changed = state
        try:
            self._exchange()
        except ServerError as error:
            # a pair that is being written fits at the next change
            log("certificate-kept", error=str(error))
            return False
        log("certificate-renewed", level="info")
        return True

    def for_handshake(self) -> ssl.SSLContext:
        """Return TLS of one handshake, which counts.

        With the context go the sessions that OpenSSL keeps in it, but not before the
        last of its connections; so there are not more than a few, and the newest goes
        on where those of before are held.
        """
        self._made += 1
        if self._admissions and self._made > self._most and len(self._older) < CONTEXTS:
            try:
                self._exchange()
            except ServerError:
                self._made = 0  # a pair that is being written; `look` tells it
            self._made += 1
        return self.context

    def _exchange(self) -> None:
        """Use a new context of the pair that is on the disk by now.

        Raises:
            ServerError: it does not fit.
        """
        made = _load(self._directory, admissions=self._admissions)
        self._older.add(self.context)
        self.context, self._made = made, 0

    def _state(self) -> tuple[tuple[int, int], ...]:
        """Return what changes when a file is replaced; a missing one is a state too."""
        found = []
        for name in ("tls.pem", "tls.key"):
            try:
                status = (self._directory / name).stat()
            except OSError:
                found.append((0, 0))
            else:
                found.append((status.st_mtime_ns, status.st_ino))
        return tuple(found)


def _load(directory: Path, *, admissions: bool) -> ssl.SSLContext:
    certificate, key = directory / "tls.pem", directory / "tls.key"
    read_secret(key)  # refuses a link, or a key that others may read
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["http/1.1"])
    if admissions:
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 1  # the last one is the one that can be asked for
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError):
        msg = f"{certificate} and {key} do not fit: restore them from their backup"
        raise StateError(msg) from None
    return context
