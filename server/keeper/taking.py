# SPDX-License-Identifier: Apache-2.0
"""Takes out of what is sealed to dying keys what a hold or a law keeps of it.

Rules: it may be repeated: what was taken out is replaced by the same, but what was
taken out before an erasure stays, for less is left since; the ledger has one line for
each holder; what does not fit keeps its key from dying.
Not here: who keeps what (`holding.py`, `law_extracts.py`), choosing and sealing
(`extracting.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.errors import StateError
from server.keeper import extracting
from server.keeper.bounds import EXTRACTS
from server.keeper.desk import Desk
from server.keeper.extracting import Tally
from server.keeper.ledger_lines import add_once
from server.store.ending import HeldExtract
from server.store.interface import REMAINDER, StoredEnvelope
from wire.errors import WireError
from wire.papers.certificate import Kept
from wire.papers.scope import Scope

if TYPE_CHECKING:
    from wire.cbor import Plain


@dataclass(frozen=True, slots=True)
class Taker:
    """Who keeps something beyond its key.

    Attributes:
        kept: the holder, and whether it is a case or a law.
        scope: which records.
        public: returns the key to seal to, for the key that they were sealed to.
    """

    kept: Kept
    scope: Scope
    public: Callable[[bytes], bytes]


def take_out(desk: Desk, taker: Taker, keys: Sequence[bytes], after: int) -> int:
    """Take out what one holder keeps; returns how many envelopes had something.

    Args:
        desk: what the keeper works with; `ending` is held.
        taker: who keeps what.
        keys: ids of dying keys that may have some of it.
        after: number of a ledger entry before this destruction.

    Raises:
        StateError: it cannot be kept now, so the keys must not die now.
    """
    tally, rows, envelopes = Tally(), 0, 0
    for some in _taken_out(desk, taker, keys, tally):
        desk.store.put_extracts(some)
        rows += sum(one.records for one in some)
        envelopes += len(some)
    body: dict[str, Plain] = {
        "case": taker.kept.case,
        "origin": taker.kept.why.value,
        "keys": [*keys],
        "rows": rows,
        "envelopes": envelopes,
        "count": tally.shut,
    }
    add_once(desk, "hold-extracted", body, ("case", "keys"), after)
    return envelopes


def take_all(
    desk: Desk, takers: Iterable[tuple[Taker, Sequence[bytes]]], after: int
) -> tuple[Kept, ...]:
    """Take out what each of some holders keeps; returns for whom something was kept.

    Args:
        desk: what the keeper works with; `ending` is held.
        takers: who keeps what, of which dying keys.
        after: number of a ledger entry before this destruction.

    Raises:
        StateError: it cannot be kept now, so the keys must not die now.
    """
    return tuple(
        taker.kept for taker, keys in takers if take_out(desk, taker, keys, after)
    )


def place_of(stored: StoredEnvelope | HeldExtract) -> tuple[bytes, bytes, int]:
    """Return in which place of which chain an envelope stands."""
    return stored.device, stored.incarnation, stored.sequence


def _taken_out(
    desk: Desk, taker: Taker, keys: Sequence[bytes], tally: Tally
) -> Iterator[list[HeldExtract]]:
    """Yield what a holder keeps, some at a time."""
    now, signer = desk.clock.latest(), desk.keyring.keeper_key()
    case, some = taker.kept.case, list[HeldExtract]()
    opening = desk.keyring.for_ending
    before = {place_of(one) for one in desk.store.extracts(desk.tenant, case)}
    for source in extracting.in_scope(desk, taker.scope, keys, opening, tally):
        if source.stored.kind == REMAINDER and place_of(source.stored) in before:
            continue
        public = taker.public(source.stored.key_id)
        try:
            some.append(extracting.sealed(source, case, public, signer, now))
        except WireError:
            msg = "what a hold or a law keeps of an envelope does not fit: its key "
            raise StateError(msg + "is not ended") from None
        if len(some) == EXTRACTS:
            yield some
            some = []
    if some:
        yield some
