# SPDX-License-Identifier: Apache-2.0
"""Vectors of requests, orders, technicians' proofs, sealed orders and removals.

Rules: each that is refused has one thing wrong; the name says what.
Not here: the proofs themselves (`families_proofs.py`).
"""

from collections.abc import Callable
from dataclasses import replace

from tests.vectors import order_world, world
from tests.vectors.order_world import ANA, BEN, EVE, FILE, NOW
from wire import cbor, limits, orders, signed, trust
from wire.codec import Message
from wire.crypto import sealing
from wire.doing import DOING, Doing, OrderState
from wire.frame import frame
from wire.keys import KEY_STATEMENT
from wire.orders import Given
from wire.purposes import Purpose
from wire.signed import SignedKind
from wire.technicians import Technician

Family = list[dict[str, object]]
Keep = Callable[[str, Callable[[], bytes]], bytes]
SIGNATURE, SCHEMA, LIMIT, OPEN = "bad-signature", "schema", "limit", "cannot-open"


def families(keep: Keep) -> dict[str, Family]:
    """Return the vectors by file name."""
    return {
        "technicians": _technicians(),
        "requests": _requests(),
        "orders": _orders() + _doing() + _ticket_keys(),
        "orders-sealed": _sealed(keep),
        "revocations": _revocations(),
    }


def _vector(kind: str, name: str, octets: bytes, expect: str) -> dict[str, object]:
    return {"name": name, "kind": kind, "input": octets.hex(), "expect": expect}


def _plain(message: Message[object], value: object) -> dict[int | str, cbor.Plain]:
    """Return the plain map of a message, to be made wrong.

    Raises:
        TypeError: it is no map.
    """
    plain = message.plain(value)
    if not isinstance(plain, dict):
        raise TypeError
    return plain


def _technicians() -> Family:
    def root(*people: Technician) -> bytes:
        return world.signed_root(world.root(technicians=people))

    where = {
        "a passkey of a site": ("example.net", "https://sign.example.net", "ok"),
        "with a port": ("sign.example.net", "https://sign.example.net:8443", "ok"),
        "without TLS": ("example.net", "http://sign.example.net", SCHEMA),
        "an origin with a path": ("localhost", "http://localhost/", SCHEMA),
        "an origin in capitals": ("localhost", "http://LOCALHOST:1", SCHEMA),
        "an origin with a quote": ("localhost", 'http://localhost","', SCHEMA),
        "an RP ID beside the origin": ("example.com", "https://example.net", SCHEMA),
        "half a label above": ("ample.net", "https://example.net", SCHEMA),
        "an RP ID below": ("a.example.net", "https://example.net", SCHEMA),
        "an empty label": ("example..net", "https://example..net", SCHEMA),
    }
    rows: list[tuple[str, bytes, str]] = [
        ("of each kind", root(ANA, BEN, EVE), "ok"),
        ("two keys of one person", root(ANA, replace(BEN, name="ana")), "ok"),
        ("none", root(), "ok"),
        ("a key twice", root(ANA, replace(ANA, name="ben")), SCHEMA),
        ("a curve's key in a file", root(replace(BEN, kind=ANA.kind)), SCHEMA),
        ("a short key of a curve", root(replace(BEN, public=ANA.public)), SCHEMA),
        (
            "a compressed key",
            root(replace(BEN, public=b"\x02" + BEN.public[1:])),
            SCHEMA,
        ),
        ("a key file with an RP ID", root(replace(ANA, rp_id="localhost")), SCHEMA),
        ("a passkey of no place", root(replace(BEN, rp_id=None)), SCHEMA),
        ("a passkey of no origin", root(replace(BEN, origin=None)), SCHEMA),
    ]
    for name, (rp_id, origin, expect) in where.items():
        entry = replace(BEN, rp_id=rp_id, origin=origin)
        rows.append((name, root(entry), expect))
    digest = trust.root_digest(world.root()).hex()
    return [
        _vector("root", f"technicians: {name}", octets, expect) | {"digest": digest}
        for name, octets, expect in rows
    ]


