# SPDX-License-Identifier: Apache-2.0
"""The replay window's promises.

Rules: the time is passed in.
Not here: which messages reach it (`test_gate_protocol.py`).
"""

import tracemalloc

from server.gate.bounds import NONCE_SECONDS
from server.gate.nonces import Nonces
from server.problems import Problem, Refusal

ONE, TWO = b"1" * 16, b"2" * 16


def problem(nonces: Nonces, device: bytes, nonce: bytes, now: int) -> Problem | None:
    """Return why a nonce is refused, or None."""
    try:
        nonces.take(device, nonce, now)
    except Refusal as refusal:
        return refusal.problem
    return None


def test_a_nonce_is_taken_once_within_the_window() -> None:
    """The same nonce is a replay until the window has passed, and forgotten then."""
    nonces = Nonces()
    assert problem(nonces, ONE, b"n" * 16, 0) is None
    assert problem(nonces, ONE, b"n" * 16, NONCE_SECONDS) is Problem.REPLAY
    assert problem(nonces, ONE, b"n" * 16, NONCE_SECONDS + 1) is None


def test_asking_for_a_nonce_remembers_none() -> None:
    """Whether one is held is told of its device alone, and nothing is held for it."""
    nonces = Nonces()
    assert not nonces.has(ONE, b"n" * 16)
    assert problem(nonces, ONE, b"m" * 16, 0) is None
    assert problem(nonces, ONE, b"n" * 16, 0) is None
    assert [nonces.has(one, b"n" * 16) for one in (ONE, TWO)] == [True, False]
    assert len(nonces) == 2


def test_devices_have_nonces_of_their_own() -> None:
    """Another device may draw the same nonce."""
    nonces = Nonces()
    assert problem(nonces, ONE, b"n" * 16, 0) is None
    assert problem(nonces, TWO, b"n" * 16, 0) is None


def test_a_clock_that_steps_back_forgets_nothing() -> None:
    """Setting the server's clock back and forth opens no gap in the window."""
    nonces = Nonces()
    nonces.take(ONE, b"a" * 16, 1_000)
    nonces.take(ONE, b"b" * 16, 0)
    assert problem(nonces, ONE, b"b" * 16, 1_000 + NONCE_SECONDS) is Problem.REPLAY


def test_a_clock_that_was_far_ahead_leaves_no_full_window() -> None:
    """Once it is set right, what is held is held for one window, and then goes."""
    nonces = Nonces(capacity=2, share=2)
    nonces.take(ONE, b"a" * 16, 10**9)
    nonces.take(ONE, b"b" * 16, 10**9)
    assert problem(nonces, ONE, b"a" * 16, 0) is Problem.REPLAY
    assert problem(nonces, ONE, b"c" * 16, NONCE_SECONDS) is Problem.OVERLOADED
    assert problem(nonces, ONE, b"c" * 16, NONCE_SECONDS + 1) is None


def test_it_is_full_rather_than_forgetful() -> None:
    """Without room the gate refuses for now; room comes with time only."""
    nonces = Nonces(capacity=2, share=2)
    nonces.take(ONE, b"a" * 16, 0)
    nonces.take(TWO, b"b" * 16, 1)
    assert problem(nonces, ONE, b"c" * 16, 2) is Problem.OVERLOADED
    assert problem(nonces, ONE, b"a" * 16, 2) is Problem.REPLAY
    assert problem(nonces, ONE, b"c" * 16, NONCE_SECONDS + 1) is None


def test_one_device_cannot_take_all_room() -> None:
    """A device over its share is refused while others are heard."""
    nonces = Nonces(capacity=10, share=1)
    nonces.take(ONE, b"a" * 16, 0)
    assert problem(nonces, ONE, b"b" * 16, 0) is Problem.OVERLOADED
    assert problem(nonces, TWO, b"b" * 16, 0) is None


def test_what_came_long_ago_is_no_replay() -> None:
    """However long nobody spoke, by then a device may say what it said."""
    nonces = Nonces()
    for days in range(9):
        for passed in (0, 1_801, 18_999, 84_599):  # 65,600 after that
            at = days * 86_400 + passed
            assert problem(nonces, ONE, b"n" * 16, at) is None
    assert len(nonces) == 1


def test_a_nonce_is_known_behind_many_others() -> None:
    """Each of those in the window is a replay, and none across two of them."""
    nonces = Nonces()
    every = [number.to_bytes(16, "big") for number in range(500)]
    assert {problem(nonces, ONE, one, at) for at, one in enumerate(every)} == {None}
    again = {problem(nonces, ONE, one, 500) for one in every}
    assert again == {Problem.REPLAY}


def test_memory_is_bounded() -> None:
    """However many come, no more than the capacity is held, over any time."""
    nonces = Nonces(capacity=100, share=100)
    for number in range(10_000):
        problem(nonces, ONE, number.to_bytes(16, "big"), number)
    assert len(nonces) == 100


def test_a_window_is_small() -> None:
    """Ten nonces each of a thousand devices take some thirty bytes each."""
    nonces = Nonces()
    tracemalloc.start()
    for number in range(10_000):
        device = (number % 1_000).to_bytes(16, "big")
        nonces.take(device, number.to_bytes(16, "big"), number // 100)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(nonces) == 10_000
    assert held < 400_000
