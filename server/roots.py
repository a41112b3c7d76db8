# SPDX-License-Identifier: Apache-2.0
"""The next root: who may say what from now on, made without I/O.

Rules: a new root changes what was asked and nothing else; the keys of the gate, the
store and the CA are changed by other means, for devices must know them beforehand.
Not here: signing and publishing it (`server/authority.py`), checking (`wire/trust.py`).
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum

from wire.crypto.certificates import AUTHORITY_DAYS
from wire.policy_check import DAY
from wire.technicians import Technician
from wire.trust import Root


class Role(Enum):
    """A role whose key lies on the collector; the value names its file and field."""

    POLICY = "policy"
    KEYS = "keys"
    REVOCATION = "revocation"


def role_keys(root: Root, role: Role) -> tuple[bytes, ...]:
    """Return the public keys that a root names for a role."""
    named = {
        Role.POLICY: root.policy,
        Role.KEYS: root.keys,
        Role.REVOCATION: root.revocation,
    }
    return named[role]


def next_root(
    root: Root,
    changed: Mapping[Role, bytes],
    now: int,
    technicians: tuple[Technician, ...] | None = None,
) -> Root:
    """Return the version after a root.

    Args:
        root: the newest one.
        changed: roles with their new public key; the old one is named no more.
        now: seconds since the epoch.
        technicians: who may authorise diagnostics; None for those of before.
    """
    keys = {
        role: (changed[role],) if role in changed else role_keys(root, role)
        for role in Role
    }
    return replace(
        root,
        version=root.version + 1,
        issued=now,
        not_after=now + AUTHORITY_DAYS * DAY,
        policy=keys[Role.POLICY],
        keys=keys[Role.KEYS],
        revocation=keys[Role.REVOCATION],
        technicians=root.technicians if technicians is None else technicians,
    )
