# SPDX-License-Identifier: Apache-2.0
"""Settings of the keyring: where its master key lies, and which backups take both.

Rules: what is not said is taken as the worse for a claim of deletion: without a word,
the whole machine is thought to be backed up.
Not here: the rest of config.toml (`server/configuration.py`).
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from wire.policy_check import DAY

MACHINE_DAYS = 35
"""For so long whole-machine backups are thought to be kept, until somebody says."""
MACHINE_DAYS_MAXIMUM = 3_660
"""Ten years: no backup that anybody plans for is kept longer."""
_NONE = "none"
_DAYS = re.compile(r"[1-9][0-9]{0,3}d\Z")


@dataclass(frozen=True, slots=True)
class KeyringSettings:
    """What config.toml says of the keyring.

    Attributes:
        directory: where the master key lies; None for the keyring's own directory, as
            the first release had it.
        passphrase_file: has the passphrase that locks the master key; None for none.
        machine: seconds that backups of keyring and master key together are kept; None
            where there are none.
    """

    directory: Path | None = None
    passphrase_file: Path | None = None
    machine: int | None = MACHINE_DAYS * DAY


def lines(settings: KeyringSettings) -> list[str]:
    """Return the lines of config.toml."""
    found = [
        "# The master key's own place: leave it out of all backups.",
        "[keyring]",
    ]
    if settings.directory is not None:
        found.append(f"directory = {json.dumps(str(settings.directory))}")
    if settings.passphrase_file is not None:
        found.append(f"passphrase_file = {json.dumps(str(settings.passphrase_file))}")
    machine = _NONE if settings.machine is None else f"{settings.machine // DAY}d"
    return [
        *found,
        "",
        "# How long backups are kept that have both the keyring and that directory; a",
        '# deletion is pending for so long. "none" once they leave the directory out.',
        "[backups]",
        f'machine = "{machine}"',
    ]


def read(keyring: object, backups: object) -> KeyringSettings:
    """Return the checked settings of the tables `[keyring]` and `[backups]`.

    Raises:
        ValueError: one of them says something unknown.
    """
    if (
        not isinstance(keyring, dict)
        or not isinstance(backups, dict)
        or not keyring.keys() <= {"directory", "passphrase_file"}
        or not backups.keys() <= {"machine"}
    ):
        raise ValueError
    return KeyringSettings(
        _path(keyring.get("directory")),
        _path(keyring.get("passphrase_file")),
        _machine(backups.get("machine", f"{MACHINE_DAYS}d")),
    )


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
