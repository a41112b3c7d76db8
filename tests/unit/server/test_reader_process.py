# SPDX-License-Identifier: Apache-2.0
"""The reader as a process: who gets in, what strangers' bytes do, what it leaves."""

import os
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from reader_fixture import Site, make_site, running_reader, table

from server.desk import frames
from server.desk.listening import CONNECTIONS, QUESTION_BYTES, Patient
from server.errors import LimitError, UnreachableError, UsageError
from server.reader.client import ask
from server.reader.process import READINGS

pytestmark = pytest.mark.slow
LONG = "SELECT repeat('x', 1000) FROM range(15000)"
"""15 MB: more than the socket's and the pipe's buffers take unread."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Install a collector with one log line in it."""
    made = make_site(tmp_path_factory.mktemp("reader") / "collector")
    made.say(made.enrol("Desk"), [table("event_logs", [{"message": "m"}])])
    yield made
    made.store.close()
    made.keyring.close()


@pytest.fixture(scope="module")
def reader(site: Site) -> Iterator[subprocess.Popen[str]]:
    """Run its reader."""
    with running_reader(site) as process:
        yield process


def question(sql: str = "FROM event_logs") -> dict[str, object]:
    """Return a question for support."""
    return {"purpose": "support", "reason": "test", "sql": sql}


def rows(site: Site) -> list[object]:
    """Ask for the one row that there is: the reader is well."""
    answers = list(ask(site.layout.socket, question("SELECT message FROM event_logs")))
    return [row for answer in answers for row in answer.get("rows", [])]  # type: ignore[attr-defined]  # a list


def raw(site: Site) -> socket.socket:
    """Return a connection to the reader."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(30)
    connection.connect(str(site.layout.socket))
    return connection


def begun(site: Site, asked: Mapping[str, object]) -> socket.socket:
    """Begin a reading and take its first message only."""
    connection = raw(site)
    with connection.makefile("rwb", buffering=0) as stream:
        frames.write(stream, asked)  # type: ignore[arg-type]  # a raw stream
    octets = connection.recv(4, socket.MSG_WAITALL)
    connection.recv(struct.unpack(">I", octets)[0], socket.MSG_WAITALL)
    return connection


def test_only_its_user_can_reach_the_socket(
    site: Site, reader: subprocess.Popen[str]
) -> None:
    """Socket and folder are closed to every other user."""
    assert reader.poll() is None
    path = site.layout.socket
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x00",
        b"\x00\x00\x00\x00",
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack(">I", QUESTION_BYTES + 1) + b"x",
        struct.pack(">I", 2**32 - 1),
        struct.pack(">I", 10) + b"{",
        struct.pack(">I", 2) + b"[]",
        struct.pack(">I", 2) + b"{}",
        struct.pack(">I", 4) + b"\xff\xfe\xfd\xfc",
        struct.pack(">I", 200_000) + b"[" * 200_000,
        os.urandom(4_096),
    ],
)
def test_bytes_that_are_no_request_end_their_connection_only(
    site: Site, reader: subprocess.Popen[str], octets: bytes
) -> None:
    """Garbage is answered with one error or none, and the next person is served."""
    with raw(site) as connection:
        connection.sendall(octets)
        connection.shutdown(socket.SHUT_WR)
        # closed with bytes unread, the socket is reset: that is an end, too
        with suppress(ConnectionResetError), connection.makefile("rb") as stream:
            answer = frames.read(stream)
            assert answer is None or set(answer) == {"error"}
            assert frames.read(stream) is None
    assert rows(site) == [["m"]]
    assert reader.poll() is None


def test_a_request_must_come_in_time() -> None:
    """Who sends byte by byte has as long as everyone, not as long for each byte."""
    near, far = socket.socketpair()
    with near, far:
        patient = Patient(near, 0.2)
        ended = threading.Event()

        def dribble() -> None:
            while not ended.wait(0.02):
                far.send(b"x")

        thread = threading.Thread(target=dribble)
        thread.start()
        with pytest.raises(TimeoutError):
            patient.read(1_000)
        ended.set()
        thread.join()


def test_readings_at_a_time_are_bounded(
    site: Site, reader: subprocess.Popen[str]
) -> None:
    """One more than may run is told to come back; then there is room again."""
    assert reader.poll() is None
    held = [begun(site, question(LONG)) for _ in range(READINGS)]
    try:
        with pytest.raises(LimitError, match="try again"):
            list(ask(site.layout.socket, question()))
    finally:
        for connection in held:
            connection.close()
    for _ in range(200):
        try:
            assert rows(site) == [["m"]]
        except LimitError:
            continue
        break
    else:
        pytest.fail("a place was not given back")


def test_connections_at_a_time_are_bounded(
    site: Site, reader: subprocess.Popen[str]
) -> None:
    """Connections that say nothing do not take what the others need."""
    idle = [raw(site) for _ in range(CONNECTIONS)]
    with raw(site) as surplus:
        assert surplus.recv(1) == b""
    assert reader.poll() is None
    for connection in idle:
        connection.close()
    for _ in range(200):
        try:
            assert rows(site) == [["m"]]
        except UnreachableError:
            continue
        break
    else:
        pytest.fail("a connection was not given back")


def child_of(process: subprocess.Popen[str]) -> int:
    """Return its only child at work, once one before has ended; a spare one waits."""
    end = time.monotonic() + 30
    found: list[int] = []
    while len(found) != 1:
        assert time.monotonic() < end, found
        found.clear()
        for task in Path(f"/proc/{process.pid}/task").iterdir():
            with suppress(OSError):  # a thread or a child that has ended since
                children = map(int, (task / "children").read_text().split())
                found += [one for one in children if bound(one, "Max processes") == "0"]
    return found[0]


def bound(pid: int, name: str) -> str:
    """Return the soft limit of a process by its name in /proc."""
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return next(line for line in lines if line.startswith(name))[len(name) :].split()[0]


def opened(pid: int) -> list[str]:
    """Return what a process has open; standard error is the test's own."""
    links = Path(f"/proc/{pid}/fd").iterdir()
    return [str(link.readlink()) for link in links if link.name != "2"]


