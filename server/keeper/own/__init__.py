# SPDX-License-Identifier: Apache-2.0
"""Why records that the collector keeps of its own are here: each kind, found by name.

Rules: nothing is opened and nothing changes; one rule says until when a record is kept,
for who asks and for the round that ends it.
Not here: data of devices (`server/keeper/explaining.py`), the names of kinds
(`server/own_records.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from server.errors import UsageError
from server.keeper.desk import Desk
from server.keeper.explaining import Group
from server.keeper.own import cases, console, giving, ledger, tickets
from server.own_records import KINDS

Kept = Callable[[Desk, str], Iterator[Group]]
"""Takes the desk, and the name of one or nothing; yields all that may be meant."""
KEPT: Mapping[str, Kept] = {
    "alert": console.alert,
    "case": cases.case,
    "certificate": giving.certificate,
    "evidence": giving.evidence,
    "export": giving.export,
    "finding": cases.finding,
    "hold": cases.hold,
    "incident": cases.incident,
    "ledger": ledger.ledger,
    "notice": cases.notice,
    "person": console.person,
    "release": giving.release,
    "right": giving.right,
    "ticket": tickets.ticket,
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


def count(found: Iterable[Group]) -> int:
    """Return how many records some groups are of."""
    names = {one.name: one.records for one in reversed([*found])}
    return names.get("", len(names))


def explain(desk: Desk, kind: str, name: str) -> list[Group]:
    """Return why one record is here, or all of a kind.

    Args:
        desk: what the keeper works with.
        kind: a name of `own_records.KINDS`.
        name: of the record, or the first digits of its id; empty for all.

    Raises:
        UsageError: there is none of that name, or more than one.
    """
    found = list(KEPT[kind](desk, name))
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
