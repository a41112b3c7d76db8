# SPDX-License-Identifier: Apache-2.0
"""The technicians, and what they truly sign in the course of a day.

Rules: their keys are used here and nowhere else; a server has what they have signed,
for it carries it, and never the keys; an order is signed after it was read in words.
Not here: what a server makes of it (`ways.py`).
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import policies
from tests.vectors import world
from tests.vectors.order_world import ANA, BEN, EDDSA, ES256, EVE, FILE
from wire import orders, proofs
from wire.crypto.signing import SigningKey
from wire.order_words import describe
from wire.orders import Given, Proof, Request
from wire.purposes import Purpose
from wire.technicians import KeyKind, May, Technician

_SPARE = SigningKey(world.octets("signing spare", 32))
_GONE = SigningKey(world.octets("signing gone", 32))
ANAS_OTHER = Technician("ana", _SPARE.public, KeyKind.KEY_FILE, May.BOTH)
GONE = Technician("mallory", _GONE.public, KeyKind.KEY_FILE, May.BOTH)
TECHNICIANS = (ANA, BEN, EVE, ANAS_OTHER, GONE)
"""Whom the offline root names; mallory was removed a minute ago."""
CONSOLE = "https://console.example.net"
_SIGNS: Mapping[str, Callable[[bytes], Proof]] = {
    "ana": lambda digest: proofs.sign_request(FILE, digest),
    "ana again": lambda digest: proofs.sign_request(_SPARE, digest),
    "mallory": lambda digest: proofs.sign_request(_GONE, digest),
    "ben": ES256.sign,
    "eve": EDDSA.sign,
}


def read_in_words(asked: Request) -> str:
    """Return what a technician reads before signing."""
    dataset = policies.catalogue().datasets[asked.diagnostic]
    return "\n".join(f"{one.name} {one.value}" for one in describe(asked, dataset))


def signed(asked: Request, by: Sequence[str] = ("ana",)) -> bytes:
    """Return an order that these people have truly signed."""
    octets = orders.REQUEST.encode(asked)
    digest = orders.challenge(octets)
    return orders.write_order(octets, [_SIGNS[one](digest) for one in by])


def wish(tenant: bytes, device: bytes, incarnation: bytes, now: int) -> Request:
    """Return what ana asks on an ordinary day."""
    return Request(
        *(tenant, device, incarnation, secrets.token_bytes(16)),
        "service_state",
        (Given("service", "cups"),),
        Purpose.SUPPORT,
        "T-1042",
        "the printer does not answer",
        "ana",
        *(now, now + 3_600),
        *(10, 50, 65_536),
    )


def signed_in(challenge: bytes, name: str, **changes: object) -> Proof:
    """Return what ben's or eve's sign-in at the console signs, of any challenge.

    Args:
        challenge: whatever the console has asked for.
        name: whose sign-in it is.
        changes: parts that differ from a sign-in at the console.
    """
    passkey = {"ben": ES256, "eve": EDDSA}[name]
    where = {"rp_id": "console.example.net", "origin": CONSOLE}
    return passkey.but(**where | changes).sign(challenge)


def another_passkey(challenge: bytes, name: str) -> Proof:
    """Return what the same person's own passkey for sign-in signs, in their name."""
    made = ES256.but(seed=secrets.token_bytes(31) + b"\x01", origin=CONSOLE)
    signer = {"ben": BEN, "eve": EVE}[name].identity
    return replace(made.sign(challenge), signer=signer)
