# SPDX-License-Identifier: Apache-2.0
"""A real installation with devices that have sealed rows into its store.

Rules: everything is what ships (init, keyring, store, seal); only redaction is left
out: the records are minted here.
Not here: the gate (`installation_fixture.py`), the agent (`agent/`).
"""

import re
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from policies import catalogue
from server import configuration
from server.install import init
from server.keyring import Keyring, ScopedKeys, open_keyring
from server.layout import Layout
from server.ledger import Act, SqliteLedger
from server.opening import open_at
from server.processes import Process
from server.reader.folding import FoldJob
from server.reader.standing import policy_in_force
from server.statements import Statements
from server.store.ending import EndingStore
from server.store.interface import Device, DeviceState, StoredEnvelope
from server.storing import open_sealed
from wire import body, envelope
from wire.body import Mode, Op, Table
from wire.crypto.opening import OpeningKey
from wire.crypto.sealing import SUITE_NONE, SUITE_XWING
from wire.crypto.signing import SigningKey, identity
from wire.envelope import NO_KEY, NO_PREVIOUS, EnvelopeKind, Gap, Header
from wire.keys import PurposeKey
from wire.mint import mint_record
from wire.purposes import Purpose
from wire.state import row_octets, state_digest
from wire.token import secret_digest
from wire.values import Value

CATALOGUE = catalogue()
Rows = Sequence[Mapping[str, Value]]


def table(
    dataset: str,
    rows: Rows,
    purpose: Purpose = Purpose.SUPPORT,
    mode: Mode = Mode.APPEND,
    changes: Sequence[tuple[Op, int]] = (),
) -> Table:
    """Return a table of minted records with the columns that the rows name.

    Of a delta, `changes` has operation and number of each row; what is removed is an
    empty row.
    """
    declared = CATALOGUE.datasets[dataset]
    named = {name for row in rows for name in row}
    columns = tuple(column for column in declared.columns if column.name in named)
    ops = tuple(op for op, _ in changes)
    records = [
        None if op is Op.REMOVE else mint_record(dataset, purpose.value, row)
        for row, op in zip(rows, ops or (Op.ADD,) * len(rows), strict=True)
    ]
    numbers = tuple(number for _, number in changes)
    return Table(declared, columns, records, mode, ops, None, numbers)


def with_state(part: Table, rows: Rows) -> Table:
    """Return a part of a snapshot with the digest of its whole state."""
    names = [column.name for column in part.columns]
    octets = [row_octets([row.get(name) for name in names]) for row in rows]
    return replace(part, state=state_digest(names, octets))


def opened(part: Table, purpose: Purpose = Purpose.SUPPORT) -> body.OpenTable:
    """Return a table as a reader finds it in an envelope."""
    return body.decode(body.encode([part], [], purpose.value)).tables[0]


@dataclass
class Speaker:
    """A device: its keys and its chain."""

    tenant: bytes
    label: str = ""
    key: SigningKey = field(default_factory=SigningKey.generate)
    opening: OpeningKey = field(default_factory=OpeningKey.generate)
    incarnation: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    sequence: int = 0
    previous: bytes = NO_PREVIOUS

    @property
    def device(self) -> bytes:
        """Return its identity."""
        return identity(self.key.public)

    def seal(self, key: PurposeKey, tables: Sequence[Table], created: int) -> bytes:
        """Seal tables to a purpose key and move the chain on."""
        header = self._header(key, sum(len(part.records) for part in tables), created)
        return self._moved(envelope.seal(header, tables, [], key.public, self.key))

    def gap(self, purpose: Purpose, gap: Gap, created: int) -> bytes:
        """Announce lost records and move the chain on."""
        header = replace(self._header(None, 0, created), purpose=purpose, gap=gap)
        return self._moved(envelope.announce(header, self.key))

    def void(self, octets: bytes, gap: Gap, retention: str = "") -> bytes:
        """Stand for an envelope of this chain, in its place; of another class if so."""
        _, header = envelope.read(octets)
        void = replace(
            header,
            retention=retention or header.retention,
            kind=EnvelopeKind.VOID,
            suite=SUITE_NONE,
            key_id=NO_KEY,
            records=0,
            gap=gap,
            instead=envelope.digest(octets),
        )
        return envelope.announce(void, self.key)

    def _header(self, key: PurposeKey | None, records: int, created: int) -> Header:
        return Header(
            envelope.VERSION,
            EnvelopeKind.GAP if key is None else EnvelopeKind.DATA,
            SUITE_NONE if key is None else SUITE_XWING,
            self.tenant,
            self.device,
            Purpose.SUPPORT if key is None else key.purpose,
            "none" if key is None else key.retention,
            NO_KEY if key is None else key.id,
            bytes(32),
            self.incarnation,
            self.sequence + 1,
            self.previous,
            created,
            records,
            created - created % envelope.BUCKET_SECONDS,
        )

    def _moved(self, octets: bytes) -> bytes:
        self.sequence += 1
        self.previous = envelope.digest(octets)
        return octets


