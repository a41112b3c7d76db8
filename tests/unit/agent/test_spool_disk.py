# SPDX-License-Identifier: Apache-2.0
"""A spool on a disk without a free octet: deletes, gap records and voids fit.

Rules: a real small file system, which only root can make.
Not here: where SQLite alone is told to grow no further (`test_spool.py`).
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from installation_fixture import Installation
from spool_fixture import Queue, queue

from agent.budget import RESERVE_BYTES
from agent.errors import StateError
from agent.sealing import Sealer
from agent.spool.change import SpoolClass
from agent.spool.spool import open_spool
from tests.mounting import why_no_mounts
from wire.envelope import Gap, digest
from wire.purposes import Purpose

pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.skipif(why_no_mounts() != "", reason=why_no_mounts()),
]
SIZE = 24 * 1024 * 1024


@contextmanager
def small_disk(path: Path) -> Iterator[Path]:
    """Mount a file system of a few megabytes."""
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(path)]
    subprocess.run(mount, check=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


def fill(disk: Path) -> None:
    """Leave not one octet free."""
    with (disk / "filling").open("ab", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


@pytest.fixture
def full(tmp_path: Path, installation: Installation) -> Iterator[Queue]:
    """Return a queue with nine megabytes in it, on a disk that has become full."""
    with (
        small_disk(tmp_path / "disk") as disk,
        queue(disk / "state", installation) as found,
    ):
        assert found.spool.keep_reserve()
        for number in range(9):
            kind = SpoolClass.METRIC if number % 2 else SpoolClass.EVENT
            found.put(kind, size=1_000_000)
        fill(disk)
        yield found


def mark(full: Queue, sequence: int) -> int:
    """Trim through an envelope, as a mark would."""
    octets = full.waiting()[sequence - 1]
    incarnation = full.spool.incarnation()
    return full.spool.trim(incarnation, sequence, digest(octets), full.now)


def test_nothing_more_is_queued(full: Queue) -> None:
    """What is held back is not for more data."""
    before = full.spool.facts().sequence

    def put_all() -> None:
        for _ in range(9):
            full.put(size=1_000_000)

    with pytest.raises(StateError, match="free some space"):
        put_all()
    assert full.spool.facts().sequence - before <= 1
    assert mark(full, 9) == 9


def test_a_mark_trims(full: Queue) -> None:
    """Nine megabytes are deleted with four held back, and it holds after a restart."""
    assert mark(full, 9) == 9
    full.spool.close()
    full.spool = open_spool(full.state.spool, full.now)
    facts = full.spool.facts()
    assert (facts.waiting, facts.octets, facts.marked) == (0, 0, 9)


def test_a_restart_opens_it(full: Queue) -> None:
    """The log and its index need space, too: what is held back has it."""
    full.spool.close()
    fill(full.state.directory.parent)
    full.spool = open_spool(full.state.spool, full.now)
    assert full.spool.facts().waiting == 9
    assert mark(full, 9) == 9


def test_a_gap_record_fits(full: Queue) -> None:
    """What is lost can be told."""
    gap = Gap(None, full.now, full.now, "source-lost")
    sealer = Sealer(full.who, full.trust, full.now)
    full.spool.urgent(
        lambda change: sealer.put_gap(change, Purpose.SECURITY, "inventory", gap)
    )
    assert full.spool.facts().gaps == 1


def test_voids_fit(full: Queue) -> None:
    """Four megabytes of metrics can be given up, and told."""
    metrics = full.held(SpoolClass.METRIC)
    assert full.voids.put_all(full.spool, metrics, "spool-full") == 4
    assert [reason for _, reason, _ in full.told()] == ["spool-full"] * 4


def test_space_is_held_back_again(full: Queue) -> None:
    """It is given up once, and made again when there is twice its size."""
    full.spool.release()
    fill(full.state.directory.parent)
    assert not full.spool.keep_reserve()
    (full.state.directory.parent / "filling").unlink()
    assert full.spool.keep_reserve()
    reserve = full.state.spool.with_name("spool.reserve")
    assert reserve.stat().st_size == RESERVE_BYTES


def test_a_damaged_spool_waits_for_space(full: Queue) -> None:
    """Without room for a second one nothing is given up: it is made when there is."""
    sent = full.waiting()
    full.spool.checkpoint()
    full.spool.close()
    path = full.state.spool
    path.write_bytes(b"\xa5" * 4_096 + path.read_bytes()[4_096:])
    with pytest.raises(StateError, match=r"made anew .* free space"):
        open_spool(path, full.now)
    assert list(path.parent.glob("*.corrupt-*")) == []
    (full.state.directory.parent / "filling").unlink()
    full.spool = open_spool(path, full.now)
    assert full.waiting() == sent
