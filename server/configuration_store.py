# SPDX-License-Identifier: Apache-2.0
"""Where the sealed store is: `[store]` of config.toml.

Rules: without the table it is a file of the installation; an address has no password;
a process may have an address of its own, with a certificate that is its alone.
Not here: the rest of config.toml (`server/configuration.py`), what an address may say
(`server/store/postgres/where.py`), opening it (`server/storing.py`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from server.processes import Process, is_address

ADDRESS_CHARS = 2_000
"""Three hosts, and three files by their longest usual paths."""
_NAMES = {role.name.lower(): role for role in Process}


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """A store in PostgreSQL.

    Attributes:
        address: for every process; each signs in as its own role.
        own: addresses of processes that have one of their own.
    """

    address: str
    own: Mapping[Process, str] = field(default_factory=dict)

    def address_of(self, role: Process) -> str:
        """Return the address for a process."""
        return self.own.get(role, self.address)


def read_store(items: object) -> StoreSettings | None:
    """Return what `[store]` says; None where it says nothing.

    Raises:
        ValueError: something unknown, or no address.
    """
    if items == {}:
        return None
    if not isinstance(items, dict) or not items.keys() <= {"address", *_NAMES}:
        raise ValueError
    for address in items.values():
        if (
            not isinstance(address, str)
            or not is_address(address)
            or len(address) > ADDRESS_CHARS
            or not address.isprintable()
        ):
            raise ValueError
    own = {_NAMES[name]: one for name, one in items.items() if name in _NAMES}
    return StoreSettings(items["address"], own)


def lines(settings: StoreSettings | None) -> list[str]:
    """Return the lines of config.toml."""
    if settings is None:
        return []
    quoted = json.dumps(settings.address, ensure_ascii=False)
    return ["", "# The sealed store, in PostgreSQL.", "[store]", f"address = {quoted}"]
