# SPDX-License-Identifier: Apache-2.0
"""Promises of the page of a person's roles, and of one's own passkeys.

Rules: requests as browsers send them, over a real register and ledger.
Not here: the rules of changes (`test_access_changing.py`), everybody's acts
(`test_console_matrix.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from access_room import NOW, ROOT
from authenticator_fixture import Authenticator
from console_room import Browser, ConsoleRoom

from server.access import passkey_rows, people
from server.access.actions import Role
from server.access.bounds import INVITATION_SECONDS
from server.access.model import STEP_UP_SECONDS, Held
from wire.purposes import Purpose

pytestmark = pytest.mark.slow


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ConsoleRoom]:
    """Make a console."""
    made = ConsoleRoom(tmp_path)
    yield made
    made.close()


def held(room: ConsoleRoom, number: str) -> dict[Role, frozenset[Purpose]]:
    """Return somebody's roles, each with its purposes."""
    with room.register.reading() as connection:
        entry = people.find(connection, number)
    assert entry is not None
    return {one.role: one.purposes for one in entry.person.held}


def sent(browser: Browser, path: str, **fields: str) -> int:
    """Send a form of the page; return the status."""
    return browser.form(path, {"token": browser.token()} | fields).status


def test_a_role_is_given_narrowed_and_taken(room: ConsoleRoom) -> None:
    """Each change is shown, counts, and is a line of the ledger by ids."""
    ann = room.browser(Role.ADMINISTRATOR)
    bo, _ = room.person(Role.REQUESTER, name="Bo")
    address, who = f"/people/role?person={bo}", {"person": bo}
    assert f'href="{address}"' in ann.get("/people").text
    technician = who | {"role": "technician"}
    assert sent(ann, "/people/role", **technician, purpose="support") == 303
    assert held(room, bo)[Role.TECHNICIAN] == {Purpose.SUPPORT}
    assert "<strong>technician</strong>" in ann.get(address).text
    assert sent(ann, "/people/role", **technician, purpose="provision") == 303
    assert held(room, bo)[Role.TECHNICIAN] == {Purpose.PROVISION}
    assert sent(ann, "/people/role/take", **technician) == 303
    assert set(held(room, bo)) == {Role.REQUESTER}
    told = [act.body for act in room.ledger.entries() if act.act == "person-changed"]
    changes = [(dict(one or {})["change"], dict(one or {})["person"]) for one in told]
    assert changes[-3:] == [("role-given", bo)] * 2 + [("role-taken", bo)]


def test_what_may_not_be_changed_is_said_and_not_offered(room: ConsoleRoom) -> None:
    """Nobody changes their own roles, nor gives one that checks them."""
    ann = room.browser(Role.ADMINISTRATOR)
    (mine,) = [one.person.name for one in everybody(room)]
    officer, _ = room.person(Role.PRIVACY_OFFICER, name="Io")
    for number in (mine, officer):
        page = ann.get(f"/people/role?person={number}").text
        assert 'name="role"' not in page
    auditor = {"person": officer, "role": "auditor"}
    assert sent(ann, "/people/role", **auditor) == 403
    own = {"person": mine, "role": "client"}
    assert sent(ann, "/people/role", **own) == 403
    taken = {"person": officer, "role": "privacy-officer"}
    assert sent(ann, "/people/role/take", **taken) == 403
    assert set(held(room, officer)) == {Role.PRIVACY_OFFICER}


def test_nonsense_changes_no_role(room: ConsoleRoom) -> None:
    """No such person, role or purpose is one sentence, and nothing is changed."""
    ann = room.browser(Role.ADMINISTRATOR)
    bo, _ = room.person(Role.REQUESTER, name="Bo")
    before = room.acts()
    for fields in (
        {"person": "nobody", "role": "client"},
        {"person": bo, "role": "<b>"},
        {"person": bo, "role": "technician"},
        {"person": bo, "role": "technician", "purpose": "security"},
    ):
        assert sent(ann, "/people/role", **fields) == 400
    assert sent(ann, "/people/role/take", person=bo, role="client") == 400
    assert ann.get("/people/role?person=nobody").status == 400
    assert room.acts() == before


