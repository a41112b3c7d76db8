# SPDX-License-Identifier: Apache-2.0
"""What sealing changes in a spool.

Rules: done at once by a transaction, or handed over to be done by one.
Not here: doing it (`change.py`), handing over (`handed.py`).
"""

from typing import Protocol

from agent.spool.change import Filed, Place, Snapshot
from wire.cbor import Plain


class Changes(Protocol):
    """What sealing changes: a transaction, or what is handed over to be one."""

    def place(self) -> Place:
        """Return where the next envelope goes."""

    def put(self, place: Place, octets: bytes, filed: Filed, /) -> None:
        """Add the envelope that was sealed for a place."""

    def note(self, act: str, body: dict[int | str, Plain], now: int, /) -> None:
        """Enter an act into the agent's ledger."""

    def set_pass(self, purpose: str, dataset: str, now: int, /) -> None:
        """Remember when a dataset was last read for a purpose."""

    def set_cursor(self, purpose: str, dataset: str, cursor: bytes, /) -> None:
        """Remember where a source was read up to."""

    def set_snapshot(self, purpose: str, dataset: str, sealed: Snapshot, /) -> None:
        """Remember the state that was sealed last."""

    def count(self, name: str, /) -> None:
        """Add to a remembered number."""
