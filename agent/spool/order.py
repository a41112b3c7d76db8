# SPDX-License-Identifier: Apache-2.0
"""Orders as the spool remembers them: by id, sealed as they came, with their state.

Rules: an id is written before its order begins and outlives its expiry, so that none
begins twice; the request's words lie sealed to this device, nothing of them in clear;
how many are remembered is bounded, and what is not remembered is not obeyed.
Not here: whether an order is good (`agent/orders/judging.py`), the table
(`schema.py`).
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from wire.doing import ENDED, OrderState

ORDERS_SINCE = "orders-since"
"""Number: requests issued up to then may have been forgotten, and are not obeyed."""


@dataclass(frozen=True, slots=True)
class HeldOrder:
    """One order.

    Attributes:
        id: of the request, in hex.
        state: where it is.
        reason: a slug, for what came to nothing.
        told: the state that the collector knows; empty for none.
        consent: what a person here has to say to it, or has said ("yes").
        octets: as it came, sealed; empty where its proofs were not found good.
        heard: when it came, seconds since the epoch.
        answer: until when a person may say yes.
        expires: the last second in which it may begin.
        seconds: for how long it may run.
        found: rows that it sent.
    """

    id: str
    state: OrderState
    reason: str
    told: str
    consent: str
    octets: bytes
    heard: int
    answer: int
    expires: int
    seconds: int
    found: int = 0

    @property
    def ended(self) -> bool:
        """Tell whether nothing more comes of it."""
        return self.state in ENDED


_ALL = "SELECT * FROM orders ORDER BY heard, id"
_BUSY = (
    "SELECT * FROM orders WHERE told != state OR state IN "
    "('received', 'asking', 'running') ORDER BY heard, id"
)


def orders(database: sqlite3.Connection, *, busy: bool) -> Sequence[HeldOrder]:
    """Return the orders that are remembered, the oldest first.

    Args:
        database: the spool's.
        busy: only those that have not ended, or of whose state the collector does not
            know.
    """
    return [
        HeldOrder(row[0], OrderState(row[1]), *row[2:])
        for row in database.execute(_BUSY if busy else _ALL)
    ]


def put(database: sqlite3.Connection, order: HeldOrder) -> None:
    """Remember an order, or its new state."""
    first, _, *rest = astuple(order)
    database.execute(
        f"INSERT OR REPLACE INTO orders VALUES ({', '.join('?' * (len(rest) + 2))})",  # noqa: S608 - marks only
        (first, order.state.value, *rest),
    )
