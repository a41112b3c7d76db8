# SPDX-License-Identifier: Apache-2.0
"""An order at its device: judged, agreed to, run once, sealed, ended.

Rules: the agent's own spool, files and child's work; the machine is a recorded one.
Not here: why an order is not obeyed (`test_orders_judging.py`), an agent that is killed
(`test_orders_kills.py`), what a poll tells (`test_orders_telling.py`).
"""

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from device_fixture import opened, waiting

from agent.errors import AgentError, UsageError
from agent.host.interface import Host, Program
from agent.orders.answering import approve, deny
from agent.orders.hearing import hear_order
from agent.orders.running import TakenBackError, order_in_child
from agent.orders.telling import doing, to_tell, was_told
from agent.orders.turn import settle
from agent.state import write
from tests.order_fixture import device_to_ask, technicians  # noqa: F401 - fixtures
from tests.order_room import TICKET, Room
from tests.vectors import order_world, world
from tests.vectors.order_world import ANA
from wire import orders
from wire.crypto.sealing import key_id
from wire.errors import WireError
from wire.order_state import OrderState
from wire.orders import Given
from wire.purposes import Purpose
from wire.unsealing import unseal

OTHER = world.opening("ticket T-7")
ASKED: dict[str, object] = {
    "diagnostic": "log_slice",
    "parameters": (Given("around", "1763950000"), Given("log", "system")),
}


@dataclass
class Listening:
    """A host that passes everything on, and keeps what was shown to people."""

    inner: Host
    shown: list[str]

    def __getattr__(self, name: str) -> object:
        """Pass on."""
        return getattr(self.inner, name)

    def run(self, program: Program, *arguments: str) -> bytes:
        """Keep what is shown; pass on the rest."""
        if program is Program.WALL:
            self.shown += arguments
            return b""
        return self.inner.run(program, *arguments)


def _settings(here: Room, text: str) -> None:
    write(here.state.restrictions, text.encode())


def test_what_was_asked_runs_once_and_ends(here: Room) -> None:
    """Its rows are sealed for support, its end and both lines are in the ledger."""
    order = here.send()
    here.work(order)
    held = here.held(order)
    assert (held.state, held.found, held.consent) == (OrderState.DONE, 2, "notify")
    assert here.acts() == ["order-begun", "order-ended"]
    (found,) = opened(here.state, here.installation, TICKET)
    assert found.header.purpose is Purpose.SUPPORT
    assert found.table.dataset == "disk_state"
    assert found.columns["request"] == [order, order]


def test_it_is_sealed_to_the_key_of_its_ticket(here: Room) -> None:
    """The ticket's key opens what it brought; no epoch's or other ticket's does."""
    for ticket in ("T-1042", "T-7"):
        here.work(here.send(here.request(ticket=ticket)))
    found = opened(here.state, here.installation, TICKET, OTHER)
    assert [one.header.key_id for one in found] == [
        key_id(key.public) for key in (TICKET, OTHER)
    ]
    first, _ = waiting(here.state)
    for key in (OTHER, *here.installation.openings.values()):
        with pytest.raises(WireError):
            unseal(first, key, here.who.signing.public)


def test_a_key_of_another_class_is_none(here: Room) -> None:
    """What the collector would keep for another time than the policy says fails."""
    asked = here.request()
    key = replace(order_world.key_of(asked), retention="forever")
    octets = orders.write_request(asked)
    statement = order_world.ticket_key(asked, here.installation.roles.keys, key=key)
    made = orders.write_order(octets, [order_world.proof(octets)], statement)
    with here.device() as device:
        hear_order(device, here.seal(made), here.now)
    here.work(asked.id.hex())
    held = here.held(asked.id.hex())
    assert (held.state, held.reason) == (OrderState.FAILED, "no-sealing-key")
    assert here.sent() == 0


def test_what_is_sent_twice_runs_once(here: Room) -> None:
    """The same order again says nothing, whether it runs, has ended, or waits."""
    asked = here.request()
    order = here.send(asked)
    assert here.send(asked) == order
    here.work(order)
    here.send(asked)
    here.work(order)
    assert here.sent() == 1
    assert here.acts() == ["order-begun", "order-ended"]


def test_another_order_of_the_same_words_is_another(here: Room) -> None:
    """A new id and new signatures run anew."""
    first, second = here.send(), here.send()
    here.work(first)
    here.work(second)
    assert here.sent() == 2


