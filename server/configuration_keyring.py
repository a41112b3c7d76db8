# SPDX-License-Identifier: Apache-2.0
"""Settings of the keyring: where its master key lies, and which backups take both.

Rules: what is not said is taken as the worse for a claim of deletion: without a word,
the whole machine is thought to be backed up.
Not here: the rest of config.toml (`server/configuration.py`).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wire.policy_check import DAY

MACHINE_DAYS = 35
"""For so long whole-machine backups are thought to be kept, until somebody says."""
MACHINE_DAYS_MAXIMUM = 3_660
"""Ten years: no backup that anybody plans for is kept longer."""
LABEL_BYTES = 32
"""The length of a token's label in PKCS #11."""
_NONE = "none"
_FILE, _CREDENTIAL, _TOKEN = "file", "credential", "token"
_ALWAYS = {"master", "directory"}
_NAMES: Mapping[object, set[str]] = {
    _FILE: {"passphrase_file"},
    _CREDENTIAL: {"credential"},
    _TOKEN: {"token", "module", "pin_file"},
}
"""What `[keyring]` may say besides, by what locks the master key."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")
"""No path: a credential is a file in the directory that systemd names."""
_DAYS = re.compile(r"[1-9][0-9]{0,3}d\Z")


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """Which PKCS#11 token locks the master key.

    Attributes:
        label: the token's.
        module: its maker's library.
        pin: the file that has the user's PIN.
    """

    label: str
    module: Path
    pin: Path


@dataclass(frozen=True, slots=True)
class KeyringSettings:
    """What config.toml says of the keyring.

    Attributes:
        directory: where the master key lies; None for the keyring's own directory, as
            the first release had it.
        passphrase_file: has the passphrase that locks the master key; None for none.
        credential: name of the systemd credential that locks the master key; None for
            none.
        token: the token that does; None for none.
        machine: seconds that backups of keyring and master key together are kept; None
            where there are none.
    """

    directory: Path | None = None
    passphrase_file: Path | None = None
    credential: str | None = None
    token: TokenSettings | None = None
    machine: int | None = MACHINE_DAYS * DAY


def lines(settings: KeyringSettings) -> list[str]:
    """Return the lines of config.toml."""
    found = [
        "# The master key's own place: leave it out of all backups.",
        *keyring_lines(settings),
    ]
    machine = _NONE if settings.machine is None else f"{settings.machine // DAY}d"
    return [
        *found,
        "",
        "# How long backups are kept that have both the keyring and that directory; a",
        '# deletion is pending for so long. "none" once they leave the directory out.',
        "[backups]",
        f'machine = "{machine}"',
    ]


def keyring_lines(settings: KeyringSettings) -> list[str]:
    """Return the lines of `[keyring]`."""
    told: dict[str, object] = {
        "master": _FILE,
        "directory": settings.directory,
        "passphrase_file": settings.passphrase_file,
    }
    if settings.credential is not None:
        told |= {"master": _CREDENTIAL, "credential": settings.credential}
    if settings.token is not None:
        told |= {"master": _TOKEN, "token": settings.token.label}
        told |= {"module": settings.token.module, "pin_file": settings.token.pin}
    return [
        "[keyring]",
        *(
            f"{name} = {json.dumps(str(value), ensure_ascii=False)}"
            for name, value in told.items()
            if value is not None
        ),
    ]


def locked_by(settings: KeyringSettings) -> str:
    """Return in a word what locks the master key from the next generation on."""
    if settings.token is not None:
        return _TOKEN
    if settings.credential is not None:
        return _CREDENTIAL
    return "nothing" if settings.passphrase_file is None else "passphrase"


def read(keyring: object, backups: object) -> KeyringSettings:
    """Return the checked settings of the tables `[keyring]` and `[backups]`.

    Raises:
        ValueError: one of them says something unknown, or lacks something.
    """
    if (
        not isinstance(keyring, dict)
        or not isinstance(backups, dict)
        or not backups.keys() <= {"machine"}
    ):
        raise ValueError
    master = keyring.get("master", _FILE)
    if master not in _NAMES or not keyring.keys() <= _ALWAYS | _NAMES[master]:
        raise ValueError
    return KeyringSettings(
        _path(keyring.get("directory")),
        _path(keyring.get("passphrase_file")),
        credential_name(keyring["credential"]) if master == _CREDENTIAL else None,
        token_settings(keyring) if master == _TOKEN else None,
        _machine(backups.get("machine", f"{MACHINE_DAYS}d")),
    )


def credential_name(found: object) -> str:
    """Return the name of a systemd credential.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(found, str) or not _NAME.match(found):
        raise ValueError
    return found


def token_settings(found: Mapping[str, object]) -> TokenSettings:
    """Return which token is meant by `token`, `module` and `pin_file`.

    Raises:
        ValueError: it is not said, or not so.
    """
    label, module = found.get("token"), _path(found.get("module"))
    pin = _path(found.get("pin_file"))
    if not isinstance(label, str) or module is None or pin is None:
        raise ValueError
    if not 0 < len(label.encode()) <= LABEL_BYTES or not label.isprintable():
        raise ValueError
    return TokenSettings(label, module, pin)


def _path(found: object) -> Path | None:
    if found is None:
        return None
    if not isinstance(found, str) or not Path(found).is_absolute():
        raise ValueError
    return Path(found)


def _machine(found: object) -> int | None:
    if found == _NONE:
        return None
    if not isinstance(found, str) or not _DAYS.match(found):
        raise ValueError
    days = int(found[:-1])
    if days > MACHINE_DAYS_MAXIMUM:
        raise ValueError
    return days * DAY
