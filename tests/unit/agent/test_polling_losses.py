# SPDX-License-Identifier: Apache-2.0
"""A poll says how long the oldest has waited, what was given up, and what was lost.

Rules: a real spool, voids and gap record; the question is caught on its way, and the
device's clock is the test's.
Not here: what an answer brings (`test_polling.py`).
"""

from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from spool_fixture import PURPOSE, RETENTION, Queue

from agent.delivery import polling
from agent.delivery.asker import Asker
from agent.delivery.outside import Outside
from agent.delivery.polling import About
from agent.device import Device
from agent.errors import NetworkError
from agent.sealing import Sealer
from agent.spool.change import SpoolClass
from wire import signed
from wire.envelope import Gap
from wire.messages import POLL
from wire.queue_state import QueueState
from wire.signed import SignedKind

pytestmark = pytest.mark.slow  # commits that reach the disk


@dataclass
class Caught(Asker):
    """Keeps what is asked, and answers nothing."""

    bodies: list[bytes] = field(default_factory=list)

    def post(self, path: str, body: bytes) -> bytes:
        """Keep a question."""
        del path
        self.bodies.append(body)
        msg = "nobody is there"
        raise NetworkError(msg)

    def close(self) -> None:
        """End."""


def told(found: Queue) -> QueueState:
    """Return what a poll says of the queue now."""
    caught, moment = Caught(), float(found.now)
    with suppress(NetworkError):
        polling.exchange(
            caught,
            Device(found.state, found.who, found.spool),
            found.trust,
            About("0.1.0", "Debian 12"),
            Outside(system=lambda: moment),
        )
    (body,) = caught.bodies
    return POLL.decode(signed.read(body, SignedKind.POLL).payload).queue


def test_an_empty_queue_has_no_age_and_no_losses(held: Queue) -> None:
    """Where nothing waits and nothing was lost, all is nought, however late it is."""
    held.now += 400
    assert told(held) == QueueState(0, 0, 0, 0, 0, ())


def test_the_age_is_of_the_oldest_that_waits(held: Queue) -> None:
    """It grows with the device's clock, whatever came after it."""
    held.put()
    ages = []
    for later in (0, 70, 500):
        held.now += later
        held.put()
        ages.append(told(held).age)
    assert ages == [0, 70, 570]


def test_what_a_void_stands_for_is_dropped(held: Queue) -> None:
    """Records of what was given up are told, each once; what waits is none of them."""
    held.put(SpoolClass.METRIC, records=7)
    held.put(SpoolClass.METRIC, records=5)
    before = told(held)
    oldest, _ = held.held(SpoolClass.METRIC)
    held.voids.put_all(held.spool, [oldest], "spool-full")
    after = told(held)
    assert [(one.waiting, one.dropped, one.gaps) for one in (before, after)] == [
        (2, 0, 0),
        (2, 7, 0),
    ]


def test_a_gap_record_is_counted(held: Queue) -> None:
    """Each loss that was announced is told; what it says was lost is no dropped one."""
    counts = [told(held).gaps]
    for count in (900, None):
        gap = Gap(count, held.now - 60, held.now, "source-lost")
        with held.spool.transaction() as change:
            sealer = Sealer(held.who, held.trust, held.now)
            sealer.put_gap(change, PURPOSE, RETENTION, gap)
        counts.append(told(held).gaps)
    assert counts == [0, 1, 2]
    assert told(held).dropped == 0
