# SPDX-License-Identifier: Apache-2.0
"""What a store keeps of requests and envelopes that gates did not take.

Rules: counts alone: of an hour by gate and reason, and of a device whose own signature
was verified by reason; nothing of what was asked; nobody's are told to every tenant of
the store, for nobody knows whose they were.
Not here: the tables (`kept_refusals.py`), counting (`server/gate/refusing.py`), until
when they are kept (`server/keeper/rounds/refusals.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

HOUR_SECONDS = 3_600
NOBODY = bytes(16)
"""Stands for the tenant of what nobody's signature vouches for."""
NAMED = 1_000
"""Devices of one message of a gate that are written down by name: a fleet that is
refused as a whole is seen by its counts."""
MOST = 10_000
"""Rows of one look: whoever has taken a gate over writes what it likes, a megabyte or
two is shown of it."""
NAME_CHARS = 64
"""Of a gate's name and of a reason; the rest is cut off."""
REASONS = 50
"""Of a gate in an hour, or of a device, that are told apart: twice as many as gates
have. What is beyond is counted as `OTHER`."""
OTHER = "other"
KEPT = 200_000
"""Rows of each table that a round leaves, each gate's latest first: 40 MB at the worst,
and more than thirty gates have reason for in a week."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What a gate did not take since it told last.

    Attributes:
        tenant: of who asked; `NOBODY` where no signature was verified.
        device: who asked; empty where that was not verified.
        reason: slug of a problem, or of a receipt's reason.
        count: how often.
        last: when it was last, seconds since the epoch.
    """

    tenant: bytes
    device: bytes
    reason: str
    count: int
    last: int


@dataclass(frozen=True, slots=True)
class RefusedHour:
    """What a gate did not take in an hour; that begins at `hour` hours since the epoch.

    Attributes:
        gate: what the gate is called.
        reason: as in `Refused`.
    """

    hour: int
    gate: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class RefusedDevice:
    """What was not taken of a device.

    Attributes:
        reason: as in `Refused`.
        gate: which refused it last.
        count: how often since `since`.
        since: the first time, seconds since the epoch.
        last: the last time.
    """

    device: bytes
    reason: str
    gate: str
    count: int
    since: int
    last: int


class Refusals(Protocol):
    """What gates did not take."""

    def add(self, gate: str, refused: Sequence[Refused]) -> None:
        """Add to what is kept; devices that there are, up to `NAMED`, by name.

        Of a gate in an hour, and of a device, so many reasons are told apart.

        Raises:
            StateError: nothing of it was kept, unless the store went away as it
                committed.
        """

    def hours(
        self, tenant: bytes, since: int, most: int = MOST
    ) -> Sequence[RefusedHour]:
        """Return the counts of a tenant and of nobody, the oldest hour first.

        Args:
            tenant: whose.
            since: first hour, since the epoch.
            most: so many rows, of the last hours.
        """

    def devices(
        self, tenant: bytes, since: int, most: int = MOST
    ) -> Sequence[RefusedDevice]:
        """Return what was not taken of devices since a second, the last first.

        Args:
            tenant: whose.
            since: the earliest that the last time may be.
            most: so many rows.
        """

    def of_device(
        self, tenant: bytes, device: bytes, since: int, most: int = MOST
    ) -> Sequence[RefusedDevice]:
        """Return the same of one device."""

    def forget(self, before: int, until: int, most: int = KEPT) -> None:
        """Delete what was last before a second or from another on, and what is beyond.

        Args:
            before: the second.
            until: the other; only a gate that was taken over tells what is to come.
            most: so many rows of hours, and as many of devices, stay: each gate's last
                one, and then each one's last but one, and so on.
        """
