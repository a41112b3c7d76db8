# SPDX-License-Identifier: Apache-2.0
"""What every Host promises, shown on Linux's.

Rules: real files, real programs; a recorded tree and this machine.
Not here: what readers make of it (`test_collectors.py`).
"""

import os
import select
import sys
import time
from pathlib import Path

import pytest

from agent.errors import (
    BudgetError,
    DeniedError,
    HostError,
    NotFoundError,
    TooLargeError,
)
from agent.host import this_host
from agent.host.interface import DiskUsage, Program, RootVerb
from agent.host.linux import LinuxHost, host_error
from agent.host.program import run_program
from agent.host.root import COLUMNS, DATASETS, SOCKET, answer, qualified
from tests.host_fixture import EVERY_ROOT_COLUMN, write_tree
from wire.catalogue import System

SECRET = "ada-lovelace"
LIMIT = 64 * 1024


@pytest.fixture
def tree(tmp_path: Path) -> LinuxHost:
    """Return a small recorded machine, with a secret beside it."""
    (tmp_path / "outside").write_bytes(b"not yours")
    write_tree(
        tmp_path / "root",
        {
            "/etc/machine-id": b"0123\n",
            "/etc/empty": b"",
            "/a/b/c": b"deep",
            "/sys/class/dmi/id/product_uuid": b"u-u\n",
            "/sys/class/dmi/id/product_serial": b"s\0n\n",
        },
        {
            "/etc/absolute": "/a/b/c",
            "/etc/relative": "../a/b/c",
            "/etc/escape": "../../outside",
            "/etc/far": "/../../../../../../../../etc/passwd",
            "/etc/loop": "/etc/loop",
            "/etc/folder": "/a",
        },
    )
    return LinuxHost(str(tmp_path / "root"), allowed=EVERY_ROOT_COLUMN)


def test_this_host_is_linux() -> None:
    """On Linux the one place that asks for the platform gives the Linux host."""
    assert this_host().system is System.LINUX


def test_reads(tree: LinuxHost) -> None:
    """Files are read whole or in part."""
    assert tree.read("/etc/machine-id") == b"0123\n"
    assert tree.read("/etc/empty") == b""
    assert tree.read_part("/etc/machine-id", 1, 2) == b"12"
    assert tree.read_part("/etc/machine-id", 9, 2) == b""
    assert tree.facts("/etc/machine-id").size == 5


def test_links_stay_inside(tree: LinuxHost) -> None:
    """A link in a recorded tree is followed inside it, and never out of it."""
    assert tree.read("/etc/absolute") == tree.read("/etc/relative") == b"deep"
    assert tree.list("/etc/folder/b") == ["c"]
    assert tree.link("/etc/absolute") == "/a/b/c"
    for path in ("/etc/escape", "/etc/far", "/../outside"):
        with pytest.raises(NotFoundError):
            tree.read(path)


def test_loop_ends(tree: LinuxHost) -> None:
    """Links in a circle are an error, not a hang."""
    with pytest.raises(HostError, match="too-many-links"):
        tree.read("/etc/loop")


@pytest.mark.parametrize("path", ["etc/machine-id", "", "/etc/\0x"])
def test_only_absolute_paths(tree: LinuxHost, path: str) -> None:
    """A path that is not absolute is refused."""
    with pytest.raises(HostError, match="not-an-absolute-path"):
        tree.read(path)


def test_limit(tree: LinuxHost) -> None:
    """A file over the limit is an error; one of exactly the limit is read."""
    assert tree.read("/etc/machine-id", 5) == b"0123\n"
    with pytest.raises(TooLargeError):
        tree.read("/etc/machine-id", 4)


def test_endless_file() -> None:
    """A file without end stops at the limit."""
    with pytest.raises(TooLargeError):
        LinuxHost().read("/dev/zero", LIMIT)


