# SPDX-License-Identifier: Apache-2.0
"""Files that hold secrets: made once, 0600, in directories that are 0700.

Rules: a secret file is never overwritten and never followed through a link; one that
others may read is refused, for then it is no secret any more; where processes run
apart, a directory says which of their users may use what is made in it, and these are
no others.
Not here: what the secrets are (`server/install.py`, `server/keyring`).
"""

import os
import stat
from pathlib import Path

from server import acl
from server.errors import StateError, TrustError
from wire.crypto.signing import SigningKey

SECRET_MODE = 0o600
DIRECTORY_MODE = 0o700
_GROUP_BITS = 0o070
"""What a list of further users is bounded by: without them it lets nobody in."""
SECRET_BYTES_MAXIMUM = 16_384
"""The largest secret file is a CA key of 250 bytes; this only stops nonsense."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_HAS_MODES = hasattr(os, "geteuid")
"""Elsewhere the directory's access list protects the files, and modes say nothing."""


def make_directory(path: Path) -> None:
    """Make a directory that only its owner can enter; it must not exist yet.

    Raises:
        StateError: it exists or cannot be made.
    """
    try:
        mode = DIRECTORY_MODE | _handed_down(path)
        path.mkdir(mode=mode)
        path.chmod(mode)
    except OSError as error:
        msg = f"cannot make {path}: {error.strerror}"
        raise StateError(msg) from None


def have_directory(path: Path) -> None:
    """Make a directory that only its owner can enter, unless it is there.

    Two processes may both be the first that want it.

    Raises:
        StateError: it cannot be made.
    """
    try:
        make_directory(path)
    except StateError:
        if not path.is_dir():
            raise


def write_new(path: Path, octets: bytes) -> None:
    """Write a file that must not exist yet, durably, readable by its owner only.

    What could not be written whole is not left behind.

    Raises:
        StateError: it exists or cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(path, flags, mode_of_new(path))
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            path.unlink(missing_ok=True)
            raise
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}"
        raise StateError(msg) from None


def mode_of_new(path: Path) -> int:
    """Return with which mode a secret file is made where it is to be."""
    return SECRET_MODE | _handed_down(path) & 0o060


def _handed_down(path: Path) -> int:
    return _GROUP_BITS if acl.hands_down(path.parent) else 0


def have_file(path: Path) -> None:
    """Make an empty file that only its owner can read, unless it is there.

    Raises:
        StateError: it cannot be made.
    """
    try:
        write_new(path, b"")
    except StateError:
        if not path.is_file():
            raise


def replace_file(path: Path, octets: bytes) -> None:
    """Write a file in place of the one there is, if any: whole or not at all.

    Raises:
        StateError: it cannot be written; the one before is still there.
    """
    beside = path.with_name(f"{path.name}.new")
    scrub(beside)  # left by a crash
    write_new(beside, octets)
    try:
        acl.copy(path, beside)  # whoever may use it may go on
        os.replace(beside, path)  # noqa: PTH105 - replaces on every system
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}"
        raise StateError(msg) from None
    sync_directory(path.parent)


def read_secret(path: Path) -> bytes:
    """Return a secret file's content.

    Raises:
        StateError: absent, a link, or others than its owner may read it.
    """
    return read_private(path, SECRET_BYTES_MAXIMUM)


def read_private(path: Path, most: int) -> bytes:
    """Return the content of a file that only its owner may read, up to a bound.

    Raises:
        StateError: absent, a link, or others than its owner may read it.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            octets = file.read(most)
            shared = mode & _OTHERS == mode & stat.S_IRWXG
            ours = shared and acl.only_ours(file.fileno())
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise StateError(msg) from None
    if _HAS_MODES and mode & _OTHERS and not ours:
        msg = f"others may read {path}: set its mode to 0600, and think of new keys"
        raise StateError(msg)
    return octets


def read_open(path: Path, most: int) -> bytes:
    """Return the content of a file that anybody may read, up to a bound.

    Raises:
        StateError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise StateError(msg) from None


def sync_directory(path: Path) -> None:
    """Make what was added to or removed from a directory durable, where that exists.

    Raises:
        StateError: the disk refuses.
    """
    flag = getattr(os, "O_DIRECTORY", None)
    if flag is None:
        return
    try:
        handle = os.open(path, os.O_RDONLY | flag)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}"
        raise StateError(msg) from None


def scrub(path: Path) -> None:
    """Overwrite a secret file and remove it; one that is gone already is fine.

    Overwriting is what can be tried: a disk that copies on write keeps what it keeps.

    Raises:
        StateError: it cannot be removed.
    """
    try:
        with path.open("r+b") as file:
            file.write(bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink(missing_ok=True)
    except FileNotFoundError:
        return
    except OSError as error:
        msg = f"cannot remove {path}: {error.strerror}"
        raise StateError(msg) from None


def write_hexadecimal(path: Path, secret: bytes) -> None:
    """Write a secret as one line of hexadecimal digits into a new file."""
    write_new(path, secret.hex().encode() + b"\n")


def read_hexadecimal(path: Path, length: int) -> bytes:
    """Return a secret of a known length from a file of hexadecimal digits.

    Raises:
        StateError: the file cannot be used.
        TrustError: it holds something else.
    """
    try:
        secret = bytes.fromhex(read_secret(path).decode("ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != length:
        msg = f"{path} is not a key: restore it from its backup"
        raise TrustError(msg)
    return secret


def read_signing_key(path: Path) -> SigningKey:
    """Return the signing key of a file that `write_hexadecimal` wrote."""
    return SigningKey(read_hexadecimal(path, 32))
