# SPDX-License-Identifier: Apache-2.0
"""A keeper that dies while it pushes, or that is later than its grant.

Rules: it is killed as a process, before it connects or when the receiver has all; only
where time comes from is the test's.
Not here: breaks of the receiver (`test_push.py`).
"""

import os
import signal
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from keeper_fixture import Machine
from push_room import Receiver, pushing, receiving, rooms

from server.errors import DeniedError
from server.keeper.process import opened
from server.keeper.sharing import fetching, granting
from server.keeper.sharing.pushing import push
from server.layout import Layout
from server.register import releases

pytestmark = pytest.mark.slow


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a short name: sockets lie below it."""
    return tmp_path_factory.mktemp("p")


def killed(layout: Layout, grant: str, now: int, receiver: Receiver | None) -> None:
    """Push in a keeper that dies: once it has sent, or else before it connects."""
    waits, goes = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(waits, 1)
        if receiver is None:

            def die(event: str, _: object) -> None:
                if event == "socket.connect":
                    os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(die)
        with opened(layout, Machine(now).sources) as desk:
            granted = granting.begun(desk, grant)
            push(desk, granted, None, "ops", now)
        os._exit(0)
    if receiver is not None:
        receiver.victim = child
    os.write(goes, b"1")
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    os.close(waits)
    os.close(goes)
    if receiver is not None:
        receiver.victim = 0


def test_a_killed_keeper_loses_nothing(place: Path) -> None:
    """Before it connects nothing comes twice, and behind that one batch does."""
    receiver = Receiver()
    with receiving(place, receiver) as (where, pem):
        with rooms(place) as room:
            channel = f'kind = "otlp"\nhost = "127.0.0.1"\nport = {where.port}'
            room.register(pem, channel)
            first, second = pushing(room), pushing(room)
            layout, now = room.office.site.layout, room.office.site.now
        for grant, killer, copies in ((first, None, 1), (second, receiver, 2)):
            receiver.users.clear()
            killed(layout, grant, now, killer)
            with opened(layout, Machine(now).sources) as desk:
                again = granting.begun(desk, grant)
                assert not push(desk, again, None, "ops", now).more
                assert push(desk, again, None, "ops", now).head is None
            counts = Counter(receiver.users)
            assert [*counts.values()] == [copies] * 2


def test_a_grant_that_is_over_pushes_nothing(place: Path) -> None:
    """On its last second it does; a second later no row, and the list of sent ends."""
    receiver = Receiver()
    with receiving(place, receiver) as (where, pem):
        with rooms(place) as room:
            channel = f'kind = "otlp"\nhost = "127.0.0.1"\nport = {where.port}'
            room.register(pem, channel)
            first, second = pushing(room), pushing(room)
            layout, now = room.office.site.layout, room.office.site.now
        with opened(layout, Machine(now).sources) as desk:
            last = granting.opened(desk, granting.begun(desk, first)).until
            push(desk, granting.begun(desk, first), None, "ops", now)
        sent = len(receiver.users)
        with opened(layout, Machine(last + 1).sources) as desk:
            for grant in (first, second):
                held = granting.begun(desk, grant)
                with pytest.raises(DeniedError, match="the grant is over"):
                    push(desk, held, None, "ops", last + 1)
            fetching.sweep(desk, last + 1)
            digest = granting.begun(desk, first).digest
            with desk.register.view() as connection:
                kept = releases.pushed(connection, digest)
        assert (len(receiver.users), kept) == (sent, frozenset())
        assert sent == 2


def test_two_pushes_at_once_send_nothing_twice(place: Path) -> None:
    """One waits for the other's batch, and then has nothing left to send."""
    receiver = Receiver()
    with receiving(place, receiver) as (where, pem):
        with rooms(place) as room:
            channel = f'kind = "otlp"\nhost = "127.0.0.1"\nport = {where.port}'
            room.register(pem, channel)
            grant = pushing(room)
            layout, now = room.office.site.layout, room.office.site.now
        with opened(layout, Machine(now).sources) as desk:
            held = granting.begun(desk, grant)
            with ThreadPoolExecutor(2) as both:
                done = list(
                    both.map(lambda who: push(desk, held, None, who, now), "ab")
                )
    assert sorted(one.rows for one in done) == [0, 2]
    assert len(receiver.users) == len(set(receiver.users)) == 2