def test_pipe_does_not_hang(tmp_path: Path) -> None:
    """A pipe put in a file's place is read as empty at once."""
    os.mkfifo(tmp_path / "pipe")
    assert LinuxHost().read(str(tmp_path / "pipe")) == b""


def test_errors_hold_no_path(tree: LinuxHost) -> None:
    """An error says what is wrong with a slug, and holds no path anywhere."""
    with pytest.raises(NotFoundError) as caught:
        tree.read(f"/home/{SECRET}/file")
    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (FileNotFoundError(2, "x"), NotFoundError),
        (NotADirectoryError(20, "x"), NotFoundError),
        (ProcessLookupError(3, "x"), NotFoundError),
        (PermissionError(13, "x"), DeniedError),
        (PermissionError(1, "x"), DeniedError),
        (IsADirectoryError(21, "x"), HostError),
        (OSError(5, "x"), HostError),
    ],
)
def test_error_kinds(error: OSError, kind: type[HostError]) -> None:
    """Errors of the operating system are told apart by who must act."""
    assert type(host_error(error)) is kind


def test_folder_is_no_file(tree: LinuxHost) -> None:
    """Reading a folder, or listing a file, is a HostError."""
    with pytest.raises(HostError):
        tree.read("/etc")
    with pytest.raises(HostError):
        tree.list("/etc/machine-id")
    with pytest.raises(NotFoundError, match="not-a-link"):
        tree.link("/etc/machine-id")


def test_recorded_machine_is_not_this_one(tree: LinuxHost) -> None:
    """A recorded machine tells nothing of the one that runs the test."""
    assert list(tree.interfaces()) == []
    assert list(tree.sessions()) == []
    with pytest.raises(NotFoundError):
        tree.kernel()
    with pytest.raises(NotFoundError):
        tree.usage("/")
    with pytest.raises(NotFoundError):
        tree.run(Program.SYSTEMCTL, "list-units")
    with pytest.raises(DeniedError, match="needs-root"):
        tree.ask_root(RootVerb.READ_DMI, frozenset({"uuid"}))


def test_this_machine() -> None:
    """The primitives of this machine answer."""
    host = this_host()
    assert host.kernel().system == "Linux"
    assert "lo" in {interface.name for interface in host.interfaces()}
    assert isinstance(host.usage("/"), DiskUsage)
    assert "self" in host.list("/proc")
    assert all(gateway.family == "ipv4" for gateway in host.gateways())
    assert list(host.sessions()) is not None


def test_gateways_run_no_program(tree: LinuxHost, tmp_path: Path) -> None:
    """Gateways come from the kernel's table alone; junk in it is a HostError."""
    write_tree(tmp_path / "root", {"/proc/net/route": b"Iface\njunk\n"})
    with pytest.raises(HostError):
        tree.gateways()


def test_program_output() -> None:
    """A program's output is returned."""
    assert run_program(("/bin/echo", "x"), 5, LIMIT) == b"x\n"


