# SPDX-License-Identifier: Apache-2.0
"""Sums up what a store counts of chains, and finds what is missing of them; pure.

Rules: what comes after the last sequence that its device spoke of counts apart.
Not here: how it is counted (`sqlite_chains.py`, `postgres/chains.py`).
"""

from collections.abc import Iterable, Iterator, Sequence

from server.store.chains import Account, Loss, Span
from wire.envelope import EnvelopeKind


class _Class:
    """Sums of one purpose and retention class of a chain."""

    def __init__(self) -> None:
        self.envelopes = self.records = self.deleted = self.later = 0
        self.voids: list[Loss] = []
        self.gaps: list[Loss] = []


class Classes:
    """Sums by incarnation, purpose and retention class."""

    def __init__(self) -> None:
        self._sums: dict[tuple[bytes, str, str], _Class] = {}

    def count(  # noqa: PLR0913 - the columns of a row
        self,
        incarnation: bytes,
        purpose: str,
        retention: str,
        within: int,
        envelopes: int,
        records: int,
        *,
        deleted: bool,
    ) -> None:
        """Add data that is or was in the store."""
        sums = self._at(incarnation, purpose, retention)
        if not within:
            sums.later += records
        elif deleted:
            sums.deleted += records
        else:
            sums.envelopes += envelopes
            sums.records += records

    def leave(
        self,
        incarnation: bytes,
        purpose: str,
        retention: str,
        within: int,
        *remainders: *tuple[int, int],
    ) -> None:
        """Take what remainders still have from what was deleted with envelopes."""
        if within:
            sums = self._at(incarnation, purpose, retention)
            envelopes, records = remainders
            sums.envelopes += envelopes
            sums.records += records
            sums.deleted -= records

    def announce(
        self,
        incarnation: bytes,
        purpose: str,
        retention: str,
        within: int,
        kind: int,
        *loss: *tuple[str, int, int | None, int, int],
    ) -> None:
        """Add what a device announced."""
        sums = self._at(incarnation, purpose, retention)
        told = Loss(*loss)
        if kind == EnvelopeKind.GAP.value:
            sums.gaps.append(told)
        elif within:
            sums.voids.append(told)
        else:
            sums.later += told.records or 0

    def of(self, incarnation: bytes) -> tuple[Account, ...]:
        """Return the sums of one chain, by purpose and class."""
        return tuple(
            Account(
                purpose,
                retention,
                sums.envelopes,
                sums.records,
                sums.deleted,
                tuple(sums.voids),
                tuple(sums.gaps),
                sums.later,
            )
            for (whose, purpose, retention), sums in sorted(self._sums.items())
            if whose == incarnation
        )

    def _at(self, *place: *tuple[bytes, str, str]) -> _Class:
        return self._sums.setdefault(place, _Class())


def holes(arrived: Iterable[int], end: int, lost: Sequence[Span]) -> Iterator[Span]:
    """Yield what is missing between a chain's end and the last that has arrived.

    Args:
        arrived: sequences behind the end, in order.
        end: of the chain.
        lost: what was given up, in order.
    """
    expected = end + 1
    for sequence in arrived:
        if sequence > expected:
            yield from without((expected, sequence - 1), lost)
        expected = sequence + 1


def without(span: Span, taken: Iterable[Span]) -> Iterator[Span]:
    """Yield what is left of a span; what is taken comes in order."""
    first, last = span
    for begin, end in taken:
        if end < first or begin > last:
            continue
        if begin > first:
            yield first, begin - 1
        first = end + 1
    if first <= last:
        yield first, last
