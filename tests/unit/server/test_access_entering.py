# SPDX-License-Identifier: Apache-2.0
"""Who comes in, and above all who does not.

Rules: a real authenticator's answers, each wrong in one thing.
Not here: pages and cookies (`test_console_pages.py`), who may do what afterwards.
"""

import base64
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from access_room import DAY, NOW, ROOT, TENANT, AccessRoom
from authenticator_fixture import BE, BS, UP, UV, Authenticator

from server.access import key_proofs
from server.access.actions import Action, Role
from server.access.bounds import (
    CHALLENGE_SECONDS,
    CHALLENGES,
    IDLE_SECONDS,
    INVITATION_SECONDS,
    SESSION_SECONDS,
)
from server.access.challenges import Challenges
from server.access.model import Reason, may
from server.access.refusals import RefusedError
from server.access.sessions import Session
from wire.crypto.signing import SigningKey


@pytest.fixture
def room(tmp_path: Path) -> Iterator[AccessRoom]:
    """Make an empty register."""
    made = AccessRoom(tmp_path)
    yield made
    made.close()


def refusal(act: Callable[[], object]) -> str:
    """Return the slug with which somebody is refused."""
    with pytest.raises(RefusedError) as caught:
        act()
    return caught.value.why.value


def test_an_invitation_lets_one_person_in_once(room: AccessRoom) -> None:
    """Whoever has the link makes a passkey and is signed in; the link is used up."""
    number, secret = room.invite(Role.TECHNICIAN)
    device = Authenticator()
    session = room.session(room.join(secret, device))
    assert session is not None
    assert session.entry.person.name == number
    assert refusal(lambda: room.join(secret, Authenticator())) == "no-invitation"


def test_an_invitation_ends(room: AccessRoom) -> None:
    """After its days a link lets nobody in, nor one that was begun before."""
    _, secret = room.invite(Role.TECHNICIAN)
    device, late = Authenticator(), NOW + INVITATION_SECONDS
    options = room.door.begin_join(secret, late - 1)
    assert refusal(lambda: room.join(secret, device, late)) == "no-invitation"
    answer = device.make(options)
    assert refusal(lambda: room.door.join(secret, answer, late)) == "no-invitation"


def test_what_counts_no_more_is_forgotten(room: AccessRoom) -> None:
    """Of a session that was left and of a link that nobody used no row is left."""
    room.join(room.invite(Role.TECHNICIAN)[1], Authenticator())
    room.invite(Role.AUDITOR)

    def left() -> list[int]:
        with room.people.register.reading() as connection:
            counts = "SELECT count(*) FROM sessions", "SELECT count(*) FROM invitations"
            return [connection.execute(one).fetchone()[0] for one in counts]

    room.door.forget(NOW + IDLE_SECONDS - 1)
    assert left() == [1, 1]
    room.door.forget(NOW + IDLE_SECONDS)
    assert left() == [0, 1]
    room.door.forget(NOW + INVITATION_SECONDS)
    assert left() == [0, 0]


def test_another_invitation_ends_the_one_before(room: AccessRoom) -> None:
    """A link that went astray is worth nothing once another was made."""
    number, first = room.invite(Role.TECHNICIAN)
    until = NOW + INVITATION_SECONDS
    second = room.people.invite_again(ROOT, number, until, NOW)
    assert refusal(lambda: room.join(first, Authenticator())) == "no-invitation"
    assert room.session(room.join(second, Authenticator())) is not None


def test_a_bad_passkey_leaves_the_invitation(room: AccessRoom) -> None:
    """An answer that does not count uses nothing up, so the person can try again."""
    _, secret = room.invite(Role.TECHNICIAN)
    assert refusal(lambda: room.join(secret, Authenticator(flags=UP))) == "no-proof"
    assert room.session(room.join(secret, Authenticator())) is not None


