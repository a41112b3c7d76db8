# SPDX-License-Identifier: Apache-2.0
"""Makes the releases of a transfer: all that may go, each purpose on its own.

Rules: whether it may go is judged anew for each release; the ledger has what is opened,
for whom and by whom before it is; a keeper that is killed leaves whole releases or
none, and the next export makes what is missing and nothing twice.
Not here: what may go (`approval.py`, `rows.py`), parts and their key
(`server/keeper/sharing`).
"""

import secrets
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from server.errors import LimitError, StateError
from server.keeper import extracting
from server.keeper.bounds import DEVICES_NAMED, TRANSFER_ROWS
from server.keeper.desk import Desk
from server.keeper.extracting import Source, Tally
from server.keeper.sharing import writing
from server.keeper.sharing.writing import ReleasedTable
from server.keeper.transferring.approval import approved
from server.keeper.transferring.portions import (
    Portion,
    live_keys,
    not_given,
    portions,
)
from server.keeper.transferring.rows import cells, columns, scopes, tables
from server.reader.marked import in_force
from wire import limits
from wire.papers.release import Custody, Release
from wire.papers.scope import DatasetScope, Scope
from wire.purposes import Purpose

if TYPE_CHECKING:
    from wire.cbor import Plain
    from wire.values import Value

_ID_BYTES = 16
_STOPPED = "the keeper is to end: export again once it runs, and it goes on"


@dataclass(frozen=True, slots=True)
class Order:
    """That somebody exports a transfer.

    Attributes:
        case: of the transfer, 16 bytes.
        user: who asks.
        now: the system's time.
        rows: in one release, about.
        cap: octets that one release may have.
    """

    case: bytes
    user: str
    now: int
    rows: int = TRANSFER_ROWS
    cap: int = limits.RELEASE_BYTES


@dataclass(slots=True)
class Went:
    """What became of one portion.

    Attributes:
        purpose: for which it is.
        done: how many machines are looked through with it.
        of: how many there are.
        release: its head; None where nothing of it may go.
        envelopes: of which something is in the release.
        held: envelopes of which nothing may go, or that do not open.
        hidden: rows of people whose data is restricted.
    """

    purpose: Purpose
    done: int
    of: int
    release: Release | None = None
    envelopes: int = 0
    held: int = 0
    hidden: int = 0


@dataclass(slots=True)
class _Found:
    """What of a portion may go: envelopes by dataset, and their keys and devices."""

    sources: dict[str, set[bytes]] = field(default_factory=dict)
    keys: set[bytes] = field(default_factory=set)
    devices: set[bytes] = field(default_factory=set)
    hidden: int = 0
    shut: int = 0

    @property
    def every(self) -> set[bytes]:
        """Return the envelopes of which something may go."""
        return set[bytes]().union(*self.sources.values())


def export(desk: Desk, order: Order) -> Iterator[Went]:
    """Make all releases that are missing; yields what became of each portion.

    Args:
        desk: what the keeper works with.
        order: of somebody.

    Raises:
        DeniedError: it may not go, or no longer.
        ServerError: a release cannot be made; those before it are whole.
    """
    going, made = approved(desk, order.case, order.now), list[Went]()
    policy = desk.policy(order.now).policy
    moment = max(order.now, desk.clock.latest())
    for purpose in going.handover.purposes:
        if policy.rules(purpose) is None:
            continue
        for portion in portions(desk, going.granted, purpose, moment, order.rows):
            for went in _went(desk, order, purpose, portion):
                made.append(went)
                yield went
    heads = [went.release for went in made if went.release is not None]
    if not heads:
        return
    body: dict[str, Plain] = {
        "by": order.user,
        "case": order.case,
        "recipient": going.handover.recipient.name,
        "count": len(heads),
        "rows": sum(table.rows for head in heads for table in head.tables),
        "envelopes": sum(went.envelopes for went in made),
    }
    desk.ledger.add("transfer-exported", body, desk.clock.latest())


def _went(
    desk: Desk, order: Order, purpose: Purpose, portion: Portion
) -> Iterator[Went]:
    """Yield what became of a portion, or of its halves where it is too large."""
    try:
        with desk.ending:  # nothing is erased, ends or is released twice meanwhile
            found = _Work(desk, order, purpose, portion).made()
    except LimitError:
        if len(portion.sources) == 1:
            raise
        for half in portion.halves():
            yield from _went(desk, order, purpose, half)
        return
    yield found


