# SPDX-License-Identifier: Apache-2.0
"""Whether what a device's spool accepted is all accounted for, decided without I/O.

Rules: accepted by the spool = visible + gap + dropped + deleted + under way + lost, to
the record; a difference is shown, never explained away: it is called under way only
while numbers are missing, and lost only where the store gave numbers up.
Not here: the sums (`server/store/sqlite_chains.py`), counting rows instead of
believing headers (`server/reader/accounting.py`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from server.store.chains import Account, Chain, ChainAccount, Span

EXPIRED = "expired"
"""Reason of a void whose records' time was over before they could be sent."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What became of the records that one spool accepted, up to a sequence.

    Attributes:
        chain: as the store knows it.
        classes: its sums by purpose and retention class.
        accepted: records, by the device's signed word; None: it told none.
        visible: records that can be read.
        gap: records that the device announced as lost, by reason.
        dropped: records whose time was over before they were sent.
        deleted: records whose time is over since.
        under_way: records that may still come, for numbers are missing.
        lost: records of numbers that the store gave up.
        difference: what is left; 0 where all adds up.
        missing: numbers that the device spoke of and that have not arrived.
        later: records that came after it spoke.
    """

    chain: Chain
    classes: tuple[Account, ...]
    accepted: int | None
    visible: int
    gap: Mapping[str, int]
    dropped: int
    deleted: int
    under_way: int
    lost: int
    difference: int
    missing: tuple[Span, ...]
    later: int

    @property
    def sound(self) -> bool:
        """Tell whether all adds up and the collector lacks nothing that it had."""
        return not (self.difference or self.chain.lost or self.chain.unfillable)


def balance(account: ChainAccount) -> Balance:
    """Return what became of the records of a chain."""
    chain, classes = account.chain, account.classes
    gap: Counter[str] = Counter()
    for sums in classes:
        for loss in sums.voids:
            gap[loss.reason] += loss.records or 0
    dropped = gap.pop(EXPIRED, 0)
    visible = sum(sums.records for sums in classes)
    deleted = sum(sums.deleted for sums in classes)
    missing = tuple(_missing(chain))
    rest = 0
    if chain.said_accepted is not None:
        rest = chain.said_accepted - visible - gap.total() - dropped - deleted
    under_way = rest if rest > 0 and missing else 0
    lost = rest if rest > 0 and not missing and chain.lost else 0
    return Balance(
        chain,
        classes,
        chain.said_accepted,
        visible,
        dict(sorted(gap.items())),
        dropped,
        deleted,
        under_way,
        lost,
        rest - under_way - lost,
        missing,
        sum(sums.later for sums in classes),
    )


def _missing(chain: Chain) -> Iterator[Span]:
    """Yield the numbers that a device spoke of and that have not arrived."""
    for first, last in chain.holes:
        if first <= chain.said:
            yield first, min(last, chain.said)
    if chain.said > chain.known:
        yield chain.known + 1, chain.said
