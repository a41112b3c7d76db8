# SPDX-License-Identifier: Apache-2.0
"""A keeper that is killed while it exports a transfer leaves whole releases or none.

Rules: strace delivers SIGKILL as a call is entered that makes something durable; each
such call has its turn, on a copy of the installation; then a keeper starts as ever.
Not here: an orderly export (`test_transferring_exports.py`).
"""

import copy
import dataclasses
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from keeper_fixture import copied
from reader_fixture import table
from transfer_room import TransferRoom

from server.keeper.rounds import releases as round_of_releases
from server.keyring import KeyKind
from server.ledger import SqliteLedger
from server.register import releases
from tests.kills.struck import await_watcher, killed_at
from wire.papers.matter import Matter
from wire.purposes import Purpose

CALLS = ("fdatasync", "fsync", "rename")
SAID = Counter(
    {"Desk": 2, "Shed": 2, "again": 1, "signed in": 2, "printed": 2, "root": 1}
)


@dataclass(frozen=True)
class Due:
    """An installation with a transfer that people approved; no file of it is open."""

    room: TransferRoom
    matter: Matter

    def copy(self, folder: Path) -> "Due":
        """Return a copy of the installation."""
        room = copy.copy(self.room)
        layout = copied(self.room.site.layout, folder)
        room.site = dataclasses.replace(self.room.site, layout=layout)
        return Due(room, self.matter)

    def export(self, *, watched: bool = False) -> None:
        """Start a keeper, sweep as it does, and export."""
        with self.room.keeper() as desk:
            if watched:
                await_watcher()
            round_of_releases.turn(desk, self.room.machine.system)
            self.room.export(desk, self.matter)


def killed(due: Due, call: str, number: int) -> bool:
    """Let a keeper be killed at a call's turn; false where it is not reached."""
    return killed_at(lambda: due.export(watched=True), call, number)


def assert_only_whole(due: Due) -> None:
    """Require that what a start leaves is in the register, with its key, and whole."""
    with due.room.keeper() as desk:
        round_of_releases.turn(desk, due.room.machine.system)
        with desk.register.view() as connection:
            made = {one.id for one in releases.every(connection)}
        places = {path.name for path in desk.layout.releases.glob("*")}
        assert places == {number.hex() for number in made}
        names = desk.keyring.cases.names(desk.tenant, KeyKind.RELEASE)
        assert {*names.values()} == made
        for head in due.room.heads(desk):
            due.room.opened(desk, head)


def assert_all_is_there(due: Due) -> None:
    """Require that the acquirer gets every row once, and that the ledger is whole."""
    with due.room.keeper() as desk:
        found = Counter(
            str(row.get("message") or row.get("user.name"))
            for head in due.room.heads(desk)
            for rows in due.room.opened(desk, head).values()
            for row in rows
        )
    assert found == SAID
    ledger = SqliteLedger(due.room.site.layout.ledger)
    ledger.verify()
    ledger.close()


@pytest.fixture
def due(tmp_path: Path) -> Due:
    """Install a collector with a transfer of two purposes to export."""
    room = TransferRoom(tmp_path / "made")
    room.people_speak()
    login = [{"user.name": "root", "type": "user"}]
    part = table("logins", login, Purpose.SECURITY)
    room.site.say(room.site.enrol("Door"), [part], Purpose.SECURITY)
    with room.keeper() as desk:
        room.told(desk)
        matter = room.decided(desk)
    room.close()
    return Due(room, matter)


@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace kills")
@pytest.mark.parametrize("call", CALLS)
def test_the_next_export_makes_what_is_missing(
    due: Due, tmp_path: Path, call: str
) -> None:
    """Whenever it is killed, no half release counts, and one export more is all."""
    number = 1
    while killed(trial := due.copy(tmp_path / f"{number}"), call, number):
        assert_only_whole(trial)
        trial.export()
        assert_all_is_there(trial)
        shutil.rmtree(trial.room.site.layout.directory.parent)
        number += 1
    assert number > 1
    assert_all_is_there(trial)
