# SPDX-License-Identifier: Apache-2.0
"""What every store promises, tried on SQLite.

Rules: each test gets a store of its own in a fresh directory; envelopes are made up,
for a store looks at no content.
Not here: verifying what is stored (`tests/unit/server`, `tests/fault`).
"""

import hashlib
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from server.errors import StateError
from server.store.interface import (
    ChainEnd,
    Device,
    DeviceState,
    HeldBlock,
    HeldResync,
    Store,
    StoredEnvelope,
    TokenFate,
    Verdict,
)
from server.store.sqlite import create_store, open_store
from wire.envelope import NO_PREVIOUS, EnvelopeKind
from wire.messages import Fate

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
FORKED = Verdict(Fate.REFUSED, "forked")
STORED, DUPLICATE = Verdict(Fate.STORED, ""), Verdict(Fate.DUPLICATE, "")


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


def state(store: Store) -> DeviceState:
    """Return the state of the device."""
    found = store.device(TENANT, DEVICE.device)
    assert found is not None
    return found.state


def test_what_is_put_is_found_once(store: Store) -> None:
    """What is put twice is stored once, and found as it was."""
    sent = chain(3)
    assert store.put(sent, 5) == [STORED] * 3
    assert store.put(sent, 6) == [DUPLICATE] * 3
    assert list(store.envelopes(TENANT)) == sent


def test_a_batch_may_name_an_envelope_twice(store: Store) -> None:
    """The same envelope twice in one batch is stored once."""
    one = chain(1)[0]
    assert store.put([one, one], 5) == [STORED, DUPLICATE]


def test_another_content_is_a_fork(store: Store) -> None:
    """Two contents for one place quarantine the device; the second is not kept."""
    first, second = chain(3), chain(3, salt=b"twin")
    store.put(first, 5)
    assert store.put(second, 6) == [FORKED] * 3
    assert state(store) is DeviceState.QUARANTINED
    assert list(store.envelopes(TENANT)) == first


@pytest.mark.parametrize("held", [0, 2])
def test_a_neighbour_of_another_chain_is_a_fork(store: Store, held: int) -> None:
    """An envelope that does not join the ones beside it is a fork."""
    store.put([chain(3)[held]], 5)
    assert store.put([chain(3, salt=b"twin")[1]], 6) == [FORKED]
    assert state(store) is DeviceState.QUARANTINED


def test_one_previous_has_one_successor(store: Store) -> None:
    """A second envelope after the same one is a fork under any number."""
    sent = chain(3)
    store.put(sent[:2], 5)
    twin = replace(sent[2], sequence=9, previous=sent[1].previous, digest=b"9" * 32)
    assert store.put([twin], 6) == [FORKED]


def test_nothing_of_a_quarantined_device_is_stored(store: Store) -> None:
    """After a fork, in the same batch or later, nothing more is taken."""
    sent = chain(3)
    store.put(sent[:1], 5)
    twin = replace(sent[0], digest=b"9" * 32)
    assert store.put([twin, sent[1]], 6) == [FORKED, FORKED]
    assert store.put(sent[2:], 7) == [FORKED]


def test_a_farewell_ends_a_device(store: Store) -> None:
    """A stored farewell makes its device gone; a repeated one is a duplicate."""
    last = replace(chain(1)[0], kind=EnvelopeKind.FAREWELL.value)
    assert store.put([last], 5) == [STORED]
    assert state(store) is DeviceState.GONE
    assert store.put([last], 6) == [DUPLICATE]


def test_nothing_of_a_revoked_device_is_stored(store: Store) -> None:
    """What the gate let in before a revocation is not stored after it."""
    sent = chain(2)
    store.put(sent[:1], 5)
    store.set_state(TENANT, DEVICE.device, DeviceState.REVOKED)
    assert store.put(sent[1:], 6) == [Verdict(Fate.REFUSED, "revoked")]
    assert list(store.envelopes(TENANT)) == sent[:1]


