# SPDX-License-Identifier: Apache-2.0
"""What is known of a device's chains: how far, what is missing, what adds up.

Rules: numbers and slugs, never content; a span has both of its ends; what a device
says of itself is kept apart from what the store has seen.
Not here: how they are kept (`sqlite_chains.py`), whether they balance
(`server/reader/accounting.py`).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wire.order_state import Doing

Span = tuple[int, int]
"""The first and the last sequence number of a stretch."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a device said in a poll.

    Attributes:
        tenant: 16 bytes.
        device: 16 bytes.
        agent: its version.
        system: the operating system's name and version.
        incarnation: of its spool.
        sequence: last sequence number that it has used.
        marked: last sequence number that a mark covers, by its word.
        accepted: records that its spool took up to `sequence`; None: it tells none.
        queue: the encoded state of its queue; None: it tells none.
        stated: when it said so, by its own clock; None: not known.
        doing: how the orders stand that it was handed.
    """

    tenant: bytes
    device: bytes
    agent: str
    system: str
    incarnation: bytes
    sequence: int
    marked: int
    accepted: int | None = None
    queue: bytes | None = None
    stated: int | None = None
    doing: "tuple[Doing, ...]" = ()


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """The highest sequence without a hole below it, and its name in the chain."""

    tenant: bytes
    device: bytes
    incarnation: bytes
    sequence: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Announced:
    """Losses that devices announced for one reason.

    Attributes:
        reason: the slug that they gave.
        count: how many announcements stand.
        records: records in those whose devices know how many.
    """

    reason: str
    count: int
    records: int


@dataclass(frozen=True, slots=True)
class Chain:
    """One incarnation of a device's spool, as far as the store knows it.

    Attributes:
        incarnation: 16 bytes.
        end: the highest sequence without a hole below it.
        highest: the highest sequence that has arrived.
        marked: up to where a mark was signed.
        said: last sequence that the device says it used; 0 before it polled.
        said_accepted: records that its spool took up to there; None: it told none.
        said_marked: up to where it sends nothing new, by its word: it holds a mark, or
            it has another spool by now and has sent all that it holds of this one.
        said_at: when it polled last, seconds since the epoch; 0 before.
        holes: what is missing below `highest`, the lowest first and so many at most.
        lost: what was given up, for the device cannot send it again.
    """

    incarnation: bytes
    end: int
    highest: int
    marked: int
    said: int
    said_accepted: int | None
    said_marked: int
    said_at: int
    holes: tuple[Span, ...]
    lost: tuple[Span, ...]

    @property
    def known(self) -> int:
        """Return the highest sequence that has arrived or was given up."""
        return max([self.highest, *(last for _, last in self.lost)])

    @property
    def missing(self) -> tuple[Span, ...]:
        """Return the holes, and what behind all that arrived the device has deleted."""
        tail = self.known + 1, self.said_marked
        return (*self.holes, tail) if tail[0] <= tail[1] else self.holes

    @property
    def unfillable(self) -> tuple[Span, ...]:
        """Return what is missing up to where the device sends nothing new.

        It has deleted that, as a mark lets it; a store that was restored has it not.
        """
        return tuple(
            (first, min(last, self.said_marked))
            for first, last in self.missing
            if first <= self.said_marked
        )


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch of a chain that its device cannot send again.

    Attributes:
        tenant: 16 bytes.
        device: 16 bytes.
        incarnation: 16 bytes.
        first: the first sequence number that is missing.
        last: the last one.
    """

    tenant: bytes
    device: bytes
    incarnation: bytes
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Loss:
    """What a device announced as lost, for one reason.

    Attributes:
        reason: slug.
        envelopes: how many announcements.
        records: how many records; None where the device cannot know.
        since: first second of the earliest.
        until: last second of the latest.
    """

    reason: str
    envelopes: int
    records: int | None
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Damaged:
    """A row of the store that is not what was written, and is not counted.

    Attributes:
        table: that it is in.
        incarnation: of the spool; None where that is damaged.
        sequence: of the envelope, or the first of a stretch; None where damaged.
        columns: what is damaged.
    """

    table: str
    incarnation: bytes | None
    sequence: int | None
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """What there is of one purpose and retention class of a chain.

    All but `later` is of sequences up to the one that the device spoke of.

    Attributes:
        purpose: slug.
        retention: name of the class.
        envelopes: of data, in the store.
        records: in them, by their headers.
        deleted: records that were in the store and whose time is over.
        voids: records lost after the spool had taken them, by reason.
        gaps: what was lost before, and never in the spool's count, by reason.
        later: records that came after the device spoke.
    """

    purpose: str
    retention: str
    envelopes: int
    records: int
    deleted: int
    voids: tuple[Loss, ...]
    gaps: tuple[Loss, ...]
    later: int


@dataclass(frozen=True, slots=True)
class ChainAccount:
    """A chain and all that there is of it, from one view of the store."""

    chain: Chain
    classes: tuple[Account, ...]
