# SPDX-License-Identifier: Apache-2.0
"""Forges orders: a good one altered, re-signed by the wrong people, or replayed.

Rules: whoever forges has seen good orders and holds every key of a server, and of
technicians who were removed; of the technicians' own keys they have none; each forgery
is drawn from a seed.
Not here: whether one is obeyed (`play.py`).
"""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from agent.orders.judging import Standing
from tests.model.orders.known import SENSITIVE, standing
from tests.vectors import world
from tests.vectors.order_world import (
    ANA,
    BEN,
    ES256,
    EVE,
    NOW,
    order,
    request,
    ticket_key,
)
from wire import cbor, limits, orders, proofs
from wire.crypto.signing import SigningKey, identity
from wire.orders import Given, Proof, Request
from wire.purposes import Purpose
from wire.technicians import KeyKind, May, Technician

Forged = tuple[bytes, Standing]
Draw = random.Random
_SERVER = tuple(
    world.signing(name) for name in ("gate", "store", "policy", "keys", "revocation")
)
_KEYS = world.signing("keys")
_GONE = SigningKey(world.octets("signing gone", 32))
_LOGIN = ES256.but(rp_id="example.net", origin="https://console.example.net")


@cache
def good() -> tuple[bytes, ...]:
    """Return orders that the device obeys: of one and of two people."""
    by_ben = request(asked_by="ben", id=world.octets("order 2", 16))
    sensitive = request(diagnostic=SENSITIVE, id=world.octets("order 3", 16))
    return order(), order(by_ben, ["ben"]), order(sensitive, ["ana", "eve"])


def _bits(draw: Draw) -> Forged:
    octets = bytearray(draw.choice(good()))
    for _ in range(draw.randint(1, 4)):
        octets[draw.randrange(len(octets))] ^= 1 << draw.randrange(8)
    return bytes(octets), standing()


def _pieces(draw: Draw) -> Forged:
    octets = draw.choice(good())
    first, second = sorted(draw.randrange(len(octets) + 1) for _ in range(2))
    piece = draw.choice(
        (b"", draw.randbytes(draw.randint(1, 9)), octets[first:second] * 2)
    )
    return octets[:first] + piece + octets[second:], standing()


def _altered(draw: Draw, asked: Request) -> Request:
    """Return a request with one field made otherwise, each of a kind that is legal."""
    changes: tuple[dict[str, object], ...] = (
        {"tenant": draw.randbytes(16)},
        {"device": draw.randbytes(16)},
        {"incarnation": draw.randbytes(16)},
        {"id": draw.randbytes(16)},
        {"diagnostic": draw.choice(("connectivity", SENSITIVE, "shell"))},
        {"parameters": (Given("host", f"h{draw.randrange(10**6)}.example"),)},
        {"purpose": draw.choice(tuple(Purpose))},
        {"ticket": f"T-{draw.randrange(10**6)}"},
        {"reason": f"because {draw.randrange(10**6)}"},
        {"asked_by": draw.choice(("ana", "ben", "eve", "mallory"))},
        {"issued": NOW - draw.randrange(1, 900)},
        {"expires": NOW + draw.randrange(limits.ORDER_SECONDS)},
        {"seconds": draw.randint(1, 30)},
        {"rows": draw.randint(1, 200)},
        {"octets": draw.randint(1, 1_000_000)},
    )
    return replace(asked, **draw.choice(changes))  # type: ignore[arg-type]  # its fields


def _resigned(draw: Draw) -> Forged:
    """Alter a request, and keep its proofs or make them with the keys at hand."""
    octets = draw.choice(good())
    held, asked = orders.read_order(octets)
    altered = orders.REQUEST.encode(_altered(draw, asked))
    kept = draw.random() < 1 / 3
    if kept and altered != held.request:
        whole = orders.Order(altered, held.proofs, ticket_key(asked))
        return orders.ORDER.encode(whole), standing()
    made = tuple(_proof(draw, altered) for _ in range(draw.randint(1, 2)))
    ordered = tuple(sorted(made, key=lambda one: one.signer))
    whole = orders.Order(altered, ordered, ticket_key(asked))
    return orders.ORDER.encode(whole), standing()


def _proof(draw: Draw, asked: bytes) -> Proof:
    """Return a proof by a server's key, a removed one's, or in another's name."""
    digest = orders.challenge(asked)
    key = draw.choice((*_SERVER, _GONE))
    named = draw.choice((ANA, BEN, EVE)).identity
    signer = draw.choice((identity(key.public), named))
    if draw.random() < 1 / 2:
        return replace(proofs.sign_request(key, digest), signer=signer)
    passkey = draw.choice((_LOGIN, ES256.but(seed=draw.randbytes(31) + b"\x01")))
    return replace(passkey.sign(digest), signer=named)