def test_program_environment() -> None:
    """A program sees a fixed environment and an empty standard input."""
    output = run_program(("/usr/bin/env",), 5, LIMIT)
    assert sorted(output.splitlines()) == [
        b"LC_ALL=C",
        b"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    ]
    assert run_program(("/bin/cat",), 5, LIMIT) == b""


def test_program_out_of_time() -> None:
    """A program that does not end is killed, with its children."""
    began = time.monotonic()
    with pytest.raises(BudgetError):
        run_program(("/bin/sh", "-c", "sleep 60 & sleep 60"), 0.05, LIMIT)
    assert time.monotonic() - began < 30


def test_program_leaves_no_child(tmp_path: Path) -> None:
    """A child that outlives its program is killed when the time is over."""
    note = tmp_path / "pid"
    program = ("/bin/sh", "-c", f"sleep 60 & echo $! > {note}")
    for seconds in (0.2, 2, 20):  # on a busy machine the first ends before it begins
        with pytest.raises(BudgetError):
            run_program(program, seconds, LIMIT)
        if note.exists() and note.read_text():
            break
    try:
        child = os.pidfd_open(int(note.read_text()))
    except ProcessLookupError:
        return
    ended, _, _ = select.select([child], [], [], 30)
    os.close(child)
    assert ended


def test_program_without_bounds() -> None:
    """A program that writes without end is killed."""
    with pytest.raises(TooLargeError):
        run_program(("/usr/bin/yes",), 5, LIMIT)


def test_program_fails() -> None:
    """A program that fails, or is not there, is a HostError."""
    with pytest.raises(HostError, match="program-failed"):
        run_program(("/bin/false",), 5, LIMIT)
    with pytest.raises(NotFoundError):
        run_program(("/nowhere/program",), 5, LIMIT)
    with pytest.raises(DeniedError):
        run_program(("/etc/passwd",), 5, LIMIT)


def test_program_answers_with_a_code() -> None:
    """A code that comes with an answer is no failure; any other is."""
    ask = ("/bin/sh", "-c", "echo x; exit 4")
    assert run_program(ask, 5, LIMIT, (0, 4)) == b"x\n"
    with pytest.raises(HostError, match="program-failed"):
        run_program(ask, 5, LIMIT, (0, 8))


@pytest.mark.skipif(not Path(Program.APT_GET.value).exists(), reason="needs apt-get")
def test_a_slow_program_is_asked_once_for_a_pass() -> None:
    """What thinks for seconds answers from memory in one Host, and anew in the next."""
    host, later = LinuxHost(), LinuxHost()
    answer = host.run(Program.APT_GET, "--version")
    assert answer.startswith(b"apt ")
    assert host.run(Program.APT_GET, "--version") is answer
    assert later.run(Program.APT_GET, "--version") is not answer


def test_programs_are_absolute() -> None:
    """Every program that may run has a fixed absolute path."""
    folders = {program.value.rpartition("/")[0] for program in Program}
    assert folders <= {"/usr/bin", "/usr/sbin", "/sbin"}


def test_root_answers_what_the_plan_has(tree: LinuxHost) -> None:
    """The root side answers the asked columns of the plan, and no other."""
    allowed = frozenset({qualified("devices", "uuid")})
    columns = frozenset({"uuid"})
    assert answer(tree, RootVerb.READ_DMI, columns, allowed) == [{"uuid": "u-u"}]


@pytest.mark.parametrize(
    "columns",
    [
        frozenset({"hw.serial_number"}),
        frozenset({"uuid", "hw.serial_number"}),
        frozenset({"/etc/shadow"}),
        frozenset({"process.pid"}),
        frozenset[str](),
    ],
)
def test_root_refuses_what_the_plan_has_not(
    tree: LinuxHost, columns: frozenset[str]
) -> None:
    """A column that is not the verb's or not in the plan is refused."""
    allowed = frozenset({qualified("devices", "uuid"), qualified("x", "process.pid")})
    with pytest.raises(DeniedError):
        answer(tree, RootVerb.READ_DMI, columns, allowed)


def test_another_datasets_column_is_not_enough(tree: LinuxHost) -> None:
    """A column of the same name in another dataset gives no right."""
    allowed = frozenset({qualified("processes", "process.pid")})
    with pytest.raises(DeniedError, match="not-in-plan"):
        answer(tree, RootVerb.LIST_SOCKET_OWNERS, frozenset({"process.pid"}), allowed)


def test_every_verb_is_declared() -> None:
    """Every verb has its dataset and its columns."""
    assert set(COLUMNS) == set(DATASETS) == set(RootVerb)
    assert all(COLUMNS.values())


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root")
def test_root_lists_owners() -> None:
    """With root's rights the owners of sockets are told, by the asked columns."""
    host = LinuxHost(allowed=EVERY_ROOT_COLUMN)
    found = host.ask_root(RootVerb.LIST_SOCKET_OWNERS, frozenset({"process.pid"}))
    assert all(set(row) == {SOCKET, "process.pid"} for row in found)