WRONG = {
    "another page": ({"origin": "https://console.example.evil"}, "no-proof"),
    "another port": ({"origin": "https://console.example:8445"}, "no-proof"),
    "no TLS": ({"origin": "http://console.example:8444"}, "no-proof"),
    "another RP": ({"rp_id": "evil.example"}, "no-proof"),
    "the authorising RP": ({"rp_id": "localhost"}, "no-proof"),
    "nobody verified": ({"flags": UP}, "no-proof"),
    "nobody present": ({"flags": UV}, "no-proof"),
    "backed up but not to be": ({"flags": UP | UV | BS}, "no-proof"),
    "in a frame": ({"cross": True}, "cross-origin"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_passkey_is_not_taken(room: AccessRoom, what: str) -> None:
    """No passkey is made for another page, without its person, or in a frame."""
    changes, slug = WRONG[what]
    _, secret = room.invite(Role.TECHNICIAN)
    device = Authenticator(**changes)
    assert refusal(lambda: room.join(secret, device)) == slug
    assert refusal(lambda: room.sign_in(device)) == "unknown-passkey"


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_answer_signs_nobody_in(room: AccessRoom, what: str) -> None:
    """No session begins for another page, without its person, or from a frame."""
    changes, slug = WRONG[what]
    _, device = room.person(Role.TECHNICIAN)
    assert refusal(lambda: room.sign_in(replace(device, **changes))) == slug


def test_an_answer_counts_once(room: AccessRoom) -> None:
    """A replayed answer signs nobody in."""
    _, device = room.person(Role.TECHNICIAN)
    answer = device.use(room.door.begin())
    room.door.sign_in(answer, NOW)
    assert refusal(lambda: room.door.sign_in(answer, NOW)) == "no-challenge"


def test_an_answer_counts_soon(room: AccessRoom) -> None:
    """A challenge that waited for two minutes is over."""
    _, device = room.person(Role.TECHNICIAN)
    answer = device.use(room.door.begin())
    room.clock.time += CHALLENGE_SECONDS
    assert refusal(lambda: room.door.sign_in(answer, NOW)) == "no-challenge"


def test_an_answer_counts_for_what_was_asked(room: AccessRoom) -> None:
    """A sign-in is no step-up, a step-up no sign-in, and neither makes a passkey."""
    number, device = room.person(Role.TECHNICIAN)
    session = room.session(room.sign_in(device))
    assert session is not None
    answer = device.use(room.door.begin())
    assert refusal(lambda: room.door.step_up(session, answer, NOW)) == "no-challenge"
    answer = device.use(room.door.begin_step_up(session))
    assert refusal(lambda: room.door.sign_in(answer, NOW)) == "no-challenge"
    until = NOW + DAY
    secret = room.people.invite_again(ROOT, number, until, NOW)
    answer = Authenticator().make(room.door.begin_join(secret, NOW), "webauthn.get")
    assert refusal(lambda: room.door.join(secret, answer, NOW)) == "no-proof"


def test_a_challenge_of_nobody_is_refused(room: AccessRoom) -> None:
    """An answer to a challenge that was never given signs nobody in."""
    _, device = room.person(Role.TECHNICIAN)
    asked = json.loads(room.door.begin())
    asked["challenge"] = base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")
    answer = device.use(json.dumps(asked))
    assert refusal(lambda: room.door.sign_in(answer, NOW)) == "no-challenge"


def test_a_copied_passkey_is_found(room: AccessRoom) -> None:
    """Of two that count the same uses, the second one signs nobody in."""
    _, device = room.person(Role.TECHNICIAN, device=Authenticator(count=5))
    copy = replace(device)
    room.sign_in(device)
    room.sign_in(device)
    assert refusal(lambda: room.sign_in(copy)) == "copied"
    assert room.session(room.sign_in(device)) is not None


def test_a_copy_cannot_be_alleged(room: AccessRoom) -> None:
    """A low count under a false signature is no proof, not even of a copy."""
    _, device = room.person(Role.TECHNICIAN, device=Authenticator(count=5))
    other = Authenticator(id=device.id, handle=device.handle, count=0)
    assert refusal(lambda: room.sign_in(other)) == "no-proof"


def test_a_passkey_stays_what_it_is(room: AccessRoom) -> None:
    """One that could not be copied is refused when it says that it can."""
    _, device = room.person(Role.TECHNICIAN)
    assert refusal(lambda: room.sign_in(replace(device, flags=UP | UV | BE))) == (
        "other-kind"
    )


def test_a_passkey_is_one_person_s(room: AccessRoom) -> None:
    """An answer with somebody else's handle, or somebody else's passkey, is refused."""
    _, ann = room.person(Role.TECHNICIAN)
    _, bo = room.person(Role.OPERATOR, name="Bo")
    stolen = replace(ann, handle=bo.handle)
    assert refusal(lambda: room.sign_in(stolen)) == "other-person"
    session = room.session(room.sign_in(ann))
    assert session is not None
    answer = bo.use(room.door.begin_step_up(session))
    assert refusal(lambda: room.door.step_up(session, answer, NOW)) == "other-person"
    _, secret = room.invite(Role.TECHNICIAN, name="Cy")
    again = replace(ann)
    assert refusal(lambda: room.join(secret, again)) == "known-passkey"


def test_each_sign_in_gives_another_secret(room: AccessRoom) -> None:
    """What a browser had before is never what it has after a sign-in."""
    _, device = room.person(Role.TECHNICIAN)
    assert room.sign_in(device) != room.sign_in(device)


def test_a_step_up_exchanges_the_secret(room: AccessRoom) -> None:
    """After a step-up the old secret is worth nothing, and the working day goes on."""
    _, device = room.person(Role.TECHNICIAN)
    before = room.sign_in(device)
    later = NOW + 600
    session = room.session(before, later)
    assert session is not None
    after = room.door.step_up(
        session, device.use(room.door.begin_step_up(session)), later
    )
    assert room.session(before, later) is None
    renewed = room.session(after, later)
    assert renewed is not None
    assert (renewed.made, renewed.entry.person.verified) == (NOW, later)
    assert renewed.token != session.token


def test_a_session_ends(room: AccessRoom) -> None:
    """It ends when nobody used it for half an hour, and eight hours after it began."""
    _, device = room.person(Role.TECHNICIAN)
    secret = room.sign_in(device)
    assert room.session(secret, NOW + IDLE_SECONDS - 1) is not None
    assert room.session(secret, NOW + IDLE_SECONDS) is None
    with room.register.writing() as connection:
        connection.execute("UPDATE sessions SET used = ?", (NOW + SESSION_SECONDS,))
    assert room.session(secret, NOW + SESSION_SECONDS - 1) is not None
    assert room.session(secret, NOW + SESSION_SECONDS) is None


def test_who_is_suspended_is_out_at_once(room: AccessRoom) -> None:
    """At the next request there is no session, and no sign-in until one is resumed."""
    number, device = room.person(Role.TECHNICIAN)
    secret = room.sign_in(device)
    room.people.suspend(ROOT, number, NOW)
    assert room.session(secret) is None
    assert refusal(lambda: room.sign_in(device)) == "suspended"
    room.people.resume(ROOT, number, NOW)
    assert room.session(secret) is None
    assert room.session(room.sign_in(device)) is not None


def test_who_is_removed_is_gone(room: AccessRoom) -> None:
    """A removed person has no session, no passkey, and not a row but a key's digest."""
    empty = room.rows()
    number, device = room.person(Role.TECHNICIAN)
    key = SigningKey.generate()
    room.people.add_key(ROOT, number, key.public, NOW)
    secret = room.sign_in(device)
    room.people.remove(ROOT, number, NOW)
    assert room.session(secret) is None
    assert refusal(lambda: room.sign_in(device)) == "unknown-passkey"
    assert room.rows() == empty + 1


def test_the_ledger_knows_a_person_by_an_id(room: AccessRoom) -> None:
    """No line names a person; the name is in the register, and goes with it."""
    number, device = room.person(Role.TECHNICIAN, name="Annabella Testmann")
    room.sign_in(device)
    room.people.remove(ROOT, number, NOW)
    said = [(act.act, act.body and act.body["person"]) for act in room.acts()]
    assert said == [
        ("person-invited", number),
        ("person-changed", number),
        ("person-joined", number),
        ("signed-in", number),
        ("person-changed", number),
    ]
    assert "Annabella" not in repr(room.acts())
    held = (
        room.path.read_bytes() + room.path.with_name("people.sqlite-wal").read_bytes()
    )
    room.close()
    left = b"".join(path.read_bytes() for path in room.path.parent.iterdir())
    assert b"Annabella" in held
    assert b"Annabella" not in left


def test_a_key_file_signs_in(room: AccessRoom) -> None:
    """A person's key signs in over a challenge of this console, once."""
    number, _ = room.person(Role.TECHNICIAN)
    key = SigningKey.generate()
    room.people.add_key(ROOT, number, key.public, NOW)
    challenge = room.door.begin_key()
    proof = key_proofs.sign(key, room.door.place.origin, challenge)
    session = room.session(room.door.sign_in_by_key(key.public, challenge, proof, NOW))
    assert session is not None
    assert session.entry.person.name == number

    def again() -> str:
        return room.door.sign_in_by_key(key.public, challenge, proof, NOW)

    assert refusal(again) == "no-challenge"


def test_a_key_file_does_not_prove_that_somebody_is_there(room: AccessRoom) -> None:
    """A session by key file wants the passkey for what wants a person, and takes it."""
    number, device = room.person(Role.OPERATOR)
    key = SigningKey.generate()
    room.people.add_key(ROOT, number, key.public, NOW)
    challenge = room.door.begin_key()
    proof = key_proofs.sign(key, room.door.place.origin, challenge)
    entered = room.session(room.door.sign_in_by_key(key.public, challenge, proof, NOW))
    assert entered is not None

    def why(session: Session) -> Reason | None:
        person = session.entry.person
        return may(person, Action.PEOPLE_INVITE, TENANT, None, NOW).reason

    assert why(entered) is Reason.STEP_UP
    answer = device.use(room.door.begin_step_up(entered))
    proved = room.session(room.door.step_up(entered, answer, NOW))
    assert proved is not None
    assert why(proved) is None


def test_a_key_s_proof_counts_at_one_console(room: AccessRoom) -> None:
    """What another console had signed, or somebody unknown, signs nobody in."""
    number, _ = room.person(Role.TECHNICIAN)
    key = SigningKey.generate()

    def tried(origin: str) -> str:
        challenge = room.door.begin_key()
        proof = key_proofs.sign(key, origin, challenge)
        return refusal(
            lambda: room.door.sign_in_by_key(key.public, challenge, proof, NOW)
        )

    assert tried(room.door.place.origin) == "no-person"
    room.people.add_key(ROOT, number, key.public, NOW)
    assert tried("https://other.example") == "no-proof"
    room.people.suspend(ROOT, number, NOW)
    assert tried(room.door.place.origin) == "no-person"


def test_the_register_has_no_secret(room: AccessRoom) -> None:
    """No invitation and no session can be read from the file that counts them."""
    _, secret = room.invite(Role.TECHNICIAN)
    session = room.sign_in(room.person(Role.AUDITOR, name="Bo")[1])
    written = b"".join(path.read_bytes() for path in room.path.parent.iterdir())
    for hidden in (secret, session):
        raw = base64.urlsafe_b64decode(hidden + "=")
        assert hidden.encode() not in written
        assert raw not in written


def test_no_password_has_a_place(room: AccessRoom) -> None:
    """No table of the register has a column for a password or what is made of one."""
    connection = sqlite3.connect(room.path)
    columns = {
        column.lower()
        for (table,) in connection.execute("SELECT name FROM sqlite_schema").fetchall()
        for _, column, *_ in connection.execute(f"PRAGMA table_info({table})")
    }
    connection.close()
    assert columns == {
        *("id", "name", "standing", "trained", "made", "handle", "account"),
        *("person", "role", "tenant", "purposes", "public", "digest", "until"),
        *("count", "synced", "backed_up", "used", "verified", "how", "value"),
        *("issuer", "subject"),
    }


def test_strangers_fill_no_memory() -> None:
    """However many challenges are asked for, so many are kept, and the newest count."""
    challenges = Challenges()
    asked = [challenges.ask("sign-in", 0.0) for _ in range(CHALLENGES + 10)]
    assert len(challenges) == CHALLENGES
    assert not challenges.take(asked[0], "sign-in", 0.0)
    assert challenges.take(asked[-1], "sign-in", 0.0)
