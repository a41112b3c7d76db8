# SPDX-License-Identifier: Apache-2.0
"""The fixed tenants: keys that a name gives, a root, and what a device trusts.

Rules: the same on each run; made once.
Not here: devices (`machine.py`).
"""

import hashlib
from dataclasses import dataclass
from functools import cache

from simulation.clock import START, YEAR
from wire import signed
from wire.crypto.opening import SEED_BYTES, OpeningKey
from wire.crypto.signing import SigningKey
from wire.keys import KeyStatement, PurposeKey
from wire.policy import Policy, PolicyStatement
from wire.purposes import Purpose
from wire.signed import SignedKind
from wire.trust import ROOT, Root, Trusted


def octets(name: str, length: int) -> bytes:
    """Return fixed bytes that a name gives."""
    return hashlib.shake_256(b"discreet simulation " + name.encode()).digest(length)


@cache
def signing(name: str) -> SigningKey:
    """Return the signing key of a name."""
    return SigningKey(octets("signing " + name, 32))


@cache
def opening(name: str) -> OpeningKey:
    """Return the opening key of a name."""
    return OpeningKey(octets("opening " + name, SEED_BYTES))


TENANT = octets("tenant", 16)
AUTHORITY = octets("authority", 300)
EVENTS, METRICS, RETENTION = Purpose.SECURITY, Purpose.SUPPORT, "standard"
"""What numbered lines leave for, and what samples do."""


@dataclass(frozen=True, slots=True)
class Tenancy:
    """What all of a tenant have in common."""

    tenant: bytes
    root: Root
    signed_root: bytes
    trust: Trusted
    keys: dict[Purpose, PurposeKey]


@cache
def tenancy(name: str = "") -> Tenancy:
    """Return a tenant's root, trust and sealing keys; the collector's own are one.

    Args:
        name: of the tenant; the first one has none.
    """
    tenant = octets(name + "tenant", 16)
    issued, until = int(START - YEAR), int(START + 30 * YEAR)
    own = [name + role for role in ("root", "policy", "keys", "revocation")]
    roles = [(signing(role).public,) for role in (*own, "gate", "store")]
    digest = hashlib.sha256(AUTHORITY).digest()
    root = Root(tenant, 1, issued, until, 1, *roles, (digest,), ())
    message = signed.sign(SignedKind.ROOT, ROOT.encode(root), [signing(name + "root")])
    made = {
        purpose: PurposeKey(
            purpose, RETENTION, 1, issued, until, opening(name + purpose.value).public
        )
        for purpose in (EVENTS, METRICS)
    }
    policy = PolicyStatement(tenant, 1, issued, until, Policy("simulated", ()))
    keys = KeyStatement(tenant, 1, issued, until, tuple(made.values()))
    digest = octets(name + "policy", 32)
    trust = Trusted(root, policy, digest, keys, (AUTHORITY,))
    return Tenancy(tenant, root, message, trust, made)
