# SPDX-License-Identifier: Apache-2.0
"""What `wire` reads of technicians, orders, proofs and removals.

Rules: as in `first_opener.py`, which judges all else.
Not here: what the vectors are (`families_orders.py`).
"""

from collections.abc import Callable, Mapping

from tests.vectors.forms import bytes_of, input_of, shown
from wire import orders, proofs, revocations, trust
from wire.crypto.opening import OpeningKey
from wire.keys import PURPOSE_KEY
from wire.technicians import TECHNICIAN
from wire.ticket_key import key_of_ticket

Vector = Mapping[str, object]


def _request(vector: Vector) -> object:
    octets = input_of(vector)
    asked = shown(orders.REQUEST.plain(orders.read_request(octets)))
    return {"request": asked, "challenge": orders.challenge(octets).hex()}


def _order(vector: Vector) -> object:
    order, asked = orders.read_order(input_of(vector))
    signers = [proof.signer.hex() for proof in order.proofs]
    return {"id": asked.id.hex(), "signers": signers}


def _proof(vector: Vector) -> object:
    technician = TECHNICIAN.decode(bytes_of(vector, "technician"))
    proof = orders.PROOF.decode(input_of(vector))
    proofs.check_proof(technician, bytes_of(vector, "challenge"), proof)
    return {"by": technician.name}


def _sealed(vector: Vector) -> object:
    key = OpeningKey(bytes_of(vector, "opening"))
    tenant, device = bytes_of(vector, "tenant"), bytes_of(vector, "device")
    _, asked = orders.read_order(
        orders.open_order(input_of(vector), key, tenant, device)
    )
    return {"id": asked.id.hex()}


def _revocations(vector: Vector) -> object:
    root = trust.ROOT.decode(bytes_of(vector, "root"))
    held, now = vector["held"], vector["now"]
    if not isinstance(held, int) or not isinstance(now, int):
        raise TypeError(held)
    found = revocations.read_revocations(input_of(vector), root, held, now)
    return shown(revocations.REVOCATIONS.plain(found))


def _ticket_key(vector: Vector) -> object:
    root = trust.ROOT.decode(bytes_of(vector, "root"))
    asked, now = orders.read_request(bytes_of(vector, "request")), vector["now"]
    if not isinstance(now, int):
        raise TypeError(now)
    found = key_of_ticket(input_of(vector), root.keys, asked, now)
    return shown(PURPOSE_KEY.plain(found))


JUDGES: Mapping[str, Callable[[Vector], object]] = {
    "request": _request,
    "order": _order,
    "proof-of-order": _proof,
    "sealed-order": _sealed,
    "revocations": _revocations,
    "ticket-key": _ticket_key,
}
