# SPDX-License-Identifier: Apache-2.0
"""Following a log file: every line once, over rotation and truncation.

Rules: real files in a temporary folder, changed as logrotate changes them.
Not here: what a line means.
"""

import os
import shutil
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.budget import LOG_FIRST_BYTES, LOG_PASS_BYTES
from agent.collectors._linux.tail import Position, fields_of, position_of, tail, tails
from agent.errors import NotFoundError
from agent.host.linux import LinuxHost

LOG = "/var/log/syslog"
MOST = 1_000
LONG = b"2025-11-24 01:00:00 " + b"x" * 600 + b"\n"


class Log:
    """A log file and its reader, as a machine would have them."""

    def __init__(self, root: Path) -> None:
        self.path = root / "var/log/syslog"
        self.path.parent.mkdir(parents=True)
        self.host = LinuxHost(str(root))
        self.known: Position | None = None
        self.lost = 0

    def write(self, data: bytes) -> None:
        """Append, as a daemon does."""
        with self.path.open("ab") as file:
            file.write(data)

    def rotate(self) -> None:
        """Rename the file, as logrotate does by default."""
        self.path.rename(f"{self.path}.1")

    def copytruncate(self) -> None:
        """Copy the file and empty it, as logrotate's copytruncate does."""
        shutil.copyfile(self.path, f"{self.path}.1")
        os.truncate(self.path, 0)

    def read(self, most: int = MOST) -> list[bytes]:
        """Make one pass."""
        found = tail(self.host, LOG, self.known, most)
        self.known = found.position
        self.lost += found.lost
        return found.lines


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Return an empty machine with a place for a log."""
    return Log(tmp_path)


def test_goes_on(log: Log) -> None:
    """The second pass returns what was added, and nothing twice."""
    log.write(b"one\ntwo\n")
    assert log.read() == [b"one", b"two"]
    log.write(b"three\n")
    assert log.read() == [b"three"]
    assert log.read() == []


def test_waits_for_the_end_of_a_line(log: Log) -> None:
    """Half a line is left for the pass that finds its end."""
    log.write(b"one\ntw")
    assert log.read() == [b"one"]
    log.write(b"o\n")
    assert log.read() == [b"two"]


@pytest.mark.parametrize(
    ("how", "head"),
    [
        ("rotate", b""),
        ("rotate", b"short\n"),
        ("rotate", LONG),
        ("copytruncate", b"short\n"),
        ("copytruncate", LONG),
    ],
)
def test_rotation(log: Log, head: bytes, how: str) -> None:
    """Lines written before and after a rotation are all returned, in order."""
    log.write(head)
    first = log.read()
    log.write(b"before\n")
    getattr(log, how)()
    log.write(b"after it\n" + LONG)
    assert first + log.read() == (head + b"before\nafter it\n" + LONG).splitlines()
    assert log.lost == 0
    assert log.read() == []


def test_rotation_within_the_row_limit(log: Log) -> None:
    """A pass that stops inside the rotated file goes on there."""
    log.write(LONG + b"a\nb\nc\n")
    log.read(1)  # the first pass takes the last line only
    log.write(b"d\ne\nf\n")
    log.rotate()
    log.write(b"g\n")
    assert [log.read(2), log.read(2), log.read(2)] == [[b"d", b"e"], [b"f", b"g"], []]


def test_last_line_of_a_rotated_file(log: Log) -> None:
    """The unfinished line of a file that is complete is taken."""
    log.write(LONG)
    log.read()
    log.write(b"cut")
    log.rotate()
    log.write(b"new\n")
    assert log.read() == [b"cut", b"new"]


def test_gone_for_good_is_counted(log: Log) -> None:
    """A file that was rotated away twice is a counted loss, and reading goes on."""
    log.write(LONG)
    log.read()
    log.write(b"unread\n")
    log.path.unlink()
    log.write(b"new\n")
    assert log.read() == [b"new"]
    assert log.lost == 1


def test_first_pass_starts_near_the_end(log: Log) -> None:
    """The first pass reads at most its bound, and starts with a whole line."""
    log.write(b"".join(b"line %09d\n" % number for number in range(100_000)))
    lines = log.read(10**6)
    assert lines[-1] == b"line 000099999"
    assert sum(len(line) + 1 for line in lines) <= LOG_FIRST_BYTES
    assert all(line.startswith(b"line ") for line in lines)


def test_first_pass_takes_the_newest(log: Log) -> None:
    """Where the first pass may return few lines, they are the last ones."""
    log.write(b"a\nb\nc\n")
    assert log.read(2) == [b"b", b"c"]


def test_endless_line(log: Log) -> None:
    """A line longer than a pass is passed over and counted."""
    log.write(LONG)
    log.read()
    log.write(b"y" * (LOG_PASS_BYTES + 5) + b"\nnext\n")
    assert log.read() == []
    assert log.lost == 1
    assert log.read()[-1] == b"next"


@pytest.mark.slow
def test_two_gigabytes_without_an_end(log: Log) -> None:
    """A line of 2 GB costs a pass no more memory than any, and the next one is told."""
    log.write(LONG)
    log.read()
    with log.path.open("ab") as file:
        file.truncate(2 * 1024**3)  # a hole: it takes no room on the disk
    tracemalloc.start()
    try:
        assert [log.read(), log.read()] == [[], []]
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 3 * LOG_PASS_BYTES
    assert log.lost == 2
    assert log.known is not None
    end = 2 * 1024**3 - 10
    log.known = log.known._replace(offset=end)  # where 510 more passes would lead
    log.write(b"end\nnext\n")
    assert log.read()[-1] == b"next"


@pytest.mark.slow
def test_first_pass_over_two_gigabytes(log: Log) -> None:
    """A first pass over 2 GB reads its end only."""
    log.write(LONG)
    with log.path.open("ab") as file:
        file.truncate(2 * 1024**3)
    log.write(b"\nlast\n")
    tracemalloc.start()
    try:
        assert log.read() == [b"last"]
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 3 * LOG_PASS_BYTES


def test_reused_inode(log: Log) -> None:
    """Another file with the old one's number is read whole, and the loss counted."""
    log.write(LONG + b"one\n")
    log.read()
    inode = log.path.stat().st_ino
    log.path.write_bytes(b"2026" + LONG + b"two\n" + LONG)
    assert log.path.stat().st_ino == inode
    assert log.read() == [b"2026" + LONG[:-1], b"two", LONG[:-1]]
    assert log.lost == 1


