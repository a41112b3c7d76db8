# SPDX-License-Identifier: Apache-2.0
"""What laws keep of dead keys: taking it out in time, and until when it is kept.

Rules: each rule has a key of its own for each key from which something was taken, so
that what it keeps dies when its time is over, by that key and with a certificate; what
no rule in force asks for any more is over; nobody reads it but a disclosure.
Not here: which rules there are (`law.py`), sealing (`taking.py`), the steps of the end
(`ending.py`).
Source: docs/adr/0030-laws-are-packs.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from server.errors import StateError
from server.keeper.desk import Desk
from server.keeper.keeping import Facts, Minimum, Sealed, extract_ends
from server.keeper.taking import Taker, take_all
from server.keyring import KeyKind
from wire import limits
from wire.papers.certificate import Kept, KeptFor
from wire.papers.scope import DatasetScope, Scope
from wire.purposes import Purpose

HOLDER_BYTES = 16
_ALWAYS = 0, limits.SEQUENCE - 1
"""A law asks for all that was sealed to a key, whatever time a device said it was."""


@dataclass(frozen=True, slots=True)
class LawKey:
    """A key to which something was sealed that a law keeps.

    Attributes:
        key_id: its id.
        holder: the rule, 16 bytes.
        rule: name of the rule; empty where none in force is it.
        until: first second at which nothing is kept of it.
    """

    key_id: bytes
    holder: bytes
    rule: str
    until: int


@dataclass(frozen=True, slots=True)
class _Source:
    """Of when the records under a key are, and for what."""

    purpose: Purpose
    start: int
    end: int


def law_keys(desk: Desk, known: Facts) -> list[LawKey]:
    """Return the keys of all that laws keep, the first to end first.

    Args:
        desk: what the keeper works with.
        known: what is so now.

    Raises:
        StateError: the keyring lacks what is left of a source's key.
    """
    rules = {law.holder: law.rule for law in known.minima}
    sources = dict(_sources(desk))
    found = []
    for number, name in desk.keyring.cases.names(desk.tenant, KeyKind.LAW).items():
        holder, source = name[:HOLDER_BYTES], sources.get(name[HOLDER_BYTES:])
        if source is None:
            msg = (
                "the keyring keeps something for a law and does not know of when it "
                "is: restore the newest backup of the keyring"
            )
            raise StateError(msg)
        rule = rules.get(holder, "")
        until = extract_ends(f"law:{rule}", source, known)
        found.append(LawKey(number, holder, rule, until))
    return sorted(found, key=lambda one: (one.until, one.key_id))


def _sources(desk: Desk) -> Iterator[tuple[bytes, Sealed]]:
    """Yield all keys of epochs that there are and were."""
    for dead in desk.keyring.tombstones():
        if dead.purpose is not None and dead.start is not None and dead.end is not None:
            yield dead.key_id, _Source(dead.purpose, dead.start, dead.end)
    for key in desk.keyring.live(desk.tenant):
        yield key.key_id, key


def extract_all(
    desk: Desk, keys: Sequence[bytes], known: Facts, after: int
) -> tuple[Kept, ...]:
    """Take out of what is sealed to dying keys all that laws keep of it.

    Args:
        desk: what the keeper works with; `ending` is held.
        keys: ids of the keys.
        known: what is so now.
        after: number of a ledger entry before this destruction.

    Returns:
        The rules for which something was kept.

    Raises:
        ServerError: it cannot be kept now, so the keys must not die now.
    """
    return take_all(desk, takers(desk, keys, known), after)


def takers(
    desk: Desk, keys: Sequence[bytes], known: Facts
) -> list[tuple[Taker, list[bytes]]]:
    """Return the rules that outlast any of some live keys, and which ones each."""
    now, wanted = desk.clock.now(), set(keys)
    live = [key for key in desk.keyring.live(desk.tenant) if key.key_id in wanted]
    found = []
    for law in known.minima:
        covered = [
            key.key_id
            for key in live
            if now < extract_ends(f"law:{law.rule}", key, known)
        ]
        if covered:
            found.append((_taker(desk, law), covered))
    return found


def _taker(desk: Desk, law: Minimum) -> Taker:
    names: dict[str, list[str]] = {}
    for dataset, column in sorted(law.columns):
        names.setdefault(dataset, []).append(column)
    scope = Scope(
        tuple(sorted(law.purposes, key=lambda one: one.value)),
        (),
        tuple(DatasetScope(name, tuple(columns)) for name, columns in names.items()),
        *_ALWAYS,
    )
    public = partial(_public, desk, law.holder)
    return Taker(Kept(law.holder, KeptFor.LAW), scope, public)


def _public(desk: Desk, holder: bytes, source: bytes) -> bytes:
    """Return the key of what a rule keeps of one key, made now if need be."""
    now = desk.clock.latest()
    return desk.keyring.cases.add(desk.tenant, KeyKind.LAW, holder + source, now)
