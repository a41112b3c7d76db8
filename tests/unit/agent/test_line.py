# SPDX-License-Identifier: Apache-2.0
"""One connection serves an act and the next, and no other than it was made for.

Rules: a collector on a port of this machine, over TLS; the clock is handed in.
Not here: the connection itself (`test_transport.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from collector_fixture import Collector, enrolled_device, listening
from installation_fixture import Installation
from tls_fixture import Listening

from agent.budget import LINE_SECONDS
from agent.delivery.courier import Courier
from agent.delivery.line import Line
from agent.delivery.polling import About
from agent.delivery.shipping import Act, Next
from agent.device import Device
from agent.errors import NetworkError
from agent.host.child import in_child
from wire.trust import Trusted

pytestmark = pytest.mark.slow  # real TLS
POLL = Next(Act.POLL)


@dataclass
class Room:
    """A device, its collector, and the line between them."""

    server: Listening
    device: Device
    courier: Courier = field(default_factory=lambda: Courier(About("0.1.0", "Debian")))
    time: float = 1_000.0
    line: Line = field(init=False)

    def __post_init__(self) -> None:
        """Have a line whose clock is set by hand."""
        self.line = Line(lambda: self.time)

    def poll(self, trust: Trusted | None = None) -> int:
        """Ask once; return how many connections the collector has seen by then."""
        with self.line.session(self.courier, self.device, trust) as session:
            self.courier.act(session, self.device, trust, POLL)
        return len(self.server.connections)


@pytest.fixture
def room(tmp_path: Path, installation: Installation) -> Iterator[Room]:
    """Return a device that has enrolled with a collector which runs."""
    with listening(Collector(installation), tmp_path) as server:
        device = enrolled_device(installation, server, tmp_path / "state")
        server.connections.clear()
        room = Room(server, device)
        yield room
        room.line.close()
        device.spool.close()


def test_the_next_act_goes_over_the_same_connection(room: Room) -> None:
    """Three polls that follow each other are one connection."""
    assert [room.poll() for _ in range(3)] == [1, 1, 1]


def test_an_old_connection_is_not_used_again(room: Room) -> None:
    """After a rest that somebody in between may not outlast, there is a new one."""
    room.poll()
    room.time += LINE_SECONDS + 1
    assert room.poll() == 2


def test_who_rests_holds_no_connection(room: Room) -> None:
    """It is closed before a rest that is longer than it would be used after."""
    room.poll()
    room.line.rest(LINE_SECONDS - 1)
    assert room.poll() == 1
    room.line.rest(LINE_SECONDS + 1)
    assert room.line._session is None


def test_a_failure_closes_it(room: Room) -> None:
    """What broke is not used again, whatever it was."""
    room.poll()
    broken = NetworkError("broken")
    with (
        pytest.raises(NetworkError),
        room.line.session(room.courier, room.device, None),
    ):
        raise broken
    assert room.poll() == 2


def test_another_courier_has_a_connection_of_its_own(room: Room) -> None:
    """Settings that were read anew, as another proxy, are not passed over."""
    room.poll()
    room.courier = Courier(About("0.1.0", "Debian"))
    assert room.poll() == 2


def test_a_child_lets_go_of_its_copy_alone(room: Room) -> None:
    """What a child closes stays open for its parent."""
    room.poll()
    done = in_child(lambda: room.line.apart(lambda: b"done"), 30, 100)
    assert done.report == b"done"
    assert room.poll() == 1
