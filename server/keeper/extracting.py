# SPDX-License-Identifier: Apache-2.0
"""Chooses rows and columns of envelopes by a scope, and seals them anew.

Rules: a column that the scope does not name is never taken, nor a row that its rules do
not choose, nor one that was erased; an envelope is opened as a reader opens it, its
device's signature first, and of a remainder the keeper's; what does not open with its
own key has no record that anybody could ever read, so it is counted and not kept.
Not here: which keys and holds (`holding.py`), the form of an extract
(`wire/papers/extract.py`).
"""

from collections.abc import (
    Callable,
    Container,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass

from server.keeper.desk import Desk
from server.reader.remainders import Place, open_source
from server.store.ending import HeldExtract
from server.store.interface import StoredEnvelope
from wire.body import OpenTable, values_of
from wire.body_rows import Lessened, Projected
from wire.crypto.opening import OpeningKey
from wire.crypto.sealing import SUITE_XWING, key_id
from wire.crypto.signing import SigningKey
from wire.errors import WireError
from wire.papers import extract
from wire.papers.extract import ExtractHeader
from wire.papers.scope import DatasetScope, Rule, Scope


@dataclass(frozen=True, slots=True)
class Source:
    """An opened envelope of which something is in a scope.

    Attributes:
        stored: as the store has it.
        place: where its rows belong.
        chosen: rows and columns in the scope.
        left_out: rows that are not.
        case: of the last erasure of it; None where there was none.
    """

    stored: StoredEnvelope
    place: Place
    chosen: tuple[Projected, ...]
    left_out: int
    case: bytes | None = None

    @property
    def records(self) -> int:
        """Return how many rows were chosen."""
        return sum(len(item.rows) for item in self.chosen)


@dataclass(slots=True)
class Tally:
    """What was looked at.

    Attributes:
        opened: envelopes that opened.
        shut: those that did not.
        without: digests of those of which nothing is in the scope; None to keep none.
    """

    opened: int = 0
    shut: int = 0
    without: list[bytes] | None = None


def chosen(tables: Iterable[Lessened], scope: Scope) -> tuple[Projected, ...]:
    """Return the rows and columns of tables that are in a scope; none where none is."""
    wanted = {dataset.name: dataset for dataset in scope.datasets}
    found = [
        _projected(item, wanted[item.table.dataset])
        for item in tables
        if item.table.dataset in wanted
    ]
    return tuple(item for item in found if item.rows and item.columns)


def _projected(item: Lessened, dataset: DatasetScope) -> Projected:
    table = item.table
    columns = tuple(
        column.name for column in table.columns if column.name in dataset.columns
    )
    rows = set(range(table.rows)) - item.blank
    for rule in dataset.filter:
        rows &= _passing(table, rule)
    return Projected(table, columns, tuple(sorted(rows)))


def _passing(table: OpenTable, rule: Rule) -> set[int]:
    """Return the rows for which a rule holds; none where its column is not there."""
    for column in table.columns:
        if column.name == rule.column:
            cells = values_of(column, table.rows)
            return {row for row, cell in enumerate(cells) if rule.holds(cell)}
    return set()


def in_scope(
    desk: Desk,
    scope: Scope,
    keys: Sequence[bytes],
    opening: Callable[[bytes], OpeningKey | None],
    tally: Tally,
    only: Container[bytes] | None = None,
) -> Iterator[Source]:
    """Yield every envelope under some keys of which something is in a scope.

    Args:
        desk: what the keeper works with.
        scope: which records.
        keys: ids of the keys under which to look.
        opening: returns a key.
        tally: counts what was opened, and what was not.
        only: digests of the envelopes to look at; None for all.
    """
    publics = {one.device: one.public for one in desk.store.devices(desk.tenant)}
    keeper = desk.keyring.keeper_key().public
    held: dict[bytes, OpeningKey | None] = {key: opening(key) for key in keys}
    for stored in _stored(desk, scope, held, only):
        key, public = held[stored.key_id], publics.get(stored.device)
        try:
            if key is None or public is None:
                tally.shut += 1
                continue
            source = open_source(stored, key, public, keeper)
        except WireError:
            tally.shut += 1
            continue
        tally.opened += 1
        found = chosen(source.tables, scope)
        if found:
            taken = sum(len(item.rows) for item in found)
            left_out = source.rows - taken
            yield Source(stored, source.place, found, left_out, source.case)
        elif tally.without is not None:
            tally.without.append(stored.digest)


def _stored(
    desk: Desk,
    scope: Scope,
    held: Mapping[bytes, object],
    only: Container[bytes] | None,
) -> Iterator[StoredEnvelope]:
    """Yield what has rows under these keys, of a scope's devices and time."""

    def wanted(stored: StoredEnvelope) -> bool:
        return (
            stored.has_rows
            and stored.key_id in held
            and (only is None or stored.digest in only)
        )

    for purpose in scope.purposes:
        for device in scope.devices or (None,):
            for stored in desk.store.envelopes(
                desk.tenant,
                device=device,
                purpose=purpose.value,
                since=scope.since,
                until=scope.until + 1,
                bare=lambda stored: not wanted(stored),
            ):
                if wanted(stored):
                    yield stored


def sealed(
    source: Source, case: bytes, public: bytes, key: SigningKey, now: int
) -> HeldExtract:
    """Return what a hold keeps of an envelope.

    Args:
        source: the opened envelope.
        case: whose hold.
        public: the hold's key.
        key: the keeper's.
        now: seconds since the epoch.

    Raises:
        WireError: more than an extract can hold.
    """
    stored, place, number = source.stored, source.place, key_id(public)
    head = ExtractHeader(
        extract.VERSION,
        SUITE_XWING,
        stored.tenant,
        case,
        number,
        place.device,
        place.purpose,
        place.retention,
        place.key_id,
        place.incarnation,
        place.sequence,
        stored.digest,
        place.created,
        now,
        source.records,
        source.left_out,
    )
    octets = extract.seal(head, extract.content_of(source.chosen), public, key)
    return HeldExtract(
        stored.tenant,
        case,
        place.device,
        place.incarnation,
        place.sequence,
        place.purpose.value,
        number,
        stored.digest,
        place.created,
        source.records,
        octets,
    )
