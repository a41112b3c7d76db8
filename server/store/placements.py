# SPDX-License-Identifier: Apache-2.0
"""What a store keeps of which device obeys which policy.

Rules: policies and placements are signed before they come here; a gate hands them out
and can make none.
Not here: signing (`server/rollout.py`), the tables (`kept_placements.py`), what a
placement is (`wire/placement.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class HeldPlacement:
    """A signed placement of a device, and what of it an index needs.

    Attributes:
        version: of the policy that it names.
        serial: as signed.
        issued: when it was signed, seconds since the epoch.
    """

    device: bytes
    version: int
    serial: int
    issued: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class Obeyed:
    """What a device obeys: a signed policy, and the signed placement that names it."""

    policy: bytes
    placement: bytes


@dataclass(frozen=True, slots=True)
class Count:
    """How many devices are to obey a version, and how many polled since."""

    placed: int
    heard: int


class Placements(Protocol):
    """Policies with a target, and the placements that name them."""

    def hold_policy(self, tenant: bytes, version: int, octets: bytes) -> None:
        """Keep a signed policy that placements may name."""

    def hold(self, tenant: bytes, placements: Sequence[HeldPlacement]) -> None:
        """Replace older placements of devices that are heard, all in one commit."""

    def every(self, tenant: bytes) -> Sequence[HeldPlacement]:
        """Return the placements of a tenant's devices."""

    def counts(self, tenant: bytes) -> dict[int, Count]:
        """Return of each version how many of those that are heard obey it."""

    def obeyed(self, tenant: bytes, device: bytes) -> Obeyed | None:
        """Return what a device obeys; None where it has no placement."""
