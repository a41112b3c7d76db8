# SPDX-License-Identifier: Apache-2.0
"""Decides until when everything is kept, and why, without I/O.

Rules: `keep_until = max(legal minima, holds, min(purpose maximum, criteria))`, for each
key and each of its columns; a key always dies at the inner minimum, and only the
columns that a law or a hold names outlive it, as extracts; a shorter promise counts at
once and for good, a longer one only for keys that are made under it; the newest policy
that names a class says why it is kept.
Not here: which time it is (`clock.py`), the destruction (`ending.py`), what a hold or
law takes along (`holding.py`), the criteria themselves (`criteria.py`).
Source: the privacy statement, section 6; docs/adr/0015-when-data-ends.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.keeper import bounds
from server.keeper.criteria import (
    AnyCriterion,
    BusinessNeed,
    LegalObligation,
    LimitationPeriod,
    PurposeNeed,
    criterion_of,
)
from server.keyring import LiveKey
from wire import limits
from wire.papers.law import From
from wire.policy import PolicyStatement, RetentionClass
from wire.policy_check import DAY
from wire.purposes import RULES, Purpose

OPEN_END = limits.SEQUENCE
"""Until somebody ends it: a hold has no last second before its release."""
LONGER = "6: unless a longer retention period is required or permitted by law"
"""The clause of the privacy statement for what keeps at least."""
Column = tuple[str, str]
"""A dataset and one of its columns."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What one signed policy said of one retention class.

    Attributes:
        since: when the policy was issued.
        kept: the class.
    """

    since: int
    kept: RetentionClass


class Sealed(Protocol):
    """To what something was sealed: a live key, or what a tombstone says of one."""

    @property
    def purpose(self) -> Purpose:
        """Return for which purpose."""

    @property
    def start(self) -> int:
        """Return the first second of the key period."""

    @property
    def end(self) -> int:
        """Return the first second after it."""


Promises = Mapping[tuple[Purpose, str], Promise]
"""Of each retention class of a purpose, what the newest policy that names it said."""


@dataclass(frozen=True, slots=True)
class Minimum:
    """A law's shortest time for some columns of one dataset.

    Attributes:
        rule: jurisdiction and slug of the rule, such as "XX/accounts".
        law: statute and jurisdiction.
        holder: 16 bytes, for which what it wants is taken out.
        purposes: of whose data.
        columns: which columns.
        seconds: for how long.
        starts: from when.
    """

    rule: str
    law: LegalObligation | LimitationPeriod
    holder: bytes
    purposes: frozenset[Purpose]
    columns: frozenset[Column]
    seconds: int
    starts: From = From.CREATED


@dataclass(frozen=True, slots=True)
class Hold:
    """What a case keeps until its release.

    Attributes:
        case: its id as hexadecimal digits.
        purposes: of whose data.
        columns: which columns.
        since: created from this second on.
        until: and before this one.
        devices: of which devices; empty for all.
    """

    case: str
    purposes: frozenset[Purpose]
    columns: frozenset[Column]
    since: int = 0
    until: int = OPEN_END
    devices: frozenset[bytes] = frozenset()

    def covers(self, key: Sealed) -> bool:
        """Tell whether something sealed to a key may be in scope."""
        first, last = span(key.start, key.end)
        overlaps = self.since < last and first < self.until
        return overlaps and key.purpose in self.purposes


def span(start: int, end: int) -> tuple[int, int]:
    """Return between which seconds something was sealed to a key.

    A ticket that was opened by a clock which was ahead, and closed once it was right,
    ends before it starts: then what it brought lies between the two all the same.
    """
    return min(start, end), max(start, end)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is so at a moment, beside keys and policies.

    Attributes:
        contract_ends: first second after the contract; None while it runs.
        window: seconds of off-boarding after it, in which data is handed over.
        minima: of the laws in force.
        holds: that were placed and not released.
    """

    contract_ends: int | None = None
    window: int = 0
    minima: tuple[Minimum, ...] = ()
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True, slots=True)
class Because:
    """One reason, and how far it reaches.

    Attributes:
        slug: `maximum-age`, `contract`, `business-need`, `epoch`, `law:<rule>` or
            `hold:<case>`.
        until: first second at which it keeps nothing; `OPEN_END` for until it is ended.
        words: what it is, for people.
        clause: of the privacy statement.
        least: whether it keeps at least until then (a law, a hold); the others keep
            at most until then.
    """

    slug: str
    until: int
    words: str
    clause: str
    least: bool = False


@dataclass(frozen=True, slots=True)
class Keeping:
    """Until when something is kept.

    Attributes:
        key_dies: first second at which the key has to be gone.
        columns: which columns outlive it, and until when.
        because: what keeps at most, the first to end first; then what keeps at least.
    """

    key_dies: int
    columns: Mapping[Column, int]
    because: tuple[Because, ...]

    def until(self, column: Column) -> int:
        """Return the first second at which a column is not kept."""
        return max(self.key_dies, self.columns.get(column, 0))


@dataclass(frozen=True, slots=True)
class Due:
    """A key whose time is over.

    Attributes:
        key_id: 16 bytes.
        because: the reason that ended first.
        unusual: whether it waits for two people: too much would end early at once.
    """

    key_id: bytes
    because: Because
    unusual: bool


