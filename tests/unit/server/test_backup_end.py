# SPDX-License-Identifier: Apache-2.0
"""The end of a keyring's backup: two people say it, and then certificates are final.

Rules: the desk is the keeper's own; people sign with real keys.
Not here: cases (`test_casework.py`), backups (`test_keyring_backups.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from keeper_fixture import Room
from people_fixture import said, write_people

from server.__main__ import main
from server.errors import DeniedError, UsageError
from server.keeper import casework
from server.keeper.desk import Desk
from server.register.cases import State
from tests.vectors import world
from wire.papers.decision import Act, Role
from wire.papers.matter import MATTER, Matter, MatterKind, Term

pytestmark = pytest.mark.slow
DAY = 86_400
ROLES = {
    "amelie": frozenset({Role.OPERATOR, Role.PRIVACY_OFFICER}),
    "bo": frozenset({Role.PRIVACY_OFFICER}),
}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Make an installation with people."""
    made = Room(tmp_path)
    write_people(made.site.layout, ROLES)
    yield made
    made.site.store.close()
    made.site.keyring.close()


@pytest.fixture
def desk(room: Room) -> Iterator[Desk]:
    """Return the keeper's desk."""
    with room.keeper() as opened:
        yield opened


def matter(desk: Desk, name: str, backup: bytes) -> Matter:
    """Return that a backup is gone."""
    return Matter(
        *(desk.tenant, world.octets(name, 16), MatterKind.BACKUP_END),
        *(world.octets("salt", 16), None, (Term("backup", backup.hex()),)),
    )


def ask(room: Room, desk: Desk, wanted: Matter) -> dict[str, int]:
    """Let Amelie ask."""
    now = room.machine.system
    signed = said(wanted, "amelie", Act.ASK, Role.OPERATOR, now)
    return casework.ask(desk, MATTER.encode(wanted), signed, now)


def approve(room: Room, desk: Desk, wanted: Matter, name: str) -> State:
    """Let somebody approve as privacy officer."""
    now = room.machine.system
    signed = said(wanted, name, Act.APPROVE, Role.PRIVACY_OFFICER, now)
    return casework.decide(desk, wanted.case, signed, now)


def test_two_people_end_a_backup(room: Room, desk: Desk) -> None:
    """A backup counts until somebody else than who asked approves, and no longer."""
    now = room.machine.system
    made = desk.keyring.copies.register(now + 30 * DAY, now)
    (dead,) = desk.keyring.destroy([room.live().key_id], "contract", now + 1)
    wanted = matter(desk, "one", made.id)
    assert ask(room, desk, wanted) == {"waiting": 1}
    with pytest.raises(DeniedError):
        approve(room, desk, wanted, "amelie")
    assert desk.keyring.could_open(dead) == [made]
    assert approve(room, desk, wanted, "bo") is State.DONE
    assert desk.keyring.could_open(dead) == []
    (line,) = [one for one in room.site.acts() if one.act == "backup-ended"]
    assert (line.body or {})["backup"] == made.id
    with pytest.raises(UsageError, match="counts no more"):
        ask(room, desk, matter(desk, "two", made.id))


def test_a_backup_that_never_was(room: Room, desk: Desk) -> None:
    """Nobody ends a backup that is not registered."""
    with pytest.raises(UsageError, match="there is no such backup"):
        ask(room, desk, matter(desk, "one", bytes(16)))


def test_one_alone_does_not(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    """Where people are named, the command of one person is refused."""
    made = room.site.keyring.copies.register(room.machine.system + DAY, 1)
    layout = room.site.layout
    command = ["keyring", "forget-backup", made.id.hex()[:8]]
    assert main(["--directory", str(layout.directory), *command]) == 2
    assert "ask with keyring end-backup" in capsys.readouterr().err
    assert room.site.keyring.copies.every() == [made]
