# SPDX-License-Identifier: Apache-2.0
"""A name with addresses of both families is reached over the one that works.

Rules: real sockets of this machine; a listener whose queue is full swallows a
connection as a black hole does.
Not here: TLS over the connection (`test_transport.py`).
"""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from agent import budget
from agent.delivery.connect import Target, in_turns, open_connection, race

LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
HOLES = 3
"""Connections that fill the shortest queue of a listener, and one more."""
both = pytest.mark.skipif(
    not socket.has_dualstack_ipv6(), reason="this machine has no IPv6"
)


@contextmanager
def listener(family: socket.AddressFamily) -> Iterator[Target]:
    """Listen at the loopback address of a family."""
    with socket.create_server((LOOPBACK[family], 0), family=family) as server:
        yield Target(family, server.getsockname())


@contextmanager
def black_hole(family: socket.AddressFamily) -> Iterator[Target]:
    """Listen, and let the queue be full: who comes next hears nothing."""
    with ExitStack() as stack:
        address = (LOOPBACK[family], 0)
        server = socket.create_server(address, family=family, backlog=0)
        stack.enter_context(server)
        for _ in range(HOLES):
            filler = stack.enter_context(socket.socket(family))
            filler.settimeout(0)
            filler.connect_ex(server.getsockname())
        yield Target(family, server.getsockname())


def closed(family: socket.AddressFamily) -> Target:
    """Return an address where nothing listens."""
    with listener(family) as target:
        return target


def reached(*targets: Target, seconds: float = 5.0) -> object:
    """Return the address that a race ends at."""
    with race(targets, seconds) as connection:
        return connection.getpeername()


def test_families_take_turns() -> None:
    """The resolver's order stays within a family, and its first goes first."""
    six = [Target(socket.AF_INET6, (name, 1)) for name in ("a", "b", "c")]
    four = [Target(socket.AF_INET, (name, 1)) for name in ("d", "e")]
    assert in_turns([*six, *four]) == [six[0], four[0], six[1], four[1], six[2]]
    assert in_turns([*four, *six]) == [four[0], six[0], four[1], six[1], six[2]]
    assert in_turns([]) == []


@both
@pytest.mark.parametrize(
    ("dead", "alive"),
    [(socket.AF_INET6, socket.AF_INET), (socket.AF_INET, socket.AF_INET6)],
)
def test_a_family_that_leads_nowhere_is_passed_by(
    dead: socket.AddressFamily, alive: socket.AddressFamily
) -> None:
    """With the first address in a black hole the second one is reached in time.

    One after the other would spend the whole patience at the first.
    """
    with black_hole(dead) as hole, listener(alive) as target:
        assert reached(hole, target) == target.where


@both
def test_a_closed_port_is_passed_by() -> None:
    """An address that refuses hands over at once, also to the last of several."""
    with listener(socket.AF_INET) as target:
        refusing = [closed(socket.AF_INET6) for _ in range(3)]
        assert reached(*refusing, target) == target.where


@both
def test_the_slow_one_may_still_win() -> None:
    """An address that was begun first stays in the race after others have failed."""
    with listener(socket.AF_INET) as target:
        assert reached(target, closed(socket.AF_INET6)) == target.where
    with black_hole(socket.AF_INET6) as hole, listener(socket.AF_INET) as target:
        assert reached(hole, closed(socket.AF_INET), target) == target.where


@both
@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.4])
def test_silence_is_told_as_silence(seconds: float) -> None:
    """Where nothing answers, it ends at the deadline with the word for silence."""
    with (
        black_hole(socket.AF_INET6) as first,
        black_hole(socket.AF_INET) as second,
        pytest.raises(TimeoutError),
    ):
        race([first, second], seconds)


def test_a_refusal_is_told_before_silence() -> None:
    """Of a refusal and a silence the refusal is told: there it was reached."""
    with (
        black_hole(socket.AF_INET) as hole,
        pytest.raises(ConnectionRefusedError),
    ):
        race([hole, closed(socket.AF_INET)], 0.5)


def test_no_address_is_an_error() -> None:
    """A name without any address is an error like any other."""
    with pytest.raises(OSError, match=r"^$"):
        race([])


def test_a_connection_waits_for_its_answers() -> None:
    """What is handed out blocks, as who reads from it expects."""
    with (
        listener(socket.AF_INET) as target,
        open_connection("127.0.0.1", int(str(target.where[1]))) as connection,
    ):
        assert connection.getblocking()


def test_the_losers_are_closed() -> None:
    """What lost the race leaves no descriptor behind."""
    with black_hole(socket.AF_INET) as hole, listener(socket.AF_INET) as target:
        numbers = []
        for _ in range(2):
            with race([hole, target], 5.0) as connection:
                numbers.append(connection.fileno())
    assert numbers[0] == numbers[1]


def test_a_name_of_many_addresses_is_bounded() -> None:
    """The race is over before the patience is: all are begun within it."""
    begun = budget.CONNECT_ADDRESSES * budget.CONNECT_STAGGER_SECONDS
    assert begun < budget.CONNECT_SECONDS / 2
