# SPDX-License-Identifier: Apache-2.0
"""The act `billing`: tells how many endpoints there were on each day of a time.

Rules: a number a day and the tenant's id, no device and no telemetry; who asked for
which days is in the ledger before it is told; a day that was not counted is said to be.
Not here: counting (`server/keeper/rounds/counts.py`).
"""

from collections.abc import Generator
from typing import TYPE_CHECKING

from server.errors import UsageError
from server.keeper.acts import Message
from server.keeper.bounds import BILLING_DAYS
from server.keeper.desk import Desk
from server.register import counts
from wire.policy_check import DAY

if TYPE_CHECKING:
    from wire.cbor import Plain

NAME = "billing"


def answer(
    desk: Desk, message: Message, user: str, now: int
) -> Generator[Message, None, None]:
    """Yield the numbers.

    Args:
        desk: what the keeper works with.
        message: "since" and "until" are days since 1970-01-01, both counted.
        user: who asks.
        now: the system's time.

    Raises:
        UsageError: the days are none, too many, or not over.
    """
    match message:
        case {"since": int(since), "until": int(until)}:
            _check(since, until, now // DAY)
        case _:
            msg = "ask for the days since one and until one"
            raise UsageError(msg)
    with desk.register.view() as connection:
        found = counts.between(connection, since, until)
    body: dict[str, Plain] = {"by": user, "since": since, "until": until}
    body["count"] = sum(found.values())
    desk.ledger.add("billed", body, now)
    days = [[day, found.get(day)] for day in range(since, until + 1)]
    yield {"end": {"tenant": desk.tenant.hex(), "days": days}}


def _check(since: int, until: int, today: int) -> None:
    if until < since:
        msg = "the last day is before the first: give --since a day before --until"
        raise UsageError(msg)
    if until >= today:
        msg = "a day is counted when it is over: the last one can be yesterday (UTC)"
        raise UsageError(msg)
    if since < 0 or until - since >= BILLING_DAYS:
        msg = f"at most {BILLING_DAYS} days at once: ask for a shorter time"
        raise UsageError(msg)
