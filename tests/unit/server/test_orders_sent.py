# SPDX-License-Identifier: Apache-2.0
"""Orders at the collector: drafted, signed, sent, followed and taken back.

Rules: a real installation, typed commands, real key files; the device opens what it is
handed by its own key.
Not here: what an agent makes of an order (`tests/unit/agent`), whether proofs count
(`tests/unit/wire`).
"""

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from orders_room import DEVICE, TICKET, Collector, asking

from server.access import people
from server.access.actions import Role
from server.access.model import Held
from server.access.register import open_people
from server.authority import open_authority
from server.commands import serve
from server.orders import sending
from server.orders.desk import open_desk
from server.register.tickets import digest_of
from wire.doing import Doing, OrderState
from wire.orders import Given, read_request, write_request
from wire.purposes import Purpose
from wire.revocations import REVOCATIONS
from wire.signed import SignedKind, read
from wire.ticket_key import key_of_ticket
from wire.trust import Root

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Return a collector with a device, technicians and a ticket."""
    with asking(tmp_path_factory.mktemp("asking")) as made:
        yield made


def sent(collector: Collector, **changes: str) -> bytes:
    """Draft, sign and send an order by Lena; return its id."""
    signed = collector.signed(collector.drafted(**changes))
    told = json.loads(collector.typed("diagnose", "send", signed, "--json"))
    return bytes.fromhex(told["order"])


def root(collector: Collector) -> Root:
    """Return the newest root."""
    with open_authority(collector.room.site.layout) as authority:
        return authority.root()


def state(collector: Collector, order: bytes) -> dict[str, object]:
    """Return what is told of an order."""
    told = collector.typed("diagnose", "status", order.hex(), "--json")
    (found,) = json.loads(told)
    assert isinstance(found, dict)
    return found


def ended(collector: Collector, order: bytes) -> None:
    """Let the device be done with an order."""
    collector.says(Doing(order, OrderState.DONE))


def test_what_is_drafted_is_whole(collector: Collector) -> None:
    """Each parameter that was left out has its default; who asks is named."""
    request = read_request(collector.drafted().read_bytes())
    assert request.parameters == (Given("lines", "30"), Given("service", "cups"))
    assert (request.asked_by, request.ticket) == ("Lena", TICKET)
    assert request.device == collector.device.device
    assert request.incarnation == collector.device.incarnation
    assert request.expires - request.issued == 3_600


def test_a_signed_order_comes_to_its_device(collector: Collector) -> None:
    """What was signed opens there, with its ticket's key and a fresh list."""
    before = len(collector.acts())
    request = collector.drafted()
    order = sent(collector)
    (found,) = collector.handed()
    assert found[1].id == order
    assert found[1].reason == read_request(request.read_bytes()).reason
    sent_with, asked = found
    key = key_of_ticket(sent_with.key or b"", root(collector).keys, asked, asked.issued)
    ticket = digest_of(collector.tenant, TICKET)
    (held,) = collector.room.site.keyring.tickets.live(collector.tenant, ticket)
    assert (key.id, key.retention) == (held.key_id, "tickets")
    octets = collector.room.site.store.orders.revocations(collector.tenant)
    assert octets is not None
    listed = REVOCATIONS.decode(read(octets, SignedKind.REVOCATIONS).payload)
    assert listed.issued >= found[1].issued
    assert collector.acts()[before:] == ["order-sent"]
    ended(collector, order)


def test_its_states_are_told_in_words(collector: Collector) -> None:
    """What the device says comes as a sentence; how it ended is in the ledger once."""
    order = sent(collector)
    assert state(collector, order)["words"] == "waits for its device"
    before = len(collector.acts())
    for doing, said in (
        (Doing(order, OrderState.ASKING), "consent of the person"),
        (Doing(order, OrderState.RUNNING, "", 2, 10), "is running (2 of at most 10 s)"),
        (Doing(order, OrderState.DENIED, "said-no"), "a person at the machine said no"),
        (Doing(order, OrderState.DONE), "denied at the machine"),
    ):
        collector.says(doing)
        assert said in str(state(collector, order)["words"])
    assert collector.acts()[before:] == ["order-ended"]


def test_why_a_device_refused_is_a_sentence(collector: Collector) -> None:
    """Its slug is told as what to do about it; an odd one is shown inert."""
    for reason, said in (
        ("wrong-incarnation", "new spool since: ask again"),
        ("\x1b[2J", "?[2J"),
    ):
        order = sent(collector)
        collector.says(Doing(order, OrderState.REFUSED, reason))
        assert said in str(state(collector, order)["words"])


