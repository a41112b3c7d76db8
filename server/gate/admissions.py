# SPDX-License-Identifier: Apache-2.0
"""What a device is known by before it signs: the ticket of its last connection.

Rules: a ticket is 32 random octets that TLS gave on a connection on which the device
has signed, sealed to its eyes; it is good for one connection, and for nothing but its
place at the door: who the device is says its signature alone; a device has the last
one, and so many devices, those heard last; what is offered is looked for in one place
of a message that is read strictly, and whatever is not understood offers nothing.
Not here: the place at the door (`door.py`), reading from a socket (`arrivals.py`).

With `OP_NO_TICKET` a ticket of OpenSSL is a session's number, and OpenSSL keeps the
session of a connection that was ended in good form (`certificate.py` bounds how many):
the next one may resume it. ADR 0084 tells why that is harmless; here a ticket is looked
at before TLS, and is good or not whatever TLS makes of it.
"""

from server.gate.bounds import ADMISSIONS

Key = tuple[bytes, bytes]
"""Tenant and device."""
TICKET_BYTES = 32
HELLO_BYTES = 4_096
"""The longest first message that is looked at: with post-quantum keys it has 1,800."""
_RECORD, _HANDSHAKE, _CLIENT_HELLO = 5, 22, 1
_RANDOM_END = _RECORD + 4 + 2 + 32
_PRE_SHARED_KEY = 41
"""RFC 8446, 4.2.11; it stands last."""


class Admissions:
    """Tickets of devices; used by one thread."""

    def __init__(self, most: int = ADMISSIONS) -> None:
        """Know nobody.

        Args:
            most: devices that are known at a time.
        """
        self._most = most
        self._tickets: dict[Key, bytes] = {}  # who was heard last stands last
        self._keys: dict[bytes, Key] = {}

    def __len__(self) -> int:
        """Return how many devices are known."""
        return len(self._tickets)

    def give(self, key: Key, ticket: bytes) -> None:
        """Know a device by a ticket, and no longer by an older one."""
        self._keys.pop(self._tickets.pop(key, b""), None)
        self._tickets[key], self._keys[ticket] = ticket, key
        if len(self._tickets) > self._most:
            oldest = next(iter(self._tickets))
            del self._keys[self._tickets.pop(oldest)]

    def take(self, ticket: bytes | None) -> Key | None:
        """Return whose a ticket is, and know nobody by it again; None for nobody's."""
        key = self._keys.pop(ticket, None) if ticket else None
        if key is not None:
            del self._tickets[key]
        return key


def whole(octets: bytes) -> bool:
    """Tell whether there is enough of a connection's first record to look at it."""
    if len(octets) < _RECORD:
        return False
    size = _RECORD + _number(octets, 3, 2)
    return octets[0] != _HANDSHAKE or len(octets) >= min(size, HELLO_BYTES)


def offered(octets: bytes) -> bytes | None:
    """Return the ticket that a client hello offers; None where it offers none.

    Args:
        octets: what a connection begins with.
    """
    try:
        return _offered(octets)
    except IndexError:
        return None


def _offered(octets: bytes) -> bytes | None:
    if octets[0] != _HANDSHAKE or octets[_RECORD] != _CLIENT_HELLO:
        return None
    end = _RECORD + _number(octets, 3, 2)
    at = _RANDOM_END
    for width in (1, 2, 1):  # its session's number, ciphers, compressions
        at += width + _number(octets, at, width)
    at += 2
    while at < end:
        kind, size = _number(octets, at, 2), _number(octets, at + 2, 2)
        if kind == _PRE_SHARED_KEY:
            # the first of the identities that it has, after the length of them all
            first = _number(octets, at + 6, 2)
            ticket = octets[at + 8 : at + 8 + TICKET_BYTES]
            return ticket if first == TICKET_BYTES == len(ticket) else None
        at += 4 + size
    return None


def _number(octets: bytes, at: int, width: int) -> int:
    """Return a number of so many octets; an IndexError where it is not all there."""
    if at + width > len(octets):
        raise IndexError
    return int.from_bytes(octets[at : at + width], "big")
