# SPDX-License-Identifier: Apache-2.0
"""Puts a keyring back from its backup, where there is none any more.

Rules: a keyring that is there is never overwritten; a backup of another installation
is refused; the master key that the backup has is replaced at once, and what the journal
says is dead is destroyed before a key is handed out.
Not here: making backups (`backups.py`).
"""

import sqlite3
from pathlib import Path

from server.errors import StateError, TrustError
from server.key_files import have_directory, scrub, write_new
from server.keyring import epochs
from server.keyring.backups import CONTENT, USE, Backup, Content
from server.keyring.keyring import DATABASE, Keyring
from server.keyring.master import MasterFiles
from wire import limits
from wire.crypto.passphrase import unlock
from wire.errors import OpenError, WireError


def read_backup(octets: bytes, passphrase: bytes, tenant: bytes) -> Content:
    """Return what a backup has.

    Args:
        octets: the file's.
        passphrase: it was locked with.
        tenant: whose keys it must have.

    Raises:
        TrustError: another passphrase, no backup, or one of another installation.
    """
    try:
        opened = unlock(octets, passphrase, USE)
        content = CONTENT.decode(opened, limits.LOCKED_BYTES)
    except OpenError as error:
        raise TrustError(str(error)) from None
    except WireError:
        msg = "this is not a backup of a keyring: give another file"
        raise TrustError(msg) from None
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(content.database)
        epochs.require_tenant(connection, tenant, "give a backup of this one")
    except sqlite3.Error:
        msg = "the keyring in this backup is damaged: give another file"
        raise TrustError(msg) from None
    finally:
        connection.close()
    return content


def require_none(directory: Path) -> None:
    """Check that there is no keyring.

    Raises:
        StateError: there is one.
    """
    path = directory / DATABASE
    if path.exists():
        msg = f"{path} is there: move it away first, a keyring is never overwritten"
        raise StateError(msg)


def restore(directory: Path, master: MasterFiles, content: Content, now: int) -> Backup:
    """Put a keyring back.

    Args:
        directory: the keyring's, absent or without one.
        master: where its master key is to lie.
        content: from `read_backup`.
        now: seconds since the epoch.

    Returns:
        The backup that it came from.

    Raises:
        StateError: there is a keyring, or something cannot be written.
        TrustError: what the backup has does not belong together.
    """
    require_none(directory)
    path = directory / DATABASE
    have_directory(directory)
    beside = MasterFiles(directory)
    generation = content.backup.generation
    if not beside.has(generation):
        beside.put(generation, content.secret)
    try:
        write_new(path, content.database)
        keyring = Keyring(directory, master)
    except BaseException:
        scrub(path)
        beside.forget(generation + 1)
        raise
    keyring.rotate(now)
    keyring.close()
    return content.backup
