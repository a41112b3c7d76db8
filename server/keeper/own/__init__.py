# SPDX-License-Identifier: Apache-2.0
"""Why records that the collector keeps of its own are here: each kind, found by name.

Rules: nothing is opened and nothing changes; one rule says until when a record is kept,
for who asks and for the round that ends it.
Not here: data of devices (`server/keeper/explaining.py`), the names of kinds
(`server/own_records.py`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

from server.errors import UsageError
from server.keeper import facts
from server.keeper.desk import Desk
from server.keeper.explaining import Group
from server.keeper.keeping import OPEN_END
from server.keeper.own import asking, cases, console, giving, ledger, tickets
from server.keeper.own.question import Question
from server.own_records import KINDS

Kept = Callable[[Question], Iterator[Group]]
"""Yields all that may be meant."""
KEPT: Mapping[str, Kept] = {
    "alert": console.alert,
    "case": cases.case,
    "certificate": giving.certificate,
    "erasure": giving.erasure,
    "evidence": giving.evidence,
    "export": giving.export,
    "finding": cases.finding,
    "grant": giving.grant,
    "hold": cases.hold,
    "incident": cases.incident,
    "ledger": ledger.ledger,
    "message": console.message,
    "notice": cases.notice,
    "order": asking.order,
    "person": console.person,
    "recipient": giving.recipient,
    "release": giving.release,
    "right": giving.right,
    "ticket": tickets.ticket,
    "token": asking.token,
    "visits": console.log,
}
_LEAST_DIGITS = 4
"""Of an id that is typed in part."""


def check(kind: str) -> None:
    """Refuse what is no kind.

    Raises:
        UsageError: it is none.
    """
    if kind not in KEPT:
        msg = f"there is no such kind of record: use one of {', '.join(KEPT)}"
        raise UsageError(msg)


@dataclass(frozen=True, slots=True)
class Counted:
    """A kind, counted.

    Attributes:
        kind: its name.
        records: how many there are.
        first: when the next of them ends; None where none has a day.
    """

    kind: str
    records: int
    first: int | None


def counted(desk: Desk) -> Iterator[Counted]:
    """Yield each kind: how many there are, and when the next of them ends."""
    known = cache(partial(facts.facts, desk))
    for kind, kept in KEPT.items():
        found = list(kept(Question(desk, "", known, counts=True)))
        ends = [one.until for one in found if one.until != OPEN_END]
        yield Counted(kind, _records(found), min(ends, default=None))


def explain(desk: Desk, kind: str, name: str) -> list[Group]:
    """Return why one record is here, or all of a kind.

    Args:
        desk: what the keeper works with.
        kind: a name of `own_records.KINDS`.
        name: of the record, or the first digits of its id; empty for all.

    Raises:
        UsageError: there is none of that name, or more than one.
    """
    found = list(KEPT[kind](Question(desk, name, partial(facts.facts, desk))))
    if not name:
        return found
    whole = [one for one in found if one.name == name]
    begun = [one for one in found if one.name.startswith(name.lower())]
    meant = whole or (begun if len(name) >= _LEAST_DIGITS else [])
    if len({one.name for one in meant}) != 1:
        msg = (
            f"there is no {kind} of that name, or more than one: discreet-server why "
            f"{kind}: lists all, each named by {KINDS[kind].named}"
        )
        raise UsageError(msg)
    return meant


def _records(found: Sequence[Group]) -> int:
    """Return how many records some groups are of."""
    names = {one.name: one.records for one in reversed(found)}
    return names.get("", len(names))