def _requests() -> Family:
    good = order_world.request()
    encode = orders.REQUEST.encode

    def made(**changes: object) -> bytes:
        return encode(order_world.request(**changes))

    plain = _plain(orders.REQUEST, good)  # type: ignore[arg-type]  # of a request
    host, port = good.parameters
    rows = (
        ("as asked", encode(good), "ok"),
        ("without parameters", made(parameters=()), "ok"),
        ("with words of other letters", made(reason="Größe, 変, é"), "ok"),
        ("parameters swapped", made(parameters=(port, host)), SCHEMA),
        ("a parameter twice", made(parameters=(host, host)), SCHEMA),
        ("a reason of two lines", made(reason="a\nb"), SCHEMA),
        ("a reason that is turned round", made(reason="a\u202eb"), SCHEMA),
        ("a reason of a terminal", made(reason="\x1b[31m"), SCHEMA),
        ("a blank reason", made(reason="  "), SCHEMA),
        ("a blank ticket", made(ticket=" "), SCHEMA),
        ("a value of two lines", made(parameters=(Given("host", "a\n"),)), SCHEMA),
        ("no reason", cbor.encode(plain | {9: ""}), SCHEMA),
        ("no ticket", cbor.encode(plain | {8: ""}), SCHEMA),
        ("nobody asks", cbor.encode(plain | {10: ""}), SCHEMA),
        ("no rows", cbor.encode(plain | {14: 0}), SCHEMA),
        ("no purpose of ours", cbor.encode(plain | {7: "curiosity"}), SCHEMA),
        ("a command too", cbor.encode(plain | {16: "sh"}), SCHEMA),
        (
            "a parameter too many",
            cbor.encode(plain | {6: [{1: f"n{n:02}", 2: ""} for n in range(9)]}),
            SCHEMA,
        ),
        ("over its bound", encode(good) + bytes(limits.REQUEST_BYTES), LIMIT),
    )
    return [_vector("request", *row) for row in rows]


def _orders() -> Family:
    by_one, by_two = order_world.order(), order_world.order(by=("ana", "ben"))
    octets = orders.REQUEST.encode(order_world.request())
    plain = cbor.decode(by_two)
    if not isinstance(plain, dict) or not isinstance(plain[2], list):
        raise TypeError
    first, second = plain[2]
    passkey = _plain(
        orders.PROOF,  # type: ignore[arg-type]  # of a proof
        order_world.proof(octets, by="ben"),
    )
    without = {key: held for key, held in passkey.items() if key != 4}
    short = {1: FILE.public[:16], 2: bytes(63)}
    unsent = {key: held for key, held in plain.items() if key != 3}
    rows = (
        ("as technicians signed it", cbor.encode(unsent), "ok"),
        ("a key over its bound", cbor.encode(plain | {3: bytes(2_049)}), SCHEMA),
        ("by one", by_one, "ok"),
        ("by two", by_two, "ok"),
        ("by nobody", cbor.encode(plain | {2: []}), SCHEMA),
        ("by three", cbor.encode(plain | {2: [first, second, second]}), SCHEMA),
        ("one twice", cbor.encode(plain | {2: [first, first]}), SCHEMA),
        ("not sorted", cbor.encode(plain | {2: [second, first]}), SCHEMA),
        ("half an assertion", cbor.encode(plain | {2: [without]}), SCHEMA),
        ("a short signature", cbor.encode(plain | {2: [short]}), SCHEMA),
        ("no request", cbor.encode(plain | {1: b"\xa0"}), SCHEMA),
        (
            "client data over its bound",
            cbor.encode(plain | {2: [passkey | {4: bytes(1_025)}]}),
            SCHEMA,
        ),
        (
            "authenticator data of another length",
            cbor.encode(plain | {2: [passkey | {3: bytes(38)}]}),
            SCHEMA,
        ),
        ("over its bound", by_one + bytes(limits.ORDER_BYTES), LIMIT),
    )
    return [_vector("order", *row) for row in rows]


def _ticket_keys() -> Family:
    asked = order_world.request()
    made = order_world.ticket_key
    key = order_world.key_of(asked)
    longest = replace(key, end=key.start + limits.TICKET_KEY_SECONDS)
    other = replace(key, purpose=Purpose.SECURITY)
    empty = replace(key, end=key.start)
    rows: tuple[tuple[str, bytes, int, str], ...] = (
        ("of its ticket", made(asked), NOW, "ok"),
        ("in its last second", made(asked), NOW + 3_600, "ok"),
        ("within the skew", made(asked), NOW - 900, "ok"),
        ("of the longest period", made(asked, key=longest), NOW, "ok"),
        ("over", made(asked), NOW + 3_601, "expired"),
        ("beyond the skew", made(asked), NOW - 901, "not-yet-valid"),
        ("of another ticket", made(asked, ticket="T-1043"), NOW, "wrong-identity"),
        ("of another tenant", made(asked, tenant=bytes(16)), NOW, "wrong-identity"),
        ("for another purpose", made(asked, key=other), NOW, "wrong-identity"),
        ("without a period", made(asked, key=empty), NOW, SCHEMA),
        (
            "of a longer period",
            made(asked, key=replace(longest, end=longest.end + 1)),
            NOW,
            SCHEMA,
        ),
        ("by the policy role", made(asked, world.signing("policy")), NOW, SIGNATURE),
        ("by the gate", made(asked, world.signing("gate")), NOW, SIGNATURE),
        ("by a technician", made(asked, FILE), NOW, SIGNATURE),
        ("the published keys", _published(), NOW, SIGNATURE),
    )
    root = trust.ROOT.encode(world.root()).hex()
    request = orders.REQUEST.encode(asked).hex()
    return [
        _vector("ticket-key", f"a ticket's key: {name}", octets, expect)
        | {"root": root, "request": request, "now": now}
        for name, octets, now, expect in rows
    ]


