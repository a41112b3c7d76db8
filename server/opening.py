# SPDX-License-Identifier: Apache-2.0
"""Opens a sealed store wherever it is: in SQLite's file, or in PostgreSQL.

Rules: each process says who it is, for a PostgreSQL store lets each do what it is for;
libraries of one kind are loaded where that is used.
Not here: which store an installation has (`server/storing.py`), making one.
"""

from importlib.util import find_spec
from pathlib import Path

from server.errors import UsageError
from server.processes import Process, is_address
from server.store.ending import EndingStore
from server.store.interface import Quotas
from server.store.sqlite import open_store

_QUOTAS = Quotas()


def open_at(place: str, role: Process, quotas: Quotas = _QUOTAS) -> EndingStore:
    """Open a store that exists.

    Args:
        place: its file, or its address.
        role: whose process this is.
        quotas: octets that devices may store in a day.

    Raises:
        UsageError: the address is none, or its libraries are not here.
        StateError: the store cannot be used.
    """
    if not is_address(place):
        return open_store(Path(place), quotas)
    if find_spec("psycopg") is None or find_spec("psycopg_pool") is None:
        msg = "a PostgreSQL store needs libraries: install discreet[postgres]"
        raise UsageError(msg)
    from server.store.postgres.store import PostgresStore  # noqa: PLC0415 - an extra
    from server.store.postgres.where import where  # noqa: PLC0415 - with the above

    return PostgresStore(where(place, role.value), quotas)
