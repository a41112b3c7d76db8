# SPDX-License-Identifier: Apache-2.0
"""Erases a person or device: finds their rows, keeps what must be kept, takes them out.

Rules: each of the three may be repeated, in its order, and does what is left to do; a
row's place is written down before the row goes, so that a copy of the envelope that
comes back loses the same rows; what came late is looked through when it is there; what
a hold or a law wants of these rows is sealed for it first (GDPR, article 17(3)).
Not here: when these run (`erasure.py`), the arithmetic of rows (`lessening.py`).
Source: docs/adr/0028-erasing-one-person.md.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from policies import catalogue
from server.errors import StateError
from server.keeper import extracting, facts, holding, law_extracts
from server.keeper.bounds import ERASED_AT_ONCE
from server.keeper.desk import Desk
from server.keeper.extracting import Source, Tally
from server.keeper.rights.lessening import (
    Maker,
    erasable,
    lessened,
    placed,
    remainder_of,
    rows_at,
)
from server.keeper.taking import Taker, place_of
from server.keyring import LiveKey
from server.reader import subjects
from server.reader.remainders import OpenSource, open_source
from server.reader.subjects import Subject, Tokens
from server.register import erasures
from server.register.database import Register
from server.register.erasures import Erased, Erasure, Runs, Sources
from server.store.interface import REMAINDER, StoredEnvelope
from wire import limits
from wire.body_rows import Lessened
from wire.crypto.opening import OpeningKey
from wire.errors import WireError
from wire.papers import remainder
from wire.papers.certificate import Kept
from wire.purposes import Purpose

Gone = dict[str, set[int]]
"""Dataset > places of rows."""
_NEWEST = limits.SEQUENCE
"""Behind every number."""


@dataclass(slots=True)
class Opener:
    """Opens what the store has under live keys, and counts what does not open."""

    desk: Desk
    shut: int = 0
    _keys: dict[bytes, OpeningKey | None] = field(default_factory=dict)
    _publics: dict[bytes, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know the devices."""
        devices = self.desk.store.devices(self.desk.tenant)
        self._publics = {one.device: one.public for one in devices}

    def key(self, number: bytes) -> OpeningKey | None:
        """Return a key, also past its last second."""
        if number not in self._keys:
            self._keys[number] = self.desk.keyring.for_ending(number)
        return self._keys[number]

    def opened(self, stored: StoredEnvelope) -> OpenSource | None:
        """Return what is in an envelope; None where nobody can open it."""
        key, public = self.key(stored.key_id), self._publics.get(stored.device)
        if key is None or public is None:
            self.shut += 1
            return None
        try:
            keeper = self.desk.keyring.keeper_key().public
            return open_source(stored, key, public, keeper)
        except WireError:
            self.shut += 1
            return None


@dataclass(slots=True)
class Known:
    """What the register knows of erasures.

    Attributes:
        numbers: of each erasure by its case.
        sources: what is erased of each envelope.
    """

    numbers: dict[bytes, int]
    sources: Sources

    def gone(self, source: bytes, case: bytes | None) -> Gone:
        """Return what was erased of an envelope up to the erasure of a case."""
        return _places(self.sources.get(source, ()), 0, self.number(case))

    def left(self, source: bytes, case: bytes | None) -> Gone:
        """Return what is still to be erased of it."""
        return _places(self.sources.get(source, ()), self.number(case), None)

    def number(self, case: bytes | None) -> int:
        """Return the number of an erasure; 0 for none.

        One that an older register does not know has taken out all that this one knows.
        """
        return 0 if case is None else self.numbers.get(case, _NEWEST)

    def newest(self, source: bytes) -> bytes:
        """Return the case of the newest erasure of an envelope."""
        number = max(number for number, _ in self.sources[source])
        return next(case for case, one in self.numbers.items() if one == number)


def _places(
    erased: Collection[tuple[int, Erased]], after: int, last: int | None
) -> Gone:
    found: Gone = {}
    for number, one in erased:
        if after < number and (last is None or number <= last):
            found.setdefault(one.dataset, set()).update(one.places)
    return found


def known(desk: Desk, without: Collection[bytes] = ()) -> Known:
    """Return what the register knows of erasures but those of some cases."""
    return known_to(desk.register, without)