def test_an_order_can_be_taken_back(collector: Collector) -> None:
    """It is handed no more, its device is told, and that is in the ledger."""
    order = sent(collector)
    before = len(collector.acts())
    collector.typed("diagnose", "cancel", order.hex()[:8])
    assert collector.handed() == []
    octets = collector.room.site.store.orders.revocations(collector.tenant)
    assert octets is not None
    listed = REVOCATIONS.decode(read(octets, SignedKind.REVOCATIONS).payload)
    assert order in listed.orders
    assert collector.acts()[before:] == ["order-cancelled"]
    assert "taken back" in str(state(collector, order)["words"])
    said = collector.typed("diagnose", "cancel", order.hex()[:8], code=2)
    assert "nothing to cancel" in said


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"device": "nowhere"}, 2, "no such device"),
        ({"asked": "shell command=reboot"}, 2, "no such diagnostic"),
        ({"asked": "service_state"}, 2, "parameter service is missing"),
        ({"asked": "service_state service=../../etc"}, 2, "parameter service"),
        ({"asked": "service_state cups"}, 2, "NAME=VALUE"),
        ({"ticket": "T-closed"}, 6, "closed"),
        ({"ticket": "T-unknown"}, 6, "under an open ticket"),
        ({"reason": " "}, 2, "reason"),
        ({"reason": "a\u202eb"}, 2, "printable"),
        ({"expires": "2d"}, 2, "24h"),
        ({"as": "Nobody"}, 2, "technician list"),
        ({"as": "Max"}, 6, "may approve, and may not ask"),
    ],
)
def test_what_may_not_be_asked_is_not_drafted(
    collector: Collector, changes: dict[str, str], code: int, said: str
) -> None:
    """A sentence says what is wrong, and no file is written."""
    path = collector.place / "refused"
    words = "diagnose", "draft", *collector.wish(**changes), "--out", path
    assert said in collector.typed(*words, code=code)
    assert not path.exists()


def test_what_no_device_would_obey_is_not_sent(collector: Collector) -> None:
    """Whoever signed wrongly is told why; the ledger has that it was refused."""
    path = collector.drafted()
    request = read_request(path.read_bytes())
    twice = collector.signed(path)
    collector.typed("diagnose", "send", twice)
    collector.says(Doing(request.id, OrderState.RECEIVED))
    before = len(collector.acts())
    for changes, by, said in (
        ({"tenant": b"x" * 16}, "Lena", "another tenant"),
        ({"device": b"x" * 16}, "Lena", "another device"),
        ({"incarnation": b"x" * 16}, "Lena", "new spool"),
        ({"asked_by": "Max"}, "Lena", "another than who signed"),
        ({}, "Max", "another than who signed"),
        ({"ticket": "T-closed"}, "Lena", "closed"),
        ({}, "Lena", "before"),
    ):
        whole = replace(request, **changes)
        path.write_bytes(write_request(whole))
        said_so = collector.typed(
            "diagnose", "send", collector.signed(path, by), code=6
        )
        assert said in said_so
    assert collector.acts()[before:] == ["order-refused"] * 7
    ended(collector, request.id)


def test_nobody_approves_what_they_ask(collector: Collector) -> None:
    """A second signature by a second key of the same person is refused."""
    path = collector.drafted(**{"as": "Olga"})
    request = read_request(path.read_bytes())
    by_olga, by_max = collector.signed(path, "Olga"), collector.signed(path, "Max")
    by_lena = collector.signed(path, "Lena")
    said = collector.typed("diagnose", "send", by_olga, by_lena, code=6)
    assert "may ask, and may not approve" in said
    collector.typed("diagnose", "send", by_olga, by_max)
    (found,) = collector.handed()
    assert len(found[0].proofs) == 2
    ended(collector, request.id)


def test_what_is_sensitive_needs_a_second_person(collector: Collector) -> None:
    """One signature is refused in a sentence; with an approver's it is sent."""
    path = collector.drafted(asked="packet_headers seconds=5")
    request = read_request(path.read_bytes())
    by_lena, by_max = collector.signed(path), collector.signed(path, "Max")
    said = collector.typed("diagnose", "send", by_lena, code=6)
    assert "a second person's signature" in said
    collector.typed("diagnose", "send", by_lena, by_max)
    (found,) = collector.handed()
    assert found[1].id == request.id
    ended(collector, request.id)


