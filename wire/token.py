# SPDX-License-Identifier: Apache-2.0
"""The enrolment token: what a person pastes on a new machine.

Rules: it pins the collector's CA and the policy root, so nothing else is believed; it
is one-time and expiring (the gate counts); a typing error is found by its checksum.
Not here: issuing and counting (`server/enrol.py`).
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from wire import limits
from wire.codec import Field, Message, Text, Uint, fixed
from wire.errors import DecodeError, TokenError

PREFIX = "discreet1-"
SECRET_BYTES = 16
_CHECK_BYTES = 4
_LABEL = b"discreet/1/token\x00"


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says.

    Attributes:
        url: the collector's https address.
        tenant: 16 bytes.
        secret: 16 bytes, known to the holder and, as a digest, to the gate.
        authority: SHA-256 of the CA certificate's public key (SPKI).
        root: `wire.trust.root_digest` of the policy root.
        not_after: seconds since the epoch.
    """

    url: str
    tenant: bytes
    secret: bytes
    authority: bytes
    root: bytes
    not_after: int

    def __repr__(self) -> str:
        """Show nothing of the secret."""
        return "<Token>"


TOKEN = Message(
    "token",
    Token,
    (
        Field(1, "url", Text(200, 1)),
        Field(2, "tenant", fixed(16)),
        Field(3, "secret", fixed(SECRET_BYTES)),
        Field(4, "authority", fixed(32)),
        Field(5, "root", fixed(32)),
        Field(6, "not_after", Uint()),
    ),
)


def secret_digest(secret: bytes) -> bytes:
    """Return what the collector keeps of a token's secret."""
    return hashlib.sha256(_LABEL + secret).digest()


def format_token(token: Token) -> str:
    """Return the token as one pasteable word."""
    octets = TOKEN.encode(token)
    check = hashlib.sha256(_LABEL + octets).digest()[:_CHECK_BYTES]
    return PREFIX + base64.urlsafe_b64encode(octets + check).decode().rstrip("=")


def parse_token(text: str) -> Token:
    """Read a pasted token.

    Raises:
        TokenError: it is cut off, mistyped or something else.
    """
    word = text.strip()
    if not word.startswith(PREFIX) or len(word) > limits.TOKEN_CHARS:
        msg = f"an enrolment token starts with {PREFIX}; copy it again, whole"
        raise TokenError(msg)
    encoded = word[len(PREFIX) :]
    try:
        octets = base64.b64decode(
            encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True
        )
        body, check = octets[:-_CHECK_BYTES], octets[-_CHECK_BYTES:]
        intact = hashlib.sha256(_LABEL + body).digest()[:_CHECK_BYTES] == check
        token = TOKEN.decode(body) if intact else None
        # base 64 has several spellings of the same octets: only ours is a token
        token = token if token and format_token(token) == word else None
    except (ValueError, binascii.Error, DecodeError):
        token = None
    if token is None:
        msg = "the enrolment token is cut off or mistyped; copy it again, whole"
        raise TokenError(msg)
    return token
