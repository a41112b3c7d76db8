# SPDX-License-Identifier: Apache-2.0
"""Whom TLS believes, and what the gate knows this device by at its next connection.

Rules: these CAs are believed and none of the system's, in this version of TLS alone; an
admission is what TLS itself hands out (RFC 8446, 4.6.1), for one connection: it is
random, comes enciphered and is shown once, so nobody on the way can tell two
connections of a device by it; it is in memory alone, and is shown only where it was
given.
Not here: the connection (`transport.py`), what a gate does with it
(`server/gate/admissions.py`).
"""

import ssl

from agent.errors import TrustError

_Where = tuple[str, tuple[bytes, ...]]
"""The collector's address, and the CAs that are pinned."""


class Admission:
    """The last admission, and the TLS that it belongs to."""

    def __init__(self) -> None:
        """Have none."""
        self._where: _Where | None = None
        self._context: ssl.SSLContext | None = None
        self._held: ssl.SSLSession | None = None

    def context(self, url: str, authorities: tuple[bytes, ...]) -> ssl.SSLContext:
        """Return what TLS believes; while nothing changes, the same as before.

        Args:
            url: the collector's address.
            authorities: the pinned CA certificates, DER.

        Raises:
            TrustError: one is missing or damaged.
        """
        if self._context is None or self._where != (url, authorities):
            self._held, self._context = None, trusting(authorities)
            self._where = url, authorities
        return self._context

    def take(self, context: ssl.SSLContext) -> ssl.SSLSession | None:
        """Return that of a context, which is nobody's then; None: there is none."""
        if context is not self._context:
            return None
        held, self._held = self._held, None
        return held

    def keep(self, context: ssl.SSLContext, given: ssl.SSLSession | None) -> bool:
        """Keep what a connection that was answered brought for the next one.

        Returns:
            Whether it has brought one.
        """
        if context is not self._context or given is None or not given.has_ticket:
            return False
        self._held = given
        return True


def trusting(authorities: tuple[bytes, ...] | None) -> ssl.SSLContext:
    """Return what TLS believes: these CAs, this version, nothing of the system's.

    Raises:
        TrustError: a CA certificate is missing or damaged.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.hostname_checks_common_name = False
    if authorities is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    msg = "the pinned CA certificate is missing or damaged: restore identity.cbor"
    try:
        for authority in authorities:
            context.load_verify_locations(cadata=authority)
    except (ssl.SSLError, ValueError):
        raise TrustError(msg) from None
    if not authorities:
        raise TrustError(msg)
    return context
