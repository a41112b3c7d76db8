# SPDX-License-Identifier: Apache-2.0
"""What an order may cost at its device: each bound that was signed ends it, in words.

Rules: orders that were signed go the agent's own way, to a child that it starts; the
machine is a recorded one that costs more than was asked for.
Not here: rows (`test_orders_running.py`), bounds of collectors (`test_reading.py`).
"""

import hashlib
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.diagnostics import source
from agent.host.interface import Host
from agent.orders.running import order_in_child
from tests.order_room import Room, alone
from wire.order_state import OrderState
from wire.orders import Given

PROBE = source("tcp_connect")
CONNECT: dict[str, object] = {
    "diagnostic": "tcp_connect",
    "parameters": (Given("host", "mail.example.test"),),
    "seconds": PROBE.asked.caps.seconds,
}


@pytest.fixture
def here(tmp_path: Path) -> Room:
    """Return a device whose technicians may ask."""
    return alone(tmp_path)


@dataclass
class Hanging:
    """A machine whose disks never answer."""

    inner: Host

    def __getattr__(self, name: str) -> object:
        """Pass on."""
        return getattr(self.inner, name)

    def list(self, path: str) -> Sequence[str]:
        """Wait for a signal, whatever one was."""
        del path
        while True:
            signal.pause()


@dataclass
class Dear:
    """A machine that costs processor time, whatever is asked."""

    inner: Host

    def __getattr__(self, name: str) -> object:
        """Pass on."""
        return getattr(self.inner, name)

    def ask_probe(self, *asked: object) -> object:
        """Take all processors, for ever."""
        del asked
        for _ in range(3):
            threading.Thread(target=_spend, daemon=True).start()
        while True:
            pass


def _spend() -> None:
    """Take a processor: a digest of much lets other threads go on."""
    much = bytes(1 << 20)
    while True:
        hashlib.sha256(much)


def ended(here: Room, host: object, **caps: object) -> tuple[OrderState, str]:
    """Ask for something within bounds, the disks' state else; return how it ended."""
    order = here.send(here.request(**caps))
    order_in_child(here.state, here.held(order), here.now, host)  # type: ignore[arg-type]  # passes all on
    held = here.held(order)
    return held.state, held.reason


@pytest.mark.slow
def test_its_time_is_over(here: Room) -> None:
    """A source that hangs is left when its seconds are over, and nothing is sent.

    The machine's own ledger has both lines.
    """
    found = ended(here, Hanging(here.host), seconds=1)
    assert found == (OrderState.FAILED, "time-budget")
    assert here.sent() == 0
    assert here.acts() == ["order-begun", "order-ended"]


@pytest.mark.slow
def test_its_processor_time_is_over(here: Room) -> None:
    """One that takes all processors has no more of them than its declaration says."""
    assert PROBE.asked.caps.processor < PROBE.asked.caps.seconds / 5
    found = ended(here, Dear(here.host), **CONNECT)
    assert found == (OrderState.FAILED, "processor-budget")
    assert here.sent() == 0


def test_its_bytes_are_read(here: Room) -> None:
    """More is not taken of the machine than was signed, and part of it is not sent."""
    found = ended(here, here.host, octets=1)
    assert found == (OrderState.FAILED, "byte-budget")
    assert here.sent() == 0
    assert ended(here, here.host) == (OrderState.DONE, "")
