# SPDX-License-Identifier: Apache-2.0
"""What is sound of a damaged spool.

Rules: a row counts only with its own checksum; an envelope's octets count as what they
say of themselves, and whoever sends them compares first; what is missing is listed,
never guessed at.
Not here: reading pages (`pages.py`), the spool that is made of it
(`salvage.py`).
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from agent.spool import checksums
from agent.spool.change import SpoolClass, tag
from agent.spool.pages import BLOB, Cell, DamageError, Pages, Value
from agent.spool.schema import RELEASE
from wire import cbor, envelope, ledger, limits
from wire.envelope import Header
from wire.errors import WireError
from wire.ledger import Head

Row = tuple[Value, ...]
_BODY_COLUMNS = 2
_FATE = slice(14, 16)
"""Of an envelope's row, the two columns that its checksum leaves out."""
_NONE = type(None)
_SHAPES: Mapping[str, tuple[tuple[type, ...], ...]] = {
    "chain": (
        *((_NONE,), (bytes,), (bytes,), (int,), (bytes,), (int,), (int,), (bytes,)),
        *((int,),) * 4,
    ),
    "envelopes": (
        *((_NONE,), (bytes,), (int,), (bytes,), (bytes,), (bytes,), (str,), (str,)),
        *((int,),) * 10,
    ),
    "owed": ((_NONE,), (str, _NONE), (str, _NONE), (int, _NONE), (int,), (str,)),
    "cursors": ((str,), (str,), (bytes,)),
    "snapshots": ((str,), (str,), (bytes,), (bytes,), (bytes,), (int,), (bytes,)),
    "passes": ((str,), (str,), (int,)),
    "numbers": ((str,), (int,)),
    "orders": (*((str,),) * 5, (bytes,), *((int,),) * 5),
    "ledger": ((_NONE,), (bytes,), (bytes, _NONE), (bytes, _NONE)),
}
"""Types of each table's columns; no two tables are alike."""
_TAG = ((str,), (str,), (int,))
_TOLD = frozenset({"purpose", "retention", "digest", "datasets"})
"""What the ledger says of a sealed envelope, as far as it is needed here."""


@dataclass(frozen=True, slots=True)
class Filing:
    """An envelope's row.

    Attributes:
        columns: what its checksum covers, in order.
        sent: how far it has come.
        received: when.
    """

    columns: Row
    sent: Value = 0
    received: Value = 0

    @property
    def number(self) -> int:
        """Return its place in the queue."""
        return _whole(self.columns[0])

    @property
    def place(self) -> tuple[bytes, int]:
        """Return its incarnation and sequence."""
        return _octets(self.columns[1]), _whole(self.columns[2])

    @property
    def name(self) -> bytes:
        """Return its name in the chain."""
        return _octets(self.columns[4])

    @property
    def previous(self) -> bytes:
        """Return the name of the one before."""
        return _octets(self.columns[5])

    @property
    def kind(self) -> int:
        """Return its class."""
        return _whole(self.columns[8])

    @property
    def age(self) -> int:
        """Return how long it may be kept, in seconds."""
        return _whole(self.columns[12]) - _whole(self.columns[11])

    def is_data(self, purpose: str, retention: str) -> bool:
        """Tell whether it holds records of a purpose and retention class."""
        mine = self.columns[6:8] == (purpose, retention)
        return mine and self.kind != SpoolClass.CONTROL.value

    def told(self, records: int) -> "Sealed":
        """Return what it says, with another number of records."""
        purpose, retention = (str(value) for value in self.columns[6:8])
        since, created = (_whole(value) for value in self.columns[10:12])
        return Sealed(purpose, retention, records, since, created)


@dataclass(frozen=True, slots=True)
class Stray:
    """Octets of an envelope that no row is known of.

    Attributes:
        cell: where they are.
        number: that they lie under, which may be damaged.
        header: what they say.
        own: their digest.
        size: bytes of them.
    """

    cell: Cell
    number: int
    header: Header
    own: bytes
    size: int

    @property
    def place(self) -> tuple[bytes, int]:
        """Return the incarnation and sequence that they say."""
        return self.header.incarnation, self.header.sequence


