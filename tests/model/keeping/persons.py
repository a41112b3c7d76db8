# SPDX-License-Identifier: Apache-2.0
"""What the product does about persons in a history: envelopes, and who is erased.

Rules: what is noted, what is left, which rows these are and when an erasure is over is
the product's own (`server/register`, `server/keeper/rights`); what is here carries it
out on lists of names instead of sealed tables.
Not here: seals and steps (`tests/unit/server/test_erasing.py`), inventories
(`tests/model/erasing`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from server.keeper.rights import erasing
from server.keeper.rights.erasing import Known
from server.keeper.rights.lessening import placed, rows_at
from server.keyring import LiveKey
from server.register import erasures
from server.register.database import Register
from server.register.erasures import Erased, Erasure, Runs
from wire.body import Mode, OpenTable
from wire.body_rows import Lessened

TABLE = "t"
DEVICE, INCARNATION = b"d" * 16, b"i" * 16
Row = tuple[int, int]
"""Number of the envelope, and the row's place in it."""


@dataclass(frozen=True)
class Stored:
    """An envelope, or what is left of it.

    Attributes:
        number: of the chain, from 1.
        key: id of the key to which it is sealed.
        made: by its device, in true seconds.
        every: whose each row was, as the device made it.
        rows: whose each row is that is left.
        case: of the erasure that made the remainder; None for the envelope itself.
    """

    number: int
    key: bytes
    made: int
    every: tuple[str, ...]
    rows: tuple[str, ...]
    case: bytes | None = None

    @property
    def source(self) -> bytes:
        """Return what stands for its digest."""
        return self.number.to_bytes(32)

    @property
    def table(self) -> OpenTable:
        """Return its table as the product opens it, without columns."""
        return OpenTable(TABLE, Mode.APPEND, len(self.rows), (), (), None)


Holders = Callable[[bytes], Iterable[str]]
"""Returns who wants to keep what is sealed to a key now."""


@dataclass
class Persons:
    """What a store has of persons, and what was sealed for others of it.

    Attributes:
        register: where erasures are known.
        store: what it has, by number.
        kept: rows that were sealed for a law or a hold, by key and holder.
        cases: of erasures, so far.
    """

    register: Register
    store: dict[int, Stored] = field(default_factory=dict)
    kept: dict[tuple[bytes, str], set[Row]] = field(default_factory=dict)
    cases: int = 0

    def __post_init__(self) -> None:
        """Begin with nobody erased."""
        with self.register.transaction() as connection:
            for name in ("erasures", "erased", "searched"):
                connection.execute(f"DELETE FROM {name}")  # noqa: S608 - constant names

    def arrives(self, one: Stored) -> None:
        """Take in an envelope."""
        self.store[one.number] = one

    def comes_back(self) -> None:
        """Have the store put back to before anybody was erased."""
        for number, one in self.store.items():
            self.store[number] = replace(one, rows=one.every, case=None)

    def erase(self, person: str, now: int) -> None:
        """Put an erasure in force, as a case that was approved does."""
        self.cases += 1
        case = self.cases.to_bytes(8) + person.encode().rjust(8, b"\0")
        with self.register.transaction() as connection:
            erasures.begin(connection, case, now)

    def turn(self, live: Iterable[LiveKey], holders: Holders) -> None:
        """Look through what came, keep what must be, take the rest out; end erasures.

        Args:
            live: all keys that live.
            holders: who wants to keep something.
        """
        with self.register.view() as connection:
            found = erasures.in_force(connection)
        keys = [*live]
        for one in found:
            if erasing.outlived(self._taken(one), one.before, keys):
                with self.register.transaction() as connection:
                    erasures.end(connection, one)
            else:
                self.search(one)
        if found:
            self._replace(self.known(), holders)

    def _taken(self, erasure: Erasure) -> set[bytes]:
        """Return the ids of the keys under which an erasure took something."""
        return {
            one.key_id
            for items in self.known().sources.values()
            for number, one in items
            if number == erasure.number
        }

    def ends(self, key: bytes, holders: Iterable[str]) -> None:
        """Keep what must be of what is sealed to a key, and delete it."""
        mine = [one for one in self.store.values() if one.key == key]
        if mine:
            known = self.known()
            for holder in holders:
                self._keep(key, holder, mine, known)
        for one in mine:
            del self.store[one.number]

    def released(self, key: bytes, holder: str) -> None:
        """End what was sealed for somebody."""
        self.kept.pop((key, holder), None)

    def there(self) -> set[Row]:
        """Return all rows that the store has."""
        if not self.store:
            return set()
        known = self.known()
        return {
            (one.number, place)
            for one in self.store.values()
            for place in places_of(one, known, range(len(one.rows)))
        }

    def known(self) -> Known:
        """Return what the register knows of erasures."""
        return erasing.known_to(self.register)

    def search(self, erasure: Erasure) -> None:
        """Look through what an erasure has not looked through yet."""
        with self.register.view() as connection:
            looked = erasures.searched(connection, erasure)
        person, runs = erasure.case[8:].lstrip(b"\0").decode(), Runs()
        found, known = list[Erased](), self.known()
        for one in sorted(self.store.values(), key=lambda each: each.number):
            place = (DEVICE, INCARNATION, one.number)
            if place in looked or one.made > erasure.before:
                continue
            runs.add(place)
            mine = [at for at, who in enumerate(one.rows) if who == person]
            if mine:
                places = tuple(places_of(one, known, mine))
                told = (one.source, TABLE, DEVICE, "support", one.key)
                found.append(Erased(*told, places))
        with self.register.transaction() as connection:
            erasures.note(connection, erasure, found, runs)

    def _replace(self, now: Known, holders: Holders) -> None:
        for number, one in self.store.items():
            left = now.left(one.source, one.case)
            if not left.get(TABLE):
                continue
            for holder in holders(one.key):
                self._keep(one.key, holder, [one], now)
            gone = now.gone(one.source, one.case)
            out = rows_at(one.table, left, gone)
            rows = tuple(who for at, who in enumerate(one.rows) if at not in out)
            case = now.newest(one.source)
            self.store[number] = replace(one, rows=rows, case=case)

    def _keep(
        self, key: bytes, holder: str, some: Iterable[Stored], known: Known
    ) -> None:
        kept = self.kept.setdefault((key, holder), set())
        for one in some:
            places = places_of(one, known, range(len(one.rows)))
            kept |= {(one.number, place) for place in places}


def places_of(one: Stored, known: Known, rows: Sequence[int]) -> list[int]:
    """Return in which places rows of what is left of an envelope stood."""
    gone = known.gone(one.source, one.case).get(TABLE, ())
    return placed(Lessened(one.table, frozenset()), rows, gone)
