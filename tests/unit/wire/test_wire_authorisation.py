# SPDX-License-Identifier: Apache-2.0
"""Who must have signed an order, each way in which it can be somebody else.

Rules: real keys and passkeys; one thing is wrong at a time.
Not here: the signatures' own spellings (`tests/vectors/families_proofs.py`).
"""

from dataclasses import replace

import pytest

from tests.vectors.order_world import ANA, BEN, EVE, order, proof, request
from wire import orders
from wire.authorisation import unauthorised
from wire.crypto.signing import SigningKey
from wire.orders import Proof
from wire.refusals import Refusal
from wire.technicians import KeyKind, May, Technician

PEOPLE = (ANA, BEN, EVE)
BY_BEN = request(asked_by="ben")


def _verdict(
    octets: bytes,
    people: tuple[Technician, ...] = PEOPLE,
    removed: tuple[bytes, ...] = (),
    *,
    sensitive: bool = False,
    fresh: bool = True,
) -> Refusal | None:
    read, asked = orders.read_order(octets)
    return unauthorised(read, asked, people, removed, sensitive=sensitive, fresh=fresh)


def test_one_who_may_ask_is_enough() -> None:
    """A key file or a passkey of who may ask authorises what is not sensitive."""
    assert _verdict(order()) is None
    assert _verdict(order(BY_BEN, by=["ben"])) is None


def test_what_is_sensitive_needs_two_people() -> None:
    """A sensitive one is refused with one signature and obeyed with an approver's."""
    assert _verdict(order(), sensitive=True) is Refusal.NOT_APPROVED
    assert _verdict(order(by=["ana", "eve"]), sensitive=True) is None


def test_nobody_approves_their_own() -> None:
    """Two keys of one person are one person, whatever each may."""
    two = (ANA, replace(BEN, name="ana"))
    made = order(by=["ana", "ben"])
    assert _verdict(made, two, sensitive=True) is Refusal.SAME_PERSON


def test_who_may_only_ask_approves_nothing() -> None:
    """The second signature has to be of one who approves."""
    people = (ANA, replace(BEN, may=May.ASK))
    made = order(by=["ana", "ben"])
    assert _verdict(made, people, sensitive=True) is Refusal.MAY_NOT_APPROVE


def test_who_may_only_approve_asks_nothing() -> None:
    """An approver's own request is refused, also with another who approves it."""
    asked = request(asked_by="eve")
    assert _verdict(order(asked, by=["eve"])) is Refusal.MAY_NOT_ASK
    assert _verdict(order(asked, by=["eve", "ben"])) is Refusal.MAY_NOT_ASK


def test_a_request_in_another_s_name_is_refused() -> None:
    """What names ana and is signed by ben is neither's request."""
    assert _verdict(order(by=["ben"])) is Refusal.NOT_BY_WHO_ASKS
    assert _verdict(order(by=["ben", "eve"])) is Refusal.NOT_BY_WHO_ASKS


def test_who_is_not_in_the_root_signs_nothing() -> None:
    """A stranger's proof refuses the order, also beside a good one."""
    assert _verdict(order(), (BEN, EVE)) is Refusal.UNKNOWN_TECHNICIAN
    made = order(by=["ana", "ben"])
    assert _verdict(made, (ANA, EVE)) is Refusal.UNKNOWN_TECHNICIAN


@pytest.mark.parametrize("gone", [ANA, EVE])
def test_who_was_removed_signs_nothing(gone: Technician) -> None:
    """A removed key refuses the order, whichever of the two it is."""
    made = order(by=["ana", "eve"])
    assert _verdict(made, removed=(gone.identity,)) is Refusal.TECHNICIAN_REMOVED
    assert _verdict(made, removed=(BEN.identity,)) is None


def test_without_a_fresh_list_nobody_is_believed() -> None:
    """Where no list of removals is new enough, no order is obeyed."""
    assert _verdict(order(), fresh=False) is Refusal.REVOCATIONS_STALE


def test_one_false_signature_refuses_both() -> None:
    """A good proof does not make up for a false one."""
    octets = orders.REQUEST.encode(request())
    of_another = proof(orders.REQUEST.encode(request(rows=1)), by="eve")
    made = orders.write_order(octets, [proof(octets), of_another])
    assert _verdict(made) is Refusal.BAD_PROOF


def test_a_key_signs_under_its_own_kind_only() -> None:
    """A key file of the passkey's very key makes no assertion, nor the other way."""
    key = SigningKey(bytes(range(32)))
    filed = Technician("ana", key.public, KeyKind.KEY_FILE, May.ASK)
    passkey = replace(
        filed,
        kind=KeyKind.PASSKEY_EDDSA,
        rp_id="localhost",
        origin="http://localhost:8347",
    )
    octets = orders.REQUEST.encode(request())
    plain = Proof(
        filed.identity,
        key.sign(b"discreet/1/order-proof\x00" + orders.challenge(octets)),
    )
    made = orders.write_order(octets, [plain])
    assert _verdict(made, (filed,)) is None
    assert _verdict(made, (passkey,)) is Refusal.BAD_PROOF