@dataclass(frozen=True, slots=True)
class End:
    """The end of a chain, of a sound row.

    Attributes:
        row: as it is stored.
        incarnation: 16 bytes.
        sequence: of the newest envelope.
        previous: its name.
        marked: through which a mark covers.
        base: by how much numbers exceed sequences.
    """

    row: Row
    incarnation: bytes
    sequence: int
    previous: bytes
    marked: int
    base: int

    def made(self, filing: Filing) -> bool:
        """Tell whether an envelope is of this chain."""
        return filing.place[0] == self.incarnation


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the ledger says of an envelope.

    Attributes:
        purpose: slug.
        retention: name of the class.
        records: rows inside.
        since: first second that they may be of.
        created: last second that they may be of.
    """

    purpose: str
    retention: str
    records: int
    since: int
    created: int


@dataclass(slots=True)
class Found:
    """All that is sound of a damaged spool.

    Attributes:
        pages: of its file.
        end: of the chain; None where its row is not sound.
        filings: rows of envelopes, by number.
        bodies: where octets lie, by number.
        others: where octets lie under a number that is another's.
        rows: of the other tables.
        lost: keys of the rows of other tables that are not sound.
    """

    pages: Pages
    end: End | None = None
    filings: dict[int, Filing] = field(default_factory=dict)
    bodies: dict[int, Cell] = field(default_factory=dict)
    others: list[Cell] = field(default_factory=list)
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    lost: dict[str, set[str]] = field(default_factory=dict)

    def octets(self, cell: Cell) -> bytes | None:
        """Return an envelope's octets, whatever they are; None where unreadable."""
        with suppress(DamageError):
            return _octets(self.pages.row(cell)[1])
        return None

    def strays(self) -> list[Stray]:
        """Return octets that are no known row's by their number, the newest first."""
        found = []
        numbers = self.bodies.keys() - self.filings.keys()
        cells = [*(self.bodies[number] for number in numbers), *self.others]
        for cell in sorted(cells, key=lambda one: one.number, reverse=True):
            octets = self.octets(cell) or b""
            with suppress(WireError):
                header = envelope.read(octets)[1]
                own = envelope.digest(octets)
                found.append(Stray(cell, cell.number, header, own, len(octets)))
        return found

    def lay(self, number: int, cells: list[Cell]) -> None:
        """Say that octets lie under a number: of several, one at most is right.

        Args:
            number: of an envelope.
            cells: all that say so; some may be damaged rows of another table.
        """
        filing = self.filings.get(number)
        own = filing.columns[3] if filing else None

        def likely(cell: Cell) -> tuple[bool, bool]:
            octets = self.octets(cell) or b""
            return envelope.digest(octets) == own, _is_envelope(octets)

        if len(cells) > 1:
            cells.sort(key=likely)
        *others, self.bodies[number] = cells
        self.others += others

    def sealed(self) -> dict[str, Sealed]:
        """Return what the ledger says of envelopes, by the start of their digests."""
        found: dict[str, Sealed] = {}
        before: dict[str, int] = {}
        for row in self._ledger():
            told = _told(row)
            if told is None:
                continue
            name, one = told
            since = before.get(one.purpose, one.created)
            before[one.purpose] = one.created
            found[name] = replace(one, since=min(since, one.created))
        return found

    def entries(self) -> Iterator[tuple[Head, Row]]:
        """Yield the ledger's rows in order, each with the head that it makes."""
        for row in self._ledger():
            with suppress(WireError):
                entry = _octets(row[1])
                if ledger.ENTRY.decode(entry).index == row[0]:
                    yield Head(_whole(row[0]), ledger.entry_digest(entry)), row

    def _ledger(self) -> list[Row]:
        return sorted(self.rows["ledger"].values(), key=lambda row: _whole(row[0]))

    def release(self) -> int | None:
        """Return the version of the tables as the spool remembers it itself."""
        row = self.rows["numbers"].get(RELEASE)
        return _whole(row[1]) if row else None


