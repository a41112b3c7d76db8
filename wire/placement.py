# SPDX-License-Identifier: Apache-2.0
"""A placement: which policy one device obeys, signed by the policy role.

Rules: it names the device and the digest of the policy, so nobody between the signer
and the device can give it another's; its serial only goes up, so no older one comes
back; within one target a policy's version never goes back either.
Not here: who is placed where (`server/rollout.py`), the bundle around it
(`wire/trust.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wire import signed
from wire.codec import Field, Message, Uint, fixed
from wire.crypto.signing import SigningKey
from wire.errors import IdentityError, RollbackError
from wire.policy import PolicyStatement
from wire.signed import SignedKind

PUBLISHED = "published"
"""Target of the policy that devices obey to which no other is bound."""


def is_published(target: str | None) -> bool:
    """Tell whether a policy's target is nobody in particular.

    None stands in a policy that was signed before one was ever bound.
    """
    return target in {None, PUBLISHED}


@dataclass(frozen=True, slots=True)
class Placement:
    """The payload that the policy role signs for one device.

    Attributes:
        tenant: 16 bytes.
        device: 16 bytes.
        serial: higher than in every placement of this device before.
        policy: SHA-256 of the policy statement's payload.
    """

    tenant: bytes
    device: bytes
    serial: int
    policy: bytes


PLACEMENT = Message(
    "placement",
    Placement,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "device", fixed(16)),
        Field(3, "serial", Uint(minimum=1)),
        Field(4, "policy", fixed(32)),
    ),
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A policy statement, the digest of its payload, and the placement beside it."""

    policy: PolicyStatement
    digest: bytes
    placement: Placement | None


def sign_placement(placement: Placement, key: SigningKey) -> bytes:
    """Return a placement signed by a key of the policy role."""
    payload = PLACEMENT.encode(placement)
    return signed.sign(SignedKind.PLACEMENT, payload, [key])


def read_placement(octets: bytes, keys: Mapping[bytes, bytes]) -> Placement:
    """Return a placement that one of these keys signed.

    Args:
        octets: signed Placement.
        keys: identity > public key of the policy role.

    Raises:
        WireError: it is none, or none of them signed it.
    """
    message = signed.read(octets, SignedKind.PLACEMENT)
    signed.check(message, keys)
    return PLACEMENT.decode(message.payload)


def check_placed(placed: Placed, tenant: bytes, device: bytes | None) -> None:
    """Require that a policy is for a device.

    Args:
        placed: a policy and what stands beside it.
        tenant: the device's.
        device: which; None for nobody in particular, who may obey no placed policy.

    Raises:
        IdentityError: the policy is for placed devices, and this is none of them.
    """
    placement = placed.placement
    if placed.policy.target is None and placement is None:
        return
    if placed.policy.target is None or placement is None:
        msg = "this device has no placement yet: it asks for one with its next poll"
        raise IdentityError(msg)
    whose = placement.tenant, placement.device, placement.policy
    if device is None or whose != (tenant, device, placed.digest):
        msg = "the policy is for another device"
        raise IdentityError(msg)


def check_follows(placed: Placed, held: Placed) -> None:
    """Require that what a device is to obey is no step back from what it obeys.

    Args:
        placed: the new one.
        held: the one before.

    Raises:
        RollbackError: it is older, or has lost its placement.
    """
    same = placed.policy.target == held.policy.target
    if placed.policy.version < held.policy.version and (same or not held.placement):
        msg = "the policy is older than the one already trusted"
        raise RollbackError(msg)
    if held.placement is None:
        return
    if placed.placement is None or placed.placement.serial < held.placement.serial:
        msg = "the placement is older than the one already trusted"
        raise RollbackError(msg)
    if (
        placed.placement.serial == held.placement.serial
        and placed.digest != held.digest
    ):
        msg = "the policy is another one under the same placement"
        raise RollbackError(msg)