def _published() -> bytes:
    """Return a statement of the same role that is another."""
    payload = KEY_STATEMENT.encode(world.keys())
    return signed.sign(SignedKind.KEYS, payload, [world.signing("keys")])


def _doing() -> Family:
    told = Doing(world.octets("order", 16), OrderState.REFUSED, "bad-proof", 3, 20)
    plain = _plain(DOING, told)  # type: ignore[arg-type]  # of what is told
    rows = (
        ("told of an order", plain, "ok"),
        ("a state that there is not", plain | {2: "half-done"}, SCHEMA),
        ("a reason too long", plain | {3: "r" * 41}, SCHEMA),
    )
    return [
        _vector("message", name, cbor.encode(held), expect) | {"rule": "doing"}
        for name, held, expect in rows
    ]


def _sealed(keep: Keep) -> Family:
    public, device = world.opening("device").public, order_world.DEVICE
    order = order_world.order()
    good = keep(
        "an order with its key",
        lambda: orders.seal_order(order, public, world.TENANT, device),
    )
    info = b"discreet/1/pseudonyms\x00" + world.TENANT + device
    named = keep("an order as names", lambda: sealing.seal(frame(order), public, info))
    bare_info = b"discreet/1/order-seal\x00" + world.TENANT + device
    bare = keep("a bare order", lambda: sealing.seal(order, public, bare_info))
    rows: tuple[tuple[str, bytes, str, bytes, str], ...] = (
        ("as sent", good, "device", device, "ok"),
        ("opened by another", good, "support", device, OPEN),
        ("sealed for another", good, "device", bytes(16), OPEN),
        ("under another label", named, "device", device, OPEN),
        ("damaged", good[:-1] + bytes([good[-1] ^ 1]), "device", device, OPEN),
        ("cut", good[:100], "device", device, OPEN),
        ("without a frame", bare, "device", device, "bad-padding"),
    )
    return [
        _vector("sealed-order", name, octets, expect)
        | {
            "opening": world.opening(key).seed().hex(),
            "tenant": world.TENANT.hex(),
            "device": whose.hex(),
        }
        for name, octets, key, whose, expect in rows
    ]


def _revocations() -> Family:
    made = order_world.removals
    people = tuple(sorted((ANA.identity, BEN.identity)))
    ids = tuple(sorted(world.octets(f"order {n}", 16) for n in (1, 2)))
    rows: tuple[tuple[str, bytes, int, int, str], ...] = (
        ("nothing removed", made(), 0, NOW, "ok"),
        ("two of each", made(technicians=people, orders=ids), NOW - 60, NOW, "ok"),
        ("the same again", made(), NOW, NOW, "ok"),
        ("ten minutes old", made(), 0, NOW + 600, "ok"),
        ("within the skew", made(), 0, NOW - 900, "ok"),
        ("a second older", made(), 0, NOW + 601, "expired"),
        ("beyond the skew", made(), 0, NOW - 901, "not-yet-valid"),
        ("before the one held", made(), NOW + 1, NOW + 1, "rollback"),
        ("of another tenant", made(tenant=bytes(16)), 0, NOW, "wrong-identity"),
        ("by the policy role", made("policy"), 0, NOW, SIGNATURE),
        ("by the root", made("root 1"), 0, NOW, SIGNATURE),
        ("by the gate", made("gate"), 0, NOW, SIGNATURE),
        ("not ascending", made(technicians=people[::-1]), 0, NOW, SCHEMA),
        ("an order twice", made(orders=(ids[0],) * 2), 0, NOW, SCHEMA),
    )
    root = trust.ROOT.encode(world.root()).hex()
    return [
        _vector("revocations", name, octets, expect)
        | {"root": root, "held": held, "now": now}
        for name, octets, held, now, expect in rows
    ]