def test_what_is_refused_never_runs(here: Room) -> None:
    """Its end has the reason, in the ledger as well; nothing of its words is kept."""
    order = here.send(here.request(asked_by="ben"))
    here.work(order)
    held = here.held(order)
    assert (held.state, held.reason) == (OrderState.REFUSED, "not-by-who-asks")
    assert held.octets == b""
    assert (here.acts(), here.sent()) == (["order-ended"], 0)


def test_who_was_removed_meanwhile_is_refused(here: Room) -> None:
    """A technician who was removed between sending and running runs nothing."""
    order = here.send()
    here.remove(technicians=(ANA.identity,))
    here.work(order)
    assert here.held(order).reason == "technician-removed"


def test_a_stale_list_refuses(here: Room) -> None:
    """Eleven minutes after the last list, a good order is not obeyed."""
    order = here.send(here.request(expires=here.now + 3_600))
    here.now += 660
    here.work(order)
    assert here.held(order).reason == "revocations-stale"


def test_people_are_told_before_it_runs(here: Room) -> None:
    """The notice says who asks, what, why and for which ticket, in the signed words."""
    heard = Listening(here.host, [])
    here.host = heard  # type: ignore[assignment]  # passes all on
    here.work(here.send())
    (text,) = heard.shown
    for word in ("ana", "disk_state", "T-1042", "the printer's portal does not open"):
        assert word in text


def test_one_that_asks_waits(here: Room) -> None:
    """It does not run before a person says yes, and then once."""
    order = here.send(here.request(**ASKED))
    here.work(order)
    held = here.held(order)
    assert (held.state, held.answer) == (OrderState.ASKING, here.now + 300)
    here.work(order)
    assert here.acts() == ["order-asking"]
    with here.device() as device:
        approve(device.spool, order[:8], here.now)
    here.work(order)
    assert here.held(order).consent == "yes"
    assert here.acts()[1:] == ["order-approved", "order-begun", "order-ended"]


def test_a_no_ends_it(here: Room) -> None:
    """Who says no ends it; it never runs."""
    order = here.send(here.request(**ASKED))
    here.work(order)
    with here.device() as device:
        deny(device.spool, order, here.now)
    here.work(order)
    held = here.held(order)
    assert (held.state, held.reason) == (OrderState.DENIED, "said-no")
    assert here.acts() == ["order-asking", "order-ended"]


def _settled(here: Room, order: str, cancelled: Sequence[bytes] = ()) -> OrderState:
    with here.device() as device:
        settle(device.spool, cancelled, here.now)
    return here.held(order).state


def test_an_answer_is_not_lost_to_who_tells(here: Room) -> None:
    """A yes between a poll and its answer stays a yes, and is told by the next."""
    order = here.send(here.request(**ASKED))
    here.work(order)
    with here.device() as device:
        told = doing(device.spool.orders(busy=True))
        approve(device.spool, order, here.now)
        was_told(device.spool, told)
        assert to_tell(device.spool.orders(busy=True))
        with pytest.raises(UsageError):
            deny(device.spool, order, here.now)
    held = here.held(order)
    assert (held.state, held.consent) == (OrderState.RECEIVED, "yes")


def test_no_answer_is_a_no(here: Room) -> None:
    """Five minutes and a second later it is denied."""
    order = here.send(here.request(**ASKED))
    here.work(order)
    here.now += 300
    assert _settled(here, order) is OrderState.ASKING
    here.now += 1
    assert _settled(here, order) is OrderState.DENIED
    assert here.held(order).reason == "no-answer"


def test_what_was_taken_back_does_not_begin(here: Room) -> None:
    """Cancelled while it waits, it ends; what is heard later of it changes nothing."""
    order = here.send()
    assert _settled(here, order, [bytes.fromhex(order)]) is OrderState.CANCELLED
    here.work(order)
    assert here.sent() == 0


def test_what_is_too_late_does_not_begin(here: Room) -> None:
    """An order whose time is over before its turn ends as expired."""
    order = here.send(here.request(expires=here.now + 10))
    here.now += 11
    assert _settled(here, order) is OrderState.EXPIRED


@pytest.mark.parametrize(
    ("setting", "state"),
    [
        ('default = "never"', OrderState.REFUSED),
        ('disk_state = "never"\ndefault = "allow"', OrderState.REFUSED),
        ('disk_state = "ask"', OrderState.ASKING),
        ('default = "ask"', OrderState.ASKING),
        ('disk_state = "allow"\ndefault = "never"', OrderState.DONE),
    ],
)
def test_the_machine_s_own_file_decides(
    here: Room, setting: str, state: OrderState
) -> None:
    """What `local.toml` says goes before what the diagnostic declares."""
    _settings(here, f"[diagnostics]\n{setting}\n")
    order = here.send()
    here.work(order)
    assert here.held(order).state is state