def known_to(register: Register, without: Collection[bytes] = ()) -> Known:
    """Return what a register knows of erasures but those of some cases."""
    with register.view() as connection:
        found = erasures.in_force(connection)
        sources = erasures.sources(connection)
    numbers = {one.case: one.number for one in found if one.case not in without}
    wanted = set(numbers.values())
    left = {
        source: [item for item in items if item[0] in wanted]
        for source, items in sources.items()
    }
    return Known(numbers, {source: items for source, items in left.items() if items})


def search(desk: Desk, erasure: Erasure, subject: Subject) -> int:
    """Look through what was not looked through, and note where the subject's rows are.

    Args:
        desk: what the keeper works with; `ending` is held.
        erasure: in force.
        subject: whose rows.

    Returns:
        How many envelopes nobody can open.

    Raises:
        StateError: the keeper is to end.
    """
    with desk.register.view() as connection:
        looked = erasures.searched(connection, erasure)
    finder, runs = _Finder(desk, subject, known(desk)), Runs()
    found: list[Erased] = []
    for stored in desk.store.envelopes(
        desk.tenant,
        device=subject.device,
        until=erasure.before + 1,
        bare=lambda one: not one.has_rows or place_of(one) in looked,
    ):
        _go_on(desk)
        if place_of(stored) in looked:
            continue
        if stored.has_rows:
            found += finder.rows(stored)
        runs.add(place_of(stored))
        if len(found) >= ERASED_AT_ONCE:
            _note(desk, erasure, found, runs)
            found, runs = [], Runs()
    _note(desk, erasure, found, runs)
    return finder.opener.shut


def _go_on(desk: Desk) -> None:
    if desk.stopping.is_set():
        msg = "the keeper is to end: the erasure goes on when it runs again"
        raise StateError(msg)


def _note(desk: Desk, erasure: Erasure, found: list[Erased], runs: Runs) -> None:
    with desk.register.transaction() as connection:
        erasures.note(connection, erasure, found, runs)


class _Finder:
    """Finds a subject's rows in one envelope after the other."""

    def __init__(self, desk: Desk, subject: Subject, known_now: Known) -> None:
        self._desk, self._subject, self._known = desk, subject, known_now
        self._tokens: dict[str, Tokens] = {}
        self.opener = Opener(desk)

    def rows(self, stored: StoredEnvelope) -> list[Erased]:
        """Return the places of the subject's rows in an envelope."""
        closed = Purpose(stored.purpose) is Purpose.IMPROVEMENT
        if closed and self._subject.device is None:
            return []  # it has no identifier of anybody
        source = self.opener.opened(stored)
        if source is None:
            return []
        gone = self._known.gone(stored.digest, source.case)
        found = []
        for item in source.tables:
            rows = erasable(item, self._theirs(item, stored.purpose))
            name = item.table.dataset
            if rows:
                self._require_known(source)
                places = tuple(placed(item, rows, gone.get(name, ())))
                found.append(
                    Erased(
                        *(stored.digest, name, stored.device, stored.purpose),
                        *(stored.key_id, places),
                    )
                )
        return found

    def _require_known(self, source: OpenSource) -> None:
        """Refuse to count rows where nobody knows how many were there before."""
        if source.case is not None and source.case not in self._known.numbers:
            msg = (
                "the store has an erasure that the keeper's register does not know: "
                "restore the register's newest backup; nothing was erased"
            )
            raise StateError(msg)

    def _theirs(self, item: Lessened, purpose: str) -> Collection[int]:
        if self._subject.device is not None:
            return range(item.table.rows)
        dataset = catalogue().datasets.get(item.table.dataset)
        if dataset is None:
            return ()  # of another release: nobody reads it here
        if purpose not in self._tokens:
            self._tokens[purpose] = subjects.tokens(
                *(self._desk.keyring, self._desk.tenant),
                *(Purpose(purpose), self._subject),
            )
        return subjects.rows(item.table, dataset, self._tokens[purpose])


def keep(desk: Desk, now: Known) -> tuple[Kept, ...]:
    """Seal what holds and laws want of rows that are about to go; returns for whom.

    Raises:
        StateError: it cannot be kept now, so nothing may go.
    """
    keys = {one.key_id for item in now.sources.values() for _, one in item}
    live = [one.key_id for one in desk.keyring.live(desk.tenant) if one.key_id in keys]
    takers = [
        *holding.takers(desk, live),
        *law_extracts.takers(desk, live, facts.facts(desk)),
    ]
    return tuple(
        taker.kept for taker, covered in takers if _keep(desk, taker, covered, now)
    )


