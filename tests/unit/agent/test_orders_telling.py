# SPDX-License-Identifier: Apache-2.0
"""What a poll tells of orders, what an answer brings, and how long one is waited for.

Rules: the agent's own courier over a real socket, to a collector that can lie.
Not here: running (`test_orders_running.py`), the real gate (`tests/e2e`).
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from collector_fixture import Collector, enrolled_device, listening
from installation_fixture import Installation, install
from tls_fixture import Listening

from agent.budget import ORDERS_HELD
from agent.delivery import polling, shipping
from agent.delivery.adoption import Polled
from agent.delivery.polling import About
from agent.delivery.shipping import Act, Link, Next
from agent.device import Device
from agent.identity import trusted
from agent.orders.removals import held_removals
from agent.orders.telling import doing, to_tell
from agent.spool.order import HeldOrder
from tests.vectors import order_world
from tests.vectors.order_world import ANA, BEN, EVE
from wire import limits, orders, revocations, signed
from wire.crypto.signing import SigningKey
from wire.order_state import ENDED, OrderState
from wire.signed import SignedKind
from wire.trust import Trusted


@dataclass
class Line:
    """A device, its collector, and the connection between them."""

    collector: Collector
    server: Listening
    device: Device

    @property
    def trust(self) -> Trusted:
        """Return what the device trusts."""
        return trusted(self.device.state, self.device.who, int(time.time()))

    def poll(self) -> Polled:
        """Poll once."""
        who = self.device.who
        with polling.open_session(who, self.trust) as session:
            about = About("0.1.0", "Debian 12")
            return polling.exchange(session, self.device, self.trust, about)

    def order(self, **changes: object) -> bytes:
        """Return a sealed order for this device."""
        who = self.device.who
        asked = order_world.request(
            tenant=who.tenant,
            device=who.device,
            incarnation=self.device.spool.incarnation(),
            **changes,
        )
        made = order_world.order(asked)
        return orders.seal_order(made, who.sealing.public, who.tenant, who.device)

    def removals(self, key: SigningKey | None = None, **changes: object) -> bytes:
        """Return a signed list of removals."""
        held = self.collector.installation
        whole = revocations.Revocations(held.tenant, int(time.time()), (), ())
        changed = replace(whole, **changes)  # type: ignore[arg-type]  # its fields
        payload = revocations.REVOCATIONS.encode(changed)
        signer = key or held.roles.revocation
        return signed.sign(SignedKind.REVOCATIONS, payload, [signer])


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return a provider with technicians."""
    directory = tmp_path_factory.mktemp("provider")
    return install(directory, technicians=(ANA, BEN, EVE))


@pytest.fixture
def line(tmp_path: Path, installation: Installation) -> Iterator[Line]:
    """Return an enrolled device and its collector."""
    collector = Collector(installation)
    with listening(collector, tmp_path) as server:
        device = enrolled_device(installation, server, tmp_path / "state")
        yield Line(collector, server, device)
        device.spool.close()


def test_an_order_is_heard_once_and_told(line: Line) -> None:
    """The next poll names it; when that was answered it is no news any more."""
    line.collector.offer = {"orders": (line.order(),)}
    assert [line.poll().orders for _ in range(2)] == [1, 0]
    told = line.collector.heard[-1].doing
    assert [(one.state, one.reason) for one in told] == [(OrderState.RECEIVED, "")]
    assert not to_tell(line.device.spool.orders(busy=True))


def test_an_end_is_told_until_it_was_heard(line: Line) -> None:
    """A poll that was not answered told nothing; one that was is the last."""
    line.collector.offer = {"orders": (line.order(),)}
    line.poll()
    line.collector.offer = {}
    (held,) = line.device.spool.orders()
    with line.device.spool.transaction() as change:
        change.put_order(replace(held, state=OrderState.DONE, found=3))
    line.collector.lies = {SignedKind.ANSWER: {"nonce": bytes(16)}}
    with pytest.raises(Exception, match="believed"):
        line.poll()
    line.collector.lies = {}
    for states in ([OrderState.DONE], []):
        line.poll()
        assert [one.state for one in line.collector.heard[-1].doing] == states


def test_orders_that_are_none_are_left(line: Line) -> None:
    """Noise, another device's and a cut one are named by a slug, and keep none out."""
    good = line.order()
    other = order_world.order()
    public = SigningKey.generate().public
    who = line.device.who
    foreign = orders.seal_order(other, who.sealing.public, who.tenant, bytes(16))
    line.collector.offer = {"orders": (public, foreign, good[:-9], good)}
    polled = line.poll()
    assert polled.orders == 1
    assert polled.refused == ("order: cannot-open",) * 3


def test_no_gate_fills_the_table(line: Line) -> None:
    """Beyond its bound no order is heard; those before stay known."""
    spool = line.device.spool
    now = int(time.time())
    with spool.transaction() as change:
        for number in range(ORDERS_HELD):
            name = number.to_bytes(16).hex()
            state = OrderState.REFUSED
            change.put_order(
                HeldOrder(name, state, "", state.value, "", b"", now, 0, now, 1)
            )
    line.collector.offer = {"orders": (line.order(),)}
    assert line.poll().refused == ("order: limit",)
    assert len(spool.orders()) == ORDERS_HELD