def test_what_the_file_denies_is_not_in_the_policy(here: Room) -> None:
    """A dataset that the machine gives to nobody is none that can be asked for."""
    _settings(here, 'deny = ["dataset:disk_state"]\n')
    order = here.send()
    here.work(order)
    assert here.held(order).reason == "not-in-policy"


@pytest.mark.parametrize(
    "text",
    [
        '[diagnostics]\ndisk_stat = "allow"\n',
        '[diagnostics]\ndisk_state = "yes"\n',
        "diagnostics = 1\n",
        "[diagnostics\n",
    ],
)
def test_a_file_that_cannot_be_understood_forbids(here: Room, text: str) -> None:
    """Nothing runs: who cannot read a no must not guess it."""
    _settings(here, text)
    order = here.send()
    here.work(order)
    assert here.held(order).reason == "forbidden-here"
    assert here.sent() == 0


def test_more_rows_than_asked_for_do_not_come(here: Room) -> None:
    """The request's own limit holds, below the declared one, and is told."""
    order = here.send(here.request(rows=1))
    here.work(order)
    held = here.held(order)
    assert (held.state, held.found, held.reason) == (OrderState.DONE, 1, "truncated")


@dataclass
class Deadly:
    """A machine whose disks kill whoever looks at them."""

    inner: Host

    def __getattr__(self, name: str) -> object:
        """Pass on."""
        return getattr(self.inner, name)

    def list(self, path: str) -> Sequence[str]:
        """Kill the process that asks."""
        os.kill(os.getpid(), signal.SIGKILL)
        return self.inner.list(path)


@dataclass
class Slow:
    """A machine whose disks never answer."""

    inner: Host

    def __getattr__(self, name: str) -> object:
        """Pass on."""
        return getattr(self.inner, name)

    def list(self, path: str) -> Sequence[str]:
        """Wait for a signal."""
        signal.pause()
        return self.inner.list(path)


@pytest.mark.slow
def test_one_that_is_taken_back_while_it_runs_ends(here: Room) -> None:
    """Its child is ended, nothing is sealed, and it never runs again."""
    order = here.send()
    host = Slow(here.host)

    def begun() -> bool:
        return here.held(order).state is OrderState.RUNNING

    with pytest.raises(TakenBackError):
        order_in_child(here.state, here.held(order), here.now, host, begun)  # type: ignore[arg-type]  # passes all on
    assert here.held(order).state is OrderState.CANCELLED
    assert here.sent() == 0
    here.work(order)
    assert here.acts() == ["order-begun", "order-ended"]


@pytest.mark.slow
def test_one_that_kills_its_child_has_failed(here: Room) -> None:
    """It ends, is not tried again, and says so."""
    order = here.send()
    host = Deadly(here.host)
    with pytest.raises(AgentError):
        order_in_child(here.state, here.held(order), here.now, host)  # type: ignore[arg-type]  # passes all on
    held = here.held(order)
    assert (held.state, held.reason) == (OrderState.FAILED, "crashed")
    assert here.acts() == ["order-begun", "order-ended"]
    here.work(order)
    assert here.acts() == ["order-begun", "order-ended"]


def test_one_found_running_at_the_start_has_failed(here: Room) -> None:
    """What had begun when the agent stopped never begins again."""
    order = here.send()
    with here.device() as device, device.spool.transaction() as change:
        (held,) = device.spool.orders()
        change.put_order(replace(held, state=OrderState.RUNNING, consent="allow"))
    assert _settled(here, order) is OrderState.FAILED
    assert here.held(order).reason == "interrupted"
    here.work(order)
    assert here.sent() == 0


def test_nothing_of_a_request_is_in_clear_on_the_disk(here: Room) -> None:
    """Who asks, why and for whom lies sealed to this device, also when it is over."""
    done, refused = here.send(), here.send(here.request(asked_by="ben"))
    asking = here.send(here.request(**ASKED))
    for order in (done, refused, asking):
        here.work(order)
    words = [b"T-1042", b"portal does not open", b"1763950000"]
    files = [path for path in here.state.directory.iterdir() if path.is_file()]
    content = b"".join(path.read_bytes() for path in files)
    assert done.encode() in content
    assert not [word for word in words if word in content]
