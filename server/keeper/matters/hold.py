# SPDX-License-Identifier: Apache-2.0
"""The matter `hold`: keep what is in a scope beyond its time, until it is released.

Rules: it says who asks for it or why, and when somebody looks at it again, within a
year; a hold on nothing is refused, and one that comes too late for all of its scope;
what a person would approve is counted first, and the ledger says so before anything is
opened.
Not here: keeping it (`server/keeper/holding.py`), its end (`release_hold.py`).
"""

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from server.errors import DeniedError, UsageError
from server.keeper import extracting, holding
from server.keeper.bounds import HOLD_COUNTED, HOLD_REVIEW_SECONDS
from server.keeper.desk import Desk
from server.keeper.extracting import Tally
from server.keeper.ledger_lines import add_once
from server.keeper.terms import day_of, scope_of
from server.keyring import KeyKind, LiveKey
from server.register import holds
from wire.papers.decision import Decided
from wire.papers.matter import Matter
from wire.papers.scope import Scope

if TYPE_CHECKING:
    from wire.cbor import Plain

AUTHORITY, BASIS, REVIEW = "authority", "basis", "review"


def check(desk: Desk, matter: Matter, now: int) -> dict[str, int]:
    """Refuse what cannot be held; count what would be.

    Returns:
        `live` and `ended` keys in the scope, and of the live ones `envelopes` and
        `rows`, counted up to a bound (`more` is then 1).

    Raises:
        UsageError: it does not say what a hold must.
        DeniedError: nothing is in the scope, or it has ended already.
    """
    scope = scope_of(desk, matter)
    _review(matter, now)
    if matter.term(AUTHORITY) is None and matter.term(BASIS) is None:
        msg = "say who asks for the hold (authority) or on what basis"
        raise UsageError(msg)
    live, ended = holding.reach(desk, scope, desk.clock.latest())
    if not live and ended:
        reason = "too-late"
        msg = f"all {ended} key periods in this scope were already ended"
        raise DeniedError(reason, msg)
    desk.ledger.add("hold-asked", _body(matter, scope, live, ended), now)
    counts = _counted(desk, scope, live)
    if not counts["rows"] and scope.until <= now:
        reason = "empty-scope"
        msg = "nothing is in that scope: a hold on nothing is refused"
        raise DeniedError(reason, msg)
    return {"live": len(live), "ended": ended, **counts}


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """Place the hold; its case goes on until the release."""
    scope, placed = scope_of(desk, matter), desk.clock.latest()
    live, ended = holding.reach(desk, scope, placed)
    desk.keyring.cases.add(desk.tenant, KeyKind.HOLD, matter.case, now)
    review = _moment(matter)
    body = _body(matter, scope, live, ended) | {"review": review}
    add_once(desk, "hold-placed", body, ("case",), 0)
    with desk.register.transaction() as connection:
        holds.place(connection, matter.case, placed, review)
    return False


def _review(matter: Matter, now: int) -> None:
    if not 0 < _moment(matter) - now <= HOLD_REVIEW_SECONDS:
        msg = "the review of a hold lies ahead, within a year"
        raise UsageError(msg)


def _moment(matter: Matter) -> int:
    """Return the first second of the day of the review."""
    return day_of(matter, REVIEW, "on which day somebody looks at the hold again")


def _counted(desk: Desk, scope: Scope, live: Sequence[LiveKey]) -> dict[str, int]:
    keys, tally = [key.key_id for key in live], Tally()
    opening = desk.keyring.for_ending
    found = extracting.in_scope(desk, scope, keys, opening, tally)
    rows = [source.records for source in islice(found, HOLD_COUNTED + 1)]
    some = rows[:HOLD_COUNTED]
    more = int(len(rows) > len(some))
    return {"envelopes": len(some), "rows": sum(some), "more": more}


def _body(
    matter: Matter, scope: Scope, live: Sequence[LiveKey], ended: int
) -> "dict[str, Plain]":
    """Return what the ledger says of a hold: names and counts, no word of a person."""
    body: dict[str, Plain] = {
        "case": matter.case,
        "live": len(live),
        "ended": ended,
        "datasets": [item.name for item in scope.datasets],
        "devices": list(scope.devices),
    }
    return body
