# SPDX-License-Identifier: Apache-2.0
"""A device and its envelopes, made up for a store that looks at no content.

Rules: a chain is sound; what is wrong with one is the test's to say.
Not here: real envelopes (`reader_fixture.py`).
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from server.store.chains import ChainEnd
from server.store.ending import HeldRemainder
from server.store.interface import (
    Device,
    DeviceState,
    Store,
    StoredEnvelope,
    Verdict,
)
from server.store.sqlite import create_store
from wire.envelope import NO_PREVIOUS, EnvelopeKind, Gap
from wire.messages import Fate

LOST = Gap(3, 900, 1_000, "damaged")
TENANT, OTHER = b"t" * 16, b"o" * 16
DEVICE = Device(
    TENANT,
    b"d" * 16,
    b"p" * 32,
    b"s" * 1216,
    DeviceState.ACTIVE,
    1_000,
    1_000,
    "0.1",
    "Linux",
    "",
)
STORED, DUPLICATE = Verdict(Fate.STORED, ""), Verdict(Fate.DUPLICATE, "")
FORKED = Verdict(Fate.REFUSED, "forked")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a new store that knows one device and its token."""
    made = create_store(tmp_path / "store.sqlite")
    made.add_token(TENANT, b"k" * 32, 2_000, 1)
    made.enrol(DEVICE, b"k" * 32, 1_000)
    yield made
    made.close()


def chain(
    count: int, *, salt: bytes = b"", incarnation: bytes = b"i" * 16
) -> list[StoredEnvelope]:
    """Return a sound chain of envelopes."""
    made: list[StoredEnvelope] = []
    previous = NO_PREVIOUS
    for sequence in range(1, count + 1):
        octets = salt + incarnation + previous + bytes([sequence])
        digest = hashlib.sha256(octets).digest()
        made.append(
            StoredEnvelope(
                TENANT,
                DEVICE.device,
                incarnation,
                sequence,
                previous,
                digest,
                EnvelopeKind.DATA.value,
                "security" if sequence % 2 else "support",
                "standard",
                b"y" * 16,
                900,
                1_000 + sequence,
                1,
                octets,
            )
        )
        previous = digest
    return made


def void_of(
    envelope: StoredEnvelope,
    instead: bytes | None = None,
    gap: Gap = LOST,
) -> StoredEnvelope:
    """Return the void that stands for an envelope; `instead` has it name another."""
    octets = b"void" + envelope.octets
    return replace(
        envelope,
        digest=hashlib.sha256(octets).digest(),
        kind=EnvelopeKind.VOID.value,
        key_id=bytes(16),
        records=0,
        octets=octets,
        instead=envelope.digest if instead is None else instead,
        gap=gap,
    )


def remainder_of(
    envelope: StoredEnvelope, records: int, octets: bytes = b"remainder" * 9
) -> HeldRemainder:
    """Return what is left of an envelope after an erasure."""
    return HeldRemainder(
        envelope.tenant,
        envelope.device,
        envelope.incarnation,
        envelope.sequence,
        envelope.purpose,
        envelope.retention,
        envelope.key_id,
        envelope.digest,
        envelope.created,
        records,
        envelope.records - records,
        octets,
    )


def delete(path: Path, where: str = "1") -> None:
    """Delete envelopes as whoever ends them at their time does: by their rows."""
    with sqlite3.connect(path) as database:
        database.execute(f"DELETE FROM envelopes WHERE {where}")  # noqa: S608 - the test's own words
    database.close()


def state(store: Store) -> DeviceState:
    """Return the state of the device."""
    found = store.device(TENANT, DEVICE.device)
    assert found is not None
    return found.state


def chain_end(envelope: StoredEnvelope) -> ChainEnd:
    """Return the end of a chain whose last envelope this is."""
    return ChainEnd(
        envelope.tenant,
        envelope.device,
        envelope.incarnation,
        envelope.sequence,
        envelope.name,
    )


def spoil(path: Path, table: str, change: str) -> None:
    """Change rows as if their table checked no types."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA writable_schema = ON")
    kept = database.execute(
        "SELECT sql FROM sqlite_master WHERE name = ?", (table,)
    ).fetchone()
    loose = kept[0].replace(") STRICT, WITHOUT", ") WITHOUT").replace(") STRICT", ")")
    for sql, statement in ((loose, f"UPDATE {table} SET {change}"), (kept[0], "")):  # noqa: S608 - our own words
        database.execute(
            "UPDATE sqlite_master SET sql = ? WHERE name = ?", (sql, table)
        )
        database.execute("PRAGMA writable_schema = RESET")
        database.execute(statement)
        database.execute("PRAGMA writable_schema = ON")
    database.close()
