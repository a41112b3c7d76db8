# SPDX-License-Identifier: Apache-2.0
"""Holds: what a case keeps when the key of its data dies, and until when.

Rules: a hold keeps rows and columns, never a key; it takes them out when their key is
about to die and not before, so what nobody destroys is not kept twice; a hold that was
placed at or after a key's last second is too late for it, and says so.
Not here: taking out (`taking.py`), asking for a hold and releasing it
(`matters/hold.py`, `matters/release_hold.py`).
Source: docs/adr/0016-a-hold-is-an-extract.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from server.errors import StateError
from server.keeper import case_words, keeping
from server.keeper.desk import Desk
from server.keeper.taking import Taker, take_all
from server.keyring import KeyKind, LiveKey
from server.register import holds
from server.register.holds import Placed
from wire import limits
from wire.papers.certificate import Kept, KeptFor
from wire.papers.matter import Matter
from wire.papers.scope import Scope
from wire.purposes import Purpose

WITHHOLD = "withhold"
"""Term of a hold that says on what ground what it keeps is not in the export of the
person whose it is; without it, it is."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A hold that was placed and not released, and what is in its scope."""

    placed: Placed
    scope: Scope

    def covers(self, key: LiveKey) -> bool:
        """Tell whether something under a key may be held, and in time."""
        return self.placed.placed < key.until and touches(
            self.scope, key.purpose, key.start, key.end
        )


def touches(scope: Scope, purpose: Purpose, start: int, end: int) -> bool:
    """Tell whether a key's purpose and time touch a scope.

    Clocks of devices may be off by what a gate allows.
    """
    skew = limits.CLOCK_SKEW_SECONDS
    first, last = keeping.span(start, end)
    overlaps = scope.since < last + skew and first - skew <= scope.until
    return purpose in scope.purposes and overlaps


def in_force(desk: Desk) -> list[InForce]:
    """Return the holds in force, the oldest first.

    Raises:
        StateError: the register cannot be read, or a hold's words are gone.
    """
    with desk.register.view() as connection:
        placed = holds.in_force(connection)
    found = []
    for one in placed:
        scope = _words(desk, one).scope
        if scope is not None:
            found.append(InForce(one, scope))
    return found


def _words(desk: Desk, placed: Placed) -> Matter:
    """Return what a hold keeps; while nobody knows that, nothing may end."""
    try:
        return case_words.open_case(desk, placed.case).matter
    except StateError:
        msg = (
            f"what hold {placed.case.hex()} keeps is lost with its key, so nothing is "
            "ended: restore the keyring, or ask for the hold's release"
        )
        raise StateError(msg) from None


def for_keeping(desk: Desk) -> tuple[keeping.Hold, ...]:
    """Return the holds in force as what decides until when things are kept sees them.

    Raises:
        StateError: the register cannot be read, or a hold's words are gone.
    """
    return tuple(
        keeping.Hold(
            hold.placed.case.hex(),
            frozenset(hold.scope.purposes),
            frozenset(
                (dataset.name, column)
                for dataset in hold.scope.datasets
                for column in dataset.columns
            ),
            hold.scope.since,
            hold.scope.until + 1,
            frozenset(hold.scope.devices),
        )
        for hold in in_force(desk)
    )


def reach(desk: Desk, scope: Scope, now: int) -> tuple[list[LiveKey], int]:
    """Return the live keys that a scope touches, and how many it touches too late.

    Args:
        desk: what the keeper works with.
        scope: which records.
        now: seconds since the epoch.
    """
    touched = [
        key
        for key in desk.keyring.live(desk.tenant)
        if touches(scope, key.purpose, key.start, key.end)
    ]
    live = [key for key in touched if now < key.until]
    dead = sum(
        touches(scope, one.purpose, one.start, one.end)
        for one in desk.keyring.tombstones()
        if one.purpose is not None and one.start is not None and one.end is not None
    )
    return live, len(touched) - len(live) + dead


def extract_all(desk: Desk, keys: Sequence[bytes], after: int) -> tuple[Kept, ...]:
    """Take out of what is sealed to dying keys all that holds keep of it.

    Args:
        desk: what the keeper works with; `ending` is held.
        keys: ids of the keys.
        after: number of a ledger entry before this destruction.

    Returns:
        The cases for which something was kept.

    Raises:
        ServerError: it cannot be kept now, so the keys must not die now.
    """
    return take_all(desk, takers(desk, keys), after)


def takers(desk: Desk, keys: Sequence[bytes]) -> list[tuple[Taker, list[bytes]]]:
    """Return the holds that cover any of some live keys, and which ones each."""
    wanted = set(keys)
    live = [key for key in desk.keyring.live(desk.tenant) if key.key_id in wanted]
    found = []
    for hold in in_force(desk):
        covered = [key.key_id for key in live if hold.covers(key)]
        if covered:
            found.append((_taker(desk, hold), covered))
    return found


def _taker(desk: Desk, hold: InForce) -> Taker:
    case = hold.placed.case

    def public(_: bytes) -> bytes:
        now = desk.clock.latest()
        return desk.keyring.cases.add(desk.tenant, KeyKind.HOLD, case, now)

    return Taker(Kept(case, KeptFor.HOLD), hold.scope, public)
