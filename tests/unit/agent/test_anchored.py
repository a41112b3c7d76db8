# SPDX-License-Identifier: Apache-2.0
"""What a device writes down of its collector's ledger.

Rules: a real spool, and a collector that answers what the test has it offer.
Not here: what the collector offers (`tests/unit/server/test_anchors.py`), comparing
both ledgers (there).
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from collector_fixture import Collector, enrolled_device, listening
from installation_fixture import Installation

from agent.delivery import polling
from agent.delivery.adoption import Polled
from agent.delivery.outside import Outside
from agent.delivery.polling import About
from agent.device import Device
from wire import cbor
from wire.anchored import ANCHORED, Anchored
from wire.ledger import ENTRY

pytestmark = pytest.mark.slow  # real TLS and commits that reach the disk
HOUR = 3_600


@dataclass
class Endpoint:
    """A device whose collector offers anchors."""

    collector: Collector
    device: Device

    def told(self, octets: bytes | None, later: int = 0) -> Polled:
        """Poll, and be told an anchor, so many seconds from now."""
        self.collector.offer = {"anchor": octets}
        self.collector.drift = later
        with polling.open_session(self.device.who, None) as session:
            outside = Outside(system=lambda: time.time() + later)
            about = About("0.1.0", "Debian 12")
            return polling.exchange(session, self.device, None, about, outside)

    def written(self) -> list[object]:
        """Return what stands in the device's ledger of anchors."""
        entries, _ = self.device.spool.ledger()
        return [
            cbor.decode(body or b"")
            for octets, body, _ in entries
            if ENTRY.decode(octets).act == "collector-anchored"
        ]


@pytest.fixture
def endpoint(installation: Installation, tmp_path: Path) -> Iterator[Endpoint]:
    """Enrol a device."""
    collector = Collector(installation)
    with listening(collector, tmp_path) as server:
        device = enrolled_device(installation, server, tmp_path / "state")
        yield Endpoint(collector, device)
        device.spool.close()


def anchor(size: int) -> bytes:
    """Return an anchor of so many entries."""
    return ANCHORED.encode(Anchored(size, b"r" * 32, b"p" * 32, b"s" * 64))


def test_another_anchor_is_written_down_once(endpoint: Endpoint) -> None:
    """Size, root, key and signature; the same again is no news, none is none."""
    polled = endpoint.told(anchor(5))
    endpoint.told(anchor(5), HOUR)
    endpoint.told(None, HOUR)
    said = {"size": 5, "root": b"r" * 32, "key": b"p" * 32, "signature": b"s" * 64}
    assert (polled.refused, endpoint.written()) == ((), [said])


def test_one_that_goes_back_is_written_down_too(endpoint: Endpoint) -> None:
    """The device judges nothing: a ledger that has fewer entries is what shows."""
    endpoint.told(anchor(5))
    endpoint.told(anchor(4), HOUR)
    endpoint.told(anchor(5), 2 * HOUR)
    assert [item["size"] for item in endpoint.written() if isinstance(item, dict)] == [
        *(5, 4, 5)
    ]


def test_no_gate_fills_a_ledger(endpoint: Endpoint) -> None:
    """Of anchors that change with each answer one an hour is written down."""
    for number in range(1, 6):
        endpoint.told(anchor(number))
    assert len(endpoint.written()) == 1


def test_what_is_no_anchor_is_refused(endpoint: Endpoint) -> None:
    """It is told as every part that is not taken, and nothing is written down."""
    polled = endpoint.told(b"no anchor")
    assert polled.refused == ("anchor: malformed",)
    assert endpoint.written() == []
