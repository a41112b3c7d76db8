# SPDX-License-Identifier: Apache-2.0
"""Writes all that is held of a subject into one archive that only a password opens.

Rules: it has all of the subject's rows and no others, as they are held: stand-ins stay
stand-ins, and what a law or a hold keeps has its name beside it; no word of it is on a
disk unlocked; the password is drawn once, shown once and lies locked under the key of
its case until then.
Not here: finding (`finding.py`, `kept.py`), the archive's form (`archive.py`), its
words (`about.py`).
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from policies import catalogue
from server.errors import StateError
from server.keeper.case_words import sealed
from server.keeper.desk import Desk
from server.keeper.rights import about, archive, finding, kept
from server.keeper.rights.archive import Member
from server.keeper.rights.finding import Found, Piece
from server.key_files import have_directory, replace_file
from server.keyring import KeyKind, case_scope
from server.query import render
from server.reader.marked import Marked, in_force
from server.reader.subjects import Subject
from server.register import rights
from server.register.rights import EXPORTS, Held
from wire.body import values_of
from wire.catalogue import Catalogue, ValueType
from wire.crypto.members import draw_password
from wire.purposes import RULES, Purpose

if TYPE_CHECKING:
    from wire.values import Value

PASSWORD_NOTE = b"password"
GRAPH, ABOUT = "subject.jsonld", "about.txt"
OWN = ("purpose", "kept_for", "device", "device_label", "observed", "change")
"""Columns of ours, in front of each table."""
_BLANK = ""
_Row = list[object]


def export(desk: Desk, case: bytes, subject: Subject, now: int) -> Found:
    """Write the archive of a case; may be called again after a crash.

    Args:
        desk: what the keeper works with.
        case: its id.
        subject: checked.
        now: seconds since the epoch.

    Returns:
        What is in it.

    Raises:
        LimitError: more than one archive may hold.
        StateError: the disk refuses.
    """
    password = password_for(desk, case, now)
    found, members = Found(), {GRAPH: Member()}
    written = _Written(members, catalogue())
    members[GRAPH].write(about.opening(desk, subject, now))
    marks: dict[Purpose, Marked] = {}
    for piece in pieces(desk, subject, found, now):
        written.take(piece)
        purpose, part = piece.purpose, piece.part
        if purpose not in marks:
            place = desk.layout.register, desk.keyring, desk.tenant
            marks[purpose] = in_force(*place, purpose)
        dataset = written.known.datasets[part.table.dataset]
        marks[purpose].show(part.device, part.table, dataset, piece.rows)
    notes = [*dict.fromkeys(text for one in marks.values() for text in one.told)]
    members[GRAPH].write(about.closing(found))
    members[ABOUT] = Member()
    members[ABOUT].write(about.words(desk, subject, found, notes, now))
    path = path_of(desk, case)
    have_directory(path.parent)
    replace_file(path, archive.locked(members, password, now))
    return found


def pieces(desk: Desk, subject: Subject, found: Found, now: int) -> Iterator[Piece]:
    """Yield all rows that a subject can be given: what lives, then what is kept.

    Args:
        desk: what the keeper works with.
        subject: checked.
        found: takes the counts.
        now: seconds since the epoch.

    Raises:
        StateError: the keeper is to end.
    """
    yield from finding.pieces(desk, subject, found, now)
    yield from kept.pieces(desk, subject, found)


def path_of(desk: Desk, case: bytes) -> Path:
    """Return where the archive of a case waits."""
    return desk.layout.exports / f"{case.hex()}.zip"


def password_for(desk: Desk, case: bytes, now: int) -> str:
    """Return the password of a case's archive, drawn now where there is none."""
    note = sealed(desk, case, PASSWORD_NOTE, draw_password().encode())
    with desk.register.transaction() as connection:
        rights.add(connection, EXPORTS, Held(case, now, note))
    found = password_of(desk, case)
    if found is None:
        msg = "the key of this case was destroyed: ask anew"
        raise StateError(msg)
    return found


def password_of(desk: Desk, case: bytes) -> str | None:
    """Return the password of an archive that waits; None where none does."""
    with desk.register.view() as connection:
        held = {one.case: one.note for one in rights.every(connection, EXPORTS)}
    if case not in held:
        return None
    scope = case_scope(KeyKind.CASE, case)
    found = desk.keyring.cases.open_note(scope, PASSWORD_NOTE, held[case])
    return None if found is None else found.decode()


class _Written:
    """Rows as they come, in one CSV for each dataset and all in the graph."""

    def __init__(self, members: dict[str, Member], known: Catalogue) -> None:
        """Have no table yet."""
        self._members, self.known = members, known
        self._first = True

    def take(self, piece: Piece) -> None:
        """Write the rows of a piece."""
        dataset = self.known.datasets[piece.part.table.dataset]
        names = [*OWN, *(column.name for column in dataset.columns)]
        rows = [*_rows(piece, names)]
        title, lines = f"{dataset.name}.csv", render.csv(names, rows)
        head = next(lines)
        if title not in self._members:
            self._members[title] = Member()
            self._members[title].write(head + "\r\n")
        self._members[title].write("".join(f"{line}\r\n" for line in lines))
        for row in rows:
            node = {
                "@type": "discreet:Record",
                "hasPurpose": RULES[piece.purpose].dpv,
                "dataset": dataset.name,
                **_filled(OWN[1:], row[1 : len(OWN)]),
                "values": _filled(names[len(OWN) :], row[len(OWN) :]),
            }
            text = json.dumps(node, ensure_ascii=False)
            self._members[GRAPH].write(text if self._first else f",\n{text}")
            self._first = False


def _filled(names: Sequence[str], values: Sequence[object]) -> dict[str, object]:
    pairs = zip(names, values, strict=True)
    return {name: value for name, value in pairs if value not in {None, _BLANK}}


def _rows(piece: Piece, names: Sequence[str]) -> Iterator[_Row]:
    """Yield a piece's rows, each with our columns first and a place for each other."""
    part, table = piece.part, piece.part.table
    observed = part.observed([*piece.rows])
    times = [*observed] if len(observed) > 1 else [*observed] * len(piece.rows)
    cells: dict[str, list[Value]] = {}
    for column in table.columns:
        values = values_of(column, table.rows)
        if column.type is ValueType.TIMESTAMP:
            values = [about.moment(value) for value in values]
        cells[column.name] = values
    blank: list[Value] = [None] * table.rows
    declared = [cells.get(name, blank) for name in names[len(OWN) :]]
    for row, time in zip(piece.rows, times, strict=True):
        change = table.ops[row].name.lower() if table.ops else _BLANK
        yield [
            piece.purpose.value,
            piece.keeper,
            part.device.hex(),
            part.label,
            about.moment(time),
            change,
            *(values[row] for values in declared),
        ]
