# SPDX-License-Identifier: Apache-2.0
"""What devices and tenants may hold of the gate, each against literal numbers.

Rules: the time is passed in.
Not here: random histories (`tests/property/test_fair_shares.py`), the requests
themselves (`test_gate_app.py`).
"""

from collections.abc import Callable

import pytest

from server.gate.shares import Bounds, Shares
from server.problems import Problem, Refusal

T, U = b"t" * 16, b"u" * 16
SMALL = Bounds(
    requests=8,
    octets=100,
    device_requests=2,
    device_octets=60,
    saved=4,
    rate=1,
    octets_saved=100,
    octets_rate=10,
    tenant_seconds=60,
)


def device(number: int) -> bytes:
    """Return one of many devices' identity."""
    return number.to_bytes(16, "big")


def problem(ask: Callable[[], object]) -> Problem | None:
    """Return why something is refused, or None."""
    try:
        ask()
    except Refusal as refusal:
        return refusal.problem
    return None


def test_a_lone_tenant_gets_all_that_is_free() -> None:
    """With nobody beside it a tenant's devices fill the gate, and then it is full."""
    shares = Shares(SMALL)
    for number in range(8):
        shares.enter(T, device(number), 0)
    assert problem(lambda: shares.enter(T, device(9), 0)) is Problem.OVERLOADED


def test_beside_another_a_tenant_gets_half() -> None:
    """Of two tenants neither gets more than half, whoever asks first."""
    shares = Shares(SMALL)
    shares.enter(U, device(99), 0)
    for number in range(4):
        shares.enter(T, device(number), 0)
    assert problem(lambda: shares.enter(T, device(5), 0)) is Problem.OVERLOADED
    for number in range(3):
        shares.enter(U, device(number), 0)
    assert problem(lambda: shares.enter(U, device(5), 0)) is Problem.OVERLOADED


def test_who_was_refused_is_waited_for() -> None:
    """Once another tenant has asked, the one that holds all gets no more of it."""
    shares = Shares(SMALL)
    stays = [shares.enter(T, device(number), 0) for number in range(8)]
    assert problem(lambda: shares.enter(U, device(1), 0)) is Problem.OVERLOADED
    with stays[0]:
        pass
    assert problem(lambda: shares.enter(T, device(9), 1)) is Problem.OVERLOADED
    assert problem(lambda: shares.enter(U, device(1), 1)) is None


def test_a_tenant_that_is_quiet_is_not_waited_for() -> None:
    """A minute after the other was heard a tenant has the gate to itself again."""
    shares = Shares(SMALL)
    with shares.enter(U, device(1), 0):
        pass
    for number in range(5):
        shares.enter(T, device(number), 60.5)
    assert len(shares) == 5


def test_a_device_has_two_requests_at_once() -> None:
    """A third request is over its quota until one of the two has ended."""
    shares = Shares(SMALL)
    first = shares.enter(T, device(1), 0)
    shares.enter(T, device(1), 0)
    assert problem(lambda: shares.enter(T, device(1), 0)) is Problem.OVER_QUOTA
    with first:
        pass
    assert problem(lambda: shares.enter(T, device(1), 0)) is None


def test_a_device_asks_as_often_as_its_pace_allows() -> None:
    """Four requests at once, then one a second; what it does not use is not hoarded."""
    shares = Shares(SMALL)

    def one(now: float) -> Problem | None:
        return problem(lambda: shares.enter(T, device(1), now).__exit__())

    assert [one(0) for _ in range(5)] == [None] * 4 + [Problem.OVER_QUOTA]
    assert [one(1), one(1)] == [None, Problem.OVER_QUOTA]
    assert [one(1_000) for _ in range(5)] == [None] * 4 + [Problem.OVER_QUOTA]


def test_a_device_sends_as_fast_as_its_pace_allows() -> None:
    """The last shipment may overdraw what was saved; the debt is waited for."""
    shares = Shares(SMALL)
    for octets in (60, 60):  # 100 were saved
        with shares.enter(T, device(1), 0) as stay:
            stay.reach(octets)
    assert problem(lambda: shares.enter(T, device(1), 2)) is Problem.OVER_QUOTA
    assert problem(lambda: shares.enter(T, device(1), 2.5)) is None


def test_a_device_holds_its_part_of_the_bytes() -> None:
    """Bytes of one device's requests count together, and come back with each."""
    shares = Shares(SMALL)
    first, second = shares.enter(T, device(1), 0), shares.enter(T, device(1), 0)
    first.reach(40)
    assert problem(lambda: second.reach(21)) is Problem.OVER_QUOTA
    second.reach(20)
    with first:
        pass
    second.reach(60)
    assert shares.octets == 60


def test_bytes_of_all_are_bounded_and_halved() -> None:
    """A lone tenant may hold all bytes, two at most half each."""
    shares = Shares(SMALL)
    shares.enter(T, device(1), 0).reach(60)
    stay = shares.enter(T, device(2), 0)
    assert problem(lambda: stay.reach(41)) is Problem.OVERLOADED
    stay.reach(40)
    other = Shares(SMALL)
    other.enter(U, device(1), 0)
    mine = other.enter(T, device(1), 0)
    assert problem(lambda: mine.reach(51)) is Problem.OVERLOADED
    mine.reach(50)


def test_reaching_twice_is_counted_once() -> None:
    """A request that said how long it is does not pay again while it arrives."""
    shares = Shares(SMALL)
    stay = shares.enter(T, device(1), 0)
    for octets in (50, 10, 50):
        stay.reach(octets)
    assert shares.octets == 50


def test_what_was_refused_is_not_held() -> None:
    """A refusal changes nothing: the same device is heard as before."""
    shares = Shares(SMALL)
    with shares.enter(T, device(1), 0) as stay:
        with pytest.raises(Refusal):
            stay.reach(61)
        assert shares.octets == 0
        stay.reach(60)
    assert (len(shares), shares.octets) == (0, 0)


def test_quiet_devices_are_forgotten() -> None:
    """However many devices speak, only those are remembered that owe something."""
    shares = Shares(SMALL)
    for number in range(10_000):
        with shares.enter(T, device(number), number):
            pass
    assert shares.remembered < 50
