# SPDX-License-Identifier: Apache-2.0
"""A number that has left is never given to other records, whatever the disk forgets.

Rules: real files and real damage.
Not here: that it is written before anything leaves (`test_delivery.py`), and flushed
(`test_spool_flushes.py`); disks that fail at any step (`tests/simulation`).
"""

import errno
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from flips.left import Left, leaving
from spool_fixture import Queue

from agent.errors import StateError
from agent.spool.change import Owed
from agent.spool.last_sent import (
    NAMES,
    PLACE_BYTES,
    LastSent,
    LastSentFile,
    last_sent_of,
)
from agent.spool.log import log_of
from agent.spool.spool import open_spool
from wire.envelope import digest

SPOOL, OTHER = b"a" * 16, b"b" * 16
MARKED = 500
UNKNOWN = Owed(None, None, None, MARKED, "spool-corrupt")


def names_of(*sequences: int) -> tuple[bytes, ...]:
    """Return the names that `last` gives to envelopes."""
    return tuple(hashlib.sha256(b"%d" % at).digest() for at in sequences)


def last(sequence: int, incarnation: bytes = SPOOL) -> LastSent:
    """Return how far a chain has left, with two names."""
    return LastSent(incarnation, sequence, names_of(sequence - 1, sequence))


@pytest.fixture
def file(tmp_path: Path) -> LastSentFile:
    """Return a file that is not there yet."""
    return LastSentFile(tmp_path / "spool.sent")


def test_what_was_put_last_is_remembered(file: LastSentFile) -> None:
    """A chain goes on; of a chain it is never less, and another takes its place."""
    told = []
    for one in (last(2), last(5), last(3), last(1, OTHER)):
        file.put(one)
        told.append(file.newest())
    assert told == [last(2), last(5), last(5), last(1, OTHER)]


@pytest.mark.parametrize(
    ("sequence", "own", "kept"),
    [
        (3, (3,), (1, 2, 3)),  # a mark has trimmed all before it
        (2, (2,), (1, 2)),  # sent once more, and the one before is trimmed
        (3, (2, 3), (1, 2, 3)),
        (4, (4,), (4,)),  # nothing is known of the one between
    ],
)
def test_names_outlive_what_a_mark_has_trimmed(
    file: LastSentFile, sequence: int, own: tuple[int, ...], kept: tuple[int, ...]
) -> None:
    """The spool has no name of what it let go, and a mark may be of that again."""
    file.put(last(2))
    file.put(LastSent(SPOOL, sequence, names_of(*own)))
    assert file.newest() == LastSent(SPOOL, sequence, names_of(*kept))


def test_names_are_of_one_chain_and_no_more_than_fit(file: LastSentFile) -> None:
    """The oldest go first; those of another chain are of other envelopes."""
    sent = range(1, NAMES + 11)
    for at in sent:
        file.put(LastSent(SPOOL, at, names_of(at)))
    assert file.newest() == LastSent(SPOOL, sent[-1], names_of(*sent[-NAMES:]))
    file.put(last(NAMES, OTHER))
    assert file.newest() == last(NAMES, OTHER)


@pytest.mark.parametrize("octet", [0, 7, 8, 24, 31, 32, 33, 97, 128])
@pytest.mark.parametrize("place", [0, 1])
def test_a_torn_write_leaves_the_one_before(
    tmp_path: Path, file: LastSentFile, place: int, octet: int
) -> None:
    """Each place has a digest: one that does not fit says nothing."""
    file.put(last(2))
    file.put(last(5))
    path = tmp_path / "spool.sent"
    content = bytearray(path.read_bytes())
    content[place * PLACE_BYTES + octet] ^= 1
    path.write_bytes(content)
    assert file.newest() == last(5 if place else 2)


class _InMemory(LastSentFile):
    """A file without a disk."""

    held = b""

    def octets(self) -> bytes:
        """Return what it holds."""
        return self.held


def test_no_flipped_bit_makes_up_a_number(tmp_path: Path, file: LastSentFile) -> None:
    """Of every octet but the padding: it is what was put last, or the one before."""
    file.put(last(2))
    file.put(last(5))
    content = (tmp_path / "spool.sent").read_bytes()
    flipped, found = _InMemory(tmp_path), set()
    for octet in (*range(200), *range(PLACE_BYTES, PLACE_BYTES + 200)):
        changed = bytearray(content)
        changed[octet] ^= 1 << octet % 8
        flipped.held = bytes(changed)
        found.add(flipped.newest())
    assert found == {last(2), last(5)}


