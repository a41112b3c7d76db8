# SPDX-License-Identifier: Apache-2.0
"""A flipped bit in the spool's log is told from a power cut, and costs what it hit.

Rules: SQLite's own logs, kept from being moved by who reads beside.
Not here: every bit of a log (`tests/flips`).
"""

import sqlite3
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flips.left import Left, leaving
from installation_fixture import Installation
from spool_fixture import Queue, flip, queue

from agent.device import Bench
from agent.spool.found import find
from agent.spool.log import LOG, PAGE_BYTES, Verdict, log_of, read_log
from agent.spool.pages import Pages
from agent.spool.spool import open_spool

FRAME = 24 + PAGE_BYTES


@pytest.fixture
def off(tmp_path: Path, installation: Installation) -> Iterator[Queue]:
    """Return a device's queue whose spool is closed."""
    with queue(tmp_path / "state", installation) as found:
        found.spool.checkpoint()
        found.spool.close()
        yield found


def frames(path: Path) -> list[int]:
    """Return where each frame of a log begins."""
    return list(range(32, log_of(path).stat().st_size, FRAME))


def commits(path: Path) -> list[int]:
    """Return where each frame begins that ends a transaction."""
    octets = log_of(path).read_bytes()
    return [at for at in frames(path) if any(octets[at + 4 : at + 8])]


def turn(path: Path, octet: int) -> None:
    """Flip one bit."""
    content = bytearray(log_of(path).read_bytes())
    content[octet] ^= 4
    log_of(path).write_bytes(content)


def put(off: Queue, count: int, left: Left) -> list[bytes]:
    """Put envelopes, and leave them as a kill does."""
    path = off.state.spool
    with leaving(path, left):
        off.spool = open_spool(path, off.now, check=False)
        sent = [off.put() for _ in range(count)]
        off.spool.close()
    return sent


def waiting(off: Queue) -> list[bytes]:
    """Start the agent, and return what waits."""
    off.spool = open_spool(off.state.spool, off.now, 500)
    return off.waiting()


@pytest.mark.parametrize("within", [0, 5, 9, 17, 24, FRAME - 1])
def test_what_was_committed_behind_a_damaged_frame_is_kept(
    off: Queue, within: int
) -> None:
    """Of page, size, salt, checksum and octets of a frame any bit may be wrong."""
    sent = put(off, 3, Left.LOGGED)
    path = off.state.spool
    for at in frames(path)[:4]:
        assert read_log(path).verdict is Verdict.SOUND
        turn(path, at + within)
        assert read_log(path).verdict is Verdict.DAMAGED
        if at != frames(path)[3]:
            turn(path, at + within)
    assert waiting(off) == sent


