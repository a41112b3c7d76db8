# SPDX-License-Identifier: Apache-2.0
"""The file by which a gate shows a NATS server who it is.

Rules: it is read once, before rights are given up; nothing of it is in an error; what
signs is our own door to cryptography, so no further library is needed.
Not here: the connection (`cluster.py`).
Source: github.com/nats-io/nkeys: base32 of a kind, the seed and a CRC-16.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from pathlib import Path

from server.errors import StateError
from wire.crypto.signing import SigningKey
from wire.errors import SignatureError

_FILE_BYTES = 65_536
_PART = re.compile(
    r"-{3,}BEGIN [A-Z ]+-{3,}\s+([A-Za-z0-9._=-]+)\s+-{3,}END [A-Z ]+-{3,}"
)
_LOGIN = re.compile(r"([^\s:]{1,200}):(\S{1,200})\s*\Z")
_SEED_KIND, _USER_KIND = 18 << 3, 20 << 3
_HEAD_BYTES, _SEED_BYTES, _CHECK_BYTES = 2, 32, 2


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who a gate is there: a signed user with its key, or a name and a password.

    Attributes:
        user: the token of a user, or a name.
        key: the user's key; None with a password.
        password: empty with a key.
    """

    user: str = field(repr=False)
    key: SigningKey | None = None
    password: str = field(default="", repr=False)

    def token(self) -> bytes:
        """Return the token of the user."""
        return self.user.encode()

    def sign(self, nonce: str) -> bytes:
        """Return the signature of what a server wants signed, as it expects it."""
        if self.key is None:
            return b""
        return base64.b64encode(self.key.sign(nonce.encode()))


def read_credentials(path: Path) -> Credentials:
    """Return who the gate is.

    Raises:
        StateError: the file cannot be read, or is none.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_FILE_BYTES).decode()
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise StateError(msg) from None
    except UnicodeDecodeError:
        text = ""
    found = _PART.findall(text)
    login = _LOGIN.match(text)
    try:
        if login:
            return Credentials(login[1], password=login[2])
        token, seed = found
        return Credentials(token, _key(seed))
    except (ValueError, SignatureError):
        msg = (
            f"{path} shows no server who this is: it has to be a .creds file, "
            "or one line NAME:PASSWORD"
        )
        raise StateError(msg) from None


def _key(seed: str) -> SigningKey:
    octets = base64.b32decode(seed + "=" * (-len(seed) % 8))
    rest, check = octets[:-_CHECK_BYTES], octets[-_CHECK_BYTES:]
    kind = (rest[0] & 7) << 5 | rest[1] >> 3
    if (
        len(rest) != _HEAD_BYTES + _SEED_BYTES
        or rest[0] & 0xF8 != _SEED_KIND
        or kind != _USER_KIND
        or binascii.crc_hqx(rest, 0).to_bytes(2, "little") != check
    ):
        raise ValueError
    return SigningKey(rest[_HEAD_BYTES:])
