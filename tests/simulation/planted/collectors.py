# SPDX-License-Identifier: Apache-2.0
"""Bugs of a collector.

Rules: each is a store, a commit or a signing of marks in the place of the real one.
Not here: bugs of an agent (`agents.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from server.gate.protocol import Admitted
from server.reader.duties import Acts, give_up_holes
from server.store.chains import ChainEnd, Hole
from server.store.interface import (
    Device,
    DeviceState,
    Store,
    StoredEnvelope,
    Verdict,
)
from server.store.sqlite import SqliteStore
from simulation.collector import Collector
from simulation.keys import TENANT, tenancy
from simulation.world import Planted
from wire.messages import Fate

_ONE = bytes(16)
"""The one incarnation."""
_STORED = Verdict(Fate.STORED, "")
_TOO_MUCH = Verdict(Fate.REFUSED, "too-large")


def _receipt_first(collector: Collector, admitted: Admitted) -> Sequence[Verdict]:
    """Answer before the commit, which comes some seconds later."""

    def later() -> None:
        if collector.committer is not None:
            collector.committer.submit(admitted.envelopes)

    collector.clock.after(5.0, later)
    return [_STORED] * len(admitted.envelopes)


class _OneIncarnation(SqliteStore):
    """Takes two spools of a device for one."""

    def put(self, envelopes: Sequence[StoredEnvelope], now: int) -> list[Verdict]:
        """Store as if there were the first incarnation only."""
        held = [one.incarnation for one in self.envelopes(TENANT)][:1]
        found = [
            replace(one, incarnation=(held or [one.incarnation])[0])
            for one in envelopes
        ]
        return super().put(found, now)


class _Twice(SqliteStore):
    """Keeps what it was sent twice twice."""

    def put(self, envelopes: Sequence[StoredEnvelope], now: int) -> list[Verdict]:
        """Store, and store duplicates under another name."""
        verdicts = super().put(envelopes, now)
        again = [
            replace(one, incarnation=_ONE)
            for one, verdict in zip(envelopes, verdicts, strict=True)
            if verdict.fate is Fate.DUPLICATE
        ]
        super().put(again, now)
        return verdicts


class _Merging(SqliteStore):
    """Takes whatever a copy of a device sends."""

    def put(self, envelopes: Sequence[StoredEnvelope], now: int) -> list[Verdict]:
        """Store, and hear on whoever has forked."""
        found = []
        for one in envelopes:
            (verdict,) = super().put([one], now)
            if verdict.reason == "forked":
                self.set_state(one.tenant, one.device, DeviceState.ACTIVE)
                verdict = _STORED
            found.append(verdict)
        return found


class _Dropping(SqliteStore):
    """Says that it has what is over the day's quota."""

    def put(self, envelopes: Sequence[StoredEnvelope], now: int) -> list[Verdict]:
        """Store, and call stored what was put off."""
        found = super().put(envelopes, now)
        return [_STORED if one.fate is Fate.RETRY else one for one in found]


class _Refusing(SqliteStore):
    """Never takes again what was over a day's quota."""

    def put(self, envelopes: Sequence[StoredEnvelope], now: int) -> list[Verdict]:
        """Store, and refuse what was put off."""
        found = super().put(envelopes, now)
        return [_TOO_MUCH if one.fate is Fate.RETRY else one for one in found]


class _AnyTenant(SqliteStore):
    """Finds a device by its name alone, in whatever tenant."""

    def device(self, tenant: bytes, device: bytes) -> Device | None:
        """Return the device, also where it is another tenant's."""
        found = super().device(tenant, device)
        other = TENANT if tenant != TENANT else tenancy("other ").tenant
        return found or super().device(other, device)


class _Unfiltered(SqliteStore):
    """Shows every tenant what all have."""

    def envelopes(self, tenant: bytes, **which: Any) -> Iterator[StoredEnvelope]:  # type: ignore[override]  # noqa: ANN401 - whatever a reader asks
        """Yield the envelopes of all."""
        yield from super().envelopes(tenant, **which)
        if not which and tenant == TENANT:
            yield from super().envelopes(tenancy("other ").tenant)


class _Jumping(SqliteStore):
    """Says that a chain reaches to its last envelope, hole or not."""

    def unmarked(self) -> Sequence[ChainEnd]:
        """Return ends that have jumped over holes."""
        ends: dict[tuple[bytes, bytes], ChainEnd] = {}
        for one in self.envelopes(TENANT):
            ends[one.device, one.incarnation] = ChainEnd(
                one.tenant, one.device, one.incarnation, one.sequence, one.digest
            )
        return list(ends.values())

    def set_mark(self, end: ChainEnd, message: bytes) -> None:
        """Keep a mark, however far it reaches."""
        self._connections.change(
            "UPDATE chains SET marked = ?, mark = ? WHERE tenant = ? AND device = ?"
            " AND incarnation = ?",
            (end.sequence, message, end.tenant, end.device, end.incarnation),
        )


def _keep_holes(store: Store, ledger: Acts, now: int) -> int:
    """Wait for ever for what nobody can send again."""
    del store, ledger, now
    return 0


def _give_up_unsaid(store: Store, ledger: Acts, now: int) -> int:
    """Let chains go on over holes, and name them nowhere."""
    found = give_up_holes(store, ledger, now)
    if found and isinstance(store, SqliteStore):
        store._connections.change("DELETE FROM lost", ())
    return found


def _give_up_early(store: Store, ledger: Acts, now: int) -> int:
    """Give up whatever is missing, though its device has it."""
    del ledger
    found = 0
    for device in store.devices(TENANT):
        for chain in store.holes(TENANT, device.device):
            for hole in chain.holes:
                place = TENANT, device.device, chain.incarnation
                store.give_up(Hole(*place, *hole), now)
                found += 1
    return found


def _as(kind: type[SqliteStore]) -> Callable[[SqliteStore], Store]:
    """Return what makes an open store one of another kind."""

    def wrap(store: SqliteStore) -> Store:
        store.__class__ = kind
        return store

    return wrap


PLANTED = {
    "receipt-before-commit": Planted(commit=_receipt_first),
    "incarnation-ignored": Planted(store=_as(_OneIncarnation)),
    "duplicates-stored": Planted(store=_as(_Twice)),
    "fork-accepted": Planted(store=_as(_Merging)),
    "mark-jumps-a-hole": Planted(store=_as(_Jumping)),
    "over-quota-dropped": Planted(store=_as(_Dropping), needs="day-quota"),
    "over-quota-refused": Planted(store=_as(_Refusing), needs="day-quota"),
    "tenant-by-word": Planted(store=_as(_AnyTenant), needs="second-tenant"),
    "tenants-together": Planted(store=_as(_Unfiltered), needs="second-tenant"),
    "hole-kept-for-ever": Planted(give_up=_keep_holes, needs="store-restored"),
    "hole-given-up-unsaid": Planted(give_up=_give_up_unsaid, needs="store-restored"),
    "hole-given-up-early": Planted(give_up=_give_up_early),
}
