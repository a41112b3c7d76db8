# SPDX-License-Identifier: Apache-2.0
"""What is looked for among envelopes, and in which order it is found.

Rules: None does not narrow.
Not here: looking (`sqlite_found.py`, `postgres/found.py`).
"""

from dataclasses import dataclass

from server.store.interface import StoredEnvelope


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; None does not narrow."""

    tenant: bytes
    device: bytes | None
    purpose: str | None
    since: int
    until: int | None


def place_of(found: StoredEnvelope) -> tuple[bytes, bytes, int]:
    """Return by what is sorted: device, incarnation and sequence."""
    return found.device, found.incarnation, found.sequence