def test_an_order_ends_with_its_ticket(collector: Collector) -> None:
    """It lasts no longer than the ticket, and is taken back when that is closed."""
    collector.ticket("open", "T-short", seconds=600, devices=[])
    request = read_request(collector.drafted(ticket="T-short").read_bytes())
    assert request.expires - request.issued <= 600
    order = sent(collector, ticket="T-short")
    layout, now = collector.room.site.layout, int(time.time())
    serve.bring_up_to_date(layout, now)
    assert len(collector.handed()) == 1
    collector.ticket("close", "T-short")
    before = len(collector.acts())
    for _ in range(2):
        serve.bring_up_to_date(layout, now)
    assert collector.handed() == []
    assert collector.acts()[before:] == ["order-cancelled"]
    assert "taken back" in str(state(collector, order)["words"])


@pytest.mark.parametrize(
    "taken",
    [
        ("person", "suspend"),
        ("person", "remove"),
        ("person", "attest", "--until", "2020-01-01"),
        ("person", "role", "--take", "technician"),
    ],
    ids=lambda words: words[1],
)
def test_what_somebody_sent_ends_as_they_may_ask_no_more(
    collector: Collector, taken: tuple[str, ...]
) -> None:
    """What waits for a device that is away is taken back before it comes."""
    layout, now = collector.room.site.layout, int(time.time())
    register = open_people(layout.people)
    with register.writing() as connection:
        kim = people.add(connection, "Kim", now)
        support = frozenset({Purpose.SUPPORT})
        people.give(connection, kim, Held(Role.TECHNICIAN, collector.tenant, support))
        people.set_trained(connection, kim, now + 86_400)
    register.close()
    octets = collector.signed(collector.drafted()).read_bytes()
    with open_desk(layout) as desk:
        sending.send(desk, [octets], now, kim)
    serve.bring_up_to_date(layout, now)
    assert len(collector.handed()) == 1
    collector.typed(*taken, kim)
    serve.bring_up_to_date(layout, now)
    assert collector.handed() == []
    assert collector.acts()[-2:] == ["order-sent", "order-cancelled"]


def test_files_of_two_requests_are_no_order(collector: Collector) -> None:
    """What does not belong together is not sent, nor what is no order at all."""
    one = collector.signed(collector.drafted("one"))
    two = collector.signed(collector.drafted("two"), "Max")
    assert "one request" in collector.typed("diagnose", "send", one, two, code=4)
    said = collector.typed("diagnose", "send", collector.place / "words", code=4)
    assert "discreet-authorise" in said


def test_a_removed_technician_sends_nothing(collector: Collector) -> None:
    """What was signed before the removal is refused after it."""
    signed = collector.signed(collector.drafted(**{"as": "Olga"}), "Olga")
    collector.typed("root", "technician", "remove", "Olga")
    assert "has been removed" in collector.typed("diagnose", "send", signed, code=6)
    wish = collector.wish(**{"as": "Olga"})
    words = "diagnose", "draft", *wish, "--out", collector.place / "refused"
    assert "has been removed" in collector.typed(*words, code=6)


def test_what_can_be_asked_is_listed(collector: Collector) -> None:
    """Each has its words, parameters and what the person at the machine says to it."""
    told = collector.typed("diagnose", "list")
    assert "service_state: How one service fares" in told
    assert "lines=30" in told
    found = json.loads(collector.typed("diagnose", "list", "--json"))
    assert all(one["permitted"] for one in found)


def test_whoever_stops_waiting_stops_nothing(collector: Collector) -> None:
    """Run signs, sends and waits; where it ends first, the order goes on."""
    wish = [*collector.wish(device=DEVICE), "--key", collector.place / "Lena"]
    words = *wish, "--passphrase-file", collector.place / "words", "--yes"
    said = collector.typed("diagnose", "run", *words, "--wait", "1s", code=10)
    assert "goes on" in said
    (found,) = collector.handed()
    ended(collector, found[1].id)


def test_nothing_is_asked_that_cannot_be_kept(collector: Collector) -> None:
    """Under a ticket whose key was destroyed nothing is sent; the reason is told."""
    collector.ticket("open", "T-dead", seconds=36_000, devices=[])
    keyring = collector.room.site.keyring
    (key,) = keyring.tickets.live(
        collector.tenant, digest_of(collector.tenant, "T-dead")
    )
    keyring.destroy([key.key_id], "business-need", int(time.time()))
    signed = collector.signed(collector.drafted(ticket="T-dead"))
    said = collector.typed("diagnose", "send", signed, code=6)
    assert "open another ticket" in said
    assert collector.acts()[-1] == "order-refused"
