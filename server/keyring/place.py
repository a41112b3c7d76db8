# SPDX-License-Identifier: Apache-2.0
"""Finds an installation's keyring, and its master key where config.toml says.

Rules: the settings decide; nothing is guessed.
Not here: what is in them (`keyring.py`, `master.py`).
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

from server import configuration
from server.configuration_keyring import KeyringSettings
from server.errors import UsageError
from server.key_files import read_secret
from server.keyring.keyring import Keyring
from server.keyring.locks import Credential, Lock, Passphrase
from server.keyring.master import OPEN, MasterFiles
from server.keyring.token import Token
from server.layout import Layout
from server.refusals import noting_keyring


def create_keyring(layout: Layout, settings: KeyringSettings, now: int) -> Keyring:
    """Make an installation's keyring.

    Raises:
        StateError: there is one already, or the disk refuses.
    """
    return Keyring.create(layout.keyring, master_files(layout, settings), now)


def open_keyring(layout: Layout) -> Keyring:
    """Return an installation's keyring; where it is refused, the ledger has it.

    Raises:
        InstallationError: there is no installation that this user can read.
        StateError: it is absent or damaged.
        TrustError: its master key is not the one that belongs to it, or it is another
            installation's.
    """
    settings = configuration.read(layout)
    with noting_keyring(layout), ExitStack() as stack:
        keyring = Keyring(layout.keyring, master_files(layout, settings.keyring))
        stack.callback(keyring.close)
        keyring.require_tenant(settings.tenant)
        stack.pop_all()
    return keyring


@contextmanager
def opened_when_asked(layout: Layout) -> Iterator[Callable[[], Keyring]]:
    """Have a keyring at hand that is opened only when it is used, and then closed.

    A token or a label needs no master key.
    """
    with ExitStack() as stack:

        @cache
        def keyring() -> Keyring:
            opened = open_keyring(layout)
            stack.callback(opened.close)
            return opened

        yield keyring


def master_files(layout: Layout, settings: KeyringSettings) -> MasterFiles:
    """Return where the master key lies.

    Raises:
        StateError: the passphrase cannot be read.
        UsageError: it is empty.
    """
    return MasterFiles(settings.directory or layout.keyring, _lock(settings))


def _lock(settings: KeyringSettings) -> Lock:
    """Return what locks the master key."""
    if settings.credential is not None:
        return Credential(settings.credential)
    if settings.token is not None:
        return Token(settings.token.module, settings.token.label, settings.token.pin)
    if settings.passphrase_file is not None:
        return Passphrase(read_passphrase(settings.passphrase_file))
    return OPEN


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
