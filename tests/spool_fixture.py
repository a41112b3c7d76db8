# SPDX-License-Identifier: Apache-2.0
"""A device's spool with envelopes of known class, size and time in it.

Rules: a real spool on a real disk and the device's own signatures; what is in an
envelope is noise, for nobody opens it here.
Not here: what passes seal (`device_fixture.py`).
"""

import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from device_fixture import enrolled
from installation_fixture import Installation

from agent.identity import Identity, load, trusted
from agent.spool.change import Filed, SpoolClass
from agent.spool.spool import Held, Spool, open_spool
from agent.spool.voids import Voids
from agent.state import State
from wire.crypto import sealing
from wire.envelope import (
    ENVELOPE,
    HEADER,
    VERSION,
    Envelope,
    EnvelopeKind,
    Header,
    covered,
    read,
)
from wire.purposes import Purpose
from wire.trust import Trusted

RETENTION = "inventory"
PURPOSE = Purpose.SECURITY


@dataclass
class Queue:
    """A device and its open spool; `now` is the time of what is put next."""

    state: State
    who: Identity
    trust: Trusted
    spool: Spool
    now: int

    @property
    def voids(self) -> Voids:
        """Return who gives envelopes up now."""
        return Voids(self.who, self.trust, self.now)

    def put(
        self,
        kind: SpoolClass = SpoolClass.EVENT,
        records: int = 1,
        size: int = 2_000,
        expires: int | None = None,
    ) -> bytes:
        """Queue one envelope and return it."""
        with self.spool.transaction() as change:
            place = change.place()
            header = Header(
                version=VERSION,
                kind=EnvelopeKind.DATA,
                suite=sealing.SUITE_XWING,
                tenant=self.who.tenant,
                device=self.who.device,
                purpose=PURPOSE,
                retention=RETENTION,
                key_id=bytes(16),
                policy=self.trust.policy_digest,
                incarnation=place.incarnation,
                sequence=place.sequence,
                previous=place.previous,
                created=self.now,
                records=records,
                bucket=self.now - self.now % 900,
            )
            octets = HEADER.encode(header)
            ciphertext = secrets.token_bytes(sealing.OVERHEAD_BYTES + size)
            signature = self.who.signing.sign(covered(octets, ciphertext))
            envelope = ENVELOPE.encode(Envelope(octets, ciphertext, signature))
            until = self.now + 86_400 if expires is None else expires
            filed = Filed(PURPOSE, RETENTION, kind, records, self.now, self.now, until)
            change.put(place, envelope, filed)
        return envelope

    def waiting(self) -> list[bytes]:
        """Return what would be sent, in order."""
        return [item.octets for item in self.spool.waiting(10_000, 2**40)]

    def headers(self) -> list[Header]:
        """Return the headers of what would be sent, by place in the chain."""
        found = [read(octets)[1] for octets in self.waiting()]
        return sorted(found, key=lambda header: header.sequence)

    def told(self) -> Sequence[tuple[int, str, int | None]]:
        """Return the sequence, reason and count of each void that waits."""
        return [
            (header.sequence, header.gap.reason, header.gap.count)
            for header in self.headers()
            if header.kind is EnvelopeKind.VOID and header.gap is not None
        ]

    def held(self, kind: SpoolClass) -> list[Held]:
        """Return everything of a class."""
        return self.spool.oldest(kind, 2**40)


@contextmanager
def queue(directory: Path, installation: Installation) -> Iterator[Queue]:
    """Enrol a device and yield its open spool."""
    state = enrolled(directory, installation)
    now = installation.root.issued + 5
    who = load(state)
    spool = open_spool(state.spool, now)
    found = Queue(state, who, trusted(state, who, now), spool, now)
    try:
        yield found
    finally:
        found.spool.close()


def moved(state: State) -> int:
    """Return how many envelopes a spool's database has without its log."""
    copy = state.directory / "copy"
    copy.write_bytes(state.spool.read_bytes())
    with closing(sqlite3.connect(f"{copy.as_uri()}?immutable=1", uri=True)) as database:
        (count,) = database.execute("SELECT COUNT(*) FROM envelopes").fetchone()
    return int(count)


def flip(path: Path, octets: bytes, at: int = 0) -> None:
    """Change one bit of a file, within octets that are in it once."""
    content = bytearray(path.read_bytes())
    where = content.index(octets) + at
    content[where] ^= 1
    path.write_bytes(content)
