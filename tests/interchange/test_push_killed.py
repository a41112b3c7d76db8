# SPDX-License-Identifier: Apache-2.0
"""A keeper that dies while it pushes: nothing is missing, at most one batch is double.

Rules: it is killed as a process, before it connects or when the receiver has all.
Not here: breaks of the receiver (`test_push.py`).
"""

import os
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest
from keeper_fixture import Machine
from push_room import Receiver, pushing, receiving, rooms

from server.keeper.process import opened
from server.keeper.sharing import granting
from server.keeper.sharing.pushing import push
from server.layout import Layout

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