def find(pages: Pages) -> Found:
    """Read all pages of a damaged spool, and return what is sound."""
    found = Found(pages, rows={name: {} for name in _SHAPES})
    tags: dict[tuple[str, str], int] = {}
    rows: list[tuple[str, Row]] = []
    bodies: dict[int, list[Cell]] = {}
    for cell in pages.cells():
        with suppress(DamageError):
            types = pages.types(cell)
            if cell.indexed:
                texts = len(types) == len(_TAG) and types[0] > BLOB and types[0] % 2
                row = pages.row(cell) if texts else ()
                if _has_shape(row, _TAG) and row[0] in checksums.ROWS:
                    tags[str(row[0]), str(row[1])] = _whole(row[2])
                continue
            if len(types) == _BODY_COLUMNS and not types[0] and types[1] >= BLOB:
                bodies.setdefault(cell.number, []).append(cell)  # not read here
                continue
            row = pages.row(cell)
            full = (cell.number, *row[1:]) if row[:1] == (None,) else row
            rows += [(name, full) for name in _SHAPES if _has_shape(row, _SHAPES[name])]
    for name, row in rows:
        _take(found, name, row, tags)
    for number, cells in bodies.items():
        found.lay(number, cells)
    for name, key in tags:
        if key not in found.rows[name]:
            found.lost.setdefault(name, set()).add(key)
    if len(found.rows["chain"]) == 1:
        (row,) = found.rows["chain"].values()
        end = _octets(row[1]), _whole(row[3]), _octets(row[4]), _whole(row[5])
        found.end = End(row, *end, _whole(row[8]))
    return found


def _is_envelope(octets: bytes) -> bool:
    with suppress(WireError):
        envelope.read(octets)
        return True
    return False


def _take(
    found: Found, name: str, row: Row, tags: Mapping[tuple[str, str], int]
) -> None:
    """Keep a row that is sound; a checksum that is not there makes none sound."""
    key = checksums.key_of(name, row)
    if name == "envelopes":
        columns = (*row[: _FATE.start], *row[_FATE.stop : -1])
        if tag(*columns) == row[-1]:
            filing = Filing(columns, *row[_FATE])
            found.filings[filing.number] = filing
    elif name == "ledger" or tags.get((name, key)) == tag(*row):
        found.rows[name][key] = row
    else:
        found.lost.setdefault(name, set()).add(key)


def _has_shape(row: Row, shape: tuple[tuple[type, ...], ...]) -> bool:
    return len(row) == len(shape) and all(
        type(value) in types for value, types in zip(row, shape, strict=True)
    )


def _whole(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _octets(value: Value) -> bytes:
    return value if isinstance(value, bytes) else b""


def _told(row: Row) -> tuple[str, Sealed] | None:
    """Return what one entry says of an envelope; None where it says nothing sound."""
    _, octets, body, salt = row
    with suppress(WireError):
        entry = ledger.ENTRY.decode(_octets(octets))
        digest = ledger.body_digest(_octets(body), _octets(salt))
        if entry.act != "sealed" or entry.body != digest:
            return None
        told = cbor.decode(_octets(body), limits.MESSAGE_BYTES)
        if not isinstance(told, dict) or not told.keys() >= _TOLD:
            return None
        tables = told["datasets"]
        records = 0
        for table in tables.values() if isinstance(tables, dict) else ():
            rows = table.get("rows") if isinstance(table, dict) else 0
            records += rows if isinstance(rows, int) else 0
        place = str(told["purpose"]), str(told["retention"])
        return str(told["digest"]), Sealed(*place, records, entry.time, entry.time)
    return None