def test_what_is_long_over_makes_room(line: Line) -> None:
    """The oldest that could not be good any more go; the newest stay for people."""
    spool = line.device.spool
    now = int(time.time())
    with spool.transaction() as change:
        for number in range(ORDERS_HELD):
            name, state = number.to_bytes(16).hex(), OrderState.DONE
            heard = now - 2 * limits.ORDER_SECONDS + number
            change.put_order(
                HeldOrder(name, state, "", state.value, "", b"", heard, 0, heard, 1)
            )
    line.collector.offer = {"orders": (line.order(),)}
    assert line.poll().orders == 1
    assert len(spool.orders()) == 101


def test_removals_only_grow(line: Line) -> None:
    """A later list without a key that was removed brings nobody back."""
    root = line.trust.root
    for technicians in ((ANA.identity,), (BEN.identity,), ()):
        line.collector.offer = {"revocations": line.removals(technicians=technicians)}
        assert line.poll().refused == ()
    held = held_removals(line.device.state, root)
    assert set(held.technicians) == {ANA.identity, BEN.identity}
    assert held.fresh(held.issued + 600)
    assert not held.fresh(held.issued + 601)
    newer = replace(root, version=root.version + 1)
    assert held_removals(line.device.state, newer).technicians == ()


def test_no_other_key_removes(line: Line) -> None:
    """A list by another role, or an older one, changes nothing."""
    line.collector.offer = {"revocations": line.removals()}
    line.poll()
    gate = line.collector.installation.roles.gate
    for octets, slug in (
        (line.removals(gate, technicians=(ANA.identity,)), "bad-signature"),
        (line.removals(issued=int(time.time()) - 60), "rollback"),
    ):
        line.collector.offer = {"revocations": octets}
        assert line.poll().refused == (f"revocations: {slug}",)
    assert held_removals(line.device.state, line.trust.root).technicians == ()


def test_a_damaged_file_of_removals_is_none(line: Line) -> None:
    """What cannot be read obeys nobody until the next list."""
    for noise in (b"noise", bytes(limits.MESSAGE_BYTES + 1)):
        line.device.state.removals.write_bytes(noise)
        held = held_removals(line.device.state, line.trust.root)
        assert not held.fresh(int(time.time()))
    line.collector.offer = {"revocations": line.removals()}
    line.poll()
    held = held_removals(line.device.state, line.trust.root)
    assert held.fresh(int(time.time()))


def _held(state: OrderState, told: str, heard: int) -> HeldOrder:
    name = heard.to_bytes(16).hex()
    return HeldOrder(name, state, "", told, "", b"", heard, 0, 0, 20)


def test_news_goes_first() -> None:
    """Of more orders than a poll can name, ends that nobody knows are told first."""
    old = [_held(OrderState.ASKING, "asking", at) for at in range(9)]
    new = [_held(OrderState.RUNNING, "received", 20), _held(OrderState.DONE, "", 30)]
    told = doing([*old, *new])
    assert len(told) == limits.DOING
    assert [one.state for one in told[:2]] == [OrderState.DONE, OrderState.RUNNING]
    assert [one.of for one in told[:3]] == [0, 20, 0]


def test_what_has_ended_is_what_the_wire_says() -> None:
    """The database's words for what goes on are those of all states but the ends."""
    assert {"received", "asking", "running"} == {
        state.value for state in set(OrderState) - ENDED
    }


LINK = Link(next_poll=300.0, not_before=0.0)
WAIT = Next(Act.WAIT, 120.0)


def test_an_idle_device_listens() -> None:
    """In the place of a wait it polls, for as long as nothing else is to be done."""
    assert shipping.listening(LINK, WAIT, 30.9, 10) == Next(Act.POLL, wait=30)
    assert shipping.listening(LINK, WAIT, 900, 10).wait == limits.POLL_WAIT_SECONDS
    assert shipping.listening(LINK, Next(Act.WAIT, 7.5), 60, 10).wait == 7


@pytest.mark.parametrize(
    ("link", "step", "most"),
    [
        (LINK, WAIT, 0.0),
        (LINK, WAIT, 0.9),
        (LINK, Next(Act.SHIP), 60),
        (LINK, Next(Act.POLL), 60),
        (replace(LINK, failures=1), WAIT, 60),
        (replace(LINK, stopped="revoked"), WAIT, 60),
        (replace(LINK, not_before=11), WAIT, 60),
        (replace(LINK, quiet=11), WAIT, 60),
    ],
)
def test_a_busy_or_troubled_device_does_not_listen(
    link: Link, step: Next, most: float
) -> None:
    """What was decided stands where there is trouble, or nothing to wait for."""
    assert shipping.listening(link, step, most, 10) == step


def test_a_gate_without_a_place_is_asked_later() -> None:
    """Two empty answers long before their time: the device polls at its usual pace."""
    step = Next(Act.POLL, wait=50)

    def after(link: Link, seconds: float, *, news: bool = False) -> Link:
        return shipping.listened(link, step, 10, 10 + seconds, news=news)

    once = after(LINK, 2)
    assert (once.quiet, after(once, 2).quiet) == (0.0, LINK.next_poll)
    for between in (after(once, 2, news=True), after(once, 49.5)):
        assert after(between, 2).quiet == 0.0
    assert shipping.listened(LINK, Next(Act.POLL), 10, 12, news=False) == LINK


def test_news_are_told_at_once_where_the_disk_takes_it() -> None:
    """A device with news polls now; one whose disk refuses would do so for ever."""
    assert shipping.hasty(LINK, 10).next_poll == 10
    assert shipping.hasty(replace(LINK, unwritable=True), 10).next_poll == 300
    assert shipping.hasty(replace(LINK, stopped="revoked"), 10).next_poll == 300
