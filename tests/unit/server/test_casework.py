# SPDX-License-Identifier: Apache-2.0
"""Cases on a real installation: asked, decided, done, lapsed, forgotten.

Rules: the desk is the keeper's own; people sign with real keys.
Not here: whose decision counts (`test_people.py`), holds (`test_holding.py`).
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from keeper_fixture import Machine
from people_fixture import said, write_people
from reader_fixture import Site, make_site

from server.access.changing import Changer, People
from server.access.register import open_people
from server.errors import DeniedError, StateError, UsageError
from server.keeper import case_words, casework, matters
from server.keeper.bounds import CASE_KEEP_SECONDS, CASE_LAPSE_SECONDS
from server.keeper.desk import Desk
from server.keeper.process import opened
from server.keeper.rounds import cases as cases_round
from server.ledger import SqliteLedger
from server.register import cases
from server.register.cases import State
from tests.vectors import world
from wire.papers.decision import Act, Role
from wire.papers.matter import MATTER, Matter, MatterKind, Term

pytestmark = pytest.mark.slow
ROLES = {
    "amelie": frozenset({Role.OPERATOR, Role.PRIVACY_OFFICER}),
    "bo": frozenset({Role.PRIVACY_OFFICER}),
}


@dataclass
class Room:
    """A keeper's desk on a machine whose clock the test moves."""

    site: Site
    machine: Machine
    desk: Desk

    def matter(self, name: str, **changes: object) -> Matter:
        """Return that the clock be believed, under a case id of this name."""
        until = dt.datetime.fromtimestamp(self.machine.system, dt.UTC).isoformat()
        fields: dict[str, object] = {
            "tenant": self.site.tenant,
            "case": world.octets(name, 16),
            "kind": MatterKind.CLOCK,
            "salt": world.octets("salt", 16),
            "scope": None,
            "terms": (Term("until", until),),
        }
        return Matter(**fields | changes)  # type: ignore[arg-type]  # names of its fields

    def says(self, matter: Matter, name: str, act: Act, role: Role) -> bytes:
        """Return what somebody signs now."""
        return said(matter, name, act, role, self.machine.system)

    def ask(self, matter: Matter) -> dict[str, int]:
        """Let Amelie ask."""
        octets = self.says(matter, "amelie", Act.ASK, Role.OPERATOR)
        now = self.machine.system
        return casework.ask(self.desk, MATTER.encode(matter), octets, now)

    def decide(self, matter: Matter, name: str, act: Act) -> State:
        """Let somebody decide as privacy officer."""
        octets = self.says(matter, name, act, Role.PRIVACY_OFFICER)
        return casework.decide(self.desk, matter.case, octets, self.machine.system)

    def state(self, matter: Matter) -> State | None:
        """Return how far a case is; None where there is none."""
        with self.desk.register.view() as connection:
            found = cases.find(connection, matter.case)
        return found and found.state

    def acts(self) -> list[str]:
        """Return what the ledger says of people, cases and the clock."""
        names = ("case", "people", "clock", "denied")
        return [one.act for one in self.site.acts() if one.act.startswith(names)]


@pytest.fixture
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """Install a collector with two people, and open its keeper's desk."""
    site = make_site(tmp_path_factory.mktemp("cases") / "collector")
    write_people(site.layout, ROLES)
    machine = Machine(site.now)
    with opened(site.layout, machine.sources) as desk:
        yield Room(site, machine, desk)
    site.store.close()
    site.keyring.close()


def test_what_is_approved_is_done(room: Room) -> None:
    """Asked by one, approved by another: done, and the ledger has each step first."""
    room.machine.is_off(90_000, "second")
    matter = room.matter("one")
    assert room.ask(matter) == {"behind": 90_000}
    assert room.desk.clock.behind() == 90_000
    assert room.decide(matter, "bo", Act.APPROVE) is State.DONE
    assert room.desk.clock.behind() == 0
    wanted = ["people-changed", "case-asked", "case-decided", "clock-believed"]
    assert wanted == room.acts()


def test_who_asked_does_not_approve(room: Room) -> None:
    """With both roles the one person is refused, and nothing was done."""
    room.machine.is_off(90_000, "second")
    matter = room.matter("one")
    room.ask(matter)
    with pytest.raises(DeniedError, match="who asked cannot decide: another person"):
        room.decide(matter, "amelie", Act.APPROVE)
    assert room.state(matter) is State.ASKED
    assert room.desk.clock.behind() == 90_000


def test_who_is_suspended_decides_nothing(room: Room) -> None:
    """Whom the register of people suspends does not count, for all config.toml says."""
    people = People(
        open_people(room.site.layout.people),
        SqliteLedger(room.site.layout.ledger),
        room.site.tenant,
    )
    now, root = room.machine.system, Changer("root")
    number, _ = people.invite(root, "Bo", [], now + 60, now)
    people.add_key(root, number, world.signing("bo").public, now)
    matter = room.matter("one")
    room.ask(matter)
    people.suspend(root, number, now)
    with pytest.raises(DeniedError, match=r"nobody in .* has the key"):
        room.decide(matter, "bo", Act.APPROVE)
    people.resume(root, number, now)
    assert room.decide(matter, "bo", Act.APPROVE) is State.DONE
    people.register.close()
    people.ledger.close()


