# SPDX-License-Identifier: Apache-2.0
"""Sealed orders, what devices say of them, and calls, in an SQLite store.

Rules: a call is in the transaction of what it is for; numbers of calls only grow, also
where all were forgotten; what a device says of an order is kept with its poll, and
nothing of an order that was never here; of one that is answered no octet is kept.
Not here: what they mean (`orders.py`), the transaction of a poll (`sqlite.py`).
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence

from server.store.orders import (
    CALL_SECONDS,
    FORGOTTEN_SECONDS,
    UNHEARD,
    Call,
    HeldOrder,
    OrderFate,
    fate_of,
)
from server.store.sqlite_connections import Connections
from wire import limits
from wire.order_state import ENDED, Doing

_OVER = ", ".join(sorted(f"'{state.value}'" for state in ENDED))
_HOLD = (
    "INSERT INTO orders SELECT ?, ?, ?, ?, ?, ?, ?, '', 0, 0, 0, 0, 0, ?"
    " WHERE EXISTS (SELECT 1 FROM devices WHERE tenant = ? AND device = ?"
    " AND state = 'active')"
)
_HANDED = (
    "SELECT octets FROM orders WHERE tenant = ? AND device = ? AND state = ?"
    " AND withdrawn = 0 AND expires >= ? ORDER BY held, id LIMIT ?"
)
_WITHDRAW = (
    "UPDATE orders SET withdrawn = ? WHERE tenant = ? AND id = ? AND withdrawn = 0"  # noqa: S608 - constant names
    f" AND state NOT IN ({_OVER}) RETURNING device"
)
_FATES = (
    "SELECT device, id, state, reason, done, steps, held, expires, changed, withdrawn,"
    " noted, ticket FROM orders WHERE tenant = ? ORDER BY held, id"
)
_UNNOTED = (
    f"{_FATES.replace(' ORDER BY held, id', '')} AND noted = 0"
    f" AND (expires < ? OR state IN ({_OVER})) ORDER BY held, id"
)
_NOTE = "UPDATE orders SET noted = 1 WHERE tenant = ? AND id = ?"
_PENDING = (
    "SELECT 1 FROM orders WHERE tenant = ? AND expires >= ?"  # noqa: S608 - constant names
    f" AND state NOT IN ({_OVER}) LIMIT 1"
)
_SAY = (
    "UPDATE orders SET state = ?, reason = ?, done = ?, steps = ?, changed = ?,"  # noqa: S608 - constant names
    " octets = x'' WHERE tenant = ? AND device = ? AND id = ?"
    f" AND state NOT IN ({_OVER})"
)


def say(
    database: sqlite3.Connection,
    whose: tuple[bytes, bytes],
    words: Iterable[Doing],
    now: int,
) -> None:
    """Write down what a device says of orders, inside the caller's transaction."""
    for one in words:
        told = one.state.value, one.reason, one.done, one.of
        database.execute(_SAY, (*told, now, *whose, one.order))


class SqliteOrders:
    """The orders of an SQLite store; any thread may use them."""

    def __init__(self, connections: Connections) -> None:
        """Take the store's connections."""
        self._connections = connections

    def hold(self, order: HeldOrder, now: int) -> bool:
        """Keep an order and call its device; false where that device is not heard."""
        whose = order.tenant, order.device
        values = *whose, order.order, now, order.expires, order.octets
        with self._connections.transaction() as database:
            asked = (*values, UNHEARD, order.ticket, *whose)
            if not database.execute(_HOLD, asked).rowcount:
                return False
            _call(database, whose, now)
        return True

    def handed(self, tenant: bytes, device: bytes, now: int) -> Sequence[bytes]:
        """Return sealed orders of which the device said nothing, the first ones."""
        values = tenant, device, UNHEARD, now, limits.ORDERS
        return self._connections.rows(_HANDED, values, _octets)

    def withdraw(self, tenant: bytes, order: bytes, now: int) -> bool:
        """Hand an order out no more, and call its device; false: not there, or over."""
        with self._connections.transaction() as database:
            found = database.execute(_WITHDRAW, (now, tenant, order)).fetchone()
            if found is not None:
                _call(database, (tenant, found[0]), now)
        return found is not None

    def fates(self, tenant: bytes) -> Sequence[OrderFate]:
        """Return what became of each order that is not forgotten, the first first."""
        return self._connections.rows(_FATES, (tenant,), fate_of)

    def note_ends(
        self, tenant: bytes, now: int, write: Callable[[OrderFate], None]
    ) -> None:
        """Have each order's end written down; once, whoever else does so meanwhile."""
        with self._connections.transaction() as database:
            for row in database.execute(_UNNOTED, (tenant, now)).fetchall():
                fate = fate_of(*row)
                write(fate)
                database.execute(_NOTE, (tenant, fate.order))

    def pending(self, tenant: bytes, now: int) -> bool:
        """Tell whether an order has neither ended nor expired."""
        return bool(self._connections.rows(_PENDING, (tenant, now), bool))

    def revoke(self, tenant: bytes, octets: bytes) -> None:
        """Replace the signed revocations that devices of a tenant are told."""
        self._connections.change(
            "INSERT OR REPLACE INTO revocations VALUES (?, ?)", (tenant, octets)
        )

    def revocations(self, tenant: bytes) -> bytes | None:
        """Return the signed revocations that devices of a tenant are told."""
        return self._connections.octets(
            "SELECT octets FROM revocations WHERE tenant = ?", (tenant,)
        )

    def calls(self, after: int) -> Sequence[Call]:
        """Return the calls since one, the first first."""
        return self._connections.rows(
            "SELECT number, tenant, device FROM calls WHERE number > ? ORDER BY number",
            (after,),
            Call,
        )

    def last_call(self) -> int:
        """Return the number of the last call; 0 where there was none."""
        query = "SELECT seq FROM sqlite_sequence WHERE name = 'calls'"
        return max(self._connections.rows(query, (), int), default=0)

    def listen(self, called: Callable[[], None]) -> None:
        """Tell nobody: a look into the file costs microseconds."""

    def forget(self, now: int) -> int:
        """Delete what ended long enough ago; returns how many orders."""
        before = now - FORGOTTEN_SECONDS
        with self._connections.transaction() as database:
            gone = database.execute("DELETE FROM orders WHERE expires < ?", (before,))
            database.execute("DELETE FROM calls WHERE made < ?", (now - CALL_SECONDS,))
        return gone.rowcount


def _call(database: sqlite3.Connection, whose: tuple[bytes, bytes], now: int) -> None:
    database.execute(
        "INSERT INTO calls (tenant, device, made) VALUES (?, ?, ?)", (*whose, now)
    )


def _octets(octets: bytes) -> bytes:
    return octets
