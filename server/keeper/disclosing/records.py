# SPDX-License-Identifier: Apache-2.0
"""Which records a disclosure is of: what live keys open, and what one hold kept.

Rules: nothing outside of the matter's scope is yielded; a device's signature is checked
before its envelope counts, the keeper's before an extract does; what is there twice is
taken once.
Not here: what a matter must name (`naming.py`), handing records over (`production.py`).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from server.errors import UsageError
from server.keeper import case_words, extracting, holding
from server.keeper.desk import Desk
from server.keeper.disclosing.naming import HOLD
from server.keeper.extracting import Tally
from server.keyring import KeyKind
from server.register import holds
from server.store.ending import HeldExtract
from wire.body import Op
from wire.body_rows import Lessened, Projected
from wire.errors import WireError
from wire.papers import extract
from wire.papers.matter import Matter
from wire.papers.scope import Scope


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one table that are in the scope.

    Attributes:
        purpose: under which they are held.
        device: id of the device that said them.
        created: when it made the envelope, in seconds since the epoch.
        chosen: rows and columns.
        ops: of each row of the table its operation; empty where it has none.
        source: digest of the envelope that the device sent.
    """

    purpose: str
    device: bytes
    created: int
    chosen: Projected
    ops: tuple[Op, ...]
    source: bytes


@dataclass(slots=True)
class Found:
    """What was found.

    Attributes:
        rows: how many, by dataset.
        envelopes: how many had some, their devices' signatures checked.
        extracts: how many extracts of the hold had some, signed by the keeper.
        shut: what did not open, or whose signature is wrong.
    """

    rows: Counter[str] = field(default_factory=Counter)
    envelopes: int = 0
    extracts: int = 0
    shut: int = 0

    def counts(self) -> dict[str, int]:
        """Return what people see before they decide."""
        return {
            "rows": self.rows.total(),
            "envelopes": self.envelopes,
            "extracts": self.extracts,
            "shut": self.shut,
        }


def pieces(desk: Desk, matter: Matter, scope: Scope, found: Found) -> Iterator[Piece]:
    """Yield all records of a disclosure.

    Args:
        desk: what the keeper works with.
        matter: names the hold, if one is meant.
        scope: of the matter, checked.
        found: takes the counts.

    Raises:
        UsageError: the hold that it names is not one in force.
    """
    hold = _hold(desk, matter)
    live, _ = holding.reach(desk, scope, desk.clock.latest())
    keys, tally = [key.key_id for key in live], Tally()
    seen: set[bytes] = set()
    opening = desk.keyring.for_ending
    for source in extracting.in_scope(desk, scope, keys, opening, tally):
        seen.add(source.stored.digest)
        found.envelopes += 1
        place = source.place
        for item in source.chosen:
            found.rows[item.table.dataset] += len(item.rows)
            yield Piece(
                *(place.purpose.value, place.device, place.created, item),
                *(tuple(item.table.ops), source.stored.digest),
            )
    found.shut += tally.shut
    if hold is not None:
        yield from _held(desk, hold, scope, seen, found)


def _hold(desk: Desk, matter: Matter) -> Matter | None:
    """Return the words of the hold that a disclosure names."""
    digits = matter.term(HOLD)
    if digits is None:
        return None
    with desk.register.view() as connection:
        known = {one.case.hex(): one.case for one in holds.in_force(connection)}
    if digits not in known:
        msg = "name a hold in force by its whole id: hold list --json shows it"
        raise UsageError(msg)
    return case_words.open_case(desk, known[digits]).matter


def _held(
    desk: Desk, hold: Matter, scope: Scope, seen: set[bytes], found: Found
) -> Iterator[Piece]:
    """Yield what a hold kept of envelopes whose keys are gone."""
    key = desk.keyring.cases.opening(desk.tenant, KeyKind.HOLD, hold.case)
    signer, wanted = desk.keyring.keeper_key().public, _known_to_hold(scope, hold)
    for held in desk.store.extracts(desk.tenant, hold.case):
        if key is None or held.source in seen or not _meant(held, scope):
            continue
        try:
            read, header = extract.read(held.octets, signer)
            opened = extract.unseal(read, header, key)
        except WireError:
            found.shut += 1
            continue
        chosen = [
            (one.ops, item)
            for one in opened
            for item in extracting.chosen([Lessened(one.table, frozenset())], wanted)
        ]
        found.extracts += bool(chosen)
        for ops, item in chosen:
            found.rows[item.table.dataset] += len(item.rows)
            yield Piece(
                *(held.purpose, held.device, held.created, item),
                *(tuple(ops), held.source),
            )


def _meant(held: HeldExtract, scope: Scope) -> bool:
    """Tell whether purpose, device and time of an extract are in a scope."""
    device = not scope.devices or held.device in scope.devices
    purpose = held.purpose in {one.value for one in scope.purposes}
    return device and purpose and scope.since <= held.created <= scope.until


def _known_to_hold(scope: Scope, hold: Matter) -> Scope:
    """Return a scope without the rules by which the hold chose its rows itself.

    An extract need not have the columns of these rules, but each row passed them.
    """
    before = {} if hold.scope is None else {d.name: d for d in hold.scope.datasets}
    return replace(
        scope,
        datasets=tuple(
            replace(
                one,
                filter=tuple(
                    rule
                    for rule in one.filter
                    if one.name not in before or rule not in before[one.name].filter
                ),
            )
            for one in scope.datasets
        ),
    )