def _keep(desk: Desk, taker: Taker, keys: Collection[bytes], now: Known) -> bool:
    signer, made = desk.keyring.keeper_key(), desk.clock.latest()
    opening, some, case = desk.keyring.for_ending, False, taker.kept.case
    before = {place_of(one) for one in desk.store.extracts(desk.tenant, case)}
    for source in extracting.in_scope(
        *(desk, taker.scope, [*keys], opening, Tally()), only=now.sources.keys()
    ):
        _go_on(desk)
        if _wanted(source, now):
            public = taker.public(source.stored.key_id)
            try:
                held = extracting.sealed(source, case, public, signer, made)
            except WireError:
                msg = "what a hold or a law keeps does not fit: nothing is erased"
                raise StateError(msg) from None
            if source.stored.kind != REMAINDER or place_of(held) not in before:
                desk.store.put_extracts([held])
            some = True
    return some


def _wanted(source: Source, now: Known) -> bool:
    """Tell whether a row that is about to go is in the scope."""
    digest = source.stored.digest
    gone, left = now.gone(digest, source.case), now.left(digest, source.case)
    return any(
        rows_at(item.table, left, gone) & set(item.rows) for item in source.chosen
    )


def replace(desk: Desk, now: Known) -> tuple[int, int]:
    """Put a remainder in the place of each envelope that has rows which are to go.

    Args:
        desk: what the keeper works with; `ending` is held.
        now: what is to go.

    Returns:
        How many envelopes were replaced now, and how many rows went.

    Raises:
        StateError: what is left does not fit, or the keeper is to end.
    """
    opener, envelopes, rows = Opener(desk), 0, 0
    for stored in to_replace(desk, now):
        _go_on(desk)
        source = opener.opened(stored)
        key = opener.key(stored.key_id)
        if source is None or key is None:
            continue
        left = now.left(stored.digest, source.case)
        tables = lessened(source, left, now.gone(stored.digest, source.case))
        signer, made = desk.keyring.keeper_key(), desk.clock.latest()
        maker = Maker(now.newest(stored.digest), signer, made)
        try:
            held = remainder_of(source, tables, key.public, maker)
        except WireError:
            msg = "what is left of an envelope does not fit: report this"
            raise StateError(msg) from None
        if desk.store.replace(held):
            envelopes += 1
            rows += source.rows - held.records
    return envelopes, rows


def to_replace(desk: Desk, now: Known) -> Iterator[StoredEnvelope]:
    """Yield what the store still has that is to be replaced."""
    keeper = desk.keyring.keeper_key().public
    for stored in desk.store.envelopes(
        desk.tenant,
        bare=lambda one: not (one.has_rows and one.digest in now.sources),
    ):
        if not stored.has_rows or stored.digest not in now.sources:
            continue
        case = None
        if stored.kind == REMAINDER:
            try:
                case = remainder.read(stored.octets, keeper)[1].case
            except WireError:
                continue  # a reading counts it by its reason, and shows nothing of it
        if now.left(stored.digest, case):
            yield stored


def standing(desk: Desk, now: Known) -> int:
    """Return how many envelopes still have rows that are to be gone."""
    return sum(1 for _ in to_replace(desk, now))


def keys_of(desk: Desk, case: bytes) -> list[bytes]:
    """Return the ids of the keys to which something was sealed that a case erases."""
    now = known(desk)
    number = now.number(case)
    return sorted(
        {
            one.key_id
            for items in now.sources.values()
            for at, one in items
            if at == number
        }
    )


def outlived(keys: Collection[bytes], before: int, live: Iterable[LiveKey]) -> bool:
    """Tell whether nothing lives any more that is as old as an erasure.

    Args:
        keys: ids of those to which something was sealed that it took.
        before: what was made up to this second is erased.
        live: all keys that live.
    """
    return not as_old(keys, before, live)


def as_old(
    keys: Collection[bytes], before: int, live: Iterable[LiveKey]
) -> list[LiveKey]:
    """Return the keys that live and are as old as an erasure; see `outlived`."""
    until = before + limits.CLOCK_SKEW_SECONDS
    return [
        key for key in live if key.key_id in keys or min(key.start, key.end) <= until
    ]
