# SPDX-License-Identifier: Apache-2.0
"""Who may authorise a diagnostic, as the offline root names them.

Rules: a key is of one kind, for good; of a passkey the RP ID and the origin are pinned,
so that no sign-in elsewhere can stand for an authorisation; one name is one person,
whatever keys that person has; a key stands once.
Not here: what they sign (`wire/orders.py`), whether it is (`wire/proofs.py`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from wire import limits
from wire.codec import Choice, Field, Message, Octets, Text
from wire.crypto.p256 import P256_PUBLIC_BYTES, UNCOMPRESSED
from wire.crypto.signing import PUBLIC_BYTES, identity
from wire.errors import SchemaError

_HOST = (
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_RP_ID = re.compile(rf"{_HOST}\Z")
_ORIGIN = re.compile(rf"(https?)://({_HOST})(?::[1-9][0-9]{{0,4}})?\Z")
_LOCAL = "localhost"
"""The one name to which browsers give passkeys without TLS."""


class KeyKind(Enum):
    """What holds a technician's key; this alone decides the algorithm."""

    KEY_FILE = "key-file"
    """Ed25519, in a file."""
    PASSKEY_ES256 = "passkey-es256"
    """WebAuthn, ECDSA on P-256 with SHA-256 (COSE -7)."""
    PASSKEY_EDDSA = "passkey-eddsa"
    """WebAuthn, Ed25519 (COSE -8)."""


class May(Enum):
    """What a technician may do."""

    ASK = "ask"
    """Ask for diagnostics."""
    APPROVE = "approve"
    """Give the second signature that a sensitive one needs."""
    BOTH = "both"
    """Either; never both on one order."""


@dataclass(frozen=True, slots=True)
class Technician:
    """A technician's authorisation key.

    Attributes:
        name: the person, as the provider calls them; shown where the request is.
        public: 32 bytes of Ed25519, or 65 of P-256, uncompressed.
        kind: what holds the key.
        may: what it is good for.
        rp_id: of a passkey, the RP ID that it was made for; else None.
        origin: of a passkey, the one origin that may have asked it; else None.
    """

    name: str
    public: bytes
    kind: KeyKind
    may: May
    rp_id: str | None = None
    origin: str | None = None

    @property
    def identity(self) -> bytes:
        """Return the 16 bytes that name the key."""
        return identity(self.public)

    @property
    def asks(self) -> bool:
        """Tell whether it may ask."""
        return self.may is not May.APPROVE

    @property
    def approves(self) -> bool:
        """Tell whether it may approve what another asks."""
        return self.may is not May.ASK


def technician(
    name: str,
    public: bytes,
    kind: KeyKind,
    may: May,
    rp_id: str | None = None,
    origin: str | None = None,
) -> Technician:
    """Return a technician whose parts fit together.

    Raises:
        SchemaError: the key is not of its kind, or RP ID and origin do not belong to it
            or to each other.
    """
    if kind is KeyKind.PASSKEY_ES256:
        fits = len(public) == P256_PUBLIC_BYTES and public[:1] == UNCOMPRESSED
    else:
        fits = len(public) == PUBLIC_BYTES
    if not fits:
        msg = f"technician.public: it is no key of kind {kind.value}"
        raise SchemaError(msg)
    if kind is KeyKind.KEY_FILE:
        if rp_id is not None or origin is not None:
            msg = "technician: a key file has neither RP ID nor origin"
            raise SchemaError(msg)
    elif rp_id is None or origin is None:
        msg = "technician: a passkey has an RP ID and an origin"
        raise SchemaError(msg)
    else:
        _check_place(rp_id, origin)
    return Technician(name, public, kind, may, rp_id, origin)


def _check_place(rp_id: str, origin: str) -> None:
    found = _ORIGIN.match(origin)
    if found is None or _RP_ID.match(rp_id) is None:
        msg = "technician: write the origin as https://host or https://host:port"
        raise SchemaError(msg)
    scheme, host = found.groups()
    if scheme == "http" and host != _LOCAL:
        msg = "technician.origin: only localhost may do without TLS"
        raise SchemaError(msg)
    if host != rp_id and not host.endswith(f".{rp_id}"):
        msg = "technician.rp_id: it is not the origin's host, nor above it"
        raise SchemaError(msg)


def check_technicians(technicians: Sequence[Technician]) -> None:
    """Require that no key stands for two.

    Raises:
        SchemaError: one does.
    """
    if len({one.public for one in technicians}) != len(technicians):
        msg = "root.technicians: a key stands twice"
        raise SchemaError(msg)


TECHNICIAN = Message(
    "technician",
    technician,
    (
        Field(1, "name", Text(limits.NAME_CHARS, 1)),
        Field(2, "public", Octets(PUBLIC_BYTES, P256_PUBLIC_BYTES)),
        Field(3, "kind", Choice(KeyKind)),
        Field(4, "may", Choice(May)),
        Field(5, "rp_id", Text(limits.HOST_CHARS, 1), optional=True),
        Field(6, "origin", Text(limits.ORIGIN_CHARS, 1), optional=True),
    ),
)