class _Work:
    """Makes one release."""

    def __init__(
        self, desk: Desk, order: Order, purpose: Purpose, portion: Portion
    ) -> None:
        """Know what may go of a portion now; `ending` is held.

        Raises:
            DeniedError: nothing may, or no longer.
        """
        self._desk, self._order, self._portion = desk, order, portion
        self._going = approved(desk, order.case, order.now)
        self._moment = max(order.now, desk.clock.latest())
        self._purpose, self._policy = purpose, desk.policy(order.now).policy
        self._keys = live_keys(desk, purpose, self._moment)
        self._scoped = desk.keyring.scoped(desk.tenant, purpose, self._moment)
        place = desk.layout.register, desk.keyring, desk.tenant
        self._marked = in_force(*place, purpose)

    def made(self) -> Went:
        """Make the release, where something may go."""
        portion, kept = self._portion, scopes(self._policy, self._purpose)
        left = not_given(self._desk, self._going.granted, portion.sources, self._moment)
        found = self._looked(kept, left)
        went = Went(self._purpose, portion.done, portion.of, None)
        went.envelopes, went.hidden = len(found.every), found.hidden
        went.held = len(left) - went.envelopes
        if found.sources:
            release = secrets.token_bytes(_ID_BYTES)
            datasets = tuple(one for one in kept if one.name in found.sources)
            self._tell(release, datasets, found)
            went.release = self._make(release, datasets, found)
        return went

    def _looked(self, kept: tuple[DatasetScope, ...], left: frozenset[bytes]) -> _Found:
        """Open all once, and know which envelopes have something for which table."""
        found, tally = _Found(), Tally()
        for source in self._sources(kept, left, tally) if kept else ():
            for table in tables(source, self._marked):
                found.hidden += table.hidden
                if table.rows:
                    name = table.declared.name
                    found.sources.setdefault(name, set()).add(source.stored.digest)
                    found.keys.add(source.place.key_id)
                    found.devices.add(source.place.device)
        found.shut = tally.shut
        return found

    def _sources(
        self,
        datasets: tuple[DatasetScope, ...],
        only: Container[bytes],
        tally: Tally,
    ) -> Iterator[Source]:
        scope = Scope(
            (self._purpose,), self._portion.devices, datasets, 0, self._moment
        )
        for source in extracting.in_scope(
            self._desk, scope, [*self._keys], self._scoped.opening_key, tally, only
        ):
            if self._desk.stopping.is_set():
                raise StateError(_STOPPED)
            yield source

    def _make(
        self, release: bytes, datasets: tuple[DatasetScope, ...], found: _Found
    ) -> Release:
        handover, verdict = self._going.handover, self._going.verdict
        return writing.make(
            self._desk,
            release=release,
            grant=self._going.granted,
            recipient=handover.recipient,
            tables=[self._table(one, found.sources[one.name]) for one in datasets],
            expires=min(handover.until, handover.recipient.agreement_until),
            form=handover.form,
            purpose=self._purpose.value,
            decisions=verdict.decided,
            basis=f"{handover.basis} (transfer, for {self._purpose.value})",
            now=self._moment,
            cap=self._order.cap,
            sources=found.every,
            custody=lambda: self._custody(found),
        )

    def _custody(self, found: _Found) -> Custody:
        by = self._order.user[: limits.NAME_CHARS]
        return Custody(by, self._going.counted, len(found.every), 0, found.shut)

    def _table(self, dataset: DatasetScope, sources: set[bytes]) -> ReleasedTable:
        named = columns(self._policy, self._purpose, dataset)
        names = tuple(one.name for one in named)
        return ReleasedTable(dataset.name, named, self._rows(dataset, sources, names))

    def _rows(
        self, dataset: DatasetScope, sources: set[bytes], names: tuple[str, ...]
    ) -> "Iterator[tuple[Value, ...]]":
        for source in self._sources((dataset,), sources, Tally()):
            key = self._keys[source.place.key_id]
            for table in tables(source, self._marked):
                yield from cells(source, table, key, names)

    def _tell(
        self, release: bytes, datasets: tuple[DatasetScope, ...], found: _Found
    ) -> None:
        handover, devices = self._going.handover, sorted(found.devices)
        body: dict[str, Plain] = {
            "by": self._order.user,
            "case": handover.case,
            "release": release,
            "recipient": handover.recipient.name,
            "purpose": self._purpose.value,
            "notice": handover.notice.id,
            "datasets": [one.name for one in datasets],
            "columns": {one.name: len(one.columns) for one in datasets},
            "keys": [*sorted(found.keys)],
        }
        if len(devices) <= DEVICES_NAMED:
            body["devices"] = [*devices]
        else:
            body["every"] = len(devices)
        self._desk.ledger.add("transfer-opened", body, self._moment)
