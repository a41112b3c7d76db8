# SPDX-License-Identifier: Apache-2.0
"""What waits is sent until the gate has signed for it, and kept until the store has.

Rules: real TLS and a real spool; the collector lies in one thing at a time.
Not here: when to ship (`test_shipping.py`), what becomes of a believed receipt
(`test_settling.py`), the real gate (`tests/e2e`).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from collector_fixture import Collector, enrolled_device, fill, listening, problem
from installation_fixture import YEAR, Installation

from agent import budget, clock, identity
from agent.delivery import polling
from agent.delivery.awaiting import resend_overdue
from agent.delivery.outside import Outside
from agent.delivery.receipts import Shipped, ship_once
from agent.delivery.shipping import Act, Next
from agent.device import Device
from agent.errors import Problem, StateError, TrustError
from agent.spool.last_sent import LastSent, LastSentFile, last_sent_of
from wire import ledger, limits
from wire.crypto.signing import SigningKey
from wire.envelope import digest
from wire.messages import Fate, Result
from wire.signed import SignedKind

STORED = Result(Fate.STORED, "")

pytestmark = pytest.mark.slow  # real TLS and commits that reach the disk


@contextmanager
def joined(
    installation: Installation, tmp_path: Path
) -> Iterator[tuple[Collector, Device, Callable[..., Shipped]]]:
    """Run a collector with a device; yield both, and how the device ships."""
    collector = Collector(installation)
    with listening(collector, tmp_path) as server:
        device = enrolled_device(installation, server, tmp_path / "state")
        with polling.open_session(device.who, None) as session:

            def ship(count: int = limits.SHIPMENT_ENVELOPES, drift: int = 0) -> Shipped:
                return ship_once(
                    session,
                    device,
                    identity.trusted(device.state, device.who, int(time.time())),
                    Next(Act.SHIP, count=count),
                    Outside(system=lambda: time.time() + drift),
                )

            yield collector, device, ship
        device.spool.close()


def test_what_waits_is_shipped_in_order(
    installation: Installation, tmp_path: Path
) -> None:
    """Shipments take the oldest first, each once, and a receipt removes nothing."""
    with joined(installation, tmp_path) as (collector, device, ship):
        fill(device, 5)
        waiting = [item.octets for item in device.spool.waiting(9, 2**20)]
        sent = [ship(2).sent, ship(2).sent, ship(2).sent, ship(2).sent]
        facts = device.spool.facts()
        assert ledger.verify(*device.spool.ledger())
    assert sent == [2, 2, 1, 0]
    assert collector.envelopes == waiting
    assert (facts.waiting, facts.received, facts.marked) == (0, 5, 0)


def test_the_manifest_names_every_envelope(
    installation: Installation, tmp_path: Path
) -> None:
    """A manifest is fresh each time, of this device, with a digest for each."""
    with joined(installation, tmp_path) as (collector, device, ship):
        fill(device, 3)
        ship(2)
        ship(2)
        first, second = collector.heard[1:]
    assert (len(first.digests), len(second.digests)) == (2, 1)
    assert first.nonce != second.nonce
    assert (first.tenant, first.device) == (device.who.tenant, device.who.device)


def test_what_leaves_is_remembered_first(
    installation: Installation, tmp_path: Path
) -> None:
    """Also where no answer comes; what cannot be remembered does not leave."""
    with joined(installation, tmp_path) as (collector, device, ship):
        fill(device, 3)
        path = last_sent_of(device.state.spool)
        collector.refusals = {"/v1/shipments": [problem("overloaded", 503)]}
        with pytest.raises(Problem, match="busy"):
            ship(2)
        known = LastSentFile(path).newest()
        path.unlink()
        path.mkdir()
        with pytest.raises(StateError, match=path.name):
            ship()
        waiting = device.spool.waiting(2, 2**20)
        incarnation = device.spool.incarnation()
    names = tuple(digest(item.octets) for item in waiting)
    assert known == LastSent(incarnation, 2, names)
    assert collector.envelopes == []


def test_a_mark_lets_go(installation: Installation, tmp_path: Path) -> None:
    """The mark in a receipt trims the spool and is kept beside it."""
    with joined(installation, tmp_path) as (collector, device, ship):
        fill(device, 3)
        ship(2)
        mark = collector.mark(device)
        collector.lies = {SignedKind.RECEIPT: {"mark": mark}}
        shipped = ship()
        facts = device.spool.facts()
    assert (shipped.trimmed, shipped.mark) == (2, "")
    assert (facts.received, facts.marked) == (1, 2)
    assert device.state.mark.read_bytes() == mark


MARK_LIES: list[tuple[dict[str, object], str]] = [
    ({"device": bytes(16)}, "wrong-identity"),
    ({"tenant": bytes(16)}, "wrong-identity"),
    ({"incarnation": bytes(16)}, "wrong-identity"),
    ({"digest": bytes(32)}, "broken-chain"),
    ({"sequence": 99}, "broken-chain"),
]


@pytest.mark.parametrize(("lie", "reason"), MARK_LIES)
def test_a_false_mark_lets_nothing_go(
    installation: Installation, tmp_path: Path, lie: dict[str, object], reason: str
) -> None:
    """A mark for anything but what this spool has sent removes nothing."""
    with joined(installation, tmp_path) as (collector, device, ship):
        fill(device, 2)
        ship(1)
        mark = collector.mark(device, **lie)
        collector.lies = {SignedKind.RECEIPT: {"mark": mark}}
        shipped = ship()
        facts = device.spool.facts()
    assert (shipped.sent, shipped.trimmed, shipped.mark) == (1, 0, reason)
    assert (facts.received, facts.marked) == (2, 0)
    assert not device.state.mark.exists()


def test_the_gate_cannot_let_go(installation: Installation, tmp_path: Path) -> None:
    """A mark that the gate signed, and not the store, removes nothing."""
    with joined(installation, tmp_path) as (collector, device, ship):
        fill(device, 2)
        ship(1)
        collector.keys = {SignedKind.MARK: installation.roles.gate}
        mark = collector.mark(device)
        collector.lies = {SignedKind.RECEIPT: {"mark": mark}}
        assert ship().mark == "bad-signature"
        assert device.spool.facts().received == 2


LIES: list[dict[str, object]] = [
    {"manifest": bytes(32)},
    {"device": bytes(16)},
    {"tenant": bytes(16)},
    {"results": (STORED,)},
    {"results": (STORED,) * 3},
]


@pytest.mark.parametrize("lie", LIES)
def test_a_false_receipt_changes_nothing(
    installation: Installation, tmp_path: Path, lie: dict[str, object]
) -> None:
    """A receipt for another shipment, device or count is refused and all waits."""
    with joined(installation, tmp_path) as (collector, device, ship):
        fill(device, 2)
        collector.lies = {SignedKind.RECEIPT: lie}
        with pytest.raises(TrustError, match="receipt cannot be believed"):
            ship()
        assert device.spool.facts().waiting == 2


@pytest.mark.parametrize("role", ["store", "stranger"])
def test_only_the_gate_gives_receipts(
    installation: Installation, tmp_path: Path, role: str
) -> None:
    """A receipt by any other key, also the store's, is refused and all waits."""
    key = installation.roles.store if role == "store" else SigningKey.generate()
    with joined(installation, tmp_path) as (collector, device, ship):
        fill(device, 1)
        collector.keys = {SignedKind.RECEIPT: key}
        with pytest.raises(TrustError):
            ship()
        assert device.spool.facts().waiting == 1


