# SPDX-License-Identifier: Apache-2.0
"""What TLS keeps of connections that have ended, and when it is used again.

Rules: as `test_gate_arrivals.py`: OpenSSL's own cache, told by its own figures.
Not here: what a device is known by (`test_gate_admissions.py`).
"""

import asyncio
import ssl
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from arrivals_room import (
    LOOPS,
    Counted,
    Place,
    asked,
    connect,
    listening,
    place_in,
)

from server.gate.admissions import Admissions
from server.gate.bounds import CONTEXTS
from server.gate.certificate import Certificate
from server.gate.pace import Pace


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a directory with a certificate."""
    return place_in(tmp_path)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_session_is_resumed_under_the_same_certificate_alone(
    place: Place, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """What was ended in good form may go on; a renewed pair's TLS knows none of it."""
    place.door = Counted(9, 9, Pace(100.0, 99), Admissions())

    def meet(port: int, session: ssl.SSLSession | None) -> tuple[bool, ssl.SSLSession]:
        wire = connect(place, port, session)
        assert asked(wire) == b"done"
        reused, held = wire.session_reused, wire.session
        wire.unwrap().close()
        assert reused is not None
        assert held is not None
        return reused, held

    async def play() -> None:
        async with listening(place) as (_, certificate, port):
            found, held = [], None
            for number in range(3):
                reused, held = await asyncio.to_thread(meet, port, held)
                found.append(reused)
                if number == 1:
                    assert certificate.context.session_stats()["hits"] == 1
                    place.renew()
                    assert certificate.look()
            assert found == [False, True, False]
            assert certificate.context.session_stats()["hits"] == 0

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(play())


def test_sessions_are_bounded(place: Place) -> None:
    """However many come and go in good form, TLS holds as many as we say, and few."""
    place.sessions = 2
    place.door = Counted(99, 99, Pace(100.0, 99), Admissions())

    def meet(port: int) -> None:
        connect(place, port).unwrap().close()

    async def play() -> None:
        async with listening(place) as (_, certificate, port):
            held = []
            for _ in range(5):
                await asyncio.to_thread(meet, port)
                held.append(certificate.context.session_stats()["number"])
            assert held == [1, 2, 1, 2, 1]

    asyncio.run(play())


def test_contexts_are_bounded(place: Place) -> None:
    """Who holds a connection of each of them has the newest one go on."""
    certificate = Certificate(place.directory, admissions=True, sessions=2)
    held = [certificate.for_handshake() for _ in range(9 * CONTEXTS)]
    assert len(set(map(id, held))) == CONTEXTS + 1
    newest = weakref.ref(held[-1])
    del held
    assert newest() is certificate.context
    certificate.for_handshake()
    assert newest() is None


def test_without_passes_nothing_is_kept(place: Place) -> None:
    """A page's server has one context, for it gives tickets that it need not keep."""
    certificate = Certificate(place.directory, sessions=1)
    assert len({id(certificate.for_handshake()) for _ in range(9)}) == 1
