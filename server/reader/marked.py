# SPDX-License-Identifier: Apache-2.0
"""Rights in force, as a reading obeys them: rows it withholds, notes it shows.

Rules: a row of a restricted subject is shown to nobody and counted; a note about a
subject is shown with the first of its rows; whom they are about is opened for one
reading, and for as long as it lasts.
Not here: placing and lifting them (`server/keeper/rights`), who finds whom
(`subjects.py`).
Source: GDPR, articles 16 and 18.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from server.keyring import KeyKind, case_scope
from server.reader import subjects
from server.reader.subjects import PseudonymSource, Subject, Tokens
from server.register import rights
from server.register.looking import looking
from server.register.rights import (
    ANNOTATIONS,
    NOTE,
    RESTRICTIONS,
    SUBJECT_NOTE,
    Held,
)
from wire.body import OpenTable
from wire.catalogue import Dataset
from wire.purposes import Purpose

RESTRICTED = "restricted"
"""Why a row is not shown."""


class Notes(Protocol):
    """What opens notes of cases."""

    def open_note(self, scope: str, name: bytes, octets: bytes) -> bytes | None:
        """Return what a note says; None once the key of its case is destroyed."""


class Keyring(PseudonymSource, Protocol):
    """What obeying rights needs of a keyring."""

    @property
    def cases(self) -> Notes:
        """Return its keys of cases."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One right in force: what stands for its subject, and what is to be said.

    Attributes:
        wanted: finds the subject's rows.
        device: the subject, where it is a device; None for all others.
        text: of a note.
    """

    wanted: Tokens
    device: bytes | None
    text: str

    def rows(self, device: bytes, table: OpenTable, dataset: Dataset) -> set[int]:
        """Return which rows of a device's table are the subject's."""
        if self.device is not None and self.device != device:
            return set()
        return set(subjects.rows(table, dataset, self.wanted))


class Marked:
    """The rights that one reading obeys; it remembers which notes it is to show."""

    def __init__(
        self, restrictions: Sequence[Mark] = (), notes: Sequence[Mark] = ()
    ) -> None:
        """Know them; nothing is shown yet."""
        self._restrictions = restrictions
        self._notes = notes
        self.told: dict[str, None] = {}

    def anew(self) -> "Marked":
        """Return the same rights, of which no note is to be shown yet."""
        return Marked(self._restrictions, self._notes)

    def hidden(self, device: bytes, table: OpenTable, dataset: Dataset) -> set[int]:
        """Return the rows of a device's table that nobody may see.

        Raises:
            BodyError: a column is malformed.
        """
        return set[int]().union(
            *(mark.rows(device, table, dataset) for mark in self._restrictions)
        )

    def show(
        self, device: bytes, table: OpenTable, dataset: Dataset, rows: Collection[int]
    ) -> None:
        """Know that rows are shown: notes about them are as well."""
        for mark in self._notes:
            if mark.text not in self.told and not mark.rows(
                device, table, dataset
            ).isdisjoint(rows):
                self.told[mark.text] = None


def in_force(
    register: Path, keyring: Keyring, tenant: bytes, purpose: Purpose
) -> Marked:
    """Return the rights in force, for a reading of a purpose.

    Args:
        register: the keeper's.
        keyring: opens whom each is about, and makes stand-ins.
        tenant: 16 bytes.
        purpose: of the reading.

    Raises:
        StateError: the register cannot be read.
        TrustError: a note was altered.
    """
    restrictions, notes = _held(register)
    mark = partial(_mark, keyring, tenant, purpose)
    return Marked(_opened(mark, restrictions), _opened(mark, notes))


def restricted_devices(register: Path, keyring: Keyring) -> set[bytes]:
    """Return the ids of devices that are restricted: no job works with their rows.

    Args:
        register: the keeper's.
        keyring: opens whom each restriction is about.

    Raises:
        StateError: the register cannot be read.
        TrustError: a note was altered.
    """
    restrictions, _ = _held(register)
    named = (_subject(keyring, held) for held in restrictions)
    devices = (found[0].device for found in named if found is not None)
    return {device for device in devices if device is not None}


def digest(register: Path) -> bytes:
    """Return 32 bytes that differ when the rights in force do."""
    found = hashlib.sha256()
    for held in _held(register):
        for one in held:
            found.update(one.case)
        found.update(b"/")
    return found.digest()


def _held(register: Path) -> tuple[list[Held], list[Held]]:
    with looking(register) as connection:
        if connection is None:
            return [], []
        return (
            rights.every(connection, RESTRICTIONS),
            rights.every(connection, ANNOTATIONS),
        )


def _opened(mark: Callable[[Held], Mark | None], held: Sequence[Held]) -> list[Mark]:
    return [made for one in held if (made := mark(one)) is not None]


def _mark(keyring: Keyring, tenant: bytes, purpose: Purpose, held: Held) -> Mark | None:
    """Return a right as a reading obeys it; None where its case has ended."""
    found = _subject(keyring, held)
    if found is None:
        return None
    subject, text = found
    wanted = subjects.tokens(keyring, tenant, purpose, subject)
    return Mark(wanted, subject.device, text)


def _subject(keyring: Keyring, held: Held) -> tuple[Subject, str] | None:
    """Return whom a right is about, and a note's text; None once its case has ended."""
    scope = case_scope(KeyKind.CASE, held.case)
    octets = keyring.cases.open_note(scope, NOTE, held.note)
    if octets is None:
        return None
    note = SUBJECT_NOTE.decode(octets)
    return Subject(note.kind, note.value), note.text