def test_nothing_opened_can_reach_a_disk(
    site: Site, reader: subprocess.Popen[str]
) -> None:
    """During a query neither process may write a core, a temporary file or a swap."""
    with begun(site, question(LONG)):
        child = child_of(reader)
        for pid in (reader.pid, child):
            assert bound(pid, "Max core file size") in {"0", "1"}  # octets: no core
        for name in ("Max file size", "Max open files", "Max processes"):
            assert bound(child, name) == "0"
        files = opened(child)
        assert all(file.startswith("pipe:") or file == "/dev/null" for file in files)
        folder = str(site.layout.directory)
        kept = [file for file in opened(reader.pid) if file.startswith("/")]
        assert [f for f in kept if not f.startswith((folder, "/dev/"))] == []


def test_a_child_that_dies_ends_its_query_with_a_sentence(
    site: Site, reader: subprocess.Popen[str]
) -> None:
    """The person hears that it ended; the reader lives on."""
    answers = ask(site.layout.socket, question(LONG))
    next(answers)
    child = child_of(reader)
    os.kill(child, signal.SIGKILL)
    with pytest.raises(LimitError):
        list(answers)
    assert rows(site) == [["m"]]


def test_a_second_reader_does_not_start(
    site: Site, reader: subprocess.Popen[str]
) -> None:
    """One reader holds an installation; the other says which and ends."""
    assert reader.poll() is None
    done = subprocess.run(
        (
            *(sys.executable, "-I", "-m", "server.reader", "--directory"),
            str(site.layout.directory),
        ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 7
    assert "another reader runs" in done.stderr
    assert rows(site) == [["m"]]


def test_a_mistake_arrives_as_its_own_class(
    site: Site, reader: subprocess.Popen[str]
) -> None:
    """The client raises what the reader found, with its exit code."""
    assert reader.poll() is None
    with pytest.raises(UsageError) as caught:
        list(ask(site.layout.socket, {**question(), "devices": ["Shed"]}))
    assert caught.value.exit_code == 2
