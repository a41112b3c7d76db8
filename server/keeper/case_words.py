# SPDX-License-Identifier: Apache-2.0
"""The words of a case: its matter and what people decided, locked under its own key.

Rules: they lie nowhere in the clear, and end with the case's key.
Not here: asking and deciding (`casework.py`), the tables (`server/register/cases.py`).
"""

from dataclasses import dataclass

from server.errors import StateError, UsageError
from server.keeper.desk import Desk
from server.keyring import KeyKind, case_scope
from server.register import cases
from server.register.cases import Case
from wire.papers.matter import Matter, read_matter

MATTER_NOTE = b"matter"
DECISION_NOTE = b"decision"
REVIEW_NOTE = b"review"


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case whose words are readable.

    Attributes:
        case: as the register has it.
        octets: the encoded matter, which decisions name by its digest.
        matter: what it says.
        decisions: signed, in the order in which they came.
    """

    case: Case
    octets: bytes
    matter: Matter
    decisions: tuple[bytes, ...]


def open_case(desk: Desk, number: bytes) -> OpenCase:
    """Return a case with its words.

    Raises:
        UsageError: there is no such case.
        StateError: its words have ended.
    """
    with desk.register.view() as connection:
        case = cases.find(connection, number)
        noted = cases.decisions(connection, number)
    if case is None:
        msg = "there is no such case: discreet-server case list shows all"
        raise UsageError(msg)
    octets = opened(desk, number, MATTER_NOTE, case.matter)
    said = [opened(desk, number, DECISION_NOTE, note) for note in noted]
    return OpenCase(case, octets, read_matter(octets), tuple(said))


def sealed(desk: Desk, number: bytes, name: bytes, octets: bytes) -> bytes:
    """Return a note of a case, locked."""
    return desk.keyring.cases.seal_note(case_scope(KeyKind.CASE, number), name, octets)


def opened(desk: Desk, number: bytes, name: bytes, octets: bytes) -> bytes:
    """Return what a note of a case says.

    Raises:
        StateError: the words have ended with their key.
        TrustError: the note was altered.
    """
    scope = case_scope(KeyKind.CASE, number)
    found = desk.keyring.cases.open_note(scope, name, octets)
    if found is None:
        msg = "the words of this case have ended with its key"
        raise StateError(msg)
    return found
