# SPDX-License-Identifier: Apache-2.0
"""A lock in hardware: a key of a PKCS#11 token for each generation.

Rules: the key is made in the token and cannot leave it; it is destroyed with its
generation, and then no copy of any file opens; the token is open only while it is used.
Not here: the files (`master.py`); installing a token's module.
Source: PKCS #11 3.0, sections 2.8 and 5.7; docs/spec/keyring.md, "Master key".
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from server.errors import StateError, TrustError, UsageError
from server.key_files import read_secret
from server.keyring.locks import LOCKED_FILE, LockedBy, LockedFile, kind_of, opened
from wire.crypto.opening import WRAP_KEY_BYTES

if TYPE_CHECKING:
    from pkcs11 import DecryptMixin, EncryptMixin, SecretKey, Session

LABEL = "discreet keyring"
"""What a token's own tools show of our keys."""
_ID_BYTES = 16
_KEY_BITS = 256
_BLOCK_BITS = 128
_ONE = threading.Lock()
"""A process is logged in to a token once, and its sessions end together."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token, its module and who may use it.

    Attributes:
        module: the maker's PKCS#11 library.
        label: the token's.
        pin_file: has the user's PIN, readable by the owner alone.
    """

    module: Path
    label: str
    pin_file: Path

    def close(self, secret: bytes) -> bytes:
        """Return the secret, locked by a key that is made for it in the token."""
        from pkcs11 import Attribute, KeyType  # noqa: PLC0415 - an extra

        number = secrets.token_bytes(_ID_BYTES)
        with self._session() as session:
            key = session.generate_key(
                KeyType.AES,
                _KEY_BITS,
                id=number,
                label=LABEL,
                store=True,
                template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
            )
            first = session.generate_random(_BLOCK_BITS)
            cipher = cast("EncryptMixin", key)
            sealed = cast("bytes", cipher.encrypt(secret, mechanism_param=first))
        found = LockedFile(1, LockedBy.TOKEN, number, bytes(first), sealed)
        return LOCKED_FILE.encode(found)

    def open(self, octets: bytes) -> bytes:
        """Return what a key of the token locks, or what was never locked."""
        if kind_of(octets) is not LockedBy.TOKEN:
            return opened(octets)
        found = LOCKED_FILE.decode(octets)
        with self._session() as session:
            for key in _keys(session, found.salt):
                cipher = cast("DecryptMixin", key)
                secret = cast(
                    "bytes", cipher.decrypt(found.octets, mechanism_param=found.nonce)
                )
                if len(secret) == WRAP_KEY_BYTES:
                    return secret
        msg = f"the token {self.label} does not have its key: use the token that has"
        raise TrustError(msg)

    def end(self, octets: bytes) -> None:
        """Destroy a key in the token: its file opens never again."""
        if kind_of(octets) is not LockedBy.TOKEN:
            return
        with self._session() as session:
            for key in _keys(session, LOCKED_FILE.decode(octets).salt):
                key.destroy()

    @contextmanager
    def _session(self) -> Iterator["Session"]:
        """Hold the token open.

        Raises:
            StateError: the token does not answer.
            UsageError: python-pkcs11 is not installed.
        """
        try:
            import pkcs11  # noqa: PLC0415 - an extra
            from pkcs11.exceptions import PinIncorrect, PKCS11Error  # noqa: PLC0415
        except ImportError:
            msg = "a token needs the extra `token`: install python-pkcs11"
            raise UsageError(msg) from None
        pin = read_secret(self.pin_file).decode(errors="replace").strip()
        try:
            token = pkcs11.lib(str(self.module)).get_token(token_label=self.label)
            with _ONE, token.open(rw=True, user_pin=pin) as session:
                yield session
        except PinIncorrect:
            msg = f"the token {self.label} refuses the PIN in {self.pin_file}"
            raise TrustError(msg) from None
        except (PKCS11Error, RuntimeError) as error:
            msg = (
                f"the token {self.label} does not answer ({type(error).__name__}): see "
                f"that {self.module} and the token are there and this user may use them"
            )
            raise StateError(msg) from None


def _keys(session: "Session", number: bytes) -> list["SecretKey"]:
    """Return the key of an id; the search is over before it is used."""
    from pkcs11 import Attribute, ObjectClass, SecretKey  # noqa: PLC0415 - an extra

    wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.ID: number}
    found = list(session.get_objects(wanted))
    return [key for key in found if isinstance(key, SecretKey)]