def promises(statements: Iterable[PolicyStatement]) -> Promises:
    """Return what was promised last for each retention class.

    Args:
        statements: all policies that were ever signed, the oldest first.
    """
    return {
        (rules.purpose, kept.name): Promise(statement.issued, kept)
        for statement in statements
        for rules in statement.policy.purposes
        for kept in rules.retention
    }


def keeping(key: LiveKey, promised: Promise | None, facts: Facts) -> Keeping:
    """Decide until when a key and the columns sealed to it are kept.

    Args:
        key: the key; its maximum age is the shortest that was promised in its life
            (`server/epochs.py` tells the keyring of each shorter one).
        promised: what the newest policy that names its class says; None where none is
            known any more.
        facts: what is so now.
    """
    most = sorted(_at_most(key, promised, facts), key=lambda item: item.until)
    dies = most[0].until
    columns: dict[Column, int] = {}
    least: list[Because] = []
    for because, named in _at_least(key, facts):
        least.append(because)
        if because.until > dies:
            for column in named:
                columns[column] = max(because.until, columns.get(column, 0))
    return Keeping(dies, columns, (*most, *least))


def extract_ends(holder: str, sealed: Sealed, facts: Facts) -> int:
    """Return the first second at which an extract is kept no longer.

    Args:
        holder: `law:<rule>` or `hold:<case>`, for which it was made.
        sealed: to what its source was sealed.
        facts: what is so now; a law that asks no more and a hold that was released
            keep nothing.
    """
    found = [item for item, _ in _at_least(sealed, facts) if item.slug == holder]
    return found[0].until if found else 0


def due(
    kept: Sequence[tuple[LiveKey, Keeping]],
    envelopes: Mapping[bytes, int],
    now: int,
    *,
    lately: int = 0,
) -> list[Due]:
    """Return the keys whose time is over, the first to end first.

    What the calendar ends is never unusual. What ends before its time (a policy, a
    contract or a need changed) is, as soon as too much of it would end within a day.

    Args:
        kept: every live key, and until when it is kept.
        envelopes: how many envelopes are sealed to a key; a key that is not in it has
            none.
        now: retention time, which never runs ahead.
        lately: keys that ended before their time within the last day.
    """
    over = [(key, keep) for key, keep in kept if keep.key_dies <= now]
    early = [key for key, _ in over if key.until > now]
    share = (len(early) + lately) / max(1, len(kept) + lately)
    many = sum(envelopes.get(key.key_id, 0) for key in early)
    unusual = share > bounds.PURGE_SHARE or many > bounds.PURGE_ENVELOPES
    over.sort(key=lambda pair: (pair[1].key_dies, pair[0].key_id))
    return [
        Due(key.key_id, keep.because[0], unusual=unusual and key.until > now)
        for key, keep in over
    ]


def _at_most(key: LiveKey, promised: Promise | None, facts: Facts) -> Iterator[Because]:
    """Yield what ends a key; the first that comes does."""
    why = _criterion(promised)
    until = min(key.until, key.end + _maximum_age(key, promised))
    days = max(0, until - key.end) // DAY
    period = "its ticket's end" if key.ticket else "its key period"
    words = f"{key.retention} is kept {days} days after {period}: {why.words()}"
    yield Because("maximum-age", until, words, why.clause)
    if facts.contract_ends is not None:
        over = facts.contract_ends + facts.window
        words = "the contract ended, and the time to hand data over with it"
        clause = "6: the duration of our contractual relationship with you"
        yield Because("contract", over, words, clause)
    if isinstance(why, BusinessNeed):
        if why.lapses > key.end:
            yield Because("business-need", why.lapses, why.words(), why.clause)
        else:
            words = "the need lapsed: nothing is left but the key period itself"
            yield Because("epoch", key.end, words, why.clause)


def _at_least(key: Sealed, facts: Facts) -> Iterator[tuple[Because, frozenset[Column]]]:
    """Yield what wants some columns for longer, and which."""
    for law in facts.minima:
        if key.purpose in law.purposes:
            until = minimum_ends(law, key.end, facts)
            words = f"{law.law.words()}: at least {law.seconds // DAY} days"
            found = Because(f"law:{law.rule}", until, words, LONGER, least=True)
            yield found, law.columns
    for hold in facts.holds:
        if hold.covers(key):
            yield of_hold(hold.case), hold.columns


def of_hold(case: str) -> Because:
    """Return why something is kept that a case holds."""
    words = f"case {case} holds it until its release"
    return Because(f"hold:{case}", OPEN_END, words, LONGER, least=True)


def minimum_ends(law: Minimum, made: int, facts: Facts) -> int:
    """Return the end of a law's minimum for what was made by a second at the latest."""
    if law.starts is From.CREATED:
        return made + law.seconds
    if facts.contract_ends is None:
        return OPEN_END
    return facts.contract_ends + law.seconds


def _criterion(promised: Promise | None) -> AnyCriterion:
    """Return why the class is kept."""
    if promised is None:
        return PurposeNeed()
    return criterion_of(promised.kept, promised.since)


def _maximum_age(key: LiveKey, promised: Promise | None) -> int:
    """Return the shortest time that is promised for a key, in seconds."""
    ages = [RULES[key.purpose].maximum_days * DAY]
    if key.maximum_age:
        ages.append(key.maximum_age)
    if promised is not None:
        ages.append(promised.kept.maximum_age)
    return min(ages)
