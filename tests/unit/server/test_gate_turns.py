# SPDX-License-Identifier: Apache-2.0
"""Turns of tenants and devices, and how often an address may act, in literal cases.

Rules: the time is passed in.
Not here: connections (`test_gate_door.py`), random histories
(`tests/property/test_fair_shares.py`).
"""

from server.gate.door import address_of
from server.gate.pace import Pace
from server.gate.turns import Key, Turns

A, B, C = (b"t", b"a"), (b"t", b"b"), (b"u", b"c")


def most(count: int) -> "Most":
    """Return room for so many items."""
    return Most(count)


class Most:
    """Room for so many items."""

    def __init__(self, count: int) -> None:
        self._left = count

    def __call__(self, _: Key, __: str) -> bool:
        """Tell whether there is room."""
        self._left -= 1
        return self._left >= 0


def test_tenants_take_turns_and_then_their_devices() -> None:
    """One tenant's two devices together get as many turns as the other's one."""
    turns: Turns[str] = Turns()
    for number in range(4):
        for name, key in (("a", A), ("b", B), ("c", C)):
            turns.add(key, f"{name}{number}")
    assert turns.take(most(8)) == ["a0", "c0", "b0", "c1", "a1", "c2", "b1", "c3"]
    assert turns.take(most(9)) == ["a2", "b2", "a3", "b3"]
    assert len(turns) == 0


def test_one_late_item_waits_for_one_turn() -> None:
    """Behind a hundred items of another device, one of mine is the second."""
    turns: Turns[str] = Turns()
    for number in range(100):
        turns.add(A, f"a{number}")
    turns.add(B, "mine")
    assert turns.take(most(2)) == ["a0", "mine"]


def test_what_does_not_fit_keeps_its_turn() -> None:
    """A device whose item is too large for this batch stands first in the next."""
    turns: Turns[str] = Turns()
    turns.add(A, "large")
    turns.add(B, "small")
    assert turns.take(lambda _, item: item == "small") == ["small"]
    turns.add(B, "later")
    assert turns.take(most(9)) == ["large", "later"]


def test_a_burst_is_free_and_then_it_is_paced() -> None:
    """Three acts at once are not put off; the next ones come half a second apart."""
    pace = Pace(2.0, 3)
    assert [pace.delay(b"k", 10.0) for _ in range(5)] == [0, 0, 0, 0.5, 1.0]
    assert pace.delay(b"other", 10.0) == 0
    assert pace.delay(b"k", 20.0) == 0


def test_the_quiet_are_forgotten() -> None:
    """Of a thousand keys that each acted once, only the last are remembered."""
    pace = Pace(2.0, 3)
    for number in range(1_000):
        pace.delay(number.to_bytes(4, "big"), float(number))
    assert len(pace) == 1


def test_addresses_are_counted_as_networks_give_them_out() -> None:
    """IPv4 counts whole, also where it comes mapped; of IPv6 the network counts."""
    assert address_of("192.0.2.7") == bytes([192, 0, 2, 7])
    assert address_of("::ffff:192.0.2.7") == bytes([192, 0, 2, 7])
    assert address_of("2001:db8:1:2::7") == address_of("2001:db8:1:2:ffff::9")
    assert address_of("2001:db8:1:2::7") != address_of("2001:db8:1:3::7")
    assert address_of("fe80::1%eth0") == address_of("fe80::2")
    assert address_of("") == b""
