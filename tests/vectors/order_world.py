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
from wire.crypto.signing import identity
from wire.orders import Given, Proof, Request
from wire.purposes import Purpose
from wire.signed import SignedKind
from wire.technicians import KeyKind, May, Technician

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


def order(asked: Request | None = None, by: Sequence[str] = ("ana",)) -> bytes:
    """Return the encoded order of a request, signed by these."""
    octets = orders.REQUEST.encode(asked or request())
    return orders.write_order(octets, [proof(octets, by=one) for one in by])


def removals(signer: str = "revocation", **changes: object) -> bytes:
    """Return a signed list of removals, with changes."""
    whole = revocations.Revocations(world.TENANT, NOW, (), ())
    changed = replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields
    payload = revocations.REVOCATIONS.encode(changed)
    return signed.sign(SignedKind.REVOCATIONS, payload, [world.signing(signer)])
