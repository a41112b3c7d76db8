# SPDX-License-Identifier: Apache-2.0
"""Every reason for which a device does not obey an order, one at a time, in order.

Rules: a good order is made wrong in one way, or the device's knowledge is; the verdict
names that way and no other.
Not here: any number of things wrong at once (`tests/model/orders`), running
(`test_orders_running.py`).
"""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from agent.orders.judging import Bad, Good, Standing, judge
from tests.model.orders.known import DATASETS, SENSITIVE, standing
from tests.vectors import order_world, world
from tests.vectors.order_world import ANA, BEN, EVE, FILE, NOW, order, request
from wire import limits, orders
from wire.catalogue import Kind
from wire.diagnostics import Consent
from wire.orders import Given, Request
from wire.purposes import Purpose
from wire.refusals import Refusal

WRONG: dict[Refusal, tuple[Request, dict[str, object]]] = {
    Refusal.WRONG_TENANT: (request(tenant=bytes(16)), {}),
    Refusal.WRONG_DEVICE: (request(device=bytes(16)), {}),
    Refusal.WRONG_INCARNATION: (request(incarnation=bytes(16)), {}),
    Refusal.UNKNOWN_DIAGNOSTIC: (request(diagnostic="shell"), {}),
    Refusal.WRONG_PURPOSE: (request(purpose=Purpose.SECURITY), {}),
    Refusal.NOT_IN_POLICY: (request(), {"permitted": ()}),
    Refusal.BAD_PARAMETERS: (request(parameters=(Given("host", "-oProxy"),)), {}),
    Refusal.OVER_CAPS: (request(seconds=31), {}),
    Refusal.NOT_YET_VALID: (request(issued=NOW + 901, expires=NOW + 990), {}),
    Refusal.EXPIRED: (request(issued=NOW - 60, expires=NOW - 1), {}),
    Refusal.VALID_TOO_LONG: (request(expires=NOW + limits.ORDER_SECONDS + 1), {}),
    Refusal.SEEN_BEFORE: (request(), {"seen": {request().id}}),
    Refusal.CANCELLED: (request(), {"cancelled": {request().id}}),
    Refusal.UNKNOWN_TECHNICIAN: (request(), {"technicians": (BEN, EVE)}),
    Refusal.TECHNICIAN_REMOVED: (request(), {"removed": {ANA.identity}}),
    Refusal.REVOCATIONS_STALE: (request(), {"fresh": False}),
    Refusal.NOT_BY_WHO_ASKS: (request(asked_by="ben"), {}),
    Refusal.NOT_APPROVED: (request(diagnostic=SENSITIVE), {}),
    Refusal.NO_TICKET_KEY: (request(), {"publishers": ()}),
    Refusal.FORBIDDEN_HERE: (request(), {"consent": Consent.NEVER}),
}
"""One thing wrong of a good order by ana, in the order of the checks."""


def _verdict(asked: Request, by: Sequence[str] = ("ana",), **changes: object) -> object:
    known = replace(standing(), **changes)  # type: ignore[arg-type]  # its fields
    found = judge(order(asked, by), known)
    return found.refusal if isinstance(found, Bad) else found


@pytest.mark.parametrize("refusal", WRONG, ids=lambda one: one.value)
def test_one_thing_wrong_is_named(refusal: Refusal) -> None:
    """Each of them refuses an order that is good but for it."""
    asked, changes = WRONG[refusal]
    assert isinstance(_verdict(request()), Good)
    assert _verdict(asked, **changes) is refusal


def test_octets_that_are_no_order_are_malformed() -> None:
    """Nothing is looked at in what cannot be read."""
    for octets in (b"", b"\xa0", order()[:-1], order() + b"\x00"):
        assert judge(octets, standing()) == Bad(Refusal.MALFORMED)


@pytest.mark.parametrize(
    ("people", "by", "asked_by", "refusal"),
    [
        ((replace(ANA, name="ben"), BEN), ("ana", "ben"), "ben", Refusal.SAME_PERSON),
        ((ANA, BEN, EVE), ("eve",), "eve", Refusal.MAY_NOT_ASK),
        (
            (ANA, replace(BEN, may=ANA.may)),
            ("ana", "ben"),
            "ana",
            Refusal.MAY_NOT_APPROVE,
        ),
    ],
    ids=lambda value: value.value if isinstance(value, Refusal) else "",
)
def test_the_wrong_people_are_named(
    people: object, by: Sequence[str], asked_by: str, refusal: Refusal
) -> None:
    """Who may not ask, not approve, or is both, is told apart."""
    asked = request(asked_by=asked_by, diagnostic=SENSITIVE)
    assert _verdict(asked, by, technicians=people) is refusal


