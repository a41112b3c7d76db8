# SPDX-License-Identifier: Apache-2.0
"""Who changes people, and what a change takes away by every way.

Rules: a real register and ledger; who changes by the console is a person of it.
Not here: who comes in (`test_access_entering.py`), the table (`test_access_matrix.py`).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from access_room import DAY, NOW, ROOT, TENANT, AccessRoom

from server.access import people, withdrawn
from server.access.actions import Role
from server.access.changing import Changer
from server.access.model import Held
from server.errors import DeniedError, UsageError
from wire.crypto.signing import SigningKey
from wire.purposes import Purpose

SOON = NOW + DAY


@pytest.fixture
def room(tmp_path: Path) -> Iterator[AccessRoom]:
    """Make an empty register."""
    made = AccessRoom(tmp_path)
    yield made
    made.close()


def somebody(room: AccessRoom, *roles: Role, verified: int = NOW) -> Changer:
    """Return somebody of the register who makes changes."""
    number, _ = room.invite(*roles, name=f"Who has {len(roles)}")
    entry = room.entry(number)
    assert entry is not None
    return Changer(number, replace(entry.person, verified=verified))


def denial(act: Callable[[], object]) -> str:
    """Return the slug with which a change is denied."""
    with pytest.raises(DeniedError) as caught:
        act()
    return caught.value.reason


def test_an_administrator_invites_who_works(room: AccessRoom) -> None:
    """An administrator of the tenant invites a technician, and the ledger has it."""
    admin = somebody(room, Role.ADMINISTRATOR)
    held = [Held(Role.TECHNICIAN, TENANT, frozenset({Purpose.SUPPORT}))]
    number, _ = room.people.invite(admin, "Bo", held, SOON, NOW)
    last = room.acts()[-1]
    assert (last.act, last.body) == (
        "person-invited",
        {"by": admin.by, "person": number, "roles": ["technician"], "until": SOON},
    )


@pytest.mark.parametrize(
    ("role", "verified", "slug"),
    [
        (Role.TECHNICIAN, NOW, "no-role"),
        (Role.AUDITOR, NOW, "no-role"),
        (Role.PRIVACY_OFFICER, NOW, "no-role"),
        (Role.ADMINISTRATOR, NOW - 301, "step-up"),
    ],
)
def test_others_invite_nobody(
    room: AccessRoom, role: Role, verified: int, slug: str
) -> None:
    """Who has not the role, or has not just proved to be there, changes nothing."""
    who = somebody(room, role, verified=verified)
    number, _ = room.invite(Role.TECHNICIAN, name="Bo")
    before = len(room.acts())
    acts: list[Callable[[], object]] = [
        lambda: room.people.invite(who, "Cy", [], SOON, NOW),
        lambda: room.people.invite_again(who, number, SOON, NOW),
        lambda: room.people.suspend(who, number, NOW),
        lambda: room.people.resume(who, number, NOW),
        lambda: room.people.remove(who, number, NOW),
        lambda: room.people.attest(who, number, SOON, NOW),
        lambda: room.people.add_key(who, number, bytes(32), NOW),
        lambda: room.people.set_account(who, number, "bo", NOW),
    ]
    assert {denial(act) for act in acts} == {slug}
    assert len(room.acts()) == before


def test_nobody_changes_themselves(room: AccessRoom) -> None:
    """An administrator neither lengthens their own training nor gives themselves."""
    admin = somebody(room, Role.ADMINISTRATOR)
    held = Held(Role.SECURITY, TENANT, frozenset({Purpose.SECURITY}))
    assert denial(lambda: room.people.give(admin, admin.by, held, NOW)) == "own-roles"
    assert denial(lambda: room.people.attest(admin, admin.by, SOON, NOW)) == "own-roles"
    assert denial(lambda: room.people.suspend(admin, admin.by, NOW)) == "own-roles"


@pytest.mark.parametrize(
    "role", [Role.OPERATOR, Role.PRIVACY_OFFICER, Role.COUNSEL, Role.AUDITOR]
)
def test_nobody_makes_or_stops_who_checks_them(room: AccessRoom, role: Role) -> None:
    """An administrator gives no controlling role, and suspends nobody who has one."""
    admin = somebody(room, Role.ADMINISTRATOR)
    bo, _ = room.invite(Role.TECHNICIAN, name="Bo")
    officer, _ = room.invite(role, name="Dee")
    acts: list[Callable[[], object]] = [
        lambda: room.people.give(admin, bo, Held(role, TENANT), NOW),
        lambda: room.people.invite(admin, "Cy", [Held(role, TENANT)], SOON, NOW),
        lambda: room.people.suspend(admin, officer, NOW),
        lambda: room.people.remove(admin, officer, NOW),
        lambda: room.people.attest(admin, officer, NOW - DAY, NOW),
        lambda: room.people.invite_again(admin, officer, SOON, NOW),
        lambda: room.people.add_key(admin, officer, bytes(32), NOW),
    ]
    assert {denial(act) for act in acts} == {"not-to-give"}


def test_nobody_gives_a_role_of_another_tenant(room: AccessRoom) -> None:
    """An administrator's roles end at their tenant, and so does what they give."""
    admin = somebody(room, Role.ADMINISTRATOR)
    bo, _ = room.invite(Role.TECHNICIAN, name="Bo")
    for tenant in (None, b"o" * 16):
        held = Held(Role.TECHNICIAN, tenant, frozenset({Purpose.SUPPORT}))
        slug = denial(lambda held=held: room.people.give(admin, bo, held, NOW))
        assert slug == "not-to-give"


