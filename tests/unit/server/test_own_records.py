# SPDX-License-Identifier: Apache-2.0
"""Why records of the collector's own are here: each kind, and its round beside it.

Rules: a real installation; what is told is compared with what the round then does.
Not here: data of devices (`test_explaining.py`), lines of the ledger by law
(`test_law.py`), what makes the records (`records_room.py`).
"""

import datetime as dt
from pathlib import Path

import pytest
from hold_desk import hold_desk, hold_room  # noqa: F401 - fixtures
from holding_room import HoldRoom, say_as_ann, scope_of
from keeper_fixture import running_keeper
from office_fixture import Office
from records_room import (
    DAY,
    ENDINGS,
    ID,
    NAME,
    granted,
    plant_case,
    plant_certificate,
    plant_finding,
    plant_grant,
    plant_recipient,
    plant_release,
    why,
)

from server.access.actions import Action
from server.errors import UsageError
from server.keeper import by_session, own
from server.keeper.desk import Desk
from server.keeper.rounds import cases as cases_round
from server.keeper.rounds import certificates as certificates_round
from server.keeper.rounds import recipients as recipients_round
from server.keeper.sharing import letters
from server.keeper.tickets import By, close_ticket, open_ticket
from server.keyring import KeyKind
from server.own_records import KINDS
from server.register import certificates, releases, rights
from tests.vectors import paper_world, release_world, world
from wire.papers.certificate import State

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", sorted(ENDINGS))
def test_a_record_ends_when_it_is_said(room: HoldRoom, desk: Desk, kind: str) -> None:
    """At the last second that is told it is here; a second later its round ends it."""
    one, now = ENDINGS[kind], room.machine.system
    one.plant(desk, now)
    told = why(desk, f"{kind}:{one.named}")
    until = int(str(told[0]["until"]))
    assert now + one.days * DAY <= until <= now + (one.days + 1) * DAY
    assert told[0]["because"]
    room.machine.passes(until - 1 - now)
    desk.clock.now()
    one.turn(desk, until - 1)
    assert [one["until"] for one in why(desk, f"{kind}:{one.named}")] == [until]
    room.machine.passes(1)
    desk.clock.now()
    one.turn(desk, until)
    assert why(desk, f"{kind}:") == []


def test_every_kind_is_explained_and_guarded() -> None:
    """What has a name has an answer, and a session is asked for the list's own act."""
    assert own.KEPT.keys() == KINDS.keys()
    opened = by_session.TABLE["why"].actions
    assert opened == {
        "": Action.WHY,
        "list": Action.CASE_SEE,
        **{name: kind.action for name, kind in KINDS.items()},
    }


def test_what_is_pending_is_kept_and_numbers_stay(room: HoldRoom, desk: Desk) -> None:
    """A pending certificate waits for the final one; no number is given out twice."""
    now = room.machine.system
    late = paper_world.backup(now + 20 * 366 * DAY)
    plant_certificate(
        *(desk, now), state=State.PENDING, until=late.until, copies=(late,), number=6
    )
    plant_certificate(desk, now, job=world.octets("another", 16))
    (waits, _) = why(desk, "certificate:")
    assert (waits["name"], waits["until"]) == ("6", late.until)
    room.machine.passes(3_653 * DAY)
    desk.clock.now()
    certificates_round.turn(desk, room.machine.system)
    assert [one["name"] for one in why(desk, "certificate:")] == ["6"]
    with desk.register.view() as connection:
        assert certificates.next_number(connection) == 8


def test_a_longer_time_goes_with_its_case(room: HoldRoom, desk: Desk) -> None:
    """That a person's answer took longer is known no longer than the case."""
    plant_case(desk, room.machine.system)
    with desk.register.transaction() as connection:
        rights.add(connection, rights.EXTENSIONS, rights.Held(ID, 1, b"locked"))
    room.machine.passes(1_096 * DAY)
    desk.clock.now()
    cases_round.turn(desk, room.machine.system)
    with desk.register.view() as connection:
        assert rights.every(connection, rights.EXTENSIONS) == []


def test_who_has_what_it_was_given_is_kept(room: HoldRoom, desk: Desk) -> None:
    """Nobody is forgotten, nor what they got, before they say that they deleted it."""
    now = room.machine.system
    name = release_world.recipient().name
    plant_recipient(desk, now)
    plant_grant(desk, now)
    plant_release(desk, now, fetched=now - 5)
    for kind in ("release", "recipient"):
        (told,) = why(desk, f"{kind}:")
        assert told["until"] is None
    room.machine.passes(1_096 * DAY)
    desk.clock.now()
    recipients_round.turn(desk, room.machine.system)
    assert why(desk, "grant:") == []
    assert [one["name"] for one in why(desk, "recipient:")] == [name]
    with desk.register.transaction() as connection:
        releases.note_deleted(connection, ID, room.machine.system)
    ends = room.machine.system + 1_096 * DAY
    for kind in ("release", "recipient"):
        (told,) = why(desk, f"{kind}:")
        assert told["until"] == ends


