# SPDX-License-Identifier: Apache-2.0
"""The fixed request, technicians and orders that vectors and tests share.

Rules: as in `world.py`: names give keys, times are constants.
Not here: the vectors (`families_orders.py`), passkeys (`tests/authenticator.py`).
"""

from collections.abc import Sequence
from dataclasses import replace

from tests.authenticator import Passkey
from tests.vectors import world
from wire import orders, proofs, revocations, signed
from wire.crypto.signing import SigningKey, identity
from wire.keys import PurposeKey
from wire.orders import Given, Proof, Request
from wire.purposes import Purpose
from wire.signed import SignedKind
from wire.technicians import KeyKind, May, Technician
from wire.ticket_key import TicketKey, sign_ticket_key

NOW = world.NOW
DEVICE = identity(world.signing("device").public)
ES256 = Passkey(world.octets("passkey es256", 32))
EDDSA = Passkey(world.octets("passkey eddsa", 32), KeyKind.PASSKEY_EDDSA)
FILE = world.signing("technician")
ANA = Technician("ana", FILE.public, KeyKind.KEY_FILE, May.ASK)
BEN = ES256.technician("ben")
EVE = EDDSA.technician("eve", May.APPROVE)


def request(**changes: object) -> Request:
    """Return a request by ana: is a host reached from the device? With changes."""
    whole = Request(
        world.TENANT,
        DEVICE,
        world.INCARNATION,
        world.octets("order", 16),
        "connectivity",
        (Given("host", "example.net"), Given("port", "443")),
        Purpose.SUPPORT,
        "T-1042",
        "the printer's portal does not open",
        "ana",
        NOW,
        NOW + 3_600,
        20,
        100,
        65_536,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def proof(asked: bytes, *, by: str = "ana") -> Proof:
    """Return a technician's proof of an encoded request."""
    digest = orders.challenge(asked)
    if by == "ana":
        return proofs.sign_request(FILE, digest)
    return {"ben": ES256, "eve": EDDSA}[by].sign(digest)


def order(
    asked: Request | None = None,
    by: Sequence[str] = ("ana",),
    keys: SigningKey | None = None,
    **changes: object,
) -> bytes:
    """Return the encoded order of a request, signed by these, with its ticket's key.

    Args:
        asked: the request; the fixed one where None.
        by: who signs it.
        keys: of the role that publishes keys; the world's where None.
        changes: what the statement of the ticket's key says otherwise.
    """
    asked = asked or request()
    octets = orders.REQUEST.encode(asked)
    key = ticket_key(asked, keys, **changes)
    return orders.write_order(octets, [proof(octets, by=one) for one in by], key)


def ticket_key(
    asked: Request, keys: SigningKey | None = None, **changes: object
) -> bytes:
    """Return the signed key of a request's ticket, with changes."""
    last = asked.issued + 3_600
    whole = TicketKey(asked.tenant, asked.ticket, asked.issued, last, key_of(asked))
    changed = replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields
    return sign_ticket_key(changed, keys or world.signing("keys"))


def key_of(asked: Request) -> PurposeKey:
    """Return the key of a request's ticket, which was opened an hour before."""
    start, end = asked.issued - 3_600, asked.issued + 7_200
    public = world.opening(f"ticket {asked.ticket}").public
    return PurposeKey(Purpose.SUPPORT, "tickets", 0, start, end, public)


def removals(signer: str = "revocation", **changes: object) -> bytes:
    """Return a signed list of removals, with changes."""
    whole = revocations.Revocations(world.TENANT, NOW, (), ())
    changed = replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields
    payload = revocations.REVOCATIONS.encode(changed)
    return signed.sign(SignedKind.REVOCATIONS, payload, [world.signing(signer)])
