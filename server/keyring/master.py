# SPDX-License-Identifier: Apache-2.0
"""The secret of each generation, in files of a directory that no backup takes.

Rules: a generation's secret is drawn anew and never written twice; older ones are
overwritten and removed; the directory is the owner's alone.
Not here: what locks the files (`locks.py`, `token.py`), what lies under the secret
(`wrapping.py`), where the directory is (`server/configuration_keyring.py`).
"""

import secrets
from pathlib import Path

from server.errors import StateError, TrustError
from server.key_files import (
    have_directory,
    read_secret,
    scrub,
    sync_directory,
    write_hexadecimal,
)
from server.keyring.locks import Lock, Open
from wire.crypto.opening import WRAP_KEY_BYTES

OPEN = Open()
_PATTERN = "master-*.key"


class MasterFiles:
    """The secrets of generations, one file each."""

    def __init__(self, directory: Path, lock: Lock = OPEN) -> None:
        """Know where they are; nothing is read yet.

        Args:
            directory: theirs.
            lock: locks those that are drawn from now on.
        """
        self.directory = directory
        self._lock = lock

    def secret(self, generation: int) -> bytes:
        """Return a generation's 32 bytes.

        Raises:
            StateError: it is absent, or others may read it.
            TrustError: the file holds something else.
        """
        path = self._path(generation)
        octets = self._octets(path)
        if len(octets) < WRAP_KEY_BYTES:
            msg = f"{path} is not a key: restore it from its backup"
            raise TrustError(msg)
        try:
            return self._lock.open(octets)
        except TrustError as error:
            msg = f"{path} does not open: {error}"
            raise TrustError(msg) from None

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
        have_directory(self.directory)
        self._end(generation)
        secret = secrets.token_bytes(WRAP_KEY_BYTES)
        self.put(generation, secret)
        return secret

    def put(self, generation: int, secret: bytes) -> None:
        """Write a generation's secret; it is durable before this returns.

        Raises:
            StateError: it is there, or cannot be written.
        """
        write_hexadecimal(self._path(generation), self._lock.close(secret))
        sync_directory(self.directory)

    def forget(self, below: int) -> None:
        """End all generations below one; those that are gone already are fine.

        Raises:
            StateError: one cannot be removed.
        """
        older = [one for one in self._generations() if one < below]
        for generation in older:
            self._end(generation)
        if older:
            sync_directory(self.directory)

    def _end(self, generation: int) -> None:
        """End a generation's secret, whether or not it is here.

        What a crash left in its place may be anything, of any mode.
        """
        path = self._path(generation)
        try:
            octets = bytes.fromhex(path.read_bytes().decode("ascii").strip())
        except (OSError, ValueError):
            octets = b""
        self._lock.end(octets)
        scrub(path)

    def _octets(self, path: Path) -> bytes:
        """Return what a file's digits say; nothing where they are none."""
        try:
            return bytes.fromhex(read_secret(path).decode("ascii").strip())
        except ValueError:
            return b""

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