def test_a_role_has_no_purpose_that_it_cannot_have(room: AccessRoom) -> None:
    """A technician who is given security for a purpose does not have it."""
    bo, _ = room.invite(Role.TECHNICIAN, name="Bo")
    wide = Held(Role.TECHNICIAN, TENANT, frozenset(Purpose))
    room.people.give(ROOT, bo, wide, NOW)
    entry = room.entry(bo)
    assert entry is not None
    assert entry.person.held[0].purposes == {
        Purpose.PROVISION,
        Purpose.SUPPORT,
        Purpose.ADMINISTRATION,
    }


def test_a_role_that_reads_wants_a_purpose(room: AccessRoom) -> None:
    """By whichever way, who is to read data is told for what, or is not entered."""
    for purposes in (frozenset[Purpose](), frozenset({Purpose.SECURITY})):
        held = [Held(Role.TECHNICIAN, TENANT, purposes)]
        with pytest.raises(UsageError, match="say for which purposes"):
            room.people.invite(ROOT, "Bo", held, SOON, NOW)
    assert room.acts() == []
    assert room.rows() == 0


@pytest.mark.parametrize(
    "name", ["", " ", "x" * 101, "a\x1b[2Jb", "a\u202eb", "a\x00b", "x" * 1_000_000]
)
def test_a_name_prints(room: AccessRoom, name: str) -> None:
    """A name that could drive a terminal, turn a line or fill a page is refused."""
    with pytest.raises(UsageError) as caught:
        room.people.invite(ROOT, name, [], SOON, NOW)
    assert "a name has 1 to 100 characters" in str(caught.value)
    assert room.acts() == []


def test_an_invitation_is_not_for_long(room: AccessRoom) -> None:
    """A link counts for two weeks at most, and from now on."""
    for until in (NOW, NOW - 1, NOW + 15 * DAY):
        with pytest.raises(UsageError):
            room.people.invite(ROOT, "Bo", [], until, NOW)
    assert room.acts() == []


def test_a_removed_key_is_nobody_s(room: AccessRoom) -> None:
    """A key that was removed with its person is never taken for another one."""
    bo, _ = room.invite(Role.TECHNICIAN, name="Bo")
    key = SigningKey.generate()
    room.people.add_key(ROOT, bo, key.public, NOW)
    room.people.remove(ROOT, bo, NOW)
    cy, _ = room.invite(Role.TECHNICIAN, name="Cy")
    with pytest.raises(UsageError):
        room.people.add_key(ROOT, cy, key.public, NOW)


def test_what_the_register_takes_away(room: AccessRoom) -> None:
    """By user and by key, who is suspended, untrained or removed does not count."""
    bo, _ = room.invite(Role.TECHNICIAN, name="Bo")
    key = SigningKey.generate()
    room.people.add_key(ROOT, bo, key.public, NOW)
    room.people.set_account(ROOT, bo, "bo", NOW)

    def left(now: int = NOW) -> tuple[str | None, bool]:
        why = withdrawn.of_account(room.path, "bo", now)
        ended = withdrawn.of_keys(room.path, [key.public, bytes(32)], now)
        return why.value if why else None, ended == {key.public}

    assert left() == (None, False)
    assert left(NOW + 365 * DAY) == ("untrained", True)
    room.people.suspend(ROOT, bo, NOW)
    assert left() == ("suspended", True)
    room.people.resume(ROOT, bo, NOW)
    assert left() == (None, False)
    room.people.remove(ROOT, bo, NOW)
    assert left() == ("removed", True)


def test_who_may_ask_no_more_is_named(room: AccessRoom) -> None:
    """By id as the register has their role, by user as it takes away; one it knows."""
    bo, _ = room.invite(Role.TECHNICIAN, name="Bo")
    cy, _ = room.invite(Role.AUDITOR, name="Cy")
    room.people.set_account(ROOT, cy, "cy", NOW)
    names = {bo, cy, "cy", "who-is-not-there"}

    def gone() -> frozenset[str]:
        return withdrawn.of_senders(room.path, names, TENANT, NOW)

    assert gone() == {cy}
    room.people.remove(ROOT, bo, NOW)
    room.people.suspend(ROOT, cy, NOW)
    assert gone() == {bo, cy, "cy"}


def test_whom_the_register_does_not_know_has_what_config_says(tmp_path: Path) -> None:
    """Without a register, or without an entry, nothing is taken from anybody."""
    absent = tmp_path / "none.sqlite"
    assert withdrawn.of_account(absent, "bo", NOW) is None
    assert withdrawn.of_keys(absent, [bytes(32)], NOW) == frozenset()
    room = AccessRoom(tmp_path)
    assert withdrawn.of_account(room.path, "bo", NOW) is None
    room.close()


def test_people_are_bounded(room: AccessRoom) -> None:
    """The register takes so many people and says then what to do."""
    with room.register.writing() as connection:
        for number in range(2_000):
            people.add(connection, f"n {number}", NOW)
    with pytest.raises(UsageError, match="remove those who left"):
        room.people.invite(ROOT, "Bo", [], SOON, NOW)
