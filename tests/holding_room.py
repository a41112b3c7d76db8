# SPDX-License-Identifier: Apache-2.0
"""A keeper's room with people who ask for holds, and what a hold then opens.

Rules: cases go through the keeper's own desk; extracts are opened with the hold's key
alone.
Not here: the installation (`keeper_fixture.py`), people's keys (`people_fixture.py`).
"""

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path

from keeper_fixture import Room
from people_fixture import said, write_people
from reader_fixture import Speaker, table

from server.keeper import casework
from server.keeper.desk import Desk
from server.keyring import KeyKind
from server.register.cases import State
from tests.vectors import world
from wire.body import values_of
from wire.papers import extract
from wire.papers.decision import Act, Role
from wire.papers.extract import ExtractHeader, OpenExtract
from wire.papers.matter import MATTER, Matter, MatterKind, Term
from wire.papers.scope import Comparison, DatasetScope, Rule, Scope
from wire.purposes import Purpose
from wire.values import Value

PEOPLE = {
    "amelie": frozenset({Role.REQUESTER, Role.COUNSEL}),
    "bo": frozenset({Role.COUNSEL}),
    "cy": frozenset({Role.PRIVACY_OFFICER, Role.APPROVER, Role.OPERATOR}),
}
SAID = (
    {"message": "canary-held", "user.id": "ann"},
    {"message": "canary-neighbour", "user.id": "bo"},
    {"message": "canary-nobody"},
)
ANN = Rule("user.id", Comparison.AMONG, ("ann",))


@dataclass
class HoldRoom(Room):
    """A room whose people can hold its data."""

    directory: Path
    number: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Install it, and let three people decide there."""
        super().__init__(self.directory)
        write_people(self.site.layout, PEOPLE)

    def matter(self, scope: Scope | None, **changes: object) -> Matter:
        """Return a hold that a court asks for, under a case of its own."""
        self.number += 1
        review = self.machine.system + 100 * 86_400
        day = dt.datetime.fromtimestamp(review, dt.UTC).date().isoformat()
        whole = Matter(
            self.site.tenant,
            world.octets(f"case {self.number}", 16),
            MatterKind.HOLD,
            world.octets("salt", 16),
            scope,
            (Term("authority", "Court of Examples"), Term("review", day)),
        )
        return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields

    def release_of(self, hold: Matter) -> Matter:
        """Return that a hold be released."""
        terms = (Term("hold", hold.case.hex()),)
        return self.matter(None, kind=MatterKind.RELEASE_HOLD, terms=terms)

    def ask(self, desk: Desk, matter: Matter) -> dict[str, int]:
        """Let Amelie ask; returns the counts."""
        now = self.machine.system
        octets = said(matter, "amelie", Act.ASK, Role.REQUESTER, now)
        return casework.ask(desk, MATTER.encode(matter), octets, now)

    def approve(
        self, desk: Desk, matter: Matter, name: str = "bo", role: Role = Role.COUNSEL
    ) -> State:
        """Let somebody approve."""
        now = self.machine.system
        octets = said(matter, name, Act.APPROVE, role, now)
        return casework.decide(desk, matter.case, octets, now)

    def hold(self, desk: Desk, scope: Scope, **changes: object) -> Matter:
        """Place a hold."""
        matter = self.matter(scope, **changes)
        self.ask(desk, matter)
        self.approve(desk, matter)
        return matter


def say_as_ann(room: Room) -> Speaker:
    """Have one device say what can be held, and another the same; return the first."""
    speaker = room.site.enrol("Ann's desk")
    room.site.say(speaker, [table("event_logs", SAID)])
    room.site.say(room.site.enrol("Elsewhere"), [table("event_logs", SAID)])
    return speaker


def scope_of(room: Room, *devices: bytes, **changes: object) -> Scope:
    """Return Ann's messages of some devices, of two days, with changes."""
    whole = Scope(
        (Purpose.SUPPORT,),
        devices,
        (DatasetScope("event_logs", ("message",), (ANN,)),),
        room.site.now - 86_400,
        room.site.now,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def opened_by(
    desk: Desk, hold: Matter
) -> list[tuple[ExtractHeader, tuple[OpenExtract, ...]]]:
    """Return all that a hold's key opens, signatures checked."""
    key = desk.keyring.cases.opening(desk.tenant, KeyKind.HOLD, hold.case)
    assert key is not None
    signer = desk.keyring.keeper_key().public
    found = []
    for held in desk.store.extracts(desk.tenant, hold.case):
        read, header = extract.read(held.octets, signer)
        found.append((header, extract.unseal(read, header, key)))
    return found


def rows_of(opened: OpenExtract) -> list[dict[str, Value]]:
    """Return the rows of an opened table."""
    table = opened.table
    columns = {one.name: values_of(one, table.rows) for one in table.columns}
    return [
        {name: values[row] for name, values in columns.items()}
        for row in range(table.rows)
    ]