def _key(asked: bytes) -> bytes:
    """Return the good key of an encoded request's ticket."""
    return ticket_key(orders.read_request(asked))


def _spliced(draw: Draw) -> Forged:
    """Put the proofs of one good order under the request of another."""
    first, second = draw.sample(good(), 2)
    held, other = orders.read_order(first)[0], orders.read_order(second)[0]
    given = draw.choice((other.proofs, held.proofs[:1] + other.proofs[:1]))
    ordered = tuple(sorted(given, key=lambda one: one.signer))
    octets = orders.ORDER.encode(orders.Order(held.request, ordered, held.key))
    return octets, replace(standing(), technicians=(BEN, EVE, ANA))


def _logged_in(draw: Draw) -> Forged:
    """Use what a sign-in's passkey signs: of another RP ID and origin, or of a part."""
    asked = orders.REQUEST.encode(request(asked_by="ben", id=draw.randbytes(16)))
    digest = orders.challenge(asked)
    part = draw.choice(("rp_id", "origin", "crossing", "type", "flags"))
    false = {"crossing": "true", "type": "webauthn.create", "flags": 1}
    value = false.get(part, getattr(_LOGIN, part))
    made = ES256.but(**{part: value}).sign(digest)
    return orders.write_order(asked, [made], _key(asked)), standing()


def _replayed(draw: Draw) -> Forged:
    """Send a good order when it is not good any more."""
    octets = draw.choice(good())
    held, asked = orders.read_order(octets)
    changes: tuple[dict[str, object], ...] = (
        {"seen": frozenset({asked.id})},
        {"cancelled": frozenset({asked.id})},
        {"since": asked.issued},
        {"now": asked.expires + draw.randint(1, 10**6)},
        {"now": asked.issued - 901 - draw.randrange(10**6)},
        {"incarnation": draw.randbytes(16)},
        {"device": draw.randbytes(16)},
        {"tenant": draw.randbytes(16)},
        {"removed": frozenset({draw.choice(held.proofs).signer})},
        {"fresh": False},
        {"permitted": frozenset()},
    )
    return octets, replace(standing(), **draw.choice(changes))  # type: ignore[arg-type]  # its fields


def _removed(draw: Draw) -> Forged:
    """Have a technician who was removed ask, with a key that was good."""
    gone = Technician("mallory", _GONE.public, KeyKind.KEY_FILE, May.BOTH)
    asked = orders.REQUEST.encode(request(asked_by="mallory", id=draw.randbytes(16)))
    made = proofs.sign_request(_GONE, orders.challenge(asked))
    known = replace(
        standing(),
        technicians=(ANA, BEN, EVE, gone),
        removed=frozenset({gone.identity}),
    )
    return orders.write_order(asked, [made], _key(asked)), known


def _alone(draw: Draw) -> Forged:
    """Ask for what is sensitive alone, or approved by oneself with another key."""
    asked = request(diagnostic=SENSITIVE, id=draw.randbytes(16))
    both = replace(BEN, name="ana")
    by = draw.choice((["ana"], ["ana", "ben"]))
    known = replace(standing(), technicians=(ANA, both, EVE))
    return order(asked, by), known


def _nonsense(draw: Draw) -> Forged:
    """Send what is no order at all, or one with a field too many."""
    plain = cbor.decode(draw.choice(good()))
    if not isinstance(plain, dict):
        raise TypeError
    more = plain | {draw.randint(4, 9): draw.choice(("sh", b"id", 1, True, None))}
    return draw.choice((draw.randbytes(draw.randint(0, 200)), cbor.encode(more))), (
        standing()
    )


def _other_key(draw: Draw) -> Forged:
    """Put a key of one's own, another ticket's or none beside what was signed."""
    held, asked = orders.read_order(draw.choice(good()))
    server = draw.choice((*(key for key in _SERVER if key != _KEYS), _GONE))
    other = request(ticket=f"T-{draw.randint(1, 999)}")
    key = draw.choice(
        (None, ticket_key(asked, server), ticket_key(other), draw.randbytes(99))
    )
    return orders.write_order(held.request, held.proofs, key), standing()


FORGERIES: tuple[Callable[[Draw], Forged], ...] = (
    *(_bits, _pieces, _resigned, _spliced, _logged_in),
    *(_replayed, _removed, _alone, _nonsense, _other_key),
)


def forged(seed: int) -> Forged:
    """Return the forgery of a seed, and what the device knows when it comes."""
    draw = random.Random(seed)  # noqa: S311 - repeats itself
    while True:
        octets, known = FORGERIES[seed % len(FORGERIES)](draw)
        if octets not in good() or known != standing():
            return octets, known
