# SPDX-License-Identifier: Apache-2.0
"""What the office answers: devices, what can be asked, orders from draft to end.

Rules: a real installation, technicians' key files and a device that polls; each act is
asked as a page asks it.
Not here: who may ask what (`test_desks_matrix.py`), the checks of orders
(`test_orders_sent.py`), whose session it is (`test_office_door.py`).
"""

import time
from collections.abc import Iterator
from pathlib import Path
from string import ascii_lowercase

import pytest
from orders_room import DEVICE, TICKET, Collector, asking

import policies
from server.access.actions import Action, Role
from server.access.model import Held, Person
from server.authority import open_authority
from server.console.desks import gathered
from server.errors import DeniedError, UsageError
from server.office.acts import Message, acts
from server.office.refused import TOLD
from server.orders.desk import Desk, open_desk
from server.store.kept_refusals import KeptRefusals
from server.store.refusals import NOBODY, REASONS, Refused
from wire.doing import Doing, OrderState
from wire.order_words import describe
from wire.orders import read_request
from wire.policy_source import compile_policy
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
SUPPORT = frozenset({Purpose.SUPPORT})
WISH: Message = {
    "device": DEVICE,
    "diagnostic": "service_state",
    "parameters": ["service=cups"],
    "ticket": TICKET,
    "reason": "the printer does not answer",
    "asked_by": "Lena",
    "seconds": 3_600,
}


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Return a collector with a device, technicians and a ticket."""
    with asking(tmp_path_factory.mktemp("office")) as made:
        yield made


@pytest.fixture
def desk(collector: Collector) -> Iterator[Desk]:
    """Return what the office works with."""
    with open_desk(collector.room.site.layout) as found:
        yield found


def told(desk: Desk, act: str, question: Message | None = None) -> list[Message]:
    """Return the messages of an act."""
    person = Person("p-ann", (Held(Role.TECHNICIAN, desk.tenant, SUPPORT),))
    return list(acts()[act].answer(desk, dict(question or {}), person, now()))


def end(desk: Desk, act: str, question: Message | None = None) -> Message:
    """Return how an act ends."""
    found = told(desk, act, question)[-1]["end"]
    assert isinstance(found, dict)
    return found


def lines(desk: Desk) -> list[Message]:
    """Return the devices of the fleet's first page."""
    return gathered(iter(told(desk, "fleet")), "devices")


def now() -> int:
    """Return the time."""
    return int(time.time())


def named(found: object, name: str) -> Message:
    """Return one of a list by its name."""
    assert isinstance(found, list)
    one: Message = next(one for one in found if one["name"] == name)
    return one


def signed(
    collector: Collector, desk: Desk, *names: str, **changes: object
) -> tuple[str, str]:
    """Draft at the office and sign elsewhere; return the order, and its id."""
    octets = bytes.fromhex(str(end(desk, "draft", WISH | changes)["request"]))
    path = Path(collector.place / "drafted")
    path.unlink(missing_ok=True)
    path.write_bytes(octets)
    for name in names:
        path = collector.signed(path, name)
    return path.read_bytes().hex(), read_request(octets).id.hex()


def sent(collector: Collector, desk: Desk) -> str:
    """Draft, sign and send; return the order's id."""
    order, number = signed(collector, desk, "Lena")
    assert end(desk, "send", {"order": order})["order"] == number
    return number


def fate(desk: Desk, order: str, **question: object) -> Message:
    """Return what is told of one order."""
    found = end(desk, "orders", {"order": order} | question)["orders"]
    assert isinstance(found, list)
    one: Message = found[0]
    assert len(found) == 1
    return one


def test_every_act_says_who_may_do_it() -> None:
    """Each act has an action, and a purpose where it works on telemetry."""
    for name, act in acts().items():
        assert isinstance(act.action, Action)
        wants = act.action.value.startswith("diagnose.")
        assert (name, act.purpose is Purpose.SUPPORT) == (name, wants)


def test_a_device_is_told_as_the_store_has_it(collector: Collector, desk: Desk) -> None:
    """One by its name, with its chains and all that its line of the fleet has."""
    one = end(desk, "device", {"device": DEVICE})
    (line,) = (each for each in lines(desk) if each["label"] == DEVICE)
    assert line.items() <= one.items()
    assert one["device"] == collector.device.device.hex()
    assert (one["state"], one["gaps"], one["alarms"]) == ("active", 0, [])
    assert [chain["missing"] for chain in one["chains"]] == [0]  # type: ignore[attr-defined]  # a list
    for wrong in ("nobody", "", 7, None):
        with pytest.raises(UsageError):
            end(desk, "device", {"device": wrong})