def test_reused_inode_of_a_short_file(log: Log) -> None:
    """Also where both files are too short for a whole fingerprint."""
    log.write(b"one\n")
    log.read()
    log.path.write_bytes(b"two\nthree\n")
    assert log.read() == [b"two", b"three"]
    assert log.lost == 1


def test_any_bytes_are_lines(log: Log) -> None:
    """What is no text is cut into lines like text, and nothing of it is lost."""
    log.write(b"\xff\xfe\x00\n\xc3\n\r\n")
    assert log.read() == [b"\xff\xfe\x00", b"\xc3", b"\r"]


def test_absent(tmp_path: Path) -> None:
    """A log that is not there is an error of its own."""
    with pytest.raises(NotFoundError):
        tail(LinuxHost(str(tmp_path)), LOG, None, MOST)


def test_share(tmp_path: Path) -> None:
    """A busy log leaves room for the others."""
    host = LinuxHost(str(tmp_path))
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"x\n" * 50)
    found = tails(host, ("/a", "/b", "/absent"), {}, 30)
    assert {path: len(one.lines) for path, one in found.items()} == {"/a": 10, "/b": 10}


@given(st.text(max_size=40), st.tuples(*[st.integers(0, 255)] * 3))
def test_position_survives(digest: str, numbers: tuple[int, int, int]) -> None:
    """A position written down and read again is the same."""
    position = Position(digest, *numbers)
    assert position_of(fields_of(position)) == position


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5) | st.booleans(),
        lambda inner: st.lists(inner, max_size=5),
        max_leaves=6,
    )
)
def test_position_of_junk(fields: object) -> None:
    """What is no position is none, whatever a damaged cursor holds."""
    found = position_of(fields)
    assert found is None or fields == fields_of(found)


STEPS = st.lists(
    st.one_of(
        st.binary(max_size=400).map(lambda data: data.replace(b"\n", b" ") + b"\n"),
        st.sampled_from(["read", "read one", "rotate"]),
    ),
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_every_line_once(steps: list[bytes | str]) -> None:
    """Whatever is written, read and rotated in turn, each line comes exactly once."""
    with tempfile.TemporaryDirectory() as folder:
        log = Log(Path(folder))
        log.write(b"")
        written: list[bytes] = []
        got = log.read()
        rotated = False  # before the last one was read to its end
        for number, step in enumerate(steps):
            if isinstance(step, bytes):
                log.write(b"%d " % number + step)
                written.append(b"%d " % number + step[:-1])
            elif step == "rotate" and not rotated:
                log.rotate()
                log.write(b"")
                rotated = True
            elif step == "read one":
                got += log.read(1)
            elif step == "read":
                got += log.read()
                rotated = False
        got += log.read() + log.read()
        assert got == written
        assert log.lost == 0