def test_a_false_signature_is_named() -> None:
    """A proof of another request refuses this one."""
    octets = orders.REQUEST.encode(request())
    other = order_world.proof(orders.REQUEST.encode(request(rows=1)))
    made = orders.write_order(octets, [other], order_world.ticket_key(request()))
    found = judge(made, standing())
    assert isinstance(found, Bad)
    assert found.refusal is Refusal.BAD_PROOF


@pytest.mark.parametrize(
    "key",
    [
        None,
        order_world.ticket_key(request(), FILE),
        order_world.ticket_key(request(), ticket="T-1043"),
        order_world.ticket_key(request(), tenant=bytes(16)),
        order_world.ticket_key(request(), not_after=NOW - 1),
        order_world.ticket_key(request())[:-1],
    ],
    ids=["none", "of a technician", "another's", "a tenant's", "over", "cut"],
)
def test_a_key_of_nobodys_is_not_sealed_to(key: bytes | None) -> None:
    """Beside a good order stands the key role's word of this ticket, or it is none."""
    octets = orders.REQUEST.encode(request())
    made = orders.write_order(octets, [order_world.proof(octets)], key)
    found = judge(made, standing())
    assert isinstance(found, Bad)
    assert found.refusal is Refusal.NO_TICKET_KEY


def test_every_reason_is_shown_here() -> None:
    """No reason is without a test of it alone."""
    others = {
        *(Refusal.MALFORMED, Refusal.BAD_PROOF, Refusal.SAME_PERSON),
        *(Refusal.MAY_NOT_ASK, Refusal.MAY_NOT_APPROVE),
    }
    assert set(Refusal) == others | WRONG.keys()


@pytest.mark.parametrize("first", range(len(WRONG) - 1))
def test_the_first_thing_wrong_answers(first: int) -> None:
    """Of two things wrong, the one that is looked at first is told."""
    earlier, later = list(WRONG)[first : first + 2]
    plain = request()
    fields: dict[str, object] = {}
    known: dict[str, object] = {}
    for refusal in (later, earlier):
        asked, changes = WRONG[refusal]
        known |= changes
        fields |= {
            name: getattr(asked, name)
            for name in Request.__dataclass_fields__
            if getattr(asked, name) != getattr(plain, name)
        }
    assert _verdict(replace(plain, **fields), **known) is earlier  # type: ignore[arg-type]  # its fields


def test_a_request_issued_before_the_damage_is_seen() -> None:
    """Where orders may have been forgotten, none issued up to then begins."""
    assert _verdict(request(), since=NOW) is Refusal.SEEN_BEFORE
    assert isinstance(_verdict(request(), since=NOW - 1), Good)


def test_a_dataset_of_the_passes_is_no_diagnostic() -> None:
    """What is collected by itself cannot be asked for, though the policy names it."""
    plain = replace(DATASETS["connectivity"], kind=Kind.EVENT, diagnostic=None)
    known = {"connectivity": plain}
    assert _verdict(request(), datasets=known) is Refusal.UNKNOWN_DIAGNOSTIC


def test_the_machine_s_own_word_goes_first() -> None:
    """By name before the default, the default before what is declared."""

    def consent(**changes: object) -> object:
        found = _verdict(request(), **changes)
        return found.consent if isinstance(found, Good) else found

    ask, allow = Consent.ASK, Consent.ALLOW
    assert consent() is Consent.NOTIFY
    assert consent(consent=ask) is ask
    assert consent(consent=ask, consents={"connectivity": allow}) is allow
    never = {"connectivity": Consent.NEVER}
    assert consent(consent=allow, consents=never) is Refusal.FORBIDDEN_HERE


def test_defaults_are_filled_in() -> None:
    """A parameter that was left out has its default, and those given stay."""
    found = _verdict(request(parameters=(Given("host", "example.net"),)))
    assert isinstance(found, Good)
    assert found.parameters.texts == {"host": "example.net", "port": "443"}


def test_the_device_judges_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a verdict comes from outside: it is the same without any file."""
    monkeypatch.chdir("/")
    assert isinstance(_verdict(request()), Good)
    assert isinstance(standing(), Standing)
    assert standing().tenant == world.TENANT
