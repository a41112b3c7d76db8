# SPDX-License-Identifier: Apache-2.0
"""Who is let in, who is put out for them, and to whom a connection counts.

Rules: the time is passed in; who is put out says so in a list.
Not here: sockets (`test_gate_arrivals.py`), what an admission is
(`test_gate_admissions.py`).
"""

from collections.abc import Callable

import pytest

from server.gate.admissions import Admissions
from server.gate.door import Door, Guest
from server.gate.pace import Pace

A, B = (b"t", b"a"), (b"t", b"b")
HERE, THERE = b"here", b"there"


class Hall:
    """A door, and who had to go, by the names that they came with."""

    def __init__(
        self, connections: int = 9, of_one: int = 4, pace: Pace | None = None
    ) -> None:
        self.admissions = Admissions()
        pace = Pace(1.0, 99) if pace is None else pace
        self.door = Door(connections, of_one, pace, self.admissions, of_device=2)
        self.out: list[str] = []

    def named(self, name: str, guest: Guest | None) -> Guest:
        """Return a guest that is in, and tell of its being put out."""
        assert guest is not None
        guest.put_out = lambda: self.out.append(name)
        return guest

    def stranger(self, name: str, address: bytes = HERE) -> Guest:
        """Let a stranger in."""
        return self.named(name, self.door.enter(address, 0.0))

    def welcome(self, name: str, key: tuple[bytes, bytes] = A) -> Guest:
        """Let a device in that is known."""
        return self.named(name, self.door.welcome(HERE, 0.0, key))


def test_of_a_crowd_the_oldest_goes() -> None:
    """One more stranger than an address may have takes the place of the first."""
    hall = Hall(of_one=3)
    for name in "abcde":
        hall.stranger(name)
    assert hall.out == ["a", "b"]
    assert hall.door.open == 3


def test_a_crowd_is_of_one_address() -> None:
    """Nobody elsewhere goes for a crowd, nor for whoever comes after them."""
    hall = Hall(of_one=2)
    hall.stranger("other", THERE)
    for name in "abc":
        hall.stranger(name)
    assert hall.out == ["a"]


def test_strangers_fill_the_house_and_no_more() -> None:
    """Over all that there may be nobody comes in, and who leaves makes room."""
    hall = Hall(connections=2)
    first = hall.stranger("a")
    hall.stranger("b", THERE)
    assert hall.door.enter(b"third", 0.0) is None
    first.leave()
    first.leave()
    assert hall.door.open == 1
    hall.stranger("c", b"third")
    assert hall.out == []


def test_who_waits_is_not_put_out() -> None:
    """Over its pace a stranger waits; beyond half of the places nobody waits along."""
    hall = Hall(of_one=4, pace=Pace(1.0, 1))
    guests = [hall.stranger(name) for name in "abc"]
    assert [guest.delay for guest in guests] == [0.0, 1.0, 2.0]
    assert hall.door.enter(HERE, 0.0) is None
    assert hall.stranger("other", THERE).delay == 0.0
    assert hall.out == []


def test_who_waited_counts_among_those_inside() -> None:
    """Once its handshake begins another may wait, and it may be the oldest in turn."""
    hall = Hall(of_one=2, pace=Pace(1.0, 1))
    hall.stranger("a")
    late = hall.stranger("b")
    assert hall.door.enter(HERE, 0.0) is None
    late.begin()
    hall.stranger("c").begin()
    hall.stranger("d")
    assert hall.out == ["a", "b"]


def test_who_was_turned_away_costs_its_address_nothing() -> None:
    """Of a flood that finds no place the next one in waits no longer."""
    hall = Hall(of_one=2, pace=Pace(1.0, 1))
    hall.stranger("a")
    waiting = hall.stranger("b")
    for _ in range(50):
        assert hall.door.enter(HERE, 0.0) is None
    waiting.begin()
    assert hall.stranger("c").delay == 2.0


def test_a_signature_takes_a_connection_from_its_address() -> None:
    """What a device has signed on is no stranger's, so an address may have as many."""
    hall = Hall(of_one=2)
    for number in range(6):
        hall.stranger(str(number)).heard((b"t", bytes([number])))
    hall.stranger("a")
    hall.stranger("b")
    assert hall.out == []
    assert hall.door.open == 8


def test_a_device_has_few_and_its_own_oldest_goes() -> None:
    """A device that opens many puts out its own, and never a neighbour's."""
    hall = Hall()
    hall.stranger("neighbour").heard(B)
    for name in "abc":
        hall.stranger(name).heard(A)
        hall.welcome(name.upper())
    assert hall.out == ["a", "A", "b", "B"]
    assert hall.door.open == 3


def test_one_connection_counts_once() -> None:
    """Whoever signs again, or signs for another one later, holds one place."""
    hall = Hall()
    guest = hall.stranger("a")
    for key in (A, A, B, A):
        guest.heard(key)
    assert (guest.key, hall.door.open) == (A, 1)
    guest.leave()
    guest.heard(B)
    for name in "bcd":
        hall.stranger(name).heard(B)
    assert (hall.out, hall.door.open) == (["b"], 2)


def test_who_is_known_comes_past_a_crowd() -> None:
    """Where strangers would wait or find no place, a device is in at once."""
    hall = Hall(of_one=2, pace=Pace(1.0, 1))
    assert not hall.door.presses(HERE, 0.0)
    hall.stranger("a")
    hall.stranger("b")
    assert hall.door.presses(HERE, 0.0)
    assert not hall.door.presses(THERE, 0.0)
    assert hall.door.enter(HERE, 0.0) is None
    assert hall.welcome("device").delay == 0.0
    assert hall.out == []


def test_a_full_house_makes_room_for_who_is_known() -> None:
    """The oldest of the largest crowd goes; where nobody is a stranger, nobody does."""
    hall = Hall(connections=3)
    hall.stranger("only", THERE)
    hall.stranger("a")
    hall.stranger("b")
    assert hall.door.presses(b"elsewhere", 0.0)
    hall.welcome("device")
    assert hall.out == ["a"]
    full = Hall(connections=2)
    full.stranger("a").heard(A)
    full.stranger("b").heard(B)
    assert full.door.welcome(HERE, 0.0, (b"t", b"c")) is None
    assert full.out == []


def test_a_device_that_hurries_waits_for_itself() -> None:
    """One that comes again and again waits, and another from its address does not."""
    hall = Hall()
    delays = [hall.welcome(str(number)).delay for number in range(40)]
    assert delays[0] == 0.0 < delays[-1]
    assert delays == sorted(delays)
    assert hall.welcome("other", B).delay == 0.0


def ticket_of(number: int) -> Callable[[], bytes | None]:
    """Return what brings a connection a ticket."""
    return lambda: bytes([number]) * 32


@pytest.mark.parametrize("enter", [Hall.stranger, Hall.welcome])
def test_a_signature_makes_the_next_one_known(
    enter: Callable[[Hall, str], Guest],
) -> None:
    """Nobody has one before they sign; the ticket of that connection is theirs."""
    hall = Hall()
    guest = enter(hall, "a")
    guest.ticket = ticket_of(7)
    assert hall.admissions.take(b"\x07" * 32) is None
    guest.heard(A)
    assert hall.admissions.take(b"\x07" * 32) == A