def test_a_revoked_device_stays_revoked(store: Store) -> None:
    """Neither farewell nor fork lifts a revocation."""
    store.set_state(TENANT, DEVICE.device, DeviceState.REVOKED)
    store.put([replace(chain(1)[0], kind=EnvelopeKind.FAREWELL.value)], 5)
    store.put([replace(chain(1)[0], digest=b"9" * 32)], 6)
    assert state(store) is DeviceState.REVOKED


@pytest.mark.slow
@settings(deadline=None)  # each example makes a store, and the disk may be busy
@given(order=some.permutations(range(6)), cut=some.integers(0, 5))
def test_the_chain_ends_before_the_first_hole(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], cut: int
) -> None:
    """In whatever order envelopes come, the end is the last one below a hole."""
    made = create_store(tmp_path_factory.mktemp("store") / "store.sqlite")
    sent = chain(6)
    for index in order:
        if index != cut:
            assert made.put([sent[index]], 5) == [STORED]
    expected = [_end(sent[cut - 1])] if cut else []
    assert made.unmarked() == expected
    made.put([sent[cut]], 6)
    assert made.unmarked() == [_end(sent[5])]
    made.close()


def _end(envelope: StoredEnvelope) -> ChainEnd:
    return ChainEnd(
        envelope.tenant,
        envelope.device,
        envelope.incarnation,
        envelope.sequence,
        envelope.digest,
    )


def test_a_mark_covers_its_end(store: Store) -> None:
    """A marked end is not offered again until the chain grows; no mark goes back."""
    sent = chain(3)
    store.put(sent[:2], 5)
    store.set_mark(_end(sent[1]), b"second")
    store.set_mark(_end(sent[0]), b"first")
    store.set_mark(_end(sent[2]), b"not there yet")
    assert store.mark(TENANT, DEVICE.device, b"i" * 16) == b"second"
    assert store.unmarked() == []
    store.put(sent[2:], 6)
    assert store.unmarked() == [_end(sent[2])]


def test_a_resync_is_held_for_its_device(store: Store) -> None:
    """One of each purpose and dataset is kept; the oldest comes first."""
    of = (TENANT, DEVICE.device)
    first = HeldResync(*of, "support", "software", b"i" * 16, 9, b"first")
    again = HeldResync(*of, "support", "software", b"j" * 16, 12, b"again")
    other = HeldResync(*of, "security", "software", b"i" * 16, 10, b"other")
    for held in (first, other, replace(first, tenant=OTHER)):
        store.hold_resync(held)
    assert store.resyncs(*of) == [first, other]
    store.hold_resync(again)
    assert store.resyncs(*of) == [other, again]
    assert store.resyncs(TENANT, b"x" * 16) == []


def test_a_store_of_the_first_version_opens(store: Store, tmp_path: Path) -> None:
    """What it holds stays, and there is room for what it could not hold."""
    path = tmp_path / "store.sqlite"
    store.put(chain(2), 5)
    store.close()
    database = sqlite3.connect(path, isolation_level=None)
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
    database = sqlite3.connect(path, isolation_level=None)
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


def test_what_was_deleted_does_not_come_back(store: Store, tmp_path: Path) -> None:
    """An envelope below the chain's end whose row is gone is not stored again."""
    sent = chain(3)
    store.put(sent, 5)
    with sqlite3.connect(tmp_path / "store.sqlite") as database:
        database.execute("DELETE FROM envelopes")
    assert store.put(sent, 6) == [DUPLICATE] * 3
    assert list(store.envelopes(TENANT)) == []


def test_incarnations_are_chains_of_their_own(store: Store) -> None:
    """A new spool starts at one without touching the old chain."""
    store.put(chain(2), 5)
    assert store.put(chain(2, incarnation=b"j" * 16), 6) == [STORED] * 2
    assert [end.sequence for end in store.unmarked()] == [2, 2]


def test_the_largest_sequence_is_taken(store: Store) -> None:
    """A sequence number at the end of its range is stored like any other."""
    last = replace(chain(2)[1], sequence=2**63 - 1)
    assert store.put([last], 5) == [STORED]


