# SPDX-License-Identifier: Apache-2.0
"""The secret of each generation, in files of a directory that no backup takes.

Rules: a generation's secret is drawn anew and never written twice; older ones are
overwritten and removed; the directory is the owner's alone.
Not here: what lies under the secret (`wrapping.py`), where the directory is
(`server/configuration_keyring.py`).
"""

import secrets
from pathlib import Path

from server.errors import StateError, TrustError
from server.key_files import (
    make_directory,
    read_secret,
    scrub,
    sync_directory,
    write_hexadecimal,
)
from wire.crypto.opening import WRAP_KEY_BYTES
from wire.crypto.passphrase import lock, unlock
from wire.errors import OpenError

LOG_N = 15
"""scrypt's cost: 32 MiB and a tenth of a second, for a file that a round opens."""
_USE = b"master"
_PATTERN = "master-*.key"


class MasterFiles:
    """The secrets of generations, one file each."""

    def __init__(self, directory: Path, passphrase: bytes = b"") -> None:
        """Know where they are; nothing is read yet.

        Args:
            directory: theirs.
            passphrase: locks those that are drawn from now on; empty for none.
        """
        self.directory = directory
        self._passphrase = passphrase

    def secret(self, generation: int) -> bytes:
        """Return a generation's 32 bytes.

        Raises:
            StateError: it is absent, or others may read it.
            TrustError: the file holds something else.
        """
        path = self._path(generation)
        octets = read_secret(path)
        try:
            secret = bytes.fromhex(octets.decode("ascii").strip())
            if len(secret) > WRAP_KEY_BYTES:
                secret = unlock(secret, self._passphrase, _USE)
        except ValueError:
            secret = b""
        except OpenError:
            msg = (
                f"{path} is locked by another passphrase: name its file as "
                "`passphrase_file` under [keyring] in config.toml"
            )
            raise TrustError(msg) from None
        if len(secret) != WRAP_KEY_BYTES:
            msg = f"{path} is not a key: restore it from its backup"
            raise TrustError(msg)
        return secret

    def has(self, generation: int) -> bool:
        """Tell whether a generation's file is here."""
        return self._path(generation).exists()

    def newest(self) -> int:
        """Return the highest generation that is here; 0 for none."""
        return max(self._generations(), default=0)

    def renew(self, generation: int) -> bytes:
        """Draw a generation's secret; it is durable before this returns.

        What a crash left in its place is removed: no committed state names it.

        Raises:
            StateError: it cannot be written.
        """
        if not self.directory.exists():
            make_directory(self.directory)
        scrub(self._path(generation))
        secret = secrets.token_bytes(WRAP_KEY_BYTES)
        self.put(generation, secret)
        return secret

    def put(self, generation: int, secret: bytes) -> None:
        """Write a generation's secret; it is durable before this returns.

        Raises:
            StateError: it is there, or cannot be written.
        """
        kept = secret
        if self._passphrase:
            kept = lock(secret, self._passphrase, _USE, LOG_N)
        write_hexadecimal(self._path(generation), kept)
        sync_directory(self.directory)

    def forget(self, below: int) -> None:
        """End all generations below one; those that are gone already are fine.

        Raises:
            StateError: one cannot be removed.
        """
        older = [one for one in self._generations() if one < below]
        for generation in older:
            scrub(self._path(generation))
        if older:
            sync_directory(self.directory)

    def _path(self, generation: int) -> Path:
        return self.directory / f"master-{generation:08d}.key"

    def _generations(self) -> list[int]:
        try:
            names = [path.stem for path in self.directory.glob(_PATTERN)]
        except OSError as error:
            msg = f"cannot read {self.directory}: {error.strerror}"
            raise StateError(msg) from None
        digits = [name.removeprefix("master-") for name in names]
        return [int(number) for number in digits if number.isdecimal()]