def test_the_fleet_is_summed_up_without_a_device(desk: Desk) -> None:
    """What waits, what was lost, and that nobody marks what came to this collector."""
    found = end(desk, "fleet")
    behind, count = found.pop("behind"), len(desk.store.devices(desk.tenant))
    sums = {"waiting": 0, "oldest": 0, "losses": [], "refused": []}
    sums |= {"refused_more": False, "unheard_more": False}
    assert {name: found[name] for name in sums} == sums
    assert (found["count"], found["found"], found["page"]) == (count, count, 1)
    assert behind in range(1, count + 1)


def test_what_gates_did_not_take_is_told_by_reason(desk: Desk) -> None:
    """Sums of an hour and a day, and of each device what its signature vouches for."""
    one, other = desk.store.devices(desk.tenant)[0].device, b"o" * 32
    kept, at = desk.store.refusals, now()
    for gate, device, reason, count, ago in (
        ("west", one, "clock-skew", 3, 8 * 3_600),
        ("west", one, "clock-skew", 2, 60),
        ("east", other, "revoked", 1, 60),
        ("east", other, "revoked", 4, 30 * 3_600),
    ):
        kept.add(gate, [Refused(desk.tenant, device, reason, count, at - ago)])
    kept.add("east", [Refused(NOBODY, b"", "unknown-device", 9, at - 60)])
    kept.add("east", [Refused(b"x" * 16, b"d" * 16, "revoked", 7, at - 60)])
    told = end(desk, "fleet")["refused"]
    assert told == [
        {"reason": "unknown-device", "gate": "east", "day": 9, "hour": 9},
        {"reason": "clock-skew", "gate": "west", "day": 5, "hour": 2},
        {"reason": "revoked", "gate": "east", "day": 1, "hour": 1},
    ]
    shown = end(desk, "device", {"device": one.hex()})["refused"]
    assert shown == [
        {
            "reason": "clock-skew",
            "gate": "west",
            "count": 5,
            "since": at - 8 * 3_600,
            "last": at - 60,
        }
    ]
    kept.forget(at + 3_600, at + 7_200)
    assert end(desk, "device", {"device": one.hex()})["refused"] == []


def test_what_a_gate_makes_up_is_told_in_part(desk: Desk) -> None:
    """All that is told apart and the other one; beyond that, that there are more."""
    one, at = desk.store.devices(desk.tenant)[0].device, now()
    made_up = [
        Refused(desk.tenant, one, f"odd-{first}{second}", 1, at - 60)
        for first in "ab"
        for second in ascii_lowercase
    ]
    kept = desk.store.refusals
    kept.add("west", made_up[:REASONS])
    assert _told_of(desk, one) == [(REASONS, False)] * 3
    kept.add("west", made_up[REASONS:])
    assert _told_of(desk, one) == [(TOLD, False)] * 3
    kept.add("east", made_up[:1])
    assert isinstance(kept, KeptRefusals)  # as a gate writes past `add`
    past = desk.tenant, one, "odd-bz", "west", 1, at - 60, at - 60
    insert = "INSERT INTO refused VALUES (?, ?, ?, ?, ?, ?, ?)"
    assert kept._connections.change(insert, past)
    assert _told_of(desk, one) == [(TOLD, True)] * 3
    kept.forget(at + 3_600, at + 7_200)


def _told_of(desk: Desk, device: bytes) -> list[tuple[int, object]]:
    """Return how many reasons a device's page, its line and the sums have, and more."""
    page = end(desk, "device", {"device": device.hex()})
    (line,) = (one for one in lines(desk) if one["device"] == device.hex())
    sums = end(desk, "fleet")
    return [
        (len(part["refused"]), part[more])  # type: ignore[arg-type]  # a list
        for part, more in (
            (page, "refused_more"),
            (line | {"more": sums["unheard_more"]}, "more"),
            (sums, "refused_more"),
        )
    ]


def test_what_can_be_asked_is_of_policy_and_root(desk: Desk) -> None:
    """Each diagnostic with its bounds and columns; technicians with what they may."""
    found = end(desk, "diagnostics")
    one = named(found["diagnostics"], "top_processes")
    assert (one["permitted"], one["sensitive"]) == (True, False)
    assert one["columns"]["process.memory.usage"] == "bytes"  # type: ignore[index]  # a mapping
    top = named(one["parameters"], "top")
    assert (top["type"], top["minimum"], top["maximum"]) == ("integer", 1, 50)
    assert named(found["diagnostics"], "packet_headers")["sensitive"] is True
    may = {name: named(found["technicians"], name) for name in ("Lena", "Max", "Olga")}
    assert [(one["asks"], one["approves"]) for one in may.values()] == [
        (True, False),
        (False, True),
        (True, True),
    ]


