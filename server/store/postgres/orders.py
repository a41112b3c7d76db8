# SPDX-License-Identifier: Apache-2.0
"""Sealed orders, what devices say of them, and calls, in a PostgreSQL store.

Rules: a call is in the transaction of what it is for; calls are made one at a time, so
that one with a smaller number is never seen after one with a greater; what a device
says of an order is kept with its poll; of one that is answered no octet is kept.
Not here: what they mean (`../orders.py`), the transaction of a poll
(`chains.py`).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from psycopg import Connection

from server.store.orders import (
    CALL_SECONDS,
    FORGOTTEN_SECONDS,
    Call,
    HeldOrder,
    OrderFate,
    fate_of,
)
from server.store.postgres.connections import Connections
from server.store.postgres.listening import RING, Listener
from wire import limits
from wire.order_state import ENDED, Doing

CALLING = 0x0064_6973_6372_6567
"""An advisory lock: of who makes a call."""
_CALLING = f"SELECT pg_advisory_xact_lock({CALLING})"
_OVER = ", ".join(sorted(f"'{state.value}'" for state in ENDED))
_HOLD = (
    "INSERT INTO orders SELECT %b, %b, %b, %b, %b, %b, '', '', 0, 0, 0, 0, false, %b"
    " WHERE EXISTS (SELECT 1 FROM devices WHERE tenant = %b AND device = %b"
    " AND state = 'active') ON CONFLICT DO NOTHING"
)
_IS_HELD = (
    "SELECT 1 FROM orders WHERE tenant = %b AND device = %b AND id = %b AND octets = %b"
)
_HANDED = (
    "SELECT octets FROM orders WHERE tenant = %b AND device = %b AND state = ''"
    " AND withdrawn = 0 AND expires >= %b ORDER BY held, id LIMIT %b"
)
_WITHDRAW = (
    "UPDATE orders SET withdrawn = %b WHERE tenant = %b AND id = %b"  # noqa: S608 - constant names
    f" AND withdrawn = 0 AND state NOT IN ({_OVER}) RETURNING device"
)
_SELECT = (
    "SELECT device, id, state, reason, done, steps, held, expires, changed, withdrawn,"
    " noted, ticket FROM orders WHERE tenant = %b"
)
_FATES = f"{_SELECT} ORDER BY held, id"
_UNNOTED = (
    f"{_SELECT} AND NOT noted AND (expires < %b OR state IN ({_OVER}))"
    " ORDER BY held, id FOR UPDATE"
)
_NOTE = "UPDATE orders SET noted = true WHERE tenant = %b AND id = %b"
_PENDING = (
    "SELECT 1 FROM orders WHERE tenant = %b AND expires >= %b"  # noqa: S608 - constant names
    f" AND state NOT IN ({_OVER}) LIMIT 1"
)
_SAY = (
    "UPDATE orders SET state = %b, reason = %b, done = %b, steps = %b, changed = %b,"  # noqa: S608 - constant names
    " octets = '' WHERE tenant = %b AND device = %b AND id = %b"
    f" AND state NOT IN ({_OVER})"
)
_CALL = (
    "INSERT INTO calls (tenant, number, device, made)"
    " VALUES (%b, nextval('call_numbers'), %b, %b)"
)
_LAST_CALL = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM call_numbers"
_REVOKE = (
    "INSERT INTO revocations VALUES (%b, %b)"
    " ON CONFLICT (tenant) DO UPDATE SET octets = excluded.octets"
)


def say(
    connection: Connection[Any],
    whose: tuple[bytes, bytes],
    words: Iterable[Doing],
    now: int,
) -> None:
    """Write down what a device says of orders, inside the caller's transaction."""
    for one in words:
        told = one.state.value, one.reason, one.done, one.of
        connection.execute(_SAY, (*told, now, *whose, one.order))


