# SPDX-License-Identifier: Apache-2.0
"""Bad input that belongs to no single dataset: what changes, vanishes or is no text.

Rules: every reader over its own Examples, on a machine that misbehaves; a damaged
source is an outcome and leaves the other datasets as they were.
Not here: junk in one file's form (`tests/property`, `tests/contract`).
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.budget import LOG_PASS_BYTES
from agent.collectors import collector, collectors
from agent.collectors._linux.dpkg import parse_dpkg
from agent.errors import DeniedError, HostError, NotFoundError, TooLargeError
from agent.gathering import Gathered, gather
from agent.governor.budgets import Budget
from agent.host.linux import LinuxHost
from agent.host.root import list_socket_owners
from agent.outcome import FAILED, NONE_FOUND, OK
from agent.plan import PlannedDataset
from agent.reading import run_reader
from agent.rows import Example, Want
from tests.canary_machine import canary_machine
from tests.contract.test_collectors import NOW, check_types, values, wanted
from tests.host_fixture import EVERY_ROOT_COLUMN, RecordingHost, recorded_host
from wire.catalogue import System
from wire.purposes import Purpose
from wire.transforms.call import KEEP

PROCESSES = 100_000
THERE = 2_000
"""So many are still there after the listing, and all but a few end before their turn:
100,000 folders would take minutes to make, and the reader sees no difference."""
SURVIVORS = 50
"""One process in so many is still there when it is read."""
SECONDS = 300.0
"""A reader's time here: a busy machine that runs the tests is no reader's fault."""
LINUX = [
    pytest.param(name, example, id=f"{name}-{index}")
    for name, item in sorted(collectors().items())
    for index, example in enumerate(item.examples)
    if example.system is System.LINUX
]
EVERY = [
    pytest.param(name, example, id=f"{name}-{index}")
    for name, item in sorted(collectors().items())
    for index, example in enumerate(item.examples)
]
STAT = (
    b"%d (tool) S 1 2 2 0 -1 4194560 1 0 0 0 3 4 0 0 20 0 1 0 500 1000 10 0 0 0 0 0 0 "
    b"0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
)


@dataclass
class Fleeting(RecordingHost):
    """A machine whose processes end between the listing and the reading."""

    root: Path = Path()

    def end(self, path: str) -> None:
        """Remove a process that does not survive."""
        pid = path.split("/")[2]
        if int(pid) % SURVIVORS:
            shutil.rmtree(self.root / "proc" / pid, ignore_errors=True)

    def read_part(self, path: str, offset: int, limit: int) -> bytes:
        """Have the process end, then read."""
        self.end(path)
        return super().read_part(path, offset, limit)

    def list(self, path: str) -> Sequence[str]:
        """List all processes; have one end, then list its descriptors."""
        if path == "/proc":
            return [str(pid) for pid in range(1, PROCESSES + 1)]
        if path.endswith("/fd"):
            self.end(path)
        return super().list(path)


@dataclass
class Breaking(RecordingHost):
    """A machine on which everything fails from one moment on."""

    after: int = 0
    error: type[HostError] = NotFoundError

    def __getattribute__(self, name: str) -> object:
        """Fail in place of every primitive, when it is time."""
        if name in PRIMITIVES:
            asked = object.__getattribute__(self, "asked")
            if len(asked) >= object.__getattribute__(self, "after"):
                reason = "gone"
                raise object.__getattribute__(self, "error")(reason)
        return object.__getattribute__(self, name)


PRIMITIVES = frozenset(
    name
    for name in vars(RecordingHost)
    if not name.startswith("_") and name not in {"asked", "inner", "system"}
)


@pytest.fixture
def fleeting(tmp_path: Path) -> Fleeting:
    """Return a machine of 100,000 processes, of which most end while it is read."""
    proc = tmp_path / "proc"
    proc.mkdir()
    for pid in range(1, THERE + 1):
        place = proc / str(pid)
        place.mkdir()
        if pid % SURVIVORS == 0:
            (place / "stat").write_bytes(STAT % pid)
            (place / "fd").mkdir()
    (proc / "stat").write_bytes(b"cpu 1 2 3\nbtime 1763900000\n")
    return Fleeting(LinuxHost(str(tmp_path)), root=tmp_path)


@pytest.mark.slow
def test_100_000_processes_that_vanish(fleeting: Fleeting) -> None:
    """Processes that have ended are no rows and no failure; the others are read."""
    columns = frozenset({"process.pid", "process.executable.name", "process.state"})
    reading, outcome = run_reader(
        collector("processes"),
        fleeting,
        columns,
        now=NOW,
        budget=Budget(seconds=SECONDS),
    )
    assert (outcome.outcome, outcome.skipped) == (OK, 0)
    assert len(reading.rows) == THERE // SURVIVORS
    assert {row.value("process.executable.name") for row in reading.rows} == {"tool"}


@pytest.mark.slow
def test_100_000_processes_vanish_while_sockets_are_sought(fleeting: Fleeting) -> None:
    """Who owns a socket is sought among processes that end meanwhile."""
    assert list_socket_owners(fleeting, frozenset({"process.pid"}), None) == []
    left = list((fleeting.root / "proc").iterdir())
    assert len(left) == THERE // SURVIVORS + 1


@dataclass
class Crowded(RecordingHost):
    """A machine of more processes than one envelope can carry."""

    def list(self, path: str) -> Sequence[str]:
        """Return 100,000 processes."""
        assert path == "/proc"
        return [str(pid) for pid in range(1, PROCESSES + 1)]

    def read_part(self, path: str, offset: int, limit: int) -> bytes:
        """Return the same process again and again."""
        return (STAT % int(path.split("/")[2]))[offset : offset + limit]


@pytest.mark.slow
def test_100_000_processes_that_stay(tmp_path: Path) -> None:
    """A reader stops at its bound of rows, and says that there are more."""
    host = Crowded(LinuxHost(str(tmp_path)))
    _, outcome = run_reader(
        collector("processes"), host, frozenset({"process.pid"}), now=NOW
    )
    assert (outcome.outcome, outcome.rows, outcome.truncated) == (OK, 65_536, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "error", [NotFoundError, DeniedError, TooLargeError, HostError]
)
@pytest.mark.parametrize(("name", "example"), EVERY)
def test_sources_that_vanish_while_they_are_read(
    name: str, example: Example, error: type[HostError], tmp_path: Path
) -> None:
    """Whatever fails, and whenever, there are typed rows or a HostError."""
    item = collector(name)
    reader = item.readers[example.system]
    whole = recorded_host(example, tmp_path)
    want = Want(wanted(item.dataset), now=NOW, cursor=example.cursor)
    reader(whole, want)
    for after in range(len(whole.asked)):
        host = Breaking(whole.inner, after=after, error=error)
        try:
            check_types(item.dataset, reader(host, want).rows)
        except HostError:
            continue


@pytest.mark.parametrize(("name", "example"), LINUX)
def test_names_that_are_no_text(name: str, example: Example, tmp_path: Path) -> None:
    """A file whose name is no UTF-8, beside the others, changes nothing."""
    host = recorded_host(example, tmp_path)
    for folder, _, _ in list(os.walk(os.fsencode(tmp_path))):
        with open(folder + b"/\xff\xfe.conf", "wb") as file:  # noqa: PTH123 - of bytes
            file.write(b"\xff\xfe\0")
    item = collector(name)
    columns = example.columns or wanted(item.dataset)
    want = Want(columns, now=NOW, cursor=example.cursor)
    reading = item.readers[System.LINUX](host, want)
    assert tuple(values(row) for row in reading.rows) == example.rows


def outcomes(root: Path) -> dict[str, str]:
    """Read every dataset of a recorded machine; return how each fared."""
    host = canary_machine(root).host(EVERY_ROOT_COLUMN)
    items = [
        PlannedDataset(
            item.dataset,
            Purpose.SECURITY,
            "kept",
            1,
            1,
            dict.fromkeys(wanted(item.dataset), KEEP),
            item.dataset.columns,
        )
        for item in collectors().values()
    ]
    told = gather(host, items, lambda _purpose, _name: None, int(NOW), Gathered())
    return {item.dataset.name: outcome.outcome for item, _, outcome in told}


JUNK = b"\x7fELF\0\xff\xfe=\n\0NAME=\xff\n=\n'\"\\" * 500


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "content", "touched"),
    [
        ("etc/os-release", JUNK, {"operating_systems"}),
        ("etc/os-release", None, {"operating_systems"}),
        ("etc/passwd", JUNK, {"user_accounts"}),
        ("etc/group", None, {"group_members", "user_accounts"}),
        ("var/lib/dpkg/status", JUNK, {"software"}),
        ("var/lib/dpkg/status", None, {"software"}),
        ("proc/meminfo", JUNK, {"hardware", "host_metrics"}),
        ("proc/stat", JUNK, {"host_metrics", "devices"}),
    ],
)
def test_one_damaged_source_leaves_the_others(
    tmp_path: Path, path: str, content: bytes | None, touched: set[str]
) -> None:
    """Junk in one file, or a folder in its place, is no other dataset's failure."""
    root = tmp_path / "machine"
    before = outcomes(root)
    place = root / path
    place.unlink(missing_ok=True)
    if content is None:
        place.mkdir(parents=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    after = outcomes(root)
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= touched
    assert {after[name] for name in touched} <= {OK, NONE_FOUND, FAILED}


def test_a_dpkg_status_that_is_half_written() -> None:
    """Cut anywhere, the packages before the cut are whole, and none is made up."""
    item = collector("software")
    example = next(e for e in item.examples if "/var/lib/dpkg/status" in e.files)
    status = example.files["/var/lib/dpkg/status"]
    every = list(parse_dpkg(status))
    names = {package["name"] for package in every if package}
    for cut in range(len(status)):
        found = list(parse_dpkg(status[:cut]))
        sound = [package for package in found[:-1] if package]
        assert sound == every[: len(found[:-1])] or all(p in every for p in sound)
        assert all(p is None or str(p["name"]) for p in found)
    assert names


@dataclass
class Measuring(RecordingHost):
    """A machine that counts the bytes that are read of it."""

    octets: int = 0

    def read_part(self, path: str, offset: int, limit: int) -> bytes:
        """Read, and count."""
        data = super().read_part(path, offset, limit)
        self.octets += len(data)
        return data


@pytest.mark.slow
def test_a_log_line_of_2_gb(tmp_path: Path) -> None:
    """A line that never ends costs a pass its bound of bytes, and later lines come."""
    log = tmp_path / "var/log/syslog"
    log.parent.mkdir(parents=True)
    line = b"Nov 24 04:00:00 h prog[1]: a line\n"
    log.write_bytes(line * 10)
    host = Measuring(LinuxHost(str(tmp_path)))
    columns = frozenset({"message", "timestamp"})
    source = collector("event_logs")
    reading, _ = run_reader(source, host, columns, now=NOW)
    assert len(reading.rows) == 10
    os.truncate(log, 2 * 1024**3)
    host.octets = 0
    _, outcome = run_reader(source, host, columns, now=NOW, cursor=reading.cursor)
    assert outcome.outcome in {OK, NONE_FOUND}
    assert host.octets < 3 * LOG_PASS_BYTES


RENAMED = """
import subprocess, sys, threading
from agent.collectors import collector
from agent.errors import HostError
from agent.host import this_host
from agent.reading import run_reader

def ip(*arguments):
    return subprocess.run(["ip", "link", *arguments], capture_output=True).returncode

if ip("add", "one0", "type", "veth", "peer", "name", "two0"):
    sys.exit("no veth")
ended = threading.Event()

def rename():
    names = ["one0", "one1"]
    while not ended.is_set():
        ip("set", names[0], "name", names[1])
        names.reverse()

thread = threading.Thread(target=rename)
thread.start()
told, seen = set(), set()
for _ in range(400):
    for name in ("network_interfaces", "host_metrics"):
        source = collector(name)
        columns = frozenset(column.name for column in source.dataset.columns)
        reading, outcome = run_reader(source, this_host(), columns, now=0.0)
        told.add(outcome.outcome)
        seen |= {row.value("network.interface.name") for row in reading.rows}
ended.set()
thread.join()
print(sorted(told), {"two0", "lo"} <= seen)
ip(b"add", b"\\xff\\xfe", b"type", b"veth", b"peer", b"name", b"odd0")
source = collector("network_interfaces")
columns = frozenset({"network.interface.name"})
reading, outcome = run_reader(source, this_host(), columns, now=0.0)
names = {row.value("network.interface.name") for row in reading.rows}
print(outcome.outcome, ascii(sorted(names - {"lo", "one0", "one1", "two0"})))
"""


@pytest.mark.slow
def test_an_interface_that_is_renamed_while_it_is_read() -> None:
    """Interfaces are read while one changes its name, and one whose name is no text."""
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("ip"):
        pytest.skip("needs root, unshare and ip: it makes a network of its own")
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", RENAMED],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    if "no veth" in done.stderr or "Operation not permitted" in done.stderr:
        pytest.skip("this kernel gives no network of its own: " + done.stderr.strip())
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        ["['ok'] True", "ok ['odd0', '\\ufffd\\ufffd']"],
    ), done.stderr


def test_a_package_manager_that_keeps_nothing(tmp_path: Path) -> None:
    """On a Debian, rpm has a folder and no packages: it is not asked for them."""
    files = {
        "/var/lib/dpkg/status": b"Package: a\nStatus: a ok installed\nVersion: 1\n",
        "/var/lib/rpm/": b"",
    }
    host = recorded_host(Example(System.LINUX, "", (), files=files), tmp_path)
    reading = collector("software").readers[System.LINUX](
        host, Want(frozenset({"name"}))
    )
    assert [row.value("name") for row in reading.rows] == ["a"]
    assert not any("rpm " in asked for asked in host.asked)
