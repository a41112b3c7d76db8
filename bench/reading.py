# SPDX-License-Identifier: Apache-2.0
"""What reading an inventory costs after many differences, with blocks and without.

Rules: real records, seals, store, keyring and fold job; one device, one epoch; both
readings are of the same store, in turn, and must show the same rows.
Not here: the wire (`bench/differences.py`), SQL.
"""

import hashlib
import secrets
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from agent.catalogue import declared
from agent.collectors import collector
from agent.redaction.engine import BoundDataset, Redactor
from agent.rows import Row
from bench.measure import Figure, publish
from policies import preset
from server import configuration
from server.install import init
from server.keyring import Keyring, open_keyring
from server.ledger import SqliteLedger
from server.reader.folding import FoldJob
from server.reader.opening import open_selection
from server.reader.selection import Selection
from server.store.interface import Device, DeviceState, StoredEnvelope
from server.store.sqlite import SqliteStore, open_store
from wire import envelope
from wire.body import Mode, Op, Table
from wire.crypto.opening import OpeningKey
from wire.crypto.sealing import SUITE_XWING
from wire.crypto.signing import SigningKey, identity
from wire.envelope import NO_PREVIOUS, VERSION, EnvelopeKind, Header
from wire.keys import PurposeKey
from wire.policy_source import compile_policy
from wire.purposes import Purpose
from wire.state import row_octets, state_digest
from wire.transforms.call import KEEP

DATASET = collector("software").dataset
COLUMNS = tuple(c for c in DATASET.columns if c.name in {"name", "version"})
NAMES = [column.name for column in COLUMNS]
ROWS = 900
"""Packages of an ordinary machine."""
DIFFERENCES = 500
ROUNDS = 5


def figures() -> list[Figure]:
    """Measure both readings."""
    with tempfile.TemporaryDirectory() as folder:
        now = int(time.time())
        layout = init(
            Path(folder) / "collector", "Bench", "https://127.0.0.1:1", [], None, now
        )
        store, keyring = open_store(layout.store), open_keyring(layout)
        ledger = SqliteLedger(layout.ledger)
        try:
            settings = configuration.read(layout)
            _history(store, keyring, settings.tenant, now)
            policy = compile_policy(preset("standard"), declared(), "standard")
            job = FoldJob(store, keyring, ledger, declared())
            begun = time.process_time()
            made = job.batch(settings, policy, now).blocks
            folding = 1_000 * (time.process_time() - begun)
            if made != 1:
                msg = "the fold job made no block"
                raise SystemExit(msg)
            return _measured(store, keyring, settings.tenant, now, folding)
        finally:
            ledger.close()
            store.close()
            keyring.close()


def _measured(
    store: SqliteStore, keyring: Keyring, tenant: bytes, now: int, folding: float
) -> list[Figure]:
    """Read in turn, without blocks and with them."""
    columns = {DATASET.name: frozenset(NAMES)}
    selection = Selection(tenant, Purpose.SECURITY, columns)
    signer = keyring.fold_job_key().public
    costs: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(ROUNDS):
        tables = []
        for blocks in (False, True):
            begun = time.process_time()
            opened = open_selection(
                store,
                keyring.scoped(tenant, Purpose.SECURITY, now),
                declared(),
                selection,
                signer=signer if blocks else None,
            )
            costs[blocks].append(1_000 * (time.process_time() - begun))
            tables.append(opened.tables[DATASET.name])
        if tables[0] != tables[1]:
            msg = "a reading with blocks shows other rows"
            raise SystemExit(msg)
    without, with_blocks = min(costs[False]), min(costs[True])
    pairs = tuple(b / a for a, b in zip(costs[False], costs[True], strict=True))
    named = "reading it without blocks"
    what = f"an inventory of {ROWS} rows after {DIFFERENCES} differences"
    block = "the same, read from its block"
    return [
        Figure(f"{what}, read from envelopes", without, "ms CPU"),
        Figure(block, with_blocks, "ms CPU", without, named, pairs),
        Figure("the fold job, once", folding, "ms CPU", without, named),
    ]


def _history(store: SqliteStore, keyring: Keyring, tenant: bytes, now: int) -> None:
    """Store a whole state and differences of one row each."""
    signing = enrolled(store, tenant, now)
    key = key_of(keyring, tenant, Purpose.SECURITY, now)
    rows = [[f"package-{n}", f"1.{n}"] for n in range(ROWS)]
    digest, stored = NO_PREVIOUS, []
    for number in range(DIFFERENCES + 1):
        if number:
            rows[number % ROWS][1] = f"2.{number}.{secrets.randbelow(9)}"
        table = _table(rows, number)
        octets = sealed(table, key, signing, number, digest, (tenant, now))
        digest = envelope.digest(octets)
        stored.append(indexed(octets))
    store.put(stored, now)


def key_of(keyring: Keyring, tenant: bytes, purpose: Purpose, now: int) -> PurposeKey:
    """Return the key of a purpose that devices seal to now."""
    return next(
        key
        for key in keyring.public_keys(tenant)
        if key.purpose is purpose and key.start <= now < key.end
    )


def enrolled(store: SqliteStore, tenant: bytes, now: int) -> SigningKey:
    """Return the signing key of a device that the store knows from now on."""
    signing = SigningKey.generate()
    secret = hashlib.sha256(signing.public).digest()
    store.add_token(tenant, secret, now + 60, 1)
    device = Device(
        tenant,
        identity(signing.public),
        signing.public,
        OpeningKey.generate().public,
        DeviceState.ACTIVE,
        now,
        now,
        "bench",
        "Linux",
        "bench",
    )
    store.enrol(device, secret, now)
    return signing


def _table(rows: list[list[str]], number: int) -> Table:
    changed = [rows[number % ROWS]] if number else rows
    bound = BoundDataset(DATASET, Purpose.SECURITY, dict.fromkeys(NAMES, KEEP))
    raw = [Row(dict(zip(NAMES, row, strict=True))) for row in changed]
    records = Redactor(None, None).redact(bound, raw).records
    state = state_digest(NAMES, [row_octets(row) for row in rows])
    table = Table(DATASET, COLUMNS, records, Mode.FULL, (), state)
    if number:
        change = ((Op.CHANGE,), (number % ROWS,))
        table = replace(table, mode=Mode.DELTA, ops=change[0], numbers=change[1])
    return table


def sealed(
    table: Table,
    key: PurposeKey,
    signing: SigningKey,
    number: int,
    previous: bytes,
    when: tuple[bytes, int],
) -> bytes:
    """Return a device's envelope of one table; `when` is the tenant and the time."""
    tenant, now = when
    created = now + number
    header = Header(
        *(VERSION, EnvelopeKind.DATA, SUITE_XWING, tenant, identity(signing.public)),
        *(key.purpose, key.retention, key.id, bytes(32), bytes(15) + b"\x01"),
        *(number + 1, previous, created, len(table.records)),
        created - created % envelope.BUCKET_SECONDS,
    )
    return envelope.seal(header, [table], [], key.public, signing)


def indexed(octets: bytes) -> StoredEnvelope:
    """Return an envelope as the gate stores it."""
    _, head = envelope.read(octets)
    return StoredEnvelope(
        head.tenant,
        head.device,
        head.incarnation,
        head.sequence,
        head.previous,
        envelope.digest(octets),
        head.kind.value,
        head.purpose.value,
        head.retention,
        head.key_id,
        head.bucket,
        head.created,
        head.records,
        octets,
    )


def main() -> None:
    """Print the figures and write them."""
    found = figures()
    publish("Reading, after many differences", "reading", found)


if __name__ == "__main__":
    main()
