# SPDX-License-Identifier: Apache-2.0
"""Holds: what a case keeps when the key of its data dies, and until when.

Rules: a hold keeps rows and columns, never a key; it takes them out when their key is
about to die and not before, so what nobody destroys is not kept twice; a hold that was
placed at or after a key's last second is too late for it, and says so.
Not here: choosing and sealing (`extracting.py`), asking for a hold and releasing it
(`matters/hold.py`, `matters/release_hold.py`).
Source: docs/adr/0016-a-hold-is-an-extract.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.errors import StateError
from server.keeper import case_words, extracting, keeping
from server.keeper.bounds import EXTRACTS
from server.keeper.desk import Desk
from server.keeper.extracting import Tally
from server.keeper.ledger_lines import add_once
from server.keyring import KeyKind, LiveKey
from server.register import holds
from server.register.holds import Placed
from server.store.ending import HeldExtract
from wire import limits
from wire.errors import WireError
from wire.papers.matter import Matter
from wire.papers.scope import Scope
from wire.purposes import Purpose

if TYPE_CHECKING:
    from wire.cbor import Plain


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
    overlaps = scope.since < end + skew and start - skew <= scope.until
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


def extract_all(desk: Desk, keys: Sequence[bytes], after: int) -> tuple[bytes, ...]:
    """Take out of what is sealed to dying keys all that holds keep of it.

    May be repeated: what was taken out is replaced by the same.

    Args:
        desk: what the keeper works with; `ending` is held.
        keys: ids of the keys.
        after: number of a ledger entry before this destruction.

    Returns:
        The cases for which something was kept.

    Raises:
        ServerError: it cannot be kept now, so the keys must not die now.
    """
    dying = [key for key in desk.keyring.live(desk.tenant) if key.key_id in set(keys)]
    kept = []
    for hold in in_force(desk):
        covered = [key.key_id for key in dying if hold.covers(key)]
        if covered and _extract(desk, hold, covered, after):
            kept.append(hold.placed.case)
    return tuple(kept)


def _extract(desk: Desk, hold: InForce, keys: list[bytes], after: int) -> int:
    """Take out what one hold keeps; returns how many envelopes had something."""
    tally, rows, envelopes = Tally(), 0, 0
    for some in _taken_out(desk, hold, keys, tally):
        desk.store.put_extracts(some)
        rows += sum(one.records for one in some)
        envelopes += len(some)
    body: dict[str, Plain] = {
        "case": hold.placed.case,
        "keys": [*keys],
        "rows": rows,
        "envelopes": envelopes,
        "count": tally.shut,
    }
    add_once(desk, "hold-extracted", body, ("case", "keys"), after)
    return envelopes


def _taken_out(
    desk: Desk, hold: InForce, keys: list[bytes], tally: Tally
) -> Iterator[list[HeldExtract]]:
    """Yield what a hold keeps of what is sealed to dying keys, some at a time.

    Raises:
        StateError: a part does not fit into an extract.
    """
    case, now = hold.placed.case, desk.clock.latest()
    signer = desk.keyring.keeper_key()
    public = desk.keyring.case_key(desk.tenant, KeyKind.HOLD, case, now)
    some: list[HeldExtract] = []
    opening = desk.keyring.for_ending
    for source in extracting.in_scope(desk, hold.scope, keys, opening, tally):
        try:
            some.append(extracting.sealed(source, case, public, signer, now))
        except WireError:
            msg = "what a hold keeps of an envelope does not fit: its key is not ended"
            raise StateError(msg) from None
        if len(some) == EXTRACTS:
            yield some
            some = []
    if some:
        yield some