def test_a_change_of_roles_wants_a_person_who_is_there(room: ConsoleRoom) -> None:
    """After minutes the proof is asked for, and leads back to the same page."""
    ann = room.browser(Role.ADMINISTRATOR)
    bo, _ = room.person(Role.REQUESTER, name="Bo")
    fields = {"person": bo, "role": "client", "back": f"people/role?person={bo}"}
    room.now += STEP_UP_SECONDS + 1
    reply = ann.form("/people/role", {"token": ann.token()} | fields)
    assert reply.status == 403
    assert "/step-up?to=people/role%3Fperson%3D" in reply.text
    assert Role.CLIENT not in held(room, bo)


def everybody(room: ConsoleRoom) -> list[people.Entry]:
    """Return all people."""
    with room.register.reading() as connection:
        return list(people.every(connection))


def passkeys(room: ConsoleRoom, number: str) -> list[bytes]:
    """Return the ids of somebody's passkeys."""
    with room.register.reading() as connection:
        return [one.id for one in passkey_rows.of(connection, number)]


def test_one_removes_a_passkey_of_ones_own_and_never_the_last(
    room: ConsoleRoom,
) -> None:
    """The other sessions end, the removed one signs nobody in, the ledger has it."""
    number, device = room.person(Role.CLIENT)
    ann, elsewhere = Browser(room), Browser(room)
    assert ann.sign_in(device).status == 200
    assert elsewhere.sign_in(device).status == 200
    (first,) = passkeys(room, number)
    assert "/me/passkeys/remove" not in ann.get("/me").text
    assert sent(ann, "/me/passkeys/remove", passkey=first.hex()) == 400
    until = NOW + INVITATION_SECONDS
    secret = room.people.invite_again(ROOT, number, until, NOW)
    other = Authenticator()
    options = room.door.begin_join(secret, NOW)
    room.door.join(secret, other.make(options), NOW)
    assert first.hex() in ann.get("/me").text
    assert sent(ann, "/me/passkeys/remove", passkey=first.hex()) == 303
    assert len(passkeys(room, number)) == 1
    assert ann.get("/me").status == 200
    assert elsewhere.get("/me").status == 303
    assert Browser(room).sign_in(device).status == 403
    last = [act for act in room.ledger.entries() if act.act == "person-changed"][-1]
    assert dict(last.body or {})["change"] == "passkey-removed"


def test_nobody_removes_a_passkey_of_somebody_else(room: ConsoleRoom) -> None:
    """Another's passkey, and what is none, is not theirs to remove."""
    ann = room.browser(Role.OPERATOR)
    bo, _ = room.person(Role.CLIENT, name="Bo")
    for named in (passkeys(room, bo)[0].hex(), "", "xyz"):
        assert sent(ann, "/me/passkeys/remove", passkey=named) == 400
    assert len(passkeys(room, bo)) == 1


def test_a_passkey_is_removed_by_who_is_there(room: ConsoleRoom) -> None:
    """A session alone, as a thief has it, removes none."""
    ann = room.browser(Role.CLIENT)
    room.now += STEP_UP_SECONDS + 1
    assert sent(ann, "/me/passkeys/remove", passkey="00") == 403


def test_a_role_for_every_client_is_its_givers_to_take(room: ConsoleRoom) -> None:
    """Who operates for one client alone does not take what counts for every one."""
    ann = room.browser(Role.OPERATOR)
    bo, _ = room.person(Role.REQUESTER, name="Bo")
    room.people.give(ROOT, bo, Held(Role.AUDITOR, None), NOW)
    fields = {"person": bo, "role": "auditor"}
    assert sent(ann, "/people/role/take", **fields) == 400
    assert sent(ann, "/people/role/take", **fields, every="1") == 403
    assert Role.AUDITOR in held(room, bo)
