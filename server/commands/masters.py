# SPDX-License-Identifier: Apache-2.0
"""The options that say where the keyring's master key lies and what locks it.

Rules: one lock at a time; what is not said is a file without a lock; a passphrase
never lies beside what it locks.
Not here: the locks (`server/keyring/locks.py`), the settings
(`server/configuration_keyring.py`).
"""

import argparse
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from server.errors import UsageError

if TYPE_CHECKING:
    from server.configuration_keyring import KeyringSettings

PASSPHRASE_BYTES = 24
"""Of chance in a passphrase that is drawn: nobody guesses 192 bits."""


def add_locks(parser: argparse.ArgumentParser) -> None:
    """Declare what may lock the master key."""
    parser.add_argument(
        "--master-passphrase-file",
        type=Path,
        metavar="FILE",
        help="lock the master key by the passphrase in a file; where there is no such "
        "file it is made, with a passphrase that is drawn",
    )
    parser.add_argument(
        "--master-credential",
        metavar="NAME",
        help="lock it by a systemd credential of the service",
    )
    parser.add_argument(
        "--master-token",
        metavar="LABEL",
        help="lock it by a PKCS#11 token; with --master-module and --master-pin-file",
    )
    parser.add_argument(
        "--master-module", type=Path, metavar="FILE", help="the token's library"
    )
    parser.add_argument(
        "--master-pin-file", type=Path, metavar="FILE", help="has the token's PIN"
    )


def draw_passphrase(options: argparse.Namespace, *beside: Path) -> bool:
    """Make the file of the passphrase where it is named and not there; tell whether.

    Args:
        options: with those of `add_locks`.
        beside: directories of what it locks, and of what that opens.

    Raises:
        UsageError: it would lie in one of them.
        StateError: it cannot be written.
    """
    from server.key_files import write_new  # noqa: PLC0415 - heavy

    path: Path | None = options.master_passphrase_file
    if path is None:
        return False
    if any(path.absolute().is_relative_to(one.absolute()) for one in beside):
        msg = (
            f"{path} would lie beside what it locks: name a file on another medium, "
            "which no backup of this machine takes"
        )
        raise UsageError(msg)
    if path.exists():
        return False
    write_new(path, f"{secrets.token_urlsafe(PASSPHRASE_BYTES)}\n".encode())
    return True


def settings_of(
    options: argparse.Namespace, directory: Path | None
) -> "KeyringSettings":
    """Return what the options say.

    Args:
        options: with those of `add_locks`.
        directory: where the master key is to lie; None for the usual place.

    Raises:
        UsageError: two locks, or half of one.
    """
    from server import configuration_keyring as keyring  # noqa: PLC0415 - heavy

    words, name = options.master_passphrase_file, options.master_credential
    label, module = options.master_token, options.master_module
    pin = options.master_pin_file
    if sum(one is not None for one in (words, name, label)) > 1:
        msg = "the master key has one lock: a passphrase, a credential or a token"
        raise UsageError(msg)
    if len({one is None for one in (label, module, pin)}) > 1:
        msg = "a token needs --master-token, --master-module and --master-pin-file"
        raise UsageError(msg)
    token = None
    try:
        if name is not None:
            keyring.credential_name(name)
        if label is not None:
            said = {"token": label, "module": _absolute(module)}
            token = keyring.token_settings({**said, "pin_file": _absolute(pin)})
    except ValueError:
        msg = "a credential's name or a token's label is not one"
        raise UsageError(msg) from None
    return keyring.KeyringSettings(
        None if directory is None else directory.absolute(),
        None if words is None else words.absolute(),
        name,
        token,
    )


def _absolute(path: Path) -> str:
    return str(path.absolute())
