# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.isolation`: what each reader's keys open, of every class of records.

Rules: real keyring, real sealing; a cell is tried twice, as a reading does and with
nothing but the reader's scope key in hand, under either scope's name: what stays shut
stays shut because it does not decrypt.
Not here: who may read for a purpose (`tests/unit/server/test_grants.py`).
"""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from server.keyring import KeyKind, Keyring, MasterFiles, ScopedKeys, case_scope
from server.keyring.schema import scope_of
from server.keyring.scoped import place_of
from wire.crypto.sealing import key_id, seal
from wire.errors import OpenError
from wire.purposes import Purpose

TENANT = b"t" * 16
NOW = 86_400
_CLASSES = (*Purpose, *KeyKind)
_HEADER = b"header"


@dataclass(frozen=True)
class Cell:
    """One reader at one class of records.

    Attributes:
        reader: the scope whose keys are held.
        records: what was sealed.
        opens: whether a reading gets the records.
        failures: of two tries with the scope key alone, how many did not decrypt.
    """

    reader: str
    records: str
    opens: bool
    failures: int


@dataclass(frozen=True)
class _Class:
    name: str
    scope: str
    keys: ScopedKeys
    number: bytes
    sealed: bytes


def matrix(folder: Path) -> list[Cell]:
    """Return all cells of a fresh keyring with a key of every class."""
    master = MasterFiles(folder / "master")
    keyring = Keyring.create(folder / "keyring", master, NOW)
    try:
        classes = [_class(keyring, one) for one in _CLASSES]
        return [
            _cell(keyring, reader, records) for reader in classes for records in classes
        ]
    finally:
        keyring.close()


def _class(keyring: Keyring, what: Purpose | KeyKind) -> _Class:
    """Make a key of a class, and seal a record to it."""
    if isinstance(what, KeyKind):
        public: bytes | None = keyring.cases.add(TENANT, what, b"name", NOW)
        keys = keyring.cases.scoped(what, b"name", NOW)
        scope = case_scope(what, b"name")
    else:
        public = keyring.add_epoch(
            TENANT, what, "class", 1, NOW, 2 * NOW, maximum_age=NOW, now=NOW
        )
        keys = keyring.scoped(TENANT, what, NOW)
        scope = scope_of(TENANT, what.value)
    assert public is not None
    sealed = seal(what.value.encode(), public, _HEADER)
    return _Class(what.value, scope, keys, key_id(public), sealed)


def _cell(keyring: Keyring, reader: _Class, records: _Class) -> Cell:
    key = reader.keys.opening_key(records.number)
    opens = (
        key is not None and key.open(records.sealed, _HEADER) == records.name.encode()
    )
    return Cell(reader.name, records.name, opens, _failures(keyring, reader, records))


def _failures(keyring: Keyring, reader: _Class, records: _Class) -> int:
    """Try to unwrap the records' key with the reader's scope key, by either name."""
    wrapping, failures = keyring._wrapping, 0
    with wrapping.transaction() as connection:
        place = place_of(connection, records.number)
        assert place is not None
        key = wrapping.scope_key(reader.scope)
        for named in (reader.scope, place.scope):
            try:
                wrapping.unwrapped(key, named, place.scope, place.context)
            except OpenError:
                failures += 1
    return failures


def table(cells: Sequence[Cell]) -> str:
    """Return the matrix as people read it."""
    names = [what.value for what in _CLASSES]
    width = max(map(len, names)) + 1
    lines = ["".ljust(width) + "".join(name.ljust(width) for name in names)]
    for reader in names:
        row = [cell for cell in cells if cell.reader == reader]
        marks = "".join(("opens" if cell.opens else "-").ljust(width) for cell in row)
        lines.append(reader.ljust(width) + marks)
    shut = [cell for cell in cells if not cell.opens]
    own = [cell for cell in cells if cell.opens and cell.reader == cell.records]
    lines.append(
        f"{len(cells)} cells: {len(own)} open their own class, "
        f"{len(cells) - len(own) - len(shut)} open another; of {len(shut)} that are "
        f"shut, {sum(cell.failures == 2 for cell in shut)} do not decrypt"
    )
    return "\n".join(line.rstrip() for line in lines)


def main() -> int:
    """Print the matrix; 1 where a key opens more or less than its own class."""
    with tempfile.TemporaryDirectory() as folder:
        cells = matrix(Path(folder))
    sys.stdout.write(table(cells) + "\n")
    return int(any(cell.opens != (cell.reader == cell.records) for cell in cells))


if __name__ == "__main__":
    sys.exit(main())