@pytest.mark.parametrize("left", [None, 0, 1, 40, PLACE_BYTES - 1])
def test_without_a_sound_place_nothing_is_known(
    tmp_path: Path, file: LastSentFile, left: int | None
) -> None:
    """A file that is lost or cut off says nothing, and is made anew by the next put."""
    path = tmp_path / "spool.sent"
    file.put(last(2))
    content = path.read_bytes()
    path.unlink()
    if left is not None:
        path.write_bytes(content[:left])
    assert file.newest() is None
    file.put(last(3))
    assert file.newest() == last(3)
    assert path.stat().st_size == 2 * PLACE_BYTES


def test_what_cannot_be_remembered_is_said(tmp_path: Path, file: LastSentFile) -> None:
    """One sentence names the file and what to do; nothing is read from such a file."""
    (tmp_path / "spool.sent").mkdir()
    assert file.newest() is None
    with pytest.raises(StateError, match=r"spool\.sent cannot be read: run as "):
        file.put(last(2))


def test_what_cannot_be_read_for_now_is_not_forgotten(
    tmp_path: Path, file: LastSentFile
) -> None:
    """An error that passes leaves all as it was: nothing less is written over it."""
    path, kept = tmp_path / "spool.sent", tmp_path / "kept"
    file.put(last(5))
    path.rename(kept)
    path.symlink_to("/proc/self/mem")  # whose first octet is an error of the disk's
    with pytest.raises(StateError) as told:
        file.put(last(3))
    assert getattr(told.value.__cause__, "errno", None) == errno.EIO
    kept.replace(path)
    file.put(last(4))
    assert file.newest() == last(5)


def test_what_is_too_long_is_made_anew(tmp_path: Path, file: LastSentFile) -> None:
    """Whatever was put behind it, what it says is kept."""
    path = tmp_path / "spool.sent"
    file.put(last(5))
    path.write_bytes(path.read_bytes() + b"more")
    file.put(last(3))
    assert file.newest() == last(5)
    assert path.stat().st_size == 2 * PLACE_BYTES


def leave(held: Queue) -> None:
    """Have all that waits leave, as far as this machine can tell."""
    held.spool.leaves(held.spool.waiting(10_000, 2**40))


def start(held: Queue) -> None:
    """Start the agent."""
    held.spool = open_spool(held.state.spool, held.now, MARKED)


def set_back(held: Queue, more: int) -> list[bytes]:
    """Put a spool back as it was before some more envelopes left; return these."""
    held.spool.close()
    before = held.state.spool.read_bytes()
    start(held)
    sent = [held.put() for _ in range(more)]
    leave(held)
    held.spool.close()
    held.state.spool.write_bytes(before)
    return sent


def test_a_spool_that_forgot_what_left_begins_another_chain(held: Queue) -> None:
    """Its numbers are not given again, the loss is owed, and what it has is sent."""
    first, incarnation = held.put(), held.spool.incarnation()
    set_back(held, 2)
    with pytest.raises(StateError, match="older than what has left"):
        open_spool(held.state.spool, held.now, MARKED, mend=False)
    start(held)
    open_spool(held.state.spool, held.now, mend=False).close()
    assert held.spool.incarnation() != incarnation
    assert (held.spool.owed(), held.spool.follows()) == ([UNKNOWN], True)
    assert held.waiting() == [first]


def test_its_numbers_are_guarded_where_nothing_else_is_looked_at(held: Queue) -> None:
    """That costs nothing, and a disk that errs again and again forgets as any other."""
    first, incarnation = held.put(), held.spool.incarnation()
    set_back(held, 2)
    held.spool = open_spool(held.state.spool, held.now, MARKED, check=False)
    assert held.spool.incarnation() != incarnation
    assert (held.spool.owed(), held.spool.follows()) == ([UNKNOWN], True)
    assert held.waiting() == [first]


def test_what_has_not_left_may_be_forgotten(held: Queue) -> None:
    """Nobody has it: its sources are read again, under the same numbers."""
    first, incarnation = held.put(), held.spool.incarnation()
    leave(held)
    held.spool.close()
    before = held.state.spool.read_bytes()
    start(held)
    held.put()
    held.spool.close()
    held.state.spool.write_bytes(before)
    start(held)
    assert (held.spool.incarnation(), held.spool.owed()) == (incarnation, [])
    assert held.waiting() == [first]