@dataclass
class Site:
    """An installation, opened for tests."""

    layout: Layout
    tenant: bytes
    now: int
    store: EndingStore
    keyring: Keyring
    ticket: bytes = b""
    """Digest of the ticket to whose key support is sealed; empty for an epoch's."""

    def enrol(
        self, label: str = "", keys: tuple[SigningKey, OpeningKey] | None = None
    ) -> Speaker:
        """Return a device that the store knows; its keys are new ones, or these."""
        speaker = Speaker(self.tenant, label, *(keys or ()))
        secret = secrets.token_bytes(16)
        with closing(open_sealed(self.layout, Process.OFFICE)) as office:
            office.add_token(self.tenant, secret_digest(secret), self.now + 60, 1)
        device = Device(
            self.tenant,
            speaker.device,
            speaker.key.public,
            speaker.opening.public,
            DeviceState.ACTIVE,
            self.now,
            self.now,
            "0.1.0",
            "Linux",
            label,
        )
        self.store.enrol(device, secret_digest(secret), self.now)
        return speaker

    def key(self, purpose: Purpose = Purpose.SUPPORT) -> PurposeKey:
        """Return the current key of a purpose's first retention class."""
        here = [
            key
            for key in self.keyring.live(self.tenant)
            if key.purpose is purpose and key.start <= self.now < key.end
        ]
        wanted = self.ticket if purpose is Purpose.SUPPORT else b""
        numbers = {key.key_id for key in here if key.ticket == wanted}
        every = self.keyring.public_keys(self.tenant)
        return next(key for key in every if key.id in numbers)

    def keys(self, purpose: Purpose = Purpose.SUPPORT) -> ScopedKeys:
        """Return the opening keys of a purpose, as a reading now gets them."""
        return self.keyring.scoped(self.tenant, purpose, self.now)

    def destroy(self) -> None:
        """Destroy the key that `key` names."""
        (dead,) = self.keyring.destroy([self.key().id], "maximum-age", self.now)
        assert dead.key_id not in {
            one.id for one in self.keyring.public_keys(self.tenant)
        }

    def put(self, octets: bytes, **index: object) -> None:
        """Store an envelope; `index` makes the gate lie about it."""
        _, header = envelope.read(octets)
        stored = StoredEnvelope(
            header.tenant,
            header.device,
            header.incarnation,
            header.sequence,
            header.previous,
            envelope.digest(octets),
            header.kind.value,
            header.purpose.value,
            header.retention,
            header.key_id,
            header.bucket,
            header.created,
            header.records,
            octets,
            header.instead,
            header.gap,
        )
        self.store.put([replace(stored, **index)], self.now)  # type: ignore[arg-type]  # names are the test's own

    def say(
        self,
        speaker: Speaker,
        tables: Sequence[Table],
        purpose: Purpose = Purpose.SUPPORT,
        created: int | None = None,
    ) -> None:
        """Have a device seal tables and the gate store them."""
        moment = self.now if created is None else created
        self.put(speaker.seal(self.key(purpose), tables, moment))

    def damage(self, octets: bytes) -> None:
        """Flip a bit of a stored envelope on the disk."""
        _, header = envelope.read(octets)
        wrong = octets[:-1] + bytes([octets[-1] ^ 1])
        with sqlite3.connect(self.layout.store) as database:
            database.execute(
                "UPDATE envelopes SET octets = ? WHERE device = ? AND incarnation = ?"
                " AND sequence = ?",
                (wrong, header.device, header.incarnation, header.sequence),
            )
        database.close()

    def acts(self) -> list[Act]:
        """Return the ledger."""
        ledger = SqliteLedger(self.layout.ledger)
        try:
            ledger.verify()
            return list(ledger.entries())
        finally:
            ledger.close()


def say_of_tickets(layout: Layout, words: str) -> None:
    """Have config.toml say something of tickets, or nothing."""
    path = layout.configuration
    said = re.sub(r"^tickets = .*$", words, path.read_text(), flags=re.MULTILINE)
    path.write_text(said)


def make_site(
    directory: Path, address: str | None = None, now: int | None = None
) -> Site:
    """Install a collector; the user who runs this has every reader role.

    Its store is a file, or in PostgreSQL at an address, where devices come as its gate.
    Its support is read under any words, for most tests have no keeper to open tickets.
    """
    now, url = int(time.time()) if now is None else now, "https://127.0.0.1:8443"
    layout = init(directory, "Test", url, [], None, now, store=address)
    say_of_tickets(layout, 'tickets = "off"')
    store = open_at(address or str(layout.store), Process.GATE)
    keyring = open_keyring(layout)
    tenant = configuration.read(layout).tenant
    return Site(layout, tenant, now, store, keyring)


def fold(site: Site, minimum: int = 1, **settings: object) -> int:
    """Run the fold job once, as a process of its own would; returns its blocks."""
    ledger = SqliteLedger(site.layout.ledger)
    statements = Statements(site.layout.authority / "statements.sqlite")
    try:
        policy = policy_in_force(statements, site.tenant, site.now).policy
        job = FoldJob(site.store, site.keyring, ledger, CATALOGUE)
        here = replace(configuration.read(site.layout), **settings)  # type: ignore[arg-type]  # the test's own names
        return job.batch(here, policy, site.now, minimum).blocks
    finally:
        statements.close()
        ledger.close()


@contextmanager
def running_part(site: Site, part: str) -> Iterator[subprocess.Popen[str]]:
    """Run the reader or the keeper as a process; it must end orderly."""
    command = (sys.executable, "-I", "-m", f"server.{part}", "--directory")
    with subprocess.Popen(
        (*command, str(site.layout.directory)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith(f"{part} listening on "), f"the {part} did not start"
        try:
            yield process
        finally:
            process.terminate()
        assert process.wait(60) == 0


running_reader = partial(running_part, part="reader")
