# SPDX-License-Identifier: Apache-2.0
"""Vectors of bundles whose policy is for some devices: who is placed under which.

Rules: each statement that is refused is properly signed unless its name says not.
Not here: bundles for every device (`families_trust.py`).
"""

from tests.vectors import world
from wire import signed, trust
from wire.crypto.signing import identity
from wire.placement import PLACEMENT, sign_placement
from wire.policy import PolicyStatement
from wire.signed import SignedKind

Family = list[dict[str, object]]
SIGNATURE, ROLLBACK, IDENTITY = "bad-signature", "rollback", "wrong-identity"
OTHER = world.octets("another tenant", 16)


def placed() -> Family:
    """Return bundles whose policy is for the devices of a site."""
    site = world.policy(version=6, target="site:berlin")
    wider = world.policy(version=7, target="site:berlin", policy=world.of_events())
    tag = world.policy(version=2, target="tag:pilot")
    payload = PLACEMENT.encode(world.placement(site))

    def of(stated: PolicyStatement, by: str = "policy", **changes: object) -> bytes:
        named = world.placement(stated, **changes)
        placed = sign_placement(named, world.signing(by))
        return world.bundle(stated=stated, placed=placed)

    good, later = of(site), of(site, serial=41)
    every = world.bundle()
    other = identity(world.signing("gate").public)
    called = signed.sign(SignedKind.POLICY, payload, [world.signing("policy")])
    kept = sign_placement(world.placement(site), world.signing("policy"))
    rows: tuple[tuple[str, bytes, bytes | None, str], ...] = (
        ("placed", good, None, "ok"),
        ("placed, after a policy for all", good, every, "ok"),
        ("placed anew", later, good, "ok"),
        ("another target, by a newer placement", of(tag, serial=41), good, "ok"),
        ("not placed", world.bundle(stated=site), None, IDENTITY),
        ("placement of another device", of(site, device=other), None, IDENTITY),
        ("placement of another tenant", of(site, tenant=OTHER), None, IDENTITY),
        (
            "placement of another policy",
            world.bundle(stated=wider, placed=kept),
            None,
            IDENTITY,
        ),
        (
            "placed under a policy for all",
            of(world.policy(version=6)),
            None,
            IDENTITY,
        ),
        ("placement by the keys role", of(site, "keys"), None, SIGNATURE),
        (
            "placement called a policy",
            world.bundle(stated=site, placed=called),
            None,
            SIGNATURE,
        ),
        ("an older placement", good, later, ROLLBACK),
        ("another policy by the same serial", of(wider), good, ROLLBACK),
        (
            "an older policy of the same target",
            of(world.policy(version=5, target="site:berlin"), serial=41),
            good,
            ROLLBACK,
        ),
        (
            "an older policy, after a policy for all",
            of(tag),
            every,
            ROLLBACK,
        ),
        (
            "a policy for all, after a placement",
            world.bundle(stated=world.policy(version=9)),
            good,
            ROLLBACK,
        ),
    )
    root = trust.ROOT.encode(world.root()).hex()
    return [
        {
            "name": name,
            "kind": "bundle",
            "input": octets.hex(),
            "root": root,
            "held": None if held is None else held.hex(),
            "now": world.NOW,
            "device": identity(world.signing("device").public).hex(),
            "expect": expect,
        }
        for name, octets, held, expect in rows
    ]
