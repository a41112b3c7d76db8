# SPDX-License-Identifier: Apache-2.0
"""Group commit: what the committer promises to those that wait.

Rules: a real store; a commit is held up by a lock that another connection takes.
Not here: the transaction itself (`tests/contract/test_store.py`).
"""

import hashlib
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from server.gate.bounds import (
    BATCH_BYTES,
    BATCH_PARTS,
    PART_BYTES,
    QUEUED_BYTES,
    QUEUED_REQUESTS,
)
from server.gate.committer import Committer, parts
from server.problems import Problem, Refusal
from server.store.chains import Heard
from server.store.interface import Device, DeviceState, StoredEnvelope, Verdict
from server.store.sqlite import SqliteStore, create_store
from wire.envelope import NO_PREVIOUS
from wire.messages import Fate

TENANT = b"t" * 16
STORED = Verdict(Fate.STORED, "")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Return a new store."""
    made = create_store(tmp_path / "store.sqlite")
    yield made
    made.close()


@pytest.fixture
def committer(store: SqliteStore) -> Iterator[Committer]:
    """Return a committer that ends with the test."""
    made = Committer(store, lambda: 5)
    yield made
    made.close()


def first(number: int, size: int = 10) -> StoredEnvelope:
    """Return the first envelope of one of many devices."""
    octets = number.to_bytes(16, "big") + bytes(size)
    return StoredEnvelope(
        TENANT,
        octets[:16],
        b"i" * 16,
        1,
        NO_PREVIOUS,
        hashlib.sha256(octets).digest(),
        0,
        "security",
        "standard",
        b"y" * 16,
        0,
        1,
        1,
        octets,
    )


def _next(device: int, sequence: int, size: int) -> StoredEnvelope:
    """Return an envelope of a device's chain, without those before it."""
    octets = bytes([sequence]) + bytes(size - 1)
    return replace(
        first(device),
        sequence=2 * sequence,
        previous=bytes([sequence]) * 32,
        digest=hashlib.sha256(octets).digest(),
        octets=octets,
    )


def test_a_result_means_committed(store: SqliteStore, committer: Committer) -> None:
    """When verdicts come, another connection finds the envelopes."""
    sent = [first(1), first(2)]
    assert committer.submit(sent).result(10) == [STORED, STORED]
    assert list(store.envelopes(TENANT)) == sent


def test_each_gets_its_own_verdicts(
    store: SqliteStore, committer: Committer, tmp_path: Path
) -> None:
    """Shipments that were committed together are answered apart, in order."""
    with _locked(tmp_path):
        waiting = [
            committer.submit([first(number), first(1)]) for number in range(2, 12)
        ]
        assert not any(item.done() for item in waiting)
    fates = [[verdict.fate for verdict in item.result(10)] for item in waiting]
    assert fates[0] == [Fate.STORED, Fate.STORED]
    assert fates[1:] == [[Fate.STORED, Fate.DUPLICATE]] * 9
    assert len(list(store.envelopes(TENANT))) == 11


def test_polls_share_a_commit(
    store: SqliteStore, committer: Committer, tmp_path: Path
) -> None:
    """A hundred devices that speak at once cost the disk three flushes at most."""
    commits: list[str] = []
    store._connections.writer.set_trace_callback(
        lambda text: commits.append(text) if text == "COMMIT" else None
    )
    with _locked(tmp_path):
        spoken = [committer.hear(_poll(number)) for number in range(1, 101)]
        sent = committer.submit([first(1)])
        assert not any(item.done() for item in spoken)
    assert [item.result(10) for item in spoken] == [[]] * 100
    assert sent.result(10) == [STORED]
    assert len(commits) <= 3


def test_who_comes_alone_waits_for_nobody(store: SqliteStore) -> None:
    """One after the other is committed at once, however long others would wait."""
    committer = Committer(store, lambda: 5, distance=600)
    try:
        for number in range(1, 4):
            assert committer.submit([first(number)]).result(10) == [STORED]
    finally:
        committer.close()


def test_where_several_came_the_next_are_committed_together(
    store: SqliteStore, tmp_path: Path
) -> None:
    """Behind a commit of several the next waits for others, but not beyond the end."""
    commits: list[str] = []
    store._connections.writer.set_trace_callback(
        lambda text: commits.append(text) if text == "COMMIT" else None
    )
    committer = _crowded(store, tmp_path)
    before = len(commits)
    behind = [committer.submit([first(number)]) for number in range(4, 20)]
    assert not any(one.done() for one in behind)
    committer.close()
    assert [one.result(0) for one in behind] == [[STORED]] * 16
    assert len(commits) == before + 1


def test_a_large_part_waits_for_nobody(store: SqliteStore, tmp_path: Path) -> None:
    """Much is committed at once, with what had come before it."""
    committer = _crowded(store, tmp_path)
    try:
        small = committer.submit([first(4)])
        assert committer.submit([first(5, PART_BYTES)]).result(10) == [STORED]
        assert small.result(10) == [STORED]
    finally:
        committer.close()


def _crowded(store: SqliteStore, folder: Path) -> Committer:
    """Return a committer behind whose last commit, of several, the next would wait."""
    committer = Committer(store, lambda: 5, distance=600)
    with _locked(folder):
        several = [committer.submit([first(number)]) for number in range(1, 4)]
    assert [one.result(10) for one in several] == [[STORED]] * 3
    return committer


