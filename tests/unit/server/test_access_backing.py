# SPDX-License-Identifier: Apache-2.0
"""A copy of the register of people brings back nobody and nothing that was taken.

Rules: real files and ledgers; time goes by only as the test says.
Not here: the command (`test_commands_backup.py`).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from access_room import DAY, NOW, ROOT, TENANT, AccessRoom

from server.access import backing, people
from server.access.actions import Role
from server.access.backing import Restored
from server.access.model import Held, Standing
from server.access.people import Entry
from server.access.register import open_people
from server.errors import StateError, UsageError
from wire.purposes import Purpose

KEY = b"k" * 32


@pytest.fixture
def room(tmp_path: Path) -> Iterator[AccessRoom]:
    """Make an empty register with its ledger."""
    made = AccessRoom(tmp_path)
    yield made
    made.close()


def copied(room: AccessRoom) -> Path:
    """Return a copy of the register as it is now."""
    copy = room.path.with_name("copy")
    backing.snapshot(room.path, copy, lambda: room.ledger.head().index)
    return copy


def restored(room: AccessRoom, copy: Path) -> tuple[Restored, Path]:
    """Make another register of a copy; returns what was told, and where it is."""
    where = room.path.with_name("again") / "people.sqlite"
    since = room.ledger.entries(backing.copied_at(copy))
    return backing.restore(copy, where, since), where


def entry(where: Path, number: str) -> Entry | None:
    """Return a person of a register."""
    with closing(open_people(where)) as register, register.reading() as connection:
        return people.find(connection, number)


def test_who_there_was_is_there_again(room: AccessRoom) -> None:
    """Name, roles, training and key file come back; nothing beside them is left."""
    number, _ = room.person(Role.TECHNICIAN)
    room.people.add_key(ROOT, number, KEY, NOW)
    told, where = restored(room, copied(room))
    with room.register.reading() as connection:
        assert entry(where, number) == people.find(connection, number)
    assert told == Restored(1, {}, 0)
    assert sorted(one.name for one in where.parent.iterdir()) == ["people.sqlite"]


def test_nothing_that_lets_in_is_in_a_copy(room: AccessRoom) -> None:
    """No session, invitation or passkey is in it, nor an octet of one."""
    number, device = room.person(Role.TECHNICIAN)
    room.people.invite_again(ROOT, number, NOW + DAY, NOW)
    room.sign_in(device)
    copy = copied(room)
    with closing(sqlite3.connect(copy)) as connection:
        for table in ("sessions", "invitations", "passkeys", "links"):
            rows = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - constant names
            assert rows == []
    with closing(sqlite3.connect(room.path)) as connection:
        rows = connection.execute(
            "SELECT digest FROM sessions UNION ALL SELECT digest FROM invitations"
            " UNION ALL SELECT id FROM passkeys"
        ).fetchall()
    assert len(rows) >= 3
    octets = copy.read_bytes()
    assert not any(digest in octets for (digest,) in rows)
    assert copy.stat().st_mode & 0o777 == 0o600


def test_removals_win(room: AccessRoom) -> None:
    """Who was removed since the copy is removed again, with their key for ever."""
    number, _ = room.person(Role.TECHNICIAN)
    room.people.add_key(ROOT, number, KEY, NOW)
    room.people.set_account(ROOT, number, "ann", NOW)
    copy = copied(room)
    room.people.remove(ROOT, number, NOW)
    told, where = restored(room, copy)
    assert entry(where, number) is None
    assert told == Restored(0, {"removed": 1}, 0)
    with closing(open_people(where)) as register, register.reading() as connection:
        assert people.has_ended(connection, KEY)
        assert people.has_left(connection, "ann")


def test_what_was_taken_since_is_taken_again(room: AccessRoom) -> None:
    """A standing, a role, a purpose and a training that ended do not come back."""
    ann, _ = room.invite(Role.TECHNICIAN, Role.AUDITOR)
    bo, _ = room.invite(Role.TECHNICIAN, Role.AUDITOR, name="Bo")
    copy = copied(room)
    room.people.suspend(ROOT, ann, NOW)
    room.people.take(ROOT, ann, Role.AUDITOR, TENANT, NOW)
    narrow = Held(Role.TECHNICIAN, TENANT, frozenset({Purpose.SUPPORT}))
    room.people.give(ROOT, bo, narrow, NOW)
    room.people.give(ROOT, bo, Held(Role.AUDITOR, TENANT), NOW)
    room.people.give(ROOT, bo, Held(Role.OPERATOR, TENANT), NOW)
    room.people.attest(ROOT, bo, NOW - 1, NOW)
    room.invite(Role.AUDITOR, name="Cem")
    told, where = restored(room, copy)
    first, second = entry(where, ann), entry(where, bo)
    assert first is not None
    assert second is not None
    assert first.person.standing is Standing.SUSPENDED
    assert [held.role for held in first.person.held] == [Role.TECHNICIAN]
    assert {*second.person.held} == {narrow, Held(Role.AUDITOR, TENANT)}
    assert second.person.trained_until == NOW - 1
    assert told == Restored(2, {"suspended": 1, "role-taken": 1}, 1)


def test_who_was_resumed_takes_part(room: AccessRoom) -> None:
    """The ledger's last word on somebody's standing counts."""
    ann, _ = room.invite(Role.AUDITOR)
    copy = copied(room)
    room.people.suspend(ROOT, ann, NOW)
    room.people.resume(ROOT, ann, NOW)
    _, where = restored(room, copy)
    found = entry(where, ann)
    assert found is not None
    assert found.person.standing is Standing.ACTIVE


def test_a_copy_is_refused_where_it_could_do_harm(
    room: AccessRoom, tmp_path: Path
) -> None:
    """Over a register, over a file, or where the ledger has no words any more."""
    ann, _ = room.invite(Role.AUDITOR)
    copy = copied(room)
    with pytest.raises(StateError, match="is there already"):
        copied(room)
    with pytest.raises(UsageError, match="stop `serve` and move"):
        backing.restore(copy, room.path, ())
    room.people.suspend(ROOT, ann, NOW)
    *_, last = room.ledger.entries()
    erased = type(last)(last.index, last.time, last.act, None, last.digest)
    with pytest.raises(UsageError, match="does not say any more"):
        backing.restore(copy, tmp_path / "new" / "people.sqlite", [erased])
    for wrong in (room.path, tmp_path / "nothing"):
        with pytest.raises(UsageError, match="no copy that"):
            backing.copied_at(wrong)
