# SPDX-License-Identifier: Apache-2.0
"""The ledger at a real rsyslog, as the keeper sends it: in order, and none lost.

Rules: the keeper's own round over TLS; rsyslog is the one of this system.
Not here: what a line says (`tests/unit/server/test_ledger_export.py`), hostile texts
(`test_syslog.py`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from keeper_fixture import Machine
from reader_fixture import Site, make_site
from rsyslog_fixture import MISSING, Receiver, rsyslog

from server.errors import TrustError, UnreachableError, UsageError
from server.keeper.bounds import SIEM_LINES
from server.keeper.desk import Desk
from server.keeper.process import opened
from server.keeper.rounds import siem as siem_round
from server.register import siem

pytestmark = pytest.mark.slow


@dataclass
class Room:
    """A collector, and a receiver that it is to send its ledger to."""

    site: Site
    receiver: Receiver

    def name(self, port: int) -> None:
        """Have config.toml name the receiver at a port."""
        path = self.site.layout.configuration
        before = path.read_text().partition("\n[siem]")[0]
        path.write_text(
            f'{before}\n[siem]\naddress = "127.0.0.1:{port}"\n'
            f'authority = "{self.receiver.authority}"\n'
        )

    def numbers(self, count: int) -> list[int]:
        """Return the numbers that arrived, in order, once there are so many."""
        return [
            json.loads(one["message"])["number"] for one in self.receiver.seen(count)
        ]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Install a collector and run rsyslog."""
    if MISSING:
        pytest.skip("needs rsyslog and rsyslog-openssl")
    site = make_site(tmp_path / "collector")
    (tmp_path / "rsyslog").mkdir()
    with rsyslog(tmp_path / "rsyslog") as receiver:
        made = Room(site, receiver)
        made.name(receiver.port)
        yield made
    site.store.close()
    site.keyring.close()


def acts(desk: Desk, count: int) -> int:
    """Have so many things done; returns the number of the last entry."""
    for _ in range(count):
        number = desk.ledger.add("store-lost", {"holes": 1}, 7).index
    return number


def test_each_entry_arrives_once_and_in_order(room: Room) -> None:
    """From the first one on, with its digest; the ledger names the receiver before."""
    with opened(room.site.layout, Machine(room.site.now).sources) as desk:
        siem_round.turn(desk, room.site.now)
        first = desk.ledger.head().index
        last = acts(desk, 3)
        siem_round.turn(desk, room.site.now)
        siem_round.turn(desk, room.site.now)
        assert room.numbers(last) == list(range(1, last + 1))
        seen = room.receiver.seen(last)
        digests = [entry.digest.hex() for entry in desk.ledger.entries()]
        assert [json.loads(one["message"])["digest"] for one in seen] == digests
        named = [one.body for one in desk.ledger.entries() if one.act == "siem-named"]
        assert (first, named) == (
            *(last - 3, [{"to": f"127.0.0.1:{room.receiver.port}"}]),
        )
    assert {one["host"] for one in seen} == {room.site.tenant.hex()}
    assert [one["kind"] for one in seen[-3:]] == ["store-lost"] * 3


def _took(desk: Desk, now: int) -> bool:
    """Take a turn; rsyslog may break off the connection behind one that it refused."""
    try:
        siem_round.turn(desk, now)
    except UnreachableError:
        return False
    return True


def test_what_was_not_taken_is_sent_again(room: Room) -> None:
    """While the receiver proves no name nothing goes, and then all that is missing."""
    with opened(room.site.layout, Machine(room.site.now).sources) as desk:
        siem_round.turn(desk, room.site.now)
        acts(desk, 2)
        right = room.receiver.authority.read_bytes()
        other = room.receiver.folder / "server.pem"
        room.receiver.authority.write_bytes(other.read_bytes())
        with pytest.raises(TrustError, match="not to be trusted"):
            siem_round.turn(desk, room.site.now)
        last = acts(desk, 2)
        room.receiver.authority.write_bytes(right)
        took = any(_took(desk, room.site.now) for _ in range(20))
        assert took
        assert room.numbers(last) == list(range(1, last + 1))


def test_a_keeper_that_was_killed_sends_again(room: Room) -> None:
    """What it sent and could not note comes twice, and can be told by its number."""
    with opened(room.site.layout, Machine(room.site.now).sources) as desk:
        last = acts(desk, 2)
        siem_round.turn(desk, room.site.now)
        address = f"127.0.0.1:{room.receiver.port}"
        with desk.register.transaction() as connection:
            siem.note(connection, address, last - 1)
        siem_round.turn(desk, room.site.now)
        end = desk.ledger.head().index
        numbers = room.numbers(end + 2)
        assert numbers == [*range(1, end + 1), *range(last, end + 1)]


def test_a_turn_is_bounded(room: Room) -> None:
    """A long ledger goes in several turns, and none of it is left out."""
    with opened(room.site.layout, Machine(room.site.now).sources) as desk:
        last = acts(desk, SIEM_LINES)
        siem_round.turn(desk, room.site.now)
        assert len(room.numbers(SIEM_LINES)) == SIEM_LINES
        siem_round.turn(desk, room.site.now)
        end = desk.ledger.head().index
        assert end > last
        assert room.numbers(end) == list(range(1, end + 1))


def test_another_receiver_gets_all_of_it(room: Room) -> None:
    """A new address begins at the first entry; one that is not there is told."""
    with opened(room.site.layout, Machine(room.site.now).sources) as desk:
        room.name(1)
        with pytest.raises(UnreachableError, match="cannot send to"):
            siem_round.turn(desk, room.site.now)
        room.name(room.receiver.port)
        siem_round.turn(desk, room.site.now)
        end = desk.ledger.head().index
        assert room.numbers(end) == list(range(1, end + 1))
        tos = [one.body for one in desk.ledger.entries() if one.act == "siem-named"]
        assert len(tos) == 2


@pytest.mark.parametrize(
    "line",
    [
        "address = 6514",
        'address = ""',
        'authority = "/x"',
        'address = "siem"\ncolour = "red"',
        'address = "siem"\nauthority = "relative.pem"',
    ],
)
def test_what_the_table_may_not_say(room: Room, line: str) -> None:
    """A typing error is told when the file is read, and sends nothing anywhere."""
    path = room.site.layout.configuration
    path.write_text(f"{path.read_text().partition('[siem]')[0]}[siem]\n{line}\n")
    with (
        pytest.raises(UsageError, match="has an unknown key"),
        opened(room.site.layout, Machine(room.site.now).sources),
    ):
        pass
