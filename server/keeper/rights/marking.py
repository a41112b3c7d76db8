# SPDX-License-Identifier: Apache-2.0
"""Places restrictions, notes and objections, and lifts them.

Rules: the ledger says it first; a right that is placed twice is placed once; its case
stays open until it is lifted, and with it the key that knows whom it is about.
Not here: what a reading makes of them (`server/reader/marked.py`), who decides
(`server/keeper/people.py`).
"""

from typing import TYPE_CHECKING

from server.keeper.case_words import sealed
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.reader.subjects import Subject
from server.register import cases, rights
from server.register.rights import (
    ANNOTATIONS,
    NOTE,
    OBJECTIONS,
    RESTRICTIONS,
    SUBJECT_NOTE,
    Held,
    SubjectNote,
)

if TYPE_CHECKING:
    from wire.cbor import Plain

_PLACED = {
    RESTRICTIONS: "subject-restricted",
    ANNOTATIONS: "subject-annotated",
    OBJECTIONS: "subject-objected",
}
"""Tables of rights that stay in force, and what the ledger says of each."""


def place(
    desk: Desk, table: str, case: bytes, subject: Subject, now: int, text: str = ""
) -> None:
    """Put a right into force.

    Args:
        desk: what the keeper works with.
        table: of `server/register/rights.py`.
        case: its id.
        subject: whom it is about.
        now: seconds since the epoch.
        text: of a note.
    """
    add_once(desk, _PLACED[table], {"case": case}, ("case",), 0)
    if table == OBJECTIONS and subject.device is not None:
        note = subject.device
    else:
        words = SubjectNote(subject.kind, subject.value, text)
        note = sealed(desk, case, NOTE, SUBJECT_NOTE.encode(words))
    with desk.register.transaction() as connection:
        rights.add(connection, table, Held(case, now, note))


def table_of(desk: Desk, case: bytes) -> str | None:
    """Return in which table a case's right is in force; None where it is in none."""
    with desk.register.view() as connection:
        for table in _PLACED:
            if any(one.case == case for one in rights.every(connection, table)):
                return table
    return None


def lift(desk: Desk, case: bytes, now: int) -> None:
    """End a right, unless that was done, and close its case."""
    table = table_of(desk, case)
    if table is None:
        return
    body: dict[str, Plain] = {"case": case, "right": table}
    add_once(desk, "subject-lifted", body, ("case",), 0)
    with desk.register.transaction() as connection:
        rights.remove(connection, table, case)
        cases.close(connection, case, now)