def test_a_poll_is_answered_when_it_is_committed(
    store: SqliteStore, committer: Committer
) -> None:
    """When the future ends, another connection finds what was said."""
    store.add_token(TENANT, b"k" * 32, 100, 1)
    known = Device(
        TENANT, *(bytes([7]) * 16, b"", b""), DeviceState.ACTIVE, 1, 1, "", "", ""
    )
    store.enrol(known, b"k" * 32, 2)
    committer.hear(_poll(7)).result(10)
    (chain,) = store.holes(TENANT, bytes([7]) * 16)
    assert (chain.said, chain.said_at) == (3, 5)


def _poll(number: int) -> Heard:
    device = bytes([number]) * 16
    return Heard(TENANT, device, "0.3", "Linux 6", b"i" * 16, 3, 0)


def test_a_large_shipment_is_committed_part_by_part() -> None:
    """No commit has more of one shipment than a part, but for one large envelope."""
    half, whole = PART_BYTES // 2, PART_BYTES + 1
    sent = [_next(1, number, size) for number, size in enumerate([half] * 3 + [whole])]
    assert list(parts(sent)) == [sent[:2], sent[2:3], sent[3:]]
    assert list(parts(sent[:2])) == [sent[:2]]
    assert list(parts([])) == []


def test_the_queue_is_bounded_in_requests(committer: Committer, tmp_path: Path) -> None:
    """While a commit hangs, only so many requests wait; the rest are told."""
    with _locked(tmp_path):
        with pytest.raises(Refusal) as caught:  # noqa: PT012 - one of them is refused
            for number in range(2 * QUEUED_REQUESTS + 2):
                committer.submit([first(number)])
        assert caught.value.problem is Problem.OVERLOADED


def test_the_queue_is_bounded_in_bytes(committer: Committer, tmp_path: Path) -> None:
    """While a commit hangs, only so many bytes wait."""
    size = QUEUED_BYTES // 8
    with _locked(tmp_path):
        with pytest.raises(Refusal) as caught:  # noqa: PT012 - one of them is refused
            for number in range(20):
                committer.submit([first(number, size)])
        assert caught.value.problem is Problem.OVERLOADED


def test_one_device_does_not_fill_a_commit(
    store: SqliteStore, committer: Committer, tmp_path: Path
) -> None:
    """What another device queued later is written after one turn of the first."""
    large = BATCH_BYTES // BATCH_PARTS
    with _locked(tmp_path):
        waiting = [committer.submit([first(1)])]
        while not waiting[0].running():
            pass
        waiting += [
            committer.submit([_next(2, number, large)]) for number in range(1, 5)
        ]
        waiting.append(committer.submit([first(3)]))
    assert [item.result(10) for item in waiting] == [[STORED]] * 6
    written = store._connections.writer.execute(
        "SELECT device FROM envelopes ORDER BY rowid"
    )
    assert [int.from_bytes(row[0], "big") for row in written] == [1, 2, 3, 2, 2, 2]


def test_one_shipment_spoils_no_other(
    store: SqliteStore, committer: Committer, tmp_path: Path
) -> None:
    """A shipment that the store cannot take fails alone, though queued with others."""
    with _locked(tmp_path):
        head = committer.submit([first(1)])
        broken = committer.submit([replace(first(2), created=2**70)])
        good = committer.submit([first(3)])
    assert head.result(10) == [STORED]
    assert good.result(10) == [STORED]
    refusal = broken.exception(10)
    assert isinstance(refusal, Refusal)
    assert refusal.problem is Problem.INTERNAL
    assert len(list(store.envelopes(TENANT))) == 2


def test_a_store_that_fails_is_no_verdict(
    store: SqliteStore, committer: Committer
) -> None:
    """With a full disk a shipment is to be sent again, and later ones go through."""
    (pages,) = store._connections.writer.execute("PRAGMA page_count").fetchone()
    store._connections.writer.execute(f"PRAGMA max_page_count = {pages}")
    refusal = committer.submit([first(1, 100_000)]).exception(10)
    assert isinstance(refusal, Refusal)
    assert refusal.problem is Problem.OVERLOADED
    store._connections.writer.execute("PRAGMA max_page_count = 1000000")
    assert committer.submit([first(1, 100_000)]).result(10) == [STORED]


def test_who_gives_up_disturbs_nobody(
    store: SqliteStore, committer: Committer, tmp_path: Path
) -> None:
    """A request that was cancelled while it waited is left out; the next goes on."""
    with _locked(tmp_path):
        head = committer.submit([first(1)])
        while not head.running():
            pass
        given_up = committer.submit([first(2)])
        assert given_up.cancel()
        last = committer.submit([first(3)])
    assert last.result(10) == [STORED]
    assert committer.submit([first(4)]).result(10) == [STORED]
    assert len(list(store.envelopes(TENANT))) == 3


def test_what_is_committed_is_held_no_longer(committer: Committer) -> None:
    """While nobody ships, the last shipment's octets are in no memory of the gate."""
    gone = threading.Event()
    waiting = committer.submit([first(1, 100_000)])
    weakref.finalize(waiting, gone.set)
    assert waiting.result(10) == [STORED]
    del waiting
    assert gone.wait(10)


def test_closing_commits_what_waits(store: SqliteStore) -> None:
    """Whoever was queued before the end is answered; whoever comes later is told."""
    committer = Committer(store, lambda: 5)
    waiting = [committer.submit([first(number)]) for number in range(20)]
    committer.close()
    assert [item.result(0) for item in waiting] == [[STORED]] * 20
    with pytest.raises(Refusal):
        committer.submit([first(99)])


class _locked:  # noqa: N801 - reads as a word in a with statement
    """Holds the store's write lock from another connection."""

    def __init__(self, directory: Path) -> None:
        self._database = sqlite3.connect(
            directory / "store.sqlite", isolation_level=None
        )

    def __enter__(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_: object) -> None:
        self._database.execute("ROLLBACK")
        self._database.close()