def test_a_draft_is_told_in_the_words_that_are_signed(desk: Desk) -> None:
    """The words are those of the very octets; nothing is sent, nothing written."""
    before = len(list(desk.ledger.entries()))
    found = end(desk, "draft", WISH)
    request = read_request(bytes.fromhex(str(found["request"])))
    words = describe(request, desk.diagnostic("service_state"))
    assert found["lines"] == [[one.name, one.value, one.note] for one in words]
    assert found["sensitive"] is False
    assert (request.reason, request.ticket) == (WISH["reason"], TICKET)
    assert len(list(desk.ledger.entries())) == before
    assert end(desk, "orders")["orders"] == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"device": "nobody"}, UsageError),
        ({"diagnostic": "no_such"}, UsageError),
        ({"parameters": ["service=;reboot"]}, UsageError),
        ({"parameters": "service=cups"}, UsageError),
        ({"ticket": "T-closed"}, DeniedError),
        ({"asked_by": "Nobody"}, (DeniedError, UsageError)),
        ({"reason": ""}, UsageError),
        ({"seconds": 1 << 20}, UsageError),
        ({"seconds": "soon"}, UsageError),
    ],
)
def test_what_no_device_would_do_is_not_drafted(
    desk: Desk, changes: Message, error: type[Exception]
) -> None:
    """Each wrong word is refused with a sentence, and no request comes of it."""
    with pytest.raises(error):
        told(desk, "draft", WISH | changes)


def test_an_order_is_followed_from_its_sending_to_its_end(
    collector: Collector, desk: Desk
) -> None:
    """What was asked and by whom, then how far it is, as the device tells."""
    order = sent(collector, desk)
    one = fate(desk, order)
    assert (one["state"], one["diagnostic"], one["ticket"]) == (
        *("waiting", "service_state"),
        TICKET,
    )
    assert (one["technicians"], one["by"], one["label"]) == (["Lena"], "p-ann", DEVICE)
    assert "ticket" not in fate(desk, order, brief=True)
    number = bytes.fromhex(order)
    collector.says(Doing(number, OrderState.RUNNING, "", 3, 10))
    one = fate(desk, order[:8])
    assert (one["state"], one["done"], one["of"]) == ("running", 3, 10)
    collector.says(Doing(number, OrderState.DENIED, "", 0, 0))
    one = fate(desk, order)
    assert (one["state"], one["over"]) == ("denied", True)


def test_an_order_is_taken_back_once(collector: Collector, desk: Desk) -> None:
    """Who takes it back is in the ledger; what is over or unknown is refused."""
    order = sent(collector, desk)
    assert end(desk, "cancel", {"order": order[:8]}) == {"order": order}
    assert fate(desk, order)["state"] == "withdrawn"
    (act,) = [one for one in desk.ledger.entries() if one.act == "order-cancelled"]
    assert act.body is not None
    assert act.body["by"] == "p-ann"
    for wrong in (order, "nothing", ""):
        with pytest.raises(UsageError):
            end(desk, "cancel", {"order": wrong})


def test_what_is_not_signed_is_not_sent(collector: Collector, desk: Desk) -> None:
    """No octets, a bare request and another's signature come to nothing."""
    draft = str(end(desk, "draft", WISH)["request"])
    for wrong in ("", "zz", "a0", draft):
        for act in ("send", "approve"):
            with pytest.raises(UsageError):
                end(desk, act, {"order": wrong})
    order, _ = signed(collector, desk, "Olga")
    with pytest.raises(DeniedError):
        end(desk, "send", {"order": order})


def test_a_second_signature_is_sent_by_who_may_approve(
    collector: Collector, desk: Desk
) -> None:
    """One signature is refused by `approve`; with the second one it goes out."""
    wish: Message = {"diagnostic": "packet_headers", "parameters": []}
    order, _ = signed(collector, desk, "Lena", **wish)
    with pytest.raises(UsageError, match="both signatures"):
        end(desk, "approve", {"order": order})
    order, number = signed(collector, desk, "Lena", "Max", **wish)
    assert end(desk, "approve", {"order": order})["order"] == number
    technicians = fate(desk, number)["technicians"]
    assert isinstance(technicians, list)
    assert sorted(technicians) == ["Lena", "Max"]


def test_the_map_is_told_for_each_version(collector: Collector, desk: Desk) -> None:
    """The newest, an older one, what one takes less, and none that is not there."""
    text = policies.preset("minimal")
    less = compile_policy(text, policies.catalogue(), "minimal.toml")
    with open_authority(collector.room.site.layout) as authority:
        before = authority.policy().version
        version = authority.publish(less, now(), "ops").version
    found = told(desk, "policy")
    assert found[-1]["end"]["version"] == version  # type: ignore[index]  # a mapping
    changed = [one for part in found for one in part.get("changes", ())]  # type: ignore[attr-defined]  # a list
    assert changed
    assert end(desk, "policy", {"version": before})["version"] == before
    with pytest.raises(UsageError, match="no policy of this version"):
        told(desk, "policy", {"version": 999})
    *purposes, last = told(desk, "tables")
    assert last == {"end": {"version": version}}
    every = [one["purpose"] for part in purposes for one in part["purposes"]]  # type: ignore[attr-defined]  # a list
    assert every == [one.purpose.value for one in less.purposes]