class PostgresOrders:
    """The orders of a PostgreSQL store; any thread may use them."""

    def __init__(self, connections: Connections) -> None:
        """Take the store's connections."""
        self._connections = connections

    def hold(self, order: HeldOrder, now: int) -> bool:
        """Keep an order and call its device; false where that device is not heard."""
        whose = order.tenant, order.device
        values = *whose, order.order, now, order.expires, order.octets

        def held(connection: Connection[Any]) -> bool:
            connection.execute(_CALLING)
            asked = (*values, order.ticket, *whose)
            if connection.execute(_HOLD, asked).rowcount:
                _call(connection, whose, now)
                return True
            # done before, by one whose commit was not heard of
            same = *whose, order.order, order.octets
            return connection.execute(_IS_HELD, same).fetchone() is not None

        return self._connections.run(held)

    def handed(self, tenant: bytes, device: bytes, now: int) -> Sequence[bytes]:
        """Return sealed orders of which the device said nothing, the first ones."""
        values = tenant, device, now, limits.ORDERS
        return self._connections.rows(_HANDED, values, bytes)

    def withdraw(self, tenant: bytes, order: bytes, now: int) -> bool:
        """Hand an order out no more, and call its device; false: not there, or over."""

        def withdrawn(connection: Connection[Any]) -> bool:
            connection.execute(_CALLING)
            values = now, tenant, order
            found = connection.execute(_WITHDRAW, values, binary=True).fetchone()
            if found is not None:
                _call(connection, (tenant, found[0]), now)
            return found is not None

        return self._connections.run(withdrawn)

    def fates(self, tenant: bytes) -> Sequence[OrderFate]:
        """Return what became of each order that is not forgotten, the first first."""
        return self._connections.rows(_FATES, (tenant,), fate_of)

    def note_ends(
        self, tenant: bytes, now: int, write: Callable[[OrderFate], None]
    ) -> None:
        """Have each order's end written down; once, whoever else does so meanwhile."""

        def noted(connection: Connection[Any]) -> None:
            values = tenant, now
            rows = connection.execute(_UNNOTED, values, binary=True).fetchall()
            for row in rows:
                fate = fate_of(*row)
                write(fate)
                connection.execute(_NOTE, (tenant, fate.order))

        self._connections.run(noted, again=False)  # it would be written down again

    def pending(self, tenant: bytes, now: int) -> bool:
        """Tell whether an order has neither ended nor expired."""
        return bool(self._connections.rows(_PENDING, (tenant, now), bool))

    def revoke(self, tenant: bytes, octets: bytes) -> None:
        """Replace the signed revocations that devices of a tenant are told."""
        self._connections.change(_REVOKE, (tenant, octets))

    def revocations(self, tenant: bytes) -> bytes | None:
        """Return the signed revocations that devices of a tenant are told."""
        query = "SELECT octets FROM revocations WHERE tenant = %b"
        return self._connections.octets(query, (tenant,))

    def calls(self, after: int) -> Sequence[Call]:
        """Return the calls since one, the first first."""
        query = (
            "SELECT number, tenant, device FROM calls WHERE number > %b ORDER BY number"
        )
        return self._connections.rows(query, (after,), Call)

    def last_call(self) -> int:
        """Return the number of the last call; 0 where there was none."""

        def last(connection: Connection[Any]) -> int:
            connection.execute(_CALLING)  # whoever makes one has it seen before
            row = connection.execute(_LAST_CALL).fetchone()
            return int(row[0]) if row else 0

        return self._connections.run(last)

    def listen(self, called: Callable[[], None]) -> Callable[[], None]:
        """Have it told when there may be calls; returns what ends that."""
        return Listener(self._connections.where, called).close

    def forget(self, now: int) -> int:
        """Delete what ended long enough ago; returns how many orders."""
        before = now - FORGOTTEN_SECONDS

        def forgotten(connection: Connection[Any]) -> int:
            gone = connection.execute(
                "DELETE FROM orders WHERE expires < %b", (before,)
            )
            called = "DELETE FROM calls WHERE made < %b"
            connection.execute(called, (now - CALL_SECONDS,))
            return gone.rowcount

        return self._connections.run(forgotten)


def _call(connection: Connection[Any], whose: tuple[bytes, bytes], now: int) -> None:
    """Call a device, in a transaction that makes calls, and wake who listens."""
    connection.execute(_CALL, (*whose, now))
    connection.execute(RING)