def test_envelopes_are_chosen(store: Store) -> None:
    """Envelopes are found by device, purpose and time, within one tenant."""
    sent = chain(4)
    store.put([*sent, replace(sent[0], tenant=OTHER)], 5)
    assert list(store.envelopes(TENANT, purpose="support")) == [sent[1], sent[3]]
    assert list(store.envelopes(TENANT, since=1_002, until=1_004)) == sent[1:3]
    assert list(store.envelopes(TENANT, device=b"x" * 16)) == []


def test_a_reader_is_not_disturbed_by_a_writer(store: Store) -> None:
    """What is put while someone reads is not seen half-way."""
    sent = chain(4)
    store.put(sent[:2], 5)
    reading = store.envelopes(TENANT)
    first = next(reading)
    store.put(sent[2:], 6)
    assert [first, *reading] == sent[:2]


def test_a_token_is_used_once(store: Store) -> None:
    """Each use counts, at its last second too; a device that asks again costs none."""
    again = replace(DEVICE, agent="0.2", label="not its to say")
    other = replace(DEVICE, device=b"e" * 16)
    assert store.enrol(again, b"k" * 32, 2_000) is TokenFate.TAKEN
    assert store.enrol(other, b"k" * 32, 2_000) is TokenFate.USED
    assert store.enrol(other, b"k" * 32, 2_001) is TokenFate.EXPIRED
    assert store.enrol(other, b"l" * 32, 2_000) is TokenFate.UNKNOWN
    elsewhere = replace(other, tenant=OTHER)
    assert store.enrol(elsewhere, b"k" * 32, 2_000) is TokenFate.UNKNOWN
    assert store.devices(TENANT) == [replace(DEVICE, agent="0.2")]


def test_devices_are_kept_apart_by_tenant(store: Store) -> None:
    """A device of one tenant is not there for another."""
    assert store.device(OTHER, DEVICE.device) is None
    assert store.devices(OTHER) == []
    assert not store.set_state(OTHER, DEVICE.device, DeviceState.REVOKED)
    assert not store.set_label(OTHER, DEVICE.device, "desk")
    assert state(store) is DeviceState.ACTIVE


def test_a_device_is_heard_and_named(store: Store) -> None:
    """The last poll and the operator's label are kept; time does not go back."""
    store.heard(TENANT, DEVICE.device, 3_000, "0.3", "Linux 6")
    store.heard(TENANT, DEVICE.device, 2_000, "0.3", "Linux 6")
    assert store.set_label(TENANT, DEVICE.device, "desk")
    found = store.device(TENANT, DEVICE.device)
    assert found == replace(
        DEVICE, seen=3_000, agent="0.3", system="Linux 6", label="desk"
    )


def test_messages_are_replaced(store: Store) -> None:
    """A bundle and a pseudonym message are the last ones published, or none."""
    assert store.bundle(TENANT) is None
    assert store.pseudonyms(TENANT, DEVICE.device) is None
    for octets in (b"one", b"two"):
        store.publish(TENANT, octets)
        store.set_pseudonyms(TENANT, DEVICE.device, octets)
    assert store.bundle(TENANT) == b"two"
    assert store.pseudonyms(TENANT, DEVICE.device) == b"two"
    assert store.bundle(OTHER) is None


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
    assert store.unmarked() == [_end(found[-1])]


def test_a_full_disk_loses_nothing(store: Store) -> None:
    """A commit that fails is an error, and what was there before still is."""
    sent = chain(3)
    store.put(sent[:1], 5)
    (pages,) = store._writer.execute("PRAGMA page_count").fetchone()
    store._writer.execute(f"PRAGMA max_page_count = {pages}")
    big = replace(sent[1], octets=bytes(100_000))
    with pytest.raises(StateError, match="SQLITE_FULL"):
        store.put([big], 6)
    store._writer.execute("PRAGMA max_page_count = 1000000")
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
    found = [store._writer.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
    assert found == ["wal", 2, 1]
