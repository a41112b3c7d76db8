# SPDX-License-Identifier: Apache-2.0
"""What the product does about restrictions in a history: which rows a reading shows.

Rules: what is noted, whose rows are found in a table and which devices no job works
with is the product's own (`server/register/rights.py`, `server/reader/marked.py`); no
note is locked here.
Not here: what is in the store (`persons.py`), seals (`tests/unit/server`).
Source: GDPR, article 18.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from server.keeper.rights.erasing import Known
from server.reader import marked
from server.register import rights
from server.register.database import Register
from server.register.rights import RESTRICTIONS, SUBJECT_NOTE, Held, SubjectNote
from tests.model.keeping.persons import DEVICE, Row, Stored, places_of
from wire.body import Mode, OpenColumn, OpenTable
from wire.catalogue import Column, Dataset, Kind, Sensitivity, ValueType
from wire.keys import PseudonymKey
from wire.purposes import Purpose

_USER = Column(
    "user", ValueType.TEXT, Sensitivity.DIRECT, "who", "keep", identity="user"
)
_DATASET = Dataset("logs", Kind.EVENT, "what people did", (), (_USER,))


class _Notes:
    """A keyring without locks: a note says what it says while its case goes on."""

    @property
    def cases(self) -> "_Notes":
        """Return its keys of cases."""
        return self

    def open_note(self, scope: str, name: bytes, octets: bytes) -> bytes | None:
        """Return what a note says."""
        del scope, name
        return octets

    def pseudonym_keys(
        self, tenant: bytes, purposes: Sequence[Purpose], now: int
    ) -> list[PseudonymKey]:
        """Return none: names stand in these rows as they are."""
        del tenant, purposes, now
        return []


@dataclass
class Restrictions:
    """The restrictions of one installation.

    Attributes:
        register: where they are in force.
        cases: of restrictions, so far.
    """

    register: Register
    cases: int = 0

    def __post_init__(self) -> None:
        """Begin with nobody restricted."""
        with self.register.transaction() as connection:
            connection.execute(f"DELETE FROM {RESTRICTIONS}")  # noqa: S608 - a constant
        with self.register.view() as connection:
            ((_, _, path),) = connection.execute("PRAGMA database_list").fetchall()
        self._path = Path(path)

    def place(self, person: str | None, now: int) -> bytes:
        """Put a restriction in force, of a person or of the device; return its case."""
        self.cases += 1
        case = self.cases.to_bytes(16)
        kind, value = ("user", person) if person else ("device", DEVICE.hex())
        note = SUBJECT_NOTE.encode(SubjectNote(kind, value, ""))
        with self.register.transaction() as connection:
            rights.add(connection, RESTRICTIONS, Held(case, now, note))
        return case

    def lift(self, case: bytes) -> None:
        """End a restriction."""
        with self.register.transaction() as connection:
            rights.remove(connection, RESTRICTIONS, case)

    def shown(self, store: Iterable[Stored], known: Known) -> set[Row]:
        """Return the rows of a store that a reading shows."""
        found = marked.in_force(self._path, _Notes(), bytes(16), Purpose.SECURITY)
        shown: set[Row] = set()
        for one in store:
            hidden = found.hidden(DEVICE, _table(one.rows), _DATASET)
            seen = [at for at in range(len(one.rows)) if at not in hidden]
            shown |= {(one.number, place) for place in places_of(one, known, seen)}
        return shown

    def worked_with(self) -> bool:
        """Tell whether jobs work with the device's rows."""
        return DEVICE not in marked.restricted_devices(self._path, _Notes())


@lru_cache(maxsize=4_096)
def _table(users: tuple[str, ...]) -> OpenTable:
    """Return a table that has whose each row is, as the product opens it."""
    texts = [user.encode() for user in users]
    offsets = struct.pack(f"<{len(texts) + 1}i", 0, *accumulate(map(len, texts)))
    data = memoryview(b"".join(texts))
    column = OpenColumn("user", ValueType.TEXT, 0, None, memoryview(offsets), data)
    return OpenTable("logs", Mode.APPEND, len(users), (column,), (), None)
