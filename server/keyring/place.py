# SPDX-License-Identifier: Apache-2.0
"""Finds an installation's keyring, and its master key where config.toml says.

Rules: the settings decide; nothing is guessed.
Not here: what is in them (`keyring.py`, `master.py`).
"""

from pathlib import Path

from server import configuration
from server.configuration_keyring import KeyringSettings
from server.errors import UsageError
from server.key_files import read_secret
from server.keyring.keyring import Keyring
from server.keyring.master import MasterFiles
from server.layout import Layout


def create_keyring(layout: Layout, settings: KeyringSettings, now: int) -> Keyring:
    """Make an installation's keyring.

    Raises:
        StateError: there is one already, or the disk refuses.
    """
    return Keyring.create(layout.keyring, master_files(layout, settings), now)


def open_keyring(layout: Layout) -> Keyring:
    """Return an installation's keyring.

    Raises:
        InstallationError: there is no installation that this user can read.
        StateError: it is absent or damaged.
        TrustError: its master key is not the one that belongs to it, or it is another
            installation's.
    """
    settings = configuration.read(layout)
    keyring = Keyring(layout.keyring, master_files(layout, settings.keyring))
    try:
        keyring.require_tenant(settings.tenant)
    except BaseException:
        keyring.close()
        raise
    return keyring


def master_files(layout: Layout, settings: KeyringSettings) -> MasterFiles:
    """Return where the master key lies.

    Raises:
        StateError: the passphrase cannot be read.
        UsageError: it is empty.
    """
    directory = settings.directory or layout.keyring
    if settings.passphrase_file is None:
        return MasterFiles(directory)
    return MasterFiles(directory, read_passphrase(settings.passphrase_file))


def read_passphrase(path: Path) -> bytes:
    """Return the passphrase in a file, without white space around it.

    Raises:
        StateError: it cannot be read, or others may read it.
        UsageError: it is empty.
    """
    passphrase = read_secret(path).strip()
    if not passphrase:
        msg = f"{path} is empty: write a passphrase into it"
        raise UsageError(msg)
    return passphrase
