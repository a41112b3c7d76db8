# SPDX-License-Identifier: Apache-2.0
"""Gates leave a part of a stream free, whatever each of them knows of the others.

Rules: sizes and times are given; nothing is asked.
Not here: servers that come to their limit (`tests/e2e/test_intake.py`).
"""

import pytest

from server.configuration_intake import SIZE_MIB
from server.gate.intake.bounds import (
    MESSAGE_BYTES,
    RECORD_BYTES,
    ROOM_PARTS,
    ROOM_SECONDS,
)
from server.gate.intake.buffer import AwayError, FullError
from server.gate.intake.room import Room
from wire.limits import KIB, MIB

LIMIT = SIZE_MIB[0] * MIB
GATES_HAVE = LIMIT - LIMIT // ROOM_PARTS


def room(held: int = 0) -> Room:
    """Return what a gate knows that has just looked."""
    made = Room()
    assert made.due(0.0)
    made.seen(held, LIMIT, 0.0)
    assert not made.due(0.0)
    return made


def put(room: Room, octets: int, *, aside: bool = False) -> bool:
    """Put something there; tells whether there was room."""
    try:
        with room.put(octets, aside=aside):
            assert room.flying == octets + RECORD_BYTES
    except FullError:
        return False
    assert room.flying == 0
    return True


def test_the_last_part_stays_free() -> None:
    """What fits to the octet is put there, and one more is not."""
    assert put(room(GATES_HAVE - 2 * KIB), 2 * KIB - RECORD_BYTES)
    assert not put(room(GATES_HAVE - 2 * KIB), 2 * KIB - RECORD_BYTES + 1)


def test_what_was_put_since_a_look_counts() -> None:
    """A gate does not put twice what there is room for once."""
    made = room(GATES_HAVE - 2 * KIB)
    assert put(made, KIB)
    assert not put(made, KIB)
    made.seen(0, LIMIT, 1.0)
    assert put(made, KIB)


def test_what_failed_may_be_there() -> None:
    """It does not fly any more, and counts until the stream was looked at."""
    made = room(GATES_HAVE - 2 * KIB)
    with pytest.raises(AwayError), made.put(KIB):
        raise AwayError
    assert made.flying == 0
    assert not put(made, KIB)


def test_a_look_is_due_by_time_and_by_what_was_put() -> None:
    """So gates that put at once see each other before the part is used up."""
    made = room()
    assert not made.due(ROOM_SECONDS - 0.01)
    assert made.due(ROOM_SECONDS)
    gates = [room(GATES_HAVE - 8 * MIB) for _ in range(ROOM_PARTS)]
    for one in gates:
        while not one.due(0.0):
            assert put(one, 256 * KIB)
    since = sum(one._since for one in gates)
    assert GATES_HAVE - 8 * MIB + since < LIMIT


@pytest.mark.parametrize("begun", [0, 1, KIB, MIB, 4 * MIB - KIB])
def test_large_messages_do_not_fill_a_small_stream(begun: int) -> None:
    """Gates that each see room for one, and for what they began with, fit together."""
    held = GATES_HAVE - MESSAGE_BYTES - begun - 2 * RECORD_BYTES
    gates = [room(held) for _ in range(ROOM_PARTS)]
    for one in gates:
        assert begun == 0 or put(one, begun)
        if not one.due(0.0):
            assert put(one, MESSAGE_BYTES)
        assert one.due(0.0)
    assert held + sum(one._since for one in gates) < LIMIT


def test_what_is_set_aside_takes_no_more_than_half() -> None:
    """Who forges fills what is left of the half, and devices are still carried.

    With more than half there, of whomever, nothing is set aside.
    """
    made = room(LIMIT // 2 - 2 * KIB)
    assert put(made, KIB, aside=True)
    assert not put(made, KIB, aside=True)
    assert put(made, KIB)


def test_a_stream_without_a_limit_takes_nothing() -> None:
    """A gate refuses such a one when it connects; somebody may take its limit away."""
    made = Room()
    made.seen(0, 0, 0.0)
    assert not put(made, 1)
