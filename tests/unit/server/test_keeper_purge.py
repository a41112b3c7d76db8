# SPDX-License-Identifier: Apache-2.0
"""What would end much before its time waits for people; the calendar never does.

Rules: a contract's end is what ends early; people sign with real keys.
Not here: how much is too much (`test_keeping.py`), whose decision counts
(`test_people.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from keeper_fixture import Room, signed
from people_fixture import said, write_people

from server.errors import UsageError
from server.keeper import casework, ending
from server.keeper.bounds import PURGE_SECONDS
from server.keeper.desk import Desk
from server.register import contract, purges
from server.register.cases import State
from server.register.contract import Notice
from wire.papers.decision import Act, Role, read_decided
from wire.papers.matter import MATTER, Matter, MatterKind, Term

pytestmark = pytest.mark.slow
DAY = 86_400


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Make an installation with data and two people."""
    made = Room(tmp_path)
    write_people(
        made.site.layout,
        {
            "amelie": frozenset({Role.OPERATOR}),
            "bo": frozenset({Role.PRIVACY_OFFICER}),
        },
    )
    yield made
    made.close()


def end_contract(room: Room, desk: Desk) -> None:
    """Let the contract and its window be over now: all keys would end early."""
    now = room.machine.system
    with desk.register.transaction() as connection:
        contract.give(connection, Notice(now - 2, now - 1, 1))


def waiting(desk: Desk) -> tuple[int, int]:
    """Return how many keys wait, and the number of the newest."""
    with desk.register.view() as connection:
        return purges.waiting(connection)


def stops(room: Room) -> list[tuple[object, object, object]]:
    """Return what the ledger says of purges that were stopped."""
    bodies = [one.body for one in room.site.acts() if one.act == "purge-stopped"]
    return [
        (body["keys"], body["envelopes"], body["reason"]) for body in bodies if body
    ]


def matter(room: Room, keys: int, through: int) -> Matter:
    """Return that keys that wait go on."""
    terms = (Term("keys", str(keys)), Term("through", str(through)))
    return Matter(
        tenant=room.site.tenant,
        case=b"c" * 16,
        kind=MatterKind.PURGE,
        salt=b"s" * 16,
        scope=None,
        terms=terms,
    )


def test_too_much_waits_and_is_told_once(room: Room) -> None:
    """Nothing is destroyed, and the ledger has one line for it."""
    with room.keeper() as desk:
        before = desk.keyring.live(desk.tenant)
        end_contract(room, desk)
        for _ in range(3):
            room.turn(desk)
        assert desk.keyring.live(desk.tenant) == before
        assert ending.under_way(desk) == []
        assert waiting(desk) == (14, 14)
    assert stops(room) == [(14, 4, "contract")]


def test_what_is_taken_back_waits_no_longer(room: Room) -> None:
    """A notice that was a mistake has cost nothing."""
    with room.keeper() as desk:
        end_contract(room, desk)
        room.turn(desk)
        with desk.register.transaction() as connection:
            contract.withdraw(connection)
        room.turn(desk)
        assert waiting(desk) == (0, 0)
        assert len(desk.keyring.live(desk.tenant)) == 14


def test_the_calendar_goes_on_meanwhile(room: Room) -> None:
    """What is past its age ends, and the rest waits on."""
    with room.keeper() as desk:
        end_contract(room, desk)
        room.turn(desk)
        key = room.until_due(desk)
        room.turn(desk)
        (certificate,) = signed(desk)
        assert key.key_id in {one.key_id for one in certificate.keys}
        assert certificate.reason == "contract"
        assert waiting(desk)[0] == 14 - len(certificate.keys)


def test_people_let_it_go_on(room: Room) -> None:
    """Asked by an operator, approved by a privacy officer: all of it ends."""
    with room.keeper() as desk:
        end_contract(room, desk)
        room.turn(desk)
        asked, now = matter(room, *waiting(desk)), room.machine.system
        ask = said(asked, "amelie", Act.ASK, Role.OPERATOR, now)
        assert casework.ask(desk, MATTER.encode(asked), ask, now) == {"keys": 14}
        approve = said(asked, "bo", Act.APPROVE, Role.PRIVACY_OFFICER, now)
        assert casework.decide(desk, asked.case, approve, now) is State.DONE
        room.turn(desk)
        assert desk.keyring.live(desk.tenant) == []
        (certificate,) = signed(desk)
    assert (len(certificate.keys), certificate.reason) == (14, "contract")
    decided = [read_decided(one, asked.tenant) for one in certificate.decisions]
    assert [(one.person, one.act) for one in decided] == [
        ("amelie", Act.ASK),
        ("bo", Act.APPROVE),
    ]


def test_other_keys_than_those_that_wait_cannot_be_allowed(room: Room) -> None:
    """Whoever asks names what waits now, so nobody approves what is to come."""
    with room.keeper() as desk:
        end_contract(room, desk)
        room.turn(desk)
        asked, now = matter(room, 14, 15), room.machine.system
        ask = said(asked, "amelie", Act.ASK, Role.OPERATOR, now)
        with pytest.raises(UsageError, match="14 key periods wait"):
            casework.ask(desk, MATTER.encode(asked), ask, now)


def test_what_ended_early_within_a_day_counts_together(room: Room) -> None:
    """A purge in slices is one purge; a day later it is forgotten."""
    with room.keeper() as desk, desk.register.transaction() as connection:
        purges.add_early(connection, 3, 1_000)
        purges.add_early(connection, 4, 2_000)
        assert purges.early_since(connection, 2_000 - PURGE_SECONDS) == 7
        assert purges.early_since(connection, 2_000) == 4
