# SPDX-License-Identifier: Apache-2.0
"""What may be shown of an order to a person at the machine, and who signed it.

Rules: its words are shown where its signatures were found good, and no others.
Not here: showing it (`agent/commands/diagnostics.py`, `agent/window`).
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from agent.device import Device
from agent.errors import NotEnrolledError
from agent.identity import Identity, trusted
from agent.spool.order import HeldOrder
from wire.errors import WireError
from wire.orders import Order, Request, open_order, read_order
from wire.technicians import Technician


@dataclass(frozen=True, slots=True)
class Told:
    """One order, as far as it may be shown.

    Attributes:
        held: as the spool remembers it.
        order: with its proofs; None where nobody vouches for it.
        request: what is asked; None as well.
    """

    held: HeldOrder
    order: Order | None
    request: Request | None


def told_of(held: HeldOrder, who: Identity) -> Told:
    """Return what may be shown of an order.

    Args:
        held: as the spool remembers it.
        who: the device, to which it is sealed.
    """
    if not held.octets or not held.consent:  # nobody has found its signatures good
        return Told(held, None, None)
    try:
        octets = open_order(held.octets, who.sealing, who.tenant, who.device)
        return Told(held, *read_order(octets))
    except WireError:
        return Told(held, None, None)


def people_of(device: Device, now: int) -> Mapping[bytes, Technician]:
    """Return the technicians that the root names, by their key's identity."""
    with suppress(WireError, NotEnrolledError):
        root = trusted(device.state, device.who, now).root
        return {one.identity: one for one in root.technicians}
    return {}


def approvers(told: Told, people: Mapping[bytes, Technician]) -> list[str]:
    """Return who signed beside the one who asks."""
    if told.order is None or told.request is None:
        return []
    names = [people.get(proof.signer) for proof in told.order.proofs]
    asked_by = told.request.asked_by
    return [one.name for one in names if one is not None and one.name != asked_by]