@pytest.mark.parametrize("forgotten", [0, 1, 2])
def test_a_mark_of_what_was_forgotten_lets_go(held: Queue, forgotten: int) -> None:
    """The store has more of a former chain than this machine knows of."""
    held.put()
    incarnation = held.spool.incarnation()
    sent = set_back(held, 3)
    start(held)
    place = incarnation, 2 + forgotten
    assert held.spool.trim(*place, digest(sent[forgotten - 1]), held.now) == 0
    assert held.spool.trim(*place, digest(sent[forgotten]), held.now) == 1
    assert held.waiting() == []
    assert not [one for one in held.spool.values() if one.startswith("left/")]


def test_a_mark_lets_go_what_a_mark_had_before_the_spool_was_put_back(
    held: Queue,
) -> None:
    """The newest mark may be of what was trimmed since, and more has left behind it."""
    held.put()
    incarnation = held.spool.incarnation()
    held.spool.close()
    before = held.state.spool.read_bytes()
    start(held)
    marked = held.put()
    held.put()
    leave(held)
    assert held.spool.trim(incarnation, 2, digest(marked), held.now) == 2
    leave(held)
    held.spool.close()
    held.state.spool.write_bytes(before)
    start(held)
    assert held.spool.trim(incarnation, 2, digest(marked), held.now) == 1
    assert held.waiting() == []


def test_a_spool_that_is_gone_is_missed(held: Queue) -> None:
    """That something left tells that there was one, also before the first mark."""
    held.put()
    leave(held)
    held.spool.close()
    held.state.spool.unlink()
    held.spool = open_spool(held.state.spool, held.now)
    assert held.spool.owed() == [Owed(None, None, None, 0, "spool-corrupt")]


_BROKEN_OFF = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.executescript("PRAGMA cache_size = 1; CREATE TABLE half (octets)")
for _ in range(20):
    database.execute("INSERT INTO half VALUES (randomblob(3000))")
database.executescript("BEGIN; UPDATE half SET octets = randomblob(3000)")
os._exit(0)
"""


def test_a_spool_whose_making_was_broken_off_is_made(held: Queue) -> None:
    """It has a journal that who only reads cannot roll back."""
    held.put()
    leave(held)
    held.spool.close()
    path = held.state.spool
    path.unlink()
    subprocess.run([sys.executable, "-c", _BROKEN_OFF, str(path)], check=True)
    assert path.with_name(f"{path.name}-journal").stat().st_size
    start(held)
    assert held.spool.owed() == [UNKNOWN]


@pytest.mark.parametrize("left", [True, False])
def test_the_end_of_a_log_is_damage_where_it_has_left(held: Queue, left: bool) -> None:  # noqa: FBT001 - a parameter
    """Else it is a power cut's, and as if it had not been."""
    held.spool.checkpoint()
    held.spool.close()
    path = held.state.spool
    with leaving(path, Left.LOGGED):
        held.spool = open_spool(path, held.now, check=False)
        sent = [held.put(), held.put()]
        incarnation = held.spool.incarnation()
        if left:
            leave(held)
        held.spool.close()
    log = bytearray(log_of(path).read_bytes())
    where = log.rindex(sent[1][-64:])
    log[where] ^= 1
    log_of(path).write_bytes(log)
    start(held)
    held.spool.waiting(10, 2**20)
    held.voids.mend(held.spool)
    assert held.spool.incarnation() == incarnation
    assert held.waiting()[0] == sent[0]
    assert held.told() == ([(2, "damaged", 1)] if left else [])


def test_numbers_are_not_given_again_where_the_log_is_gone(held: Queue) -> None:
    """Without the log, the database alone is older than what has left."""
    held.spool.checkpoint()
    held.spool.close()
    path = held.state.spool
    with leaving(path, Left.LOGGED):
        held.spool = open_spool(path, held.now, check=False)
        held.put()
        incarnation = held.spool.incarnation()
        leave(held)
        held.spool.close()
    log_of(path).unlink()
    start(held)
    assert held.spool.incarnation() != incarnation
    assert held.spool.owed() == [UNKNOWN]


def test_the_file_is_beside_the_spool(held: Queue) -> None:
    """It is its owner's alone, and of a fixed size."""
    held.put()
    leave(held)
    found = last_sent_of(held.state.spool).stat()
    assert (found.st_mode & 0o777, found.st_size) == (0o600, 2 * PLACE_BYTES)
