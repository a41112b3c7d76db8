# SPDX-License-Identifier: Apache-2.0
"""What a store's file promises: versions, kills, a full disk, who can read it.

Rules: each test gets a store of its own in a fresh directory.
Not here: what a store answers (`test_store.py`).
"""

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from store_chain import (
    DEVICE,
    FORKED,
    STORED,
    TENANT,
    chain,
    chain_end,
    delete,
    state,
)

from server.errors import StateError
from server.gate.bounds import BATCH_BYTES
from server.health import Health
from server.store.blocks import HeldBlock
from server.store.chains import Heard, Loss
from server.store.fleet import Wanted
from server.store.interface import DeviceState, HeldResync, Store
from server.store.sqlite import create_store, open_store
from wire import envelope
from wire.crypto.signing import SigningKey, identity
from wire.envelope import NO_KEY, EnvelopeKind, Gap, Header
from wire.purposes import Purpose
from wire.queue_state import QUEUE_STATE, QueueState


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a new store that knows one device and its token."""
    made = create_store(tmp_path / "store.sqlite")
    made.add_token(TENANT, b"k" * 32, 2_000, 1)
    made.enrol(DEVICE, b"k" * 32, 1_000)
    yield made
    made.close()


def as_of_version_11(path: Path) -> sqlite3.Connection:
    """Take away what version 12 has added; returns a connection in autocommit mode."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("DROP INDEX fleet")
    for name in ("name", "said", "alarms", "lossy", "waiting", "waited"):
        database.execute(f"ALTER TABLE devices DROP COLUMN {name}")
    database.execute("PRAGMA user_version = 11")
    return database


def as_of_version_5(path: Path) -> sqlite3.Connection:
    """Take away what versions 6 to 12 have added; returns a connection."""
    database = as_of_version_11(path)
    for table in ("refusals", "refused"):  # of version 11
        database.execute(f"DROP TABLE {table}")
    for table in ("policies", "placements"):  # of version 10
        database.execute(f"DROP TABLE {table}")
    for table in ("devices", "tokens"):  # of version 9
        for name in ("site", "tags"):
            database.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    for name in ("orders", "revocations", "calls"):  # of version 8
        database.execute(f"DROP TABLE {name}")
    database.execute("DROP TABLE anchors")  # of version 7
    database.execute("DROP TRIGGER silenced")
    for name in ("ended", "remainders", "extracts"):
        database.execute(f"DROP TABLE {name}")
    for name in ("by_key", "by_age", "blocks_by_key"):
        database.execute(f"DROP INDEX {name}")
    database.execute("PRAGMA user_version = 5")
    return database


def as_of_version_4(path: Path) -> sqlite3.Connection:
    """Take away what version 5 has added; returns a connection in autocommit mode."""
    database = as_of_version_5(path)
    database.execute("DROP TRIGGER spending")
    for name in ("gaps", "spent", "lost", "usage"):
        database.execute(f"DROP TABLE {name}")
    database.execute("DROP INDEX doubted")
    added = (
        *("highest", "said", "said_accepted", "said_marked", "said_at", "said_first"),
        "doubted",
    )
    for name in added:
        database.execute(f"ALTER TABLE chains DROP COLUMN {name}")
    database.execute("ALTER TABLE devices DROP COLUMN queue")
    database.execute("PRAGMA user_version = 4")
    return database


def test_a_store_of_the_first_version_opens(store: Store, tmp_path: Path) -> None:
    """What it holds stays, and there is room for what it could not hold."""
    path = tmp_path / "store.sqlite"
    store.put(chain(2), 5)
    store.close()
    database = as_of_version_4(path)
    database.execute("DROP TABLE resyncs")
    database.execute("DROP TABLE blocks")
    database.execute("PRAGMA user_version = 1")
    database.close()
    held = HeldResync(TENANT, b"d", "support", "software", b"i", 9, b"first")
    for _ in range(2):
        opened = open_store(path)
        opened.hold_resync(held)
        assert list(opened.envelopes(TENANT)) == chain(2)
        assert opened.resyncs(TENANT, b"d") == [held]
        opened.close()