def test_what_is_refused_is_not_asked_again(room: Room) -> None:
    """After a no the case is over; the same matter cannot be opened a second time."""
    matter = room.matter("one")
    room.ask(matter)
    assert room.decide(matter, "bo", Act.REFUSE) is State.REFUSED
    with pytest.raises(DeniedError, match="this case is refused"):
        room.decide(matter, "bo", Act.APPROVE)
    with pytest.raises(UsageError, match="ask anew"):
        room.ask(matter)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"tenant": bytes(16)}, "of another tenant"),
        ({"terms": ()}, "give a time such as"),
        ({"terms": (Term("until", "2020-01-01T00:00:00"),)}, "with its zone"),
        ({"terms": (Term("until", "2999-01-01T00:00:00Z"),)}, "has not come"),
        ({"terms": (Term("z", "z"), Term("a", "a"))}, "does not understand"),
        ({"kind": MatterKind.TRANSFER}, "a transfer names the purposes"),
    ],
)
def test_what_cannot_be_done_is_not_opened(
    room: Room, changes: dict[str, object], sentence: str
) -> None:
    """Each wrong matter is one sentence, and leaves no case."""
    matter = room.matter("one", **changes)
    with pytest.raises(UsageError, match=sentence):
        room.ask(matter)
    assert room.state(matter) is None


def test_a_change_of_people_is_told_before_it_counts(room: Room) -> None:
    """A person who is added has a line in the ledger before a decision of theirs."""
    matter = room.matter("one")
    room.ask(matter)
    write_people(room.site.layout, {"cy": frozenset({Role.PRIVACY_OFFICER})})
    assert room.decide(matter, "cy", Act.APPROVE) is State.DONE
    assert room.acts()[:4] == [
        "people-changed",
        "case-asked",
        "people-changed",
        "case-decided",
    ]
    (line,) = [
        text
        for text in room.site.acts()[-3].body["people"]  # type: ignore[index,union-attr]  # a list of texts
        if str(text).startswith("cy ")
    ]
    assert f"cy {world.signing('cy').public.hex()} privacy-officer" == line


def test_the_keeper_does_what_it_left_undone(room: Room) -> None:
    """Approved before a crash and not done: its next round does it, once."""
    room.machine.is_off(90_000, "second")
    matter = room.matter("one")
    room.ask(matter)
    octets = room.says(matter, "bo", Act.APPROVE, Role.PRIVACY_OFFICER)
    noted = room.desk.keyring.cases.seal_note(
        f"case/{matter.case.hex()}", b"decision", octets
    )
    with room.desk.register.transaction() as connection:
        cases.add_decision(connection, matter.case, noted)
        cases.move(connection, matter.case, State.ASKED, State.APPROVED)
    cases_round.turn(room.desk, room.machine.system)
    cases_round.turn(room.desk, room.machine.system)
    assert room.state(matter) is State.DONE
    assert room.acts().count("clock-believed") == 1


def test_a_case_lapses_by_itself(room: Room) -> None:
    """Two weeks without an approval end a case, and the ledger says so."""
    matter = room.matter("one")
    room.ask(matter)
    room.machine.passes(CASE_LAPSE_SECONDS)
    cases_round.turn(room.desk, room.machine.system)
    assert room.state(matter) is State.ASKED
    room.machine.passes(1)
    cases_round.turn(room.desk, room.machine.system)
    assert room.state(matter) is State.LAPSED
    assert room.acts()[-1] == "case-lapsed"


def test_the_words_of_a_case_end(room: Room) -> None:
    """Three years after its end a case's key is destroyed, and its rows are gone."""
    matter = room.matter("one")
    room.ask(matter)
    room.decide(matter, "bo", Act.REFUSE)
    room.machine.passes(CASE_KEEP_SECONDS - 1)
    cases_round.turn(room.desk, room.machine.system)
    assert case_words.open_case(room.desk, matter.case).matter == matter
    room.machine.passes(1)
    cases_round.turn(room.desk, room.machine.system)
    assert room.state(matter) is None
    assert [dead.reason for dead in room.desk.keyring.tombstones()] == ["case-ended"]


def test_no_word_of_a_case_lies_in_the_clear(room: Room) -> None:
    """What people write is locked under the case's key wherever the register is."""
    matter = room.matter(
        "one", terms=(*room.matter("one").terms, Term("why", "canary"))
    )
    room.ask(matter)
    files = [*room.site.layout.register.parent.iterdir()]
    assert files
    assert [path.name for path in files if b"canary" in path.read_bytes()] == []


def test_without_its_key_a_case_has_no_words(room: Room) -> None:
    """Where the key was destroyed, the case says that its words have ended."""
    matter = room.matter("one")
    room.ask(matter)
    key = room.desk.keyring.live(room.site.tenant)
    assert key
    casework.forget(room.desk, matter.case, room.machine.system)
    with pytest.raises(UsageError, match="no such case"):
        case_words.open_case(room.desk, matter.case)
    with pytest.raises(StateError):
        room.desk.keyring.cases.seal_note(
            f"case/{matter.case.hex()}", b"matter", b"more"
        )


def test_the_keeper_can_be_asked_for_every_kind() -> None:
    """No kind of matter is one that people could sign and nobody would do."""
    assert set(matters.handlers()) == set(MatterKind)
