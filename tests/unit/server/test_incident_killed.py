# SPDX-License-Identifier: Apache-2.0
"""A keeper that is killed while it writes an incident down: nothing is half there.

Rules: strace delivers SIGKILL as a call is entered that makes something durable; every
such call has its turn, on a copy of the same installation; then a person goes on as
ever.
Not here: the record itself (`test_incident_record.py`).
"""

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from keeper_fixture import Machine, Room, copied

from server.keeper import incident_record
from server.keeper.acts import answer
from server.keeper.desk import Desk
from server.keeper.incident_record import Said
from server.keeper.process import opened
from server.layout import Layout
from server.ledger import SqliteLedger
from server.register import incidents
from server.register.incidents import About, Incident, Nature, Part, Whom
from tests.kills.struck import await_watcher, killed_at

pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace kills"),
]
WORDS = {Part.SUBJECT: "Reception", Part.FACTS: "a laptop was left in a train"}
NAME, PROOF = "inc-1", b"p" * 32
STEPS = 7
"""A key, and for each of three steps a line of the ledger and one of the register."""


@dataclass(frozen=True)
class Place:
    """An installation, and what its clocks say."""

    layout: Layout
    machine: Machine

    def write_down(self, *, watched: bool = False) -> None:
        """Open an incident, record its facts and enter that the authority was told."""
        now = self.machine.system
        with opened(self.layout, self.machine.sources) as desk:
            if watched:
                await_watcher()
            asked = Incident(b"", NAME, Nature.INTEGRITY, About.DEVICE, now, now)
            incident_record.start(desk, asked, WORDS[Part.SUBJECT], "amelie", now)
            facts = WORDS[Part.FACTS]
            incident_record.write(desk, NAME, Part.FACTS, facts, "amelie", now)
            said = Said(Whom.AUTHORITY, PROOF, "")
            incident_record.tell(desk, NAME, said, "amelie", now)

    def go_on(self) -> None:
        """Do what is not done yet, as a person does who looks at the list."""
        now = self.machine.system
        with opened(self.layout, self.machine.sources) as desk:
            there = found(desk)
            if there and Part.FACTS not in there[0].parts:
                facts = WORDS[Part.FACTS]
                incident_record.write(desk, NAME, Part.FACTS, facts, "amelie", now)
            if there and Whom.AUTHORITY not in there[0].told:
                said = Said(Whom.AUTHORITY, PROOF, "")
                incident_record.tell(desk, NAME, said, "amelie", now)
        if not there:
            self.write_down()


def found(desk: Desk) -> list[incidents.Held]:
    """Return the incidents of the register."""
    with desk.register.view() as connection:
        return incidents.every(connection)


def check(place: Place, *, whole: bool) -> None:
    """Require that what the register has is whole, and stands in the ledger."""
    ledger = SqliteLedger(place.layout.ledger)
    ledger.verify()
    bodies = [one.body or {} for one in ledger.entries()]
    ledger.close()
    noted = {body["digest"] for body in bodies if "incident" in body}
    with opened(place.layout, place.machine.sources) as desk:
        for held in found(desk):
            said = incident_record.words(desk, held)
            assert said == {part: WORDS[part] for part in held.parts}
            assert Part.SUBJECT in said
            digests = {one.digest for one in held.parts.values()}
            assert digests | {one.digest for one in held.told.values()} <= noted
        if whole:
            (held,) = found(desk)
            assert held.parts.keys() == WORDS.keys()
            assert held.told[Whom.AUTHORITY].digest == PROOF
        question = {"act": "incident", "step": "list"}
        list(answer(desk, question, "amelie", place.machine.system))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Install a collector; no file of it is open."""
    room = Room(tmp_path / "made")
    with room.keeper():
        pass
    room.close()
    return Place(room.site.layout, room.machine)


def test_it_is_there_whole_or_can_be_written_again(
    place: Place, tmp_path: Path
) -> None:
    """Wherever it is killed, what is there is whole, and a person can go on."""
    number, struck = 0, True
    while struck:
        number += 1
        copy = Place(copied(place.layout, tmp_path / f"{number}"), place.machine)
        work = partial(copy.write_down, watched=True)
        struck = killed_at(work, "fdatasync", number)
        check(copy, whole=not struck)
        if struck:
            copy.go_on()
            check(copy, whole=True)
        shutil.rmtree(copy.layout.directory.parent)
    assert number > STEPS
