# SPDX-License-Identifier: Apache-2.0
"""Every way of a captured collector that needs no state of the device but its own.

Rules: one line a way, with the checks that it is to reach.
Not here: what is wrong with the encoding (`encoding.py`), ways that need a state
(`situations.py`).
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

from tests.compromised import people
from tests.compromised.forging import (
    KNOWN,
    Forge,
    Target,
    altered,
    genuine,
    timed,
    way,
)
from wire import limits, orders, proofs
from wire.crypto.signing import identity
from wire.orders import Given, Order, Proof, Request
from wire.purposes import Purpose
from wire.technicians import Technician


def proven(prove: Callable[[Target, Random, bytes], Proof], name: str = "ana") -> Forge:
    """Return how a request that nobody signed is given a proof."""

    def forge(target: Target, draw: Random) -> bytes:
        octets = orders.REQUEST.encode(target.wish(asked_by=name))
        made = prove(target, draw, orders.challenge(octets))
        return orders.write_order(octets, [made])

    return forge


def _by_server(target: Target, draw: Random, digest: bytes) -> Proof:
    key = target.online[draw.choice(sorted(target.online))]
    return proofs.sign_request(key, digest)


def _by_server_as(who: Technician) -> Callable[[Target, Random, bytes], Proof]:
    def prove(target: Target, draw: Random, digest: bytes) -> Proof:
        return replace(_by_server(target, draw, digest), signer=who.identity)

    return prove


def _by_key_sign_in(target: Target, draw: Random, digest: bytes) -> Proof:
    """Return what ana's key file signs where she signs in by it at the console."""
    del target, draw
    said = b"discreet/1/sign-in\x00" + people.CONSOLE.encode() + b"\x00" + digest
    return Proof(identity(people.FILE.public), people.FILE.sign(said))


def _login(name: str, **changes: object) -> Callable[[Target, Random, bytes], Proof]:
    return lambda _target, _draw, digest: people.signed_in(digest, name, **changes)


def _of_another(target: Target, draw: Random, digest: bytes) -> Proof:
    """Return a true proof of another request."""
    del draw, digest
    octets = orders.REQUEST.encode(target.wish(reason="something else"))
    held, _ = orders.read_order(people.signed(orders.read_request(octets)))
    return held.proofs[0]


def _spliced(target: Target, draw: Random) -> bytes:
    """Approve by what was signed of another sensitive request."""
    sensitive = {"diagnostic": "packet_headers", "parameters": ()}
    one, other = (
        orders.read_order(people.signed(target.wish(**sensitive), ["ana", "eve"]))[0]
        for _ in range(2)
    )
    eve = people.EVE.identity
    pair = [
        *(proof for proof in one.proofs if proof.signer != eve),
        *(proof for proof in other.proofs if proof.signer == eve),
    ]
    del draw
    return orders.write_order(one.request, pair)


def _again(target: Target, draw: Random) -> bytes:
    del draw
    return target.done


def _renamed(target: Target, draw: Random) -> bytes:
    """Send what has run once more under another id."""
    held, asked = orders.read_order(target.done)
    octets = orders.REQUEST.encode(replace(asked, id=draw.randbytes(16)))
    return orders.ORDER.encode(Order(octets, held.proofs))


_LOOKALIKES = {"c": "с", "u": "υ", "p": "р", "s": "ѕ"}  # noqa: RUF001 - that is the trick


def _lookalike(asked: Request, draw: Random) -> Mapping[str, object]:
    del asked
    letter = draw.choice(sorted(_LOOKALIKES))
    return {
        "parameters": (Given("service", "cups".replace(letter, _LOOKALIKES[letter])),)
    }