def test_a_log_is_looked_at_after_each_error(
    off: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is too soon to look through all of a large queue again."""
    monkeypatch.setattr("agent.spool.doubt.LOOK_SHARE", 1e-9)
    bench = Bench(off.state, off.who)
    with bench.at_work():
        pass
    bench.doubt()
    sent = put(off, 3, Left.LOGGED)
    turn(off.state.spool, commits(off.state.spool)[0] + 100)
    with bench.at_work() as device:
        assert [one.octets for one in device.spool.waiting(10, 2**20)] == sent
    bench.close()


@pytest.mark.parametrize("written", [b"?", b"@", bytes(1)])
@pytest.mark.parametrize("size", [24, 512, PAGE_BYTES, 3 * PAGE_BYTES])
@pytest.mark.parametrize("start", [0, 32, 32 + FRAME, PAGE_BYTES])
def test_a_log_that_is_written_over_ends_nowhere(
    off: Queue, start: int, size: int, written: bytes
) -> None:
    """Frames of its round behind it tell that it is no end; what it had is owed."""
    sent = put(off, 4, Left.LOGGED)
    path = off.state.spool
    content = log_of(path).read_bytes()
    log_of(path).write_bytes(content[:start] + written * size + content[start + size :])
    assert read_log(path).verdict is Verdict.DAMAGED
    left, owed = waiting(off), off.spool.owed()
    assert left == sent or any(one.count is None for one in owed)


@pytest.mark.parametrize("at", [0, 1])
def test_a_frame_of_an_earlier_round_in_the_last_change_is_a_power_cut(
    off: Queue, at: int
) -> None:
    """Frames reach the disk in any order: one that did not is what was there before."""
    first = put(off, 3, Left.MOVED)
    path = off.state.spool
    before = log_of(path).read_bytes()
    second = put(off, 2, Left.LOGGED)
    content = bytearray(log_of(path).read_bytes())
    ours = [one for one in commits(path) if content[one + 8 :][:8] == content[16:24]]
    torn = ours[-2] + (1 + at) * FRAME
    assert ours[-2] < torn < ours[-1]
    content[torn : torn + FRAME] = before[torn : torn + FRAME]
    log_of(path).write_bytes(content)
    assert read_log(path).verdict is Verdict.SOUND
    assert waiting(off) == first + second[:1]


@pytest.mark.parametrize("octet", [0, 3, 9, 17, 25])
def test_a_damaged_head_hides_no_log(off: Queue, octet: int) -> None:
    """Magic, page size, salt and checksum may be wrong."""
    sent = put(off, 2, Left.LOGGED)
    turn(off.state.spool, octet)
    assert read_log(off.state.spool).verdict is Verdict.DAMAGED
    assert waiting(off) == sent


def test_a_log_that_was_moved_goes_where_it_does_not_fit(off: Queue) -> None:
    """Its older pages do not come in front of the database's newer ones."""
    sent = put(off, 3, Left.MOVED)
    path = off.state.spool
    turn(path, commits(path)[1] + 100)
    assert read_log(path).verdict is Verdict.MOVED
    assert waiting(off) == sent
    assert not list(path.parent.glob("*.corrupt-*")), "nothing had to be made anew"


@pytest.mark.parametrize("cut", [1, PAGE_BYTES, FRAME + 1])
def test_an_end_that_was_cut_off_is_a_power_cut(off: Queue, cut: int) -> None:
    """The last transaction was not durable: it is as if it had not been."""
    sent = put(off, 2, Left.LOGGED)
    path = off.state.spool
    log_of(path).write_bytes(log_of(path).read_bytes()[:-cut])
    assert read_log(path).verdict is Verdict.SOUND
    assert waiting(off) == sent[:1]


def test_a_torn_last_transaction_is_a_power_cut(off: Queue) -> None:
    """Frames may reach the disk in any order until they are flushed."""
    sent = put(off, 2, Left.LOGGED)
    path = off.state.spool
    last = commits(path)[-2] + FRAME
    content = bytearray(log_of(path).read_bytes())
    content[last + 600 : last + FRAME] = bytes(FRAME - 600)
    log_of(path).write_bytes(content)
    assert read_log(path).verdict is Verdict.SOUND
    assert waiting(off) == sent[:1]


def test_the_rest_of_an_earlier_log_is_none(off: Queue) -> None:
    """A log that is begun anew is shorter than what was there before it."""
    first = put(off, 3, Left.MOVED)
    second = put(off, 1, Left.LOGGED)
    assert read_log(off.state.spool).verdict is Verdict.SOUND
    assert waiting(off) == first + second


@pytest.mark.parametrize("rounds", [1, 2])
def test_of_a_log_all_is_read_but_what_is_given_up(off: Queue, rounds: int) -> None:
    """Whichever piece it is, all whole frames of this round that were committed count.

    What the disk has in that piece is not asked for.
    """
    for one in range(rounds, 0, -1):  # behind a short round is the rest of a long one
        put(off, 2 * one, Left.LOGGED if one == 1 else Left.MOVED)
    path, lengths = off.state.spool, PAGE_BYTES
    whole, octets = read_log(path), log_of(path).read_bytes()
    salts = octets[16:24]
    ours = [at for at in frames(path) if octets[at + 8 : at + 16] == salts]
    ends = [at for at in commits(path) if at in ours]
    for piece in range(1, len(octets) // lengths + 2):
        hit = range((piece - 1) * lengths, min(piece * lengths, len(octets)))
        noise = octets[: hit.start] + b"\xa5" * len(hit) + octets[hit.stop :]
        log_of(path).write_bytes(noise)
        found = read_log(path, frozenset({(LOG, piece)}))
        spared = {
            int.from_bytes(octets[at : at + 4]): octets[at + 24 : at + FRAME]
            for at in ours
            if at <= max(end for end in ends if not _hits(end, hit, size=24))
        }
        touched = {at for at in ours if _hits(at, hit)}
        unsure = {int.from_bytes(octets[at : at + 4]) for at in touched}
        assert found.gaps
        assert {
            n: page for n, page in found.pages.items() if n not in unsure | {0}
        } == {n: page for n, page in spared.items() if n not in unsure}
        assert touched or found.pages == whole.pages


def _hits(at: int, hit: range, size: int = FRAME) -> bool:
    return at < hit.stop and at + size > hit.start


@pytest.mark.parametrize("octet", [18, 19])
def test_a_header_that_forbids_writing_is_damage(off: Queue, octet: int) -> None:
    """SQLite opens such a database for reading, and the agent could never write."""
    flip(off.state.spool, off.state.spool.read_bytes()[: octet + 1], octet)
    off.spool = open_spool(off.state.spool, off.now, 500)
    sent = off.put()
    assert off.waiting() == [sent]
    assert list(off.state.spool.parent.glob("*.corrupt-*"))


def test_who_looks_reads_a_log_that_grows(off: Queue) -> None:
    """A log that the agent is writing to is left to SQLite."""
    path = off.state.spool
    off.spool = open_spool(path, off.now)
    off.put()
    looked = sqlite3.connect(path)
    looked.execute("BEGIN")
    looked.execute("SELECT COUNT(*) FROM envelopes").fetchone()
    off.put()
    beside = open_spool(path, off.now, mend=False)
    assert beside.facts().accepted == 2
    beside.close()
    looked.close()


def test_a_number_that_no_file_reaches_is_not_counted_up_to(off: Queue) -> None:
    """A log that is written over may name any page of four thousand millions."""
    path = off.state.spool
    off.spool = open_spool(path, off.now)
    sent = off.put()
    off.spool.checkpoint()
    with path.open("rb", buffering=0) as file:
        alone = Pages(file, {})
        (body,) = find(alone).bodies.values()
        beyond = {2**32 - 1: alone.page(body.page)}
        emptied = Pages(BytesIO(), beyond)
        assert [cell.page for cell in emptied.cells()] == [2**32 - 1]
        found = find(Pages(file, beyond))
        assert [found.octets(cell) for cell in found.bodies.values()] == [sent]