def test_blocks_of_a_former_version_are_made_again(
    store: Store, tmp_path: Path
) -> None:
    """A block without the number of its sources is let go: all counts as unfolded."""
    path = tmp_path / "store.sqlite"
    store.put(chain(2), 5)
    store.close()
    database = as_of_version_4(path)
    database.execute("ALTER TABLE blocks DROP COLUMN sources")
    values = (TENANT, chain(1)[0].device, "support", b"k", b"i", 2, b"octets")
    database.execute("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    database.execute("PRAGMA user_version = 3")
    database.close()
    opened = open_store(path)
    assert opened.blocks(TENANT, values[1], "support") == []
    held = HeldBlock(*values[:6], 2, b"octets")
    opened.hold_block(held)
    assert opened.blocks(TENANT, values[1], "support") == [held]
    opened.close()


def test_devices_of_a_former_version_are_found_by_what_they_said(
    store: Store, tmp_path: Path
) -> None:
    """What is looked for in all devices is made of what an older release had kept."""
    path = tmp_path / "store.sqlite"
    state = QUEUE_STATE.encode(QueueState(3, 9, 60, 0, 2, ("spool-full",)))
    said = Heard(TENANT, DEVICE.device, "0.3", "Éclair", b"i" * 16, 1, 0, queue=state)
    store.heard([said], 1_000)
    store.set_label(TENANT, DEVICE.device, "Desk")
    expected = store.fleet.sums(TENANT, 1_000)
    store.close()
    as_of_version_11(path).close()
    opened = open_store(path)
    for text in ("desk", "éclair 0.3", "spool-full"):
        assert opened.fleet.count(TENANT, Wanted(text=text), 1_000) == 1
    assert opened.fleet.sums(TENANT, 1_000) == expected
    assert [(one.health, one.waiting, one.age) for one in expected] == [
        (Health.ALARM, 3, 60)
    ]
    opened.close()


def test_all_is_there_after_opening_again(store: Store, tmp_path: Path) -> None:
    """A second process sees what the first one committed."""
    store.put(chain(2), 5)
    second = open_store(tmp_path / "store.sqlite")
    assert list(second.envelopes(TENANT)) == chain(2)
    assert second.device(TENANT, DEVICE.device) == DEVICE
    second.close()


@pytest.mark.slow
@pytest.mark.fault
def test_a_kill_loses_nothing_that_was_told(store: Store, tmp_path: Path) -> None:
    """What a killed process had told as stored is there, and the chain is sound."""
    program = (
        "import sys; sys.path[:0] = sys.argv[1].split(':')\n"
        "from pathlib import Path\n"
        "from contract.test_store import chain\n"
        "from server.store.sqlite import open_store\n"
        "store = open_store(Path(sys.argv[2]))\n"
        "for envelope in chain(200):\n"
        "    store.put([envelope], 5)\n"
        "    print(envelope.sequence, flush=True)\n"
    )
    root = Path(__file__).resolve().parents[2]
    path = tmp_path / "store.sqlite"
    arguments = [sys.executable, "-c", program, f"{root}:{root}/tests", str(path)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = 0
        while told < 40:
            told = int(child.stdout.readline())
        child.kill()
        rest = child.stdout.read().split()
    told = max([told, *map(int, rest)])
    found = list(store.envelopes(TENANT))
    assert len(found) >= told
    assert found == chain(200)[: len(found)]
    assert store.unmarked() == [chain_end(found[-1])]


def test_a_full_disk_loses_nothing(store: Store) -> None:
    """A commit that fails is an error, and what was there before still is."""
    sent = chain(3)
    store.put(sent[:1], 5)
    (pages,) = store._connections.writer.execute("PRAGMA page_count").fetchone()
    store._connections.writer.execute(f"PRAGMA max_page_count = {pages}")
    big = replace(sent[1], octets=bytes(100_000))
    with pytest.raises(StateError, match="SQLITE_FULL"):
        store.put([big], 6)
    store._connections.writer.execute("PRAGMA max_page_count = 1000000")
    assert list(store.envelopes(TENANT)) == sent[:1]
    assert store.put([big], 7) == [STORED]


@pytest.mark.usefixtures("store")
def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    """A database of a newer release is not opened and not changed."""
    path = tmp_path / "store.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(StateError, match="newer release"):
        open_store(path)


@pytest.mark.parametrize("octets", [None, b"", b"not a database" * 100])
def test_what_is_no_store_is_refused(tmp_path: Path, octets: bytes | None) -> None:
    """An absent, empty or foreign file is told from a store, and not made into one."""
    path = tmp_path / "other.sqlite"
    if octets is not None:
        path.write_bytes(octets)
    with pytest.raises(StateError, match="backup"):
        open_store(path)
    assert path.exists() == (octets is not None)


def test_a_store_is_made_once(store: Store, tmp_path: Path) -> None:
    """Making a store where there is one is refused and changes nothing."""
    with pytest.raises(StateError, match="already"):
        create_store(tmp_path / "store.sqlite")
    assert state(store) is DeviceState.ACTIVE


def test_others_cannot_read_a_store(store: Store, tmp_path: Path) -> None:
    """The files of a store are its owner's alone."""
    store.put(chain(1), 5)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o600}


def test_every_commit_reaches_the_disk(store: Store) -> None:
    """The store is in WAL mode with full synchronisation and overwrites deletions."""
    pragmas = ("journal_mode", "synchronous", "secure_delete")
    found = [
        store._connections.writer.execute(f"PRAGMA {name}").fetchone()[0]
        for name in pragmas
    ]
    assert found == ["wal", 2, 1]


@pytest.mark.skipif(sys.platform != "linux", reason="octets read are Linux's to tell")
def test_a_large_commit_reads_nothing_back(store: Store) -> None:
    """Nothing of it is written before its end: what follows would be checked anew."""
    store._connections.writer.execute("PRAGMA wal_autocheckpoint = 0")
    octets = bytes(BATCH_BYTES // 200)
    sent = [replace(one, octets=octets) for one in chain(200)]
    before = read_of_disk()
    assert store.put(sent, 5) == [STORED] * len(sent)
    assert read_of_disk() - before < BATCH_BYTES // 100


def read_of_disk() -> int:
    """Return how many octets this process has read of files, from the first on."""
    told = Path("/proc/self/io").read_text(encoding="ascii")
    return int(told.partition("rchar: ")[2].partition("\n")[0])


def test_a_store_of_version_4_learns_to_account(store: Store, tmp_path: Path) -> None:
    """Holes, gaps and what is deleted later are known of what it holds already."""
    path = tmp_path / "store.sqlite"
    sent = chain(4)
    key = SigningKey(b"k" * 32)
    gap = Gap(None, 100, 200, "spool-corrupt")
    header = Header(
        envelope.VERSION,
        EnvelopeKind.GAP,
        0,
        TENANT,
        identity(key.public),
        Purpose.SUPPORT,
        "standard",
        NO_KEY,
        bytes(32),
        b"i" * 16,
        4,
        sent[2].digest,
        1_004,
        0,
        900,
        gap,
    )
    told = replace(
        sent[3],
        kind=EnvelopeKind.GAP.value,
        purpose="support",
        octets=envelope.announce(header, key),
        gap=gap,
    )
    store.put([sent[0], sent[2], told], 5)
    store.close()
    as_of_version_4(path).close()
    opened = open_store(path)
    assert list(opened.envelopes(TENANT)) == [sent[0], sent[2], told]
    (found,) = opened.accounts(TENANT, DEVICE.device)
    assert (found.chain.highest, found.chain.holes) == (4, ((2, 2),))
    assert found.classes[1].gaps == (Loss("spool-corrupt", 1, None, 100, 200),)
    delete(path, "sequence = 1")
    assert opened.put([replace(sent[0], digest=b"9" * 32)], 6) == [FORKED]
    opened.close()


def test_a_store_of_version_5_learns_to_end(store: Store, tmp_path: Path) -> None:
    """What it holds is found by its key and ends; who is not heard is left no keys."""
    path = tmp_path / "store.sqlite"
    sent = chain(3)
    store.put(sent, 5)
    store.set_pseudonyms(TENANT, DEVICE.device, b"keys")
    store.close()
    database = as_of_version_5(path)
    database.execute("UPDATE devices SET state = 'gone'")
    database.close()
    opened = open_store(path)
    assert opened.pseudonyms(TENANT, DEVICE.device) is None
    assert opened.sealed_keys(TENANT) == [sent[0].key_id]
    opened.end_key(TENANT, sent[0].key_id, 6)
    assert opened.delete_ended(TENANT, sent[0].key_id, 500).envelopes == 3
    assert list(opened.envelopes(TENANT)) == []
    opened.close()
