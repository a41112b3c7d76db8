# SPDX-License-Identifier: Apache-2.0
"""Orders and lists of removals, each octet flipped; their seal; their bounds.

Rules: what is flipped was good before, and is refused by whoever receives it.
Not here: what else is wrong, one by one (`tests/vectors/families_orders.py`).
"""

from collections.abc import Callable, Iterator

import pytest

from tests.vectors import world
from tests.vectors.order_world import (
    ANA,
    BEN,
    DEVICE,
    EVE,
    NOW,
    order,
    removals,
    request,
)
from wire import limits, orders, revocations
from wire.authorisation import unauthorised
from wire.crypto.sealing import OVERHEAD_BYTES
from wire.errors import SchemaError, WireError
from wire.frame import padded
from wire.orders import Given, Proof
from wire.ticket_key import key_of_ticket


def _flips(octets: bytes) -> Iterator[bytes]:
    """Yield the octets with one bit of one of them turned, each bit in its turn."""
    for at in range(len(octets)):
        for bit in range(8):
            yield octets[:at] + bytes([octets[at] ^ 1 << bit]) + octets[at + 1 :]


def _obeyed(octets: bytes) -> bool:
    """Tell whether a device would take an order as authorised by its proofs."""
    try:
        read, asked = orders.read_order(octets)
    except WireError:
        return False
    people = (ANA, BEN, EVE)
    if unauthorised(read, asked, people, (), sensitive=True) is not None:
        return False
    try:
        key_of_ticket(read.key or b"", world.root().keys, asked, NOW)
    except WireError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("second", ["ben", "eve"])
def test_no_flipped_order_is_authorised(second: str) -> None:
    """An order by a key file and a passkey holds; with any bit turned it does not."""
    good = order(by=["ana", second])
    assert _obeyed(good)
    assert not [flipped for flipped in _flips(good) if _obeyed(flipped)]


def test_no_flipped_list_of_removals_is_taken() -> None:
    """A list of removals holds; with any bit turned it does not."""
    good = removals(technicians=(ANA.identity,), orders=(bytes(16),))
    root = world.root()

    def taken(octets: bytes) -> bool:
        try:
            revocations.read_revocations(octets, root, 0, NOW)
        except WireError:
            return False
        return True

    assert taken(good)
    assert not [flipped for flipped in _flips(good) if taken(flipped)]


def test_an_order_opens_at_its_device_only() -> None:
    """The device's own key opens what was sealed to it, and its name is bound."""
    key, made = world.opening("device"), order()
    sealed = orders.seal_order(made, key.public, world.TENANT, DEVICE)
    assert made == orders.open_order(sealed, key, world.TENANT, DEVICE)
    for tenant, device in ((bytes(16), DEVICE), (world.TENANT, bytes(16))):
        with pytest.raises(WireError):
            orders.open_order(sealed, key, tenant, device)


def test_sealed_orders_look_alike() -> None:
    """Of two requests that differ by a few letters, neither the length tells which."""
    key = world.opening("device").public
    made = (order(request(reason=reason)) for reason in ("a" * 90, "a" * 100))
    first, second = (orders.seal_order(one, key, world.TENANT, DEVICE) for one in made)
    assert len(first) == len(second)


def test_the_largest_order_fits_an_answer() -> None:
    """An order at its bound, that no compression helps, is within its sealed bound."""
    frame = padded(limits.ORDER_BYTES + 5)
    assert frame + OVERHEAD_BYTES <= limits.SEALED_ORDER_BYTES
    client, octets = bytes(limits.CLIENT_DATA_BYTES), bytes(limits.REQUEST_BYTES)
    proof = Proof(bytes(16), bytes(72), bytes(37), client)
    whole = orders.ORDER.encode(orders.Order(octets, (proof, proof)))
    assert len(whole) <= limits.ORDER_BYTES


@pytest.mark.parametrize(
    "make",
    [
        lambda: orders.write_request(request(reason="\u202eevil")),
        lambda: orders.write_request(request(parameters=(Given("a", ""),) * 2)),
        lambda: orders.write_order(orders.write_request(request()), []),
    ],
)
def test_none_is_written_that_would_be_refused(make: Callable[[], bytes]) -> None:
    """Who writes a request or an order hears what is wrong, before anyone signs."""
    with pytest.raises(SchemaError):
        make()
