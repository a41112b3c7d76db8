# SPDX-License-Identifier: Apache-2.0
"""Where the ledger goes as it is written: `[siem]` of config.toml.

Rules: files are named by absolute paths; without the table it goes nowhere.
Not here: the rest of config.toml (`server/configuration.py`), sending
(`server/keeper/rounds/siem.py`).
"""

from dataclasses import dataclass
from pathlib import Path

ADDRESS_CHARS = 256
"""A name of 253 characters with its port."""


@dataclass(frozen=True, slots=True)
class Siem:
    """A receiver of syslog over TLS.

    Attributes:
        address: `HOST:PORT`, or `HOST` for port 6514.
        authority: PEM file of who signs its certificate; None for those that this
            system trusts.
        client: PEM file with the certificate and key that we show it; None for none.
    """

    address: str
    authority: Path | None = None
    client: Path | None = None


def read_siem(items: object) -> Siem | None:
    """Return what `[siem]` says; None where it is not there.

    Raises:
        ValueError: it says something unknown.
    """
    if items == {}:
        return None
    if not isinstance(items, dict) or not {"address"} <= items.keys():
        raise ValueError
    if not items.keys() <= {"address", "authority", "client"}:
        raise ValueError
    address = items["address"]
    if not isinstance(address, str) or not 0 < len(address) <= ADDRESS_CHARS:
        raise ValueError
    files = [_file(items.get(name)) for name in ("authority", "client")]
    return Siem(address, *files)


def _file(found: object) -> Path | None:
    if found is None:
        return None
    if not isinstance(found, str) or not Path(found).is_absolute():
        raise ValueError
    return Path(found)