def test_a_grant_keeps_its_recipient(room: HoldRoom, desk: Desk) -> None:
    """Who has a grant that runs is known until claims about it cannot come."""
    now = room.machine.system
    plant_recipient(desk, now - 400 * DAY)
    plant_grant(desk, now)
    (grant,), (recipient,) = why(desk, "grant:"), why(desk, "recipient:")
    assert recipient["until"] == grant["until"] == now + 1_096 * DAY


def test_a_recipients_secret_ends_with_it(room: HoldRoom, desk: Desk) -> None:
    """What makes its stand-ins is gone, key and all, and so is that of its grant."""
    now = room.machine.system
    plant_recipient(desk, now)
    plant_grant(desk, now)
    desk.keyring.cases.add(desk.tenant, KeyKind.CASE, ID, now)
    asked = granted(desk)
    first = letters.keys_of(desk, asked, now)
    assert letters.keys_of(desk, asked, now) == first
    before = len(desk.keyring.cases.names(desk.tenant, KeyKind.CASE))
    room.machine.passes(1_096 * DAY)
    desk.clock.now()
    recipients_round.turn(desk, room.machine.system)
    assert letters.grant_secrets(desk, [ID]) == {}
    assert len(desk.keyring.cases.names(desk.tenant, KeyKind.CASE)) == before - 1


def test_a_hold_and_its_case_say_until_when(room: HoldRoom, desk: Desk) -> None:
    """While it is in force nothing but people ends either; what it keeps is counted."""
    speaker = say_as_ann(room)
    matter = room.hold(desk, scope_of(room, speaker.device))
    room.until_due(desk)
    room.turn(desk)
    case = matter.case.hex()
    (row, held) = why(desk, f"hold:{case[:8]}")
    assert (row["never"], row["until"]) == (True, None)
    assert (held["records"], held["until"], held["never"]) == (1, None, False)
    (one,) = why(desk, f"case:{case}")
    assert (one["until"], one["never"]) == (None, False)


def test_a_ticket_and_what_it_brought(room: HoldRoom, desk: Desk) -> None:
    """Its name lasts a month after its end; each of its keys by its own rule."""
    now = room.machine.system
    open_ticket(desk, "T-1", now + DAY, (), By("amelie"), now)
    (name, *keys) = why(desk, "ticket:T-1")
    assert (name["until"], [one["ticket"] for one in keys]) == (
        *(None, ["T-1"] * len(keys)),
    )
    assert keys
    close_ticket(desk, "T-1", By("amelie"), now)
    (name, *keys) = why(desk, "ticket:T-1")
    assert name["until"] == now + 30 * DAY
    assert all(isinstance(one["until"], int) for one in keys)


def test_an_entry_of_the_ledger(room: HoldRoom, desk: Desk) -> None:
    """Its digest is for ever, its words for the term of its act, by a law."""
    now = room.machine.system
    number = desk.ledger.add("billed", {"by": "amelie"}, now).index
    (entry, said) = why(desk, f"ledger:{number}")
    assert entry["never"] is True
    assert said["until"] == now + 1_096 * DAY
    because = said["because"]
    assert isinstance(because, list)
    assert because[0]["words"] == (
        "GDPR, article 5(2) (EU) asks that it can be shown: it is kept for 1096 days"
    )
    assert because[0]["clause"] == "6: our legal obligations"
    desk.ledger.add("billed", {"by": "bo"}, now + DAY)
    (whole, *acts) = why(desk, "ledger:")
    assert whole["records"] == number + 1
    (billed,) = (one for one in acts if one["name"] == "billed")
    assert (billed["records"], billed["until"]) == (2, said["until"])
    assert {str(one["name"]) for one in acts} >= {"billed", "installed"}


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("case:ffffffff", "there is no case of that name, or more than one"),
        ("ledger:0", "there is no ledger of that name"),
        ("ledger:x", "there is no ledger of that name"),
        ("ticket:T", "discreet-server why ticket: lists all, each named by its id"),
        ("films:1", "there is no such device"),
    ],
)
def test_what_is_not_there_is_told(desk: Desk, named: str, words: str) -> None:
    """A record that is not here is a mistake in one sentence."""
    with pytest.raises(UsageError, match=words):
        why(desk, named)


def test_a_person_reads_it(room: HoldRoom, tmp_path: Path) -> None:
    """All kinds with their next end, all of a kind, and one with its reason."""
    now = room.machine.system
    with room.keeper() as desk:
        plant_finding(desk, now)
    office = Office(room.site, tmp_path)
    with running_keeper(room.site):
        kinds = office.typed("why").splitlines()
        one = [
            " ".join(line.split())
            for line in office.typed("why", f"finding:{NAME[:8]}").splitlines()
        ]
        none = office.typed("why", "ticket:")
        office.typed("why", "finding:", "--purpose", "support", code=2)
    assert [line.split()[0] for line in kinds[1:]] == [f"{name}:" for name in KINDS]
    end = dt.datetime.fromtimestamp(now + 1_096 * DAY, dt.UTC)
    moment = end.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert one == [
        f"finding {NAME}",
        f"until {moment}",
        f"at most {moment}",
        "it is closed, and is shown for 1096 days, in which claims may come",
        "clause 6: applicable statutes of limitations",
        "then it is deleted and written over",
    ]
    assert none == "There is no ticket.\n"
