# SPDX-License-Identifier: Apache-2.0
"""Orders whose octets are not what they must be, and seals that are not the device's.

Rules: the order underneath is truly signed and was never sent, so that whatever is not
refused would run.
Not here: orders that are well-formed (`forging.py`).
"""

import struct
from collections.abc import Callable
from random import Random

import cbor2

from tests.compromised import people
from tests.compromised.forging import UNHEARD, Target, way
from wire import orders
from wire.crypto.opening import OpeningKey
from wire.crypto.sealing import seal
from wire.frame import frame
from wire.keys import pseudonym_info

_ANY = (
    f"{UNHEARD} malformed bad-proof unknown-technician wrong-tenant wrong-device "
    "wrong-incarnation unknown-diagnostic wrong-purpose bad-parameters over-caps "
    "not-yet-valid expired valid-too-long not-by-who-asks"
)
"""What answers bits that were turned, wherever they stand."""


def _true(target: Target) -> bytes:
    return people.signed(target.wish())


def _bits(target: Target, draw: Random) -> bytes:
    octets = bytearray(_true(target))
    for _ in range(draw.randint(1, 4)):
        octets[draw.randrange(len(octets))] ^= 1 << draw.randrange(8)
    return bytes(octets)


def _bit_of_a_field(target: Target, draw: Random) -> bytes:
    """Turn one bit inside the signed request alone."""
    order = _true(target)
    request = orders.read_order(order)[0].request
    at = order.index(request) + draw.randrange(len(request))
    turned = order[at] ^ 1 << draw.randrange(8)
    return order[:at] + bytes([turned]) + order[at + 1 :]


def _cut(target: Target, draw: Random) -> bytes:
    octets = _true(target)
    return octets[: draw.randrange(len(octets))]


def _more(target: Target, draw: Random) -> bytes:
    return _true(target) + draw.randbytes(draw.randint(1, 40))


def _huge(target: Target, draw: Random) -> bytes:
    held = orders.read_order(_true(target))[0]
    asked = held.request + bytes(draw.randint(4_000, 6_000))
    return cbor2.dumps({1: asked, 2: cbor2.loads(_true(target))[2]}, canonical=True)


def _map(
    change: Callable[[dict[int, object]], bytes],
) -> Callable[[Target, Random], bytes]:
    """Return how an order is encoded otherwise, with the same meaning or nearly."""

    def forge(target: Target, draw: Random) -> bytes:
        del draw
        return change(cbor2.loads(_true(target)))

    return forge


def _pairs(*pairs: tuple[object, object]) -> bytes:
    """Return a map with these pairs, in this order, whatever they are."""
    head = bytes([0xA0 + len(pairs)])
    return head + b"".join(cbor2.dumps(one) for pair in pairs for one in pair)


def _indefinite(plain: dict[int, object]) -> bytes:
    body = b"".join(cbor2.dumps(key) + cbor2.dumps(plain[key]) for key in (1, 2))
    return b"\xbf" + body + b"\xff"


def _long_lengths(plain: dict[int, object]) -> bytes:
    asked = plain[1]
    if not isinstance(asked, bytes):
        raise TypeError
    head = b"\x5a" + struct.pack(">I", len(asked))
    return b"\xa2\x01" + head + asked + b"\x02" + cbor2.dumps(plain[2])


def _nonsense(target: Target, draw: Random) -> bytes:
    del target
    return draw.randbytes(draw.randint(0, 300))


def _to_another(target: Target, draw: Random) -> bytes:
    del draw
    key = OpeningKey.generate().public
    return orders.seal_order(_true(target), key, target.tenant, target.device)


def _as_another(target: Target, draw: Random) -> bytes:
    return orders.seal_order(
        _true(target), target.sealing, target.tenant, draw.randbytes(16)
    )


def _as_pseudonyms(target: Target, draw: Random) -> bytes:
    del draw
    info = pseudonym_info(target.tenant, target.device)
    return seal(frame(_true(target)), target.sealing, info)


def _unsealed(target: Target, draw: Random) -> bytes:
    del draw
    return _true(target)


def _seal_turned(target: Target, draw: Random) -> bytes:
    octets = bytearray(target.seal(_true(target)))
    octets[draw.randrange(len(octets))] ^= 1 << draw.randrange(8)
    return bytes(octets)


ENCODED = (
    way("bits turned", _ANY, _bits),
    way("a bit of the request turned", _ANY, _bit_of_a_field),
    way("cut short", UNHEARD, _cut),
    way("longer than it says", UNHEARD, _more),
    way("larger than may be", UNHEARD, _huge),
    way(
        "a key twice", UNHEARD, _map(lambda p: _pairs((1, p[1]), (1, p[1]), (2, p[2])))
    ),
    way("keys out of order", UNHEARD, _map(lambda p: _pairs((2, p[2]), (1, p[1])))),
    way(
        "a field too many",
        UNHEARD,
        _map(lambda p: _pairs((1, p[1]), (2, p[2]), (3, "allow"))),
    ),
    way(
        "consent in the order",
        UNHEARD,
        _map(lambda p: _pairs((1, p[1]), (2, p[2]), (4, True))),
    ),
    way("of no fixed length", UNHEARD, _map(_indefinite)),
    way("lengths in more octets", UNHEARD, _map(_long_lengths)),
    way(
        "a tag around it",
        UNHEARD,
        _map(lambda p: b"\xd9\xd9\xf7" + _pairs((1, p[1]), (2, p[2]))),
    ),
    way("proofs left out", UNHEARD, _map(lambda p: _pairs((1, p[1]), (2, [])))),
    way(
        "a proof twice", UNHEARD, _map(lambda p: _pairs((1, p[1]), (2, [*p[2], *p[2]])))
    ),
    way("nonsense", UNHEARD, _nonsense),
    way("sealed to another", UNHEARD, _to_another, sealed=True),
    way("sealed in another's name", UNHEARD, _as_another, sealed=True),
    way("sealed as other keys", UNHEARD, _as_pseudonyms, sealed=True),
    way("not sealed", UNHEARD, _unsealed, sealed=True),
    way("a bit of the seal turned", UNHEARD, _seal_turned, sealed=True),
)