ALTERED = (
    way(
        "tenant altered",
        "wrong-tenant",
        altered(lambda _, d: {"tenant": d.randbytes(16)}),
    ),
    way(
        "device altered",
        "wrong-device",
        altered(lambda _, d: {"device": d.randbytes(16)}),
    ),
    way(
        "incarnation altered",
        "wrong-incarnation",
        altered(lambda _, d: {"incarnation": d.randbytes(16)}),
    ),
    way("id altered", "bad-proof", altered(lambda _, d: {"id": d.randbytes(16)})),
    way(
        "diagnostic altered",
        "bad-proof",
        altered(
            lambda _, d: {
                "diagnostic": d.choice(("disk_state", "time_sync", "socket_owners")),
                "parameters": (),
            }
        ),
    ),
    way(
        "shell for a diagnostic",
        "unknown-diagnostic",
        altered(
            lambda _, d: {
                "diagnostic": d.choice(("shell", "exec", "software", "device_identity"))
            }
        ),
    ),
    way(
        "parameter altered",
        "bad-proof",
        altered(
            lambda _, d: {
                "parameters": (Given("service", d.choice(("ssh", "sssd", "cups2"))),)
            }
        ),
    ),
    way("parameter that looks alike", "bad-proof bad-parameters", altered(_lookalike)),
    way(
        "parameter added",
        "bad-proof",
        altered(lambda a, _: {"parameters": (Given("lines", "200"), *a.parameters)}),
    ),
    way(
        "command for a parameter",
        "bad-parameters",
        altered(
            lambda _, d: {
                "parameters": (
                    Given(
                        "service",
                        d.choice(
                            ("cups;id", "$(id)", "../x", "-oProxy", "a b", "{{7*7}}")
                        ),
                    ),
                )
            }
        ),
    ),
    way(
        "purpose altered",
        "wrong-purpose",
        altered(
            lambda _, d: {
                "purpose": d.choice([p for p in Purpose if p is not Purpose.SUPPORT])
            }
        ),
    ),
    way(
        "ticket altered",
        "bad-proof",
        altered(lambda _, d: {"ticket": f"T-{d.randrange(10**6)}"}),
    ),
    way(
        "reason altered",
        "bad-proof",
        altered(lambda _, d: {"reason": f"because {d.randrange(10**6)}"}),
    ),
    way(
        "asker altered",
        "bad-proof",
        altered(lambda _, d: {"asked_by": d.choice(("ben", "eve", "nobody"))}),
    ),
    way(
        "issued altered",
        "bad-proof",
        altered(lambda a, d: {"issued": a.issued - d.randint(1, 900)}),
    ),
    way(
        "expiry put off",
        "bad-proof",
        altered(lambda a, d: {"expires": a.expires + d.randint(1, 3_600)}),
    ),
    way(
        "seconds raised",
        "bad-proof",
        altered(lambda _, d: {"seconds": d.randint(11, 20)}),
    ),
    way(
        "rows raised", "bad-proof", altered(lambda _, d: {"rows": d.randint(51, 1_000)})
    ),
    way(
        "octets raised",
        "bad-proof",
        altered(lambda _, d: {"octets": d.randint(65_537, 67_108_864)}),
    ),
    way(
        "caps broken",
        "over-caps",
        altered(
            lambda _, d: d.choice(
                ({"seconds": 3_600}, {"rows": 10**9}, {"octets": 2**40})
            )
        ),
    ),
)
PROVEN = (
    way("signed by the collector", "unknown-technician", proven(_by_server)),
    way(
        "signed by the collector as ana", "bad-proof", proven(_by_server_as(people.ANA))
    ),
    way(
        "signed by the collector as ben",
        "bad-proof",
        proven(_by_server_as(people.BEN), "ben"),
    ),
    way("sign-in of ben", "bad-proof", proven(_login("ben"), "ben")),
    way("sign-in of eve", "bad-proof", proven(_login("eve"), "eve")),
    way(
        "sign-in under the other RP ID",
        "bad-proof",
        proven(_login("ben", rp_id="localhost"), "ben"),
    ),
    way(
        "sign-in at the other origin",
        "bad-proof",
        proven(_login("ben", origin="http://localhost:8347"), "ben"),
    ),
    way(
        "passkey made, not used",
        "bad-proof",
        proven(
            _login(
                "ben",
                rp_id="localhost",
                origin="http://localhost:8347",
                type="webauthn.create",
            ),
            "ben",
        ),
    ),
    way(
        "in a frame",
        "bad-proof",
        proven(
            _login(
                "ben",
                rp_id="localhost",
                origin="http://localhost:8347",
                crossing="true",
            ),
            "ben",
        ),
    ),
    way(
        "nobody verified",
        "bad-proof",
        proven(
            _login("ben", rp_id="localhost", origin="http://localhost:8347", flags=1),
            "ben",
        ),
    ),
    way(
        "passkey for sign-in as ben",
        "bad-proof",
        proven(lambda _t, _d, digest: people.another_passkey(digest, "ben"), "ben"),
    ),
    way("key file's sign-in", "bad-proof", proven(_by_key_sign_in)),
    way("proof of another request", "bad-proof", proven(_of_another)),
    way("approval of another request", "bad-proof", _spliced),
)
CARRIED = (
    way("for another tenant", "wrong-tenant", genuine(tenant=secrets.token_bytes(16))),
    way("for another device", "wrong-device", genuine(device=secrets.token_bytes(16))),
    way(
        "for an earlier spool",
        "wrong-incarnation",
        genuine(incarnation=secrets.token_bytes(16)),
    ),
    way("expired", "expired", timed(-7_200, -3_600)),
    way("of the future", "not-yet-valid", timed(3_600, 7_200)),
    way("good for too long", "valid-too-long", timed(0, limits.ORDER_SECONDS + 1)),
    way("no such diagnostic", "unknown-diagnostic", genuine(diagnostic="shell")),
    way("for another purpose", "wrong-purpose", genuine(purpose=Purpose.SECURITY)),
    way("not what it takes", "bad-parameters", genuine(parameters=())),
    way("more than it may cost", "over-caps", genuine(rows=10**6)),
    way(
        "by who was removed",
        "technician-removed",
        genuine(["mallory"], asked_by="mallory"),
    ),
    way("by another than it names", "not-by-who-asks", genuine(["ben"])),
    way("by who may approve alone", "may-not-ask", genuine(["eve"], asked_by="eve")),
    way(
        "sensitive, by one",
        "not-approved",
        genuine(diagnostic="packet_headers", parameters=()),
    ),
    way(
        "approved by oneself",
        "same-person",
        genuine(["ana", "ana again"], diagnostic="packet_headers", parameters=()),
    ),
    way(
        "approved by who may not",
        "may-not-approve",
        genuine(
            ["ben", "ana"], asked_by="ben", diagnostic="packet_headers", parameters=()
        ),
    ),
    way(
        "approved by who was removed",
        "technician-removed",
        genuine(["ana", "mallory"], diagnostic="packet_headers", parameters=()),
    ),
    way("once more", KNOWN, _again),
    way("once more under another id", "bad-proof", _renamed),
)