def test_a_refused_shipment_stays_whole(
    installation: Installation, tmp_path: Path
) -> None:
    """A shipment that is refused as a whole stays, and goes out when it may."""
    with joined(installation, tmp_path) as (collector, device, ship):
        fill(device, 2)
        collector.refusals = {"/v1/shipments": [problem("overloaded", 503, 7)]}
        with pytest.raises(Problem) as refusal:
            ship()
        assert device.spool.facts().waiting == 2
        assert ship().sent == 2
    assert refusal.value.retry_after == 7


def test_a_receipt_tells_the_time(installation: Installation, tmp_path: Path) -> None:
    """A receipt's signed time corrects a clock that has gone wrong since."""
    with joined(installation, tmp_path) as (_, device, ship):
        fill(device, 1)
        ship(drift=-YEAR)
        known = clock.load_clock(device.spool)
    assert abs(known.offset - YEAR) < 10


def test_a_gate_that_drops_is_found_out(
    installation: Installation, tmp_path: Path
) -> None:
    """What was received and never marked is sent again, ever more rarely."""
    with joined(installation, tmp_path) as (collector, device, ship):
        fill(device, 3)
        ship()
        dropped, collector.envelopes = collector.envelopes, []
        now = int(time.time())
        early = resend_overdue(device.spool, now + budget.MARK_SECONDS - 9)
        first = resend_overdue(device.spool, now + budget.MARK_SECONDS + 9)
        assert ship().sent == 3
        assert collector.envelopes == dropped
        second = resend_overdue(device.spool, now + 2 * budget.MARK_SECONDS)
        third = resend_overdue(device.spool, now + 4 * budget.MARK_SECONDS)
    assert (early, first, second, third) == (0, 3, 0, 3)


def test_a_mark_in_time_sends_nothing_again(
    installation: Installation, tmp_path: Path
) -> None:
    """What a mark has covered is gone; what came after it is awaited anew."""
    with joined(installation, tmp_path) as (collector, device, ship):
        fill(device, 2)
        ship()
        mark = collector.mark(device)
        fill(device, 1)
        collector.lies = {SignedKind.RECEIPT: {"mark": mark}}
        ship()
        now = int(time.time()) + budget.MARK_SECONDS + 9
        assert resend_overdue(device.spool, now) == 0
        later = now + budget.MARK_SECONDS
        assert resend_overdue(device.spool, later) == 1
