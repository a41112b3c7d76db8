# SPDX-License-Identifier: Apache-2.0
"""Updates that wait: their order, their lists, and what apt itself says of them.

Rules: apt and dpkg of the machine are asked where they are here; the rest is recorded.
Not here: single answers of package managers (the Examples of `patches.py`).
"""

import bz2
import gzip
import itertools
import lzma
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from agent.collectors import collector
from agent.collectors._linux import apt, updates
from agent.collectors._linux.restart import flavour, kernel_reason
from agent.collectors._linux.versions import newer
from agent.collectors._windows.patches import parse_date
from agent.errors import HostError, UnsupportedError
from agent.host.linux import LinuxHost
from agent.host.windows_named import Source
from agent.rows import Example, Want
from tests.host_fixture import recorded_host, write_tree
from tests.windows_fixture import RecordedWindows
from wire.catalogue import System

PATCHES = collector("patches")
STATUS = collector("update_status")
LINUX = PATCHES.readers[System.LINUX]
EVERY = frozenset(column.name for column in PATCHES.dataset.columns)
APT = Path("/var/lib/apt/lists")
DPKG = Path("/var/lib/dpkg/status")
NEEDS_APT = pytest.mark.skipif(
    shutil.which("apt") is None or not list(APT.glob("*_Packages*")),
    reason="needs apt and its lists",
)
VERSIONS = (
    "1",
    "1-0",
    "1~",
    "1~~",
    "1~~a",
    "1.",
    "1.0",
    "1a",
    "1a~",
    "0:1",
    "1:0",
    "1.0-1",
    "1.0-1+b1",
    "1.0-1~bpo1",
    "01",
    "1+",
    "1.a",
    "1.A",
    "10",
    "1.10",
    "1.9",
    "1:1.0-1",
    "2-1-1",
)


def example(title: str) -> Example:
    """Return the Example whose title starts so."""
    (found,) = (e for e in PATCHES.examples if e.title.startswith(title))
    return found


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="needs dpkg")
def test_versions_are_in_dpkgs_order() -> None:
    """Of any two versions the newer one is that which dpkg calls newer."""
    pairs = list(itertools.product(VERSIONS, VERSIONS))
    for one, other in pairs[::4]:
        done = subprocess.run(
            ["dpkg", "--compare-versions", one, "gt", other], check=False
        )
        assert newer(one, other) == (done.returncode == 0), (one, other)


PACKERS = {"": bytes, "gz": gzip.compress, "xz": lzma.compress, "bz2": bz2.compress}


def own_lists(folder: Path, form: str) -> None:
    """Copy this machine's lists and packages into a tree, packed in a form."""
    place = folder / "var/lib/apt/lists"
    place.mkdir(parents=True)
    for path in APT.glob("*Release"):
        shutil.copy(path, place)
    for path in APT.glob("*_Packages*"):
        plain = subprocess.run(
            ["/usr/lib/apt/apt-helper", "cat-file", path],
            capture_output=True,
            check=True,
        ).stdout
        name = path.name.partition("_Packages")[0] + "_Packages"
        name += f".{form}" if form else ""
        (place / name).write_bytes(PACKERS[form](plain))
    (folder / "var/lib/dpkg").mkdir()
    shutil.copy(DPKG, folder / "var/lib/dpkg/status")


def as_it_is(folder: Path) -> None:
    """Link what apt has of this machine into a tree."""
    for path in (APT, DPKG.parent, Path("/etc/apt")):
        if path.exists():
            shutil.copytree(path, folder / str(path)[1:], symlinks=True)


@pytest.mark.slow
@NEEDS_APT
@pytest.mark.parametrize("form", [None, "", "gz"])
def test_updates_are_what_apt_says(form: str | None, tmp_path: Path) -> None:
    """The lists alone, packed or plain, tell the updates that apt tells of them."""
    if form is None:
        as_it_is(tmp_path)
    else:
        own_lists(tmp_path, form)
    told = subprocess.run(
        ["apt", "list", "--upgradable"], capture_output=True, check=True, text=True
    ).stdout
    expected = {
        (line.partition("/")[0], *line.split()[1:3])
        for line in told.splitlines()
        if "/" in line
    }
    host = LinuxHost(str(tmp_path))
    found = {
        (row["uid"], row["version"], row["architecture"])
        for row in apt.read_lists(host, Want(frozenset())) or ()
    }
    held = subprocess.run(
        ["apt-mark", "showhold"], capture_output=True, check=True, text=True
    ).stdout.split()
    assert found == {row for row in expected if row[0] not in held}


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"/var/lib/dpkg/status": b""}, "no-package-lists"),
        (
            {
                "/var/lib/rpm/rpmdb.sqlite": b"",
                "/etc/zypp/repos.d/a.repo": b"[a]\n",
                "/etc/zypp/repos.d/b.repo": b"[b]\n",
                "/var/cache/zypp/raw/a/repodata/": b"",
            },
            "no-package-lists",
        ),
        ({"/etc/os-release": b""}, "no-package-manager"),
    ],
)
def test_no_lists_is_not_no_updates(
    files: dict[str, bytes], reason: str, tmp_path: Path
) -> None:
    """Where a list was never fetched, nobody is told that all is well."""
    write_tree(tmp_path, files)
    with pytest.raises(UnsupportedError) as caught:
        LINUX(LinuxHost(str(tmp_path)), Want(EVERY))
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("path", "content", "asked"),
    [
        ("/etc/apt/preferences.d/own", b"Package: *\nPin: release a=x\n", True),
        (
            "/etc/apt/preferences.d/own",
            b"Package: *\nPin: release a=x\nPin-Priority: 1001\n",
            True,
        ),
        (
            "/etc/apt/preferences.d/own",
            b"Package: libssl3\nPin: version 3*\nPin-Priority: 900\n",
            True,
        ),
        (
            "/etc/apt/preferences.d/own",
            b"Package: absent\nPin: version 3*\nPin-Priority: 900\n",
            False,
        ),
        ("/etc/apt/preferences.d/own.bak", b"Package: *\nPin: version 3*\n", False),
        ("/etc/apt/apt.conf.d/99own", b'APT::Default-Release "x";\n', True),
        ("/etc/apt/apt.conf.d/20auto", b"APT::Periodic::Enable 1;\n", False),
    ],
)
def test_own_rules_are_left_to_apt(
    path: str, content: bytes, tmp_path: Path, *, asked: bool
) -> None:
    """Where a rule that matters is not known, apt is asked and not guessed after."""
    debian = example("Debian 12's lists")
    host = recorded_host(
        replace(
            debian,
            files={**debian.files, path: content},
            programs={"apt-get": b"Inst own [1] (2 Own:1/own [all])\n"},
        ),
        tmp_path,
    )
    found = {row.value("uid") for row in LINUX(host, Want(EVERY)).rows}
    assert ("own" in found) == asked
    ran = [item for item in host.asked if item.startswith("/usr/bin/apt-get")]
    assert bool(ran) == asked


def test_a_pass_reads_a_list_once(tmp_path: Path) -> None:
    """Updates and their number are of one reading of the lists."""
    host = recorded_host(example("Debian 12's lists"), tmp_path)
    updates = LINUX(host, Want(EVERY)).rows
    waiting = frozenset({"pending", "pending_security"})
    (row,) = STATUS.readers[System.LINUX](host, Want(waiting)).rows
    assert (len(updates), row.value("pending")) == (4, 3)
    lists = [path for path in host.asked if path.endswith("_Packages")]
    assert len(lists) == len(set(lists)) * 2  # the second read finds the file's end


def test_programs_are_kept_from_the_network() -> None:
    """Each program is told to use what it has."""
    assert "-s" in updates.APT
    assert "-C" in updates.DNF_UPGRADES
    assert "-C" in updates.DNF_ADVISORIES
    assert "--no-refresh" in updates.ZYPPER
    assert "--no-network" in updates.APK
    assert updates.PACMAN == ("-Qu",)


def test_a_list_of_nothing_is_refused(tmp_path: Path) -> None:
    """A list of which no package ends is an error at once, not a short answer."""
    write_tree(tmp_path, {"/var/lib/dpkg/status": b""})
    place = tmp_path / "var/lib/apt/lists/x_Packages"
    place.parent.mkdir(parents=True)
    with place.open("wb") as file:
        file.truncate(256 << 20)  # a sparse file
    with pytest.raises(HostError) as caught:
        LINUX(LinuxHost(str(tmp_path)), Want(EVERY))
    assert caught.value.reason == "not-a-package-list"


def test_a_package_that_lies_across_two_reads(tmp_path: Path) -> None:
    """A list is read in pieces, and a package on their border is one package."""
    before = b"Package: x\nDescription: "
    rest = b"Package: b\nVersion: 2\nArchitecture: all\n\n"
    for cut in (0, 5, 20, len(rest) - 1):
        filler = b"." * ((1 << 20) - len(before) - 2 - cut)
        host = tmp_path / str(cut)
        write_tree(
            host,
            {
                "/var/lib/dpkg/status": b"Package: b\nStatus: install ok installed\n"
                b"Version: 1\nArchitecture: all\n",
                "/var/lib/apt/lists/x_Packages": before + filler + b"\n\n" + rest,
            },
        )
        rows = LINUX(LinuxHost(str(host)), Want(EVERY)).rows
        assert [row.value("version") for row in rows] == ["2"], cut


@pytest.mark.parametrize(
    ("running", "installed", "reason"),
    [
        ("6.1.0-28-amd64", ["6.1.0-28-amd64"], None),
        ("6.1.0-9-amd64", ["6.1.0-9-amd64", "6.1.0-10-amd64"], "newer-kernel"),
        ("6.1.0-9-amd64", ["6.1.0-9-amd64", "6.1.0-10-rt-amd64"], None),
        ("6.6.2-1-lts", ["6.6.1-1-lts", "6.7.1-arch1-1"], "kernel-removed"),
        ("5.14.0-427.9.1.el9.x86_64", ["5.14.0-427.10.1.el9.x86_64"], "newer-kernel"),
        ("6.1.0-9-amd64", [], None),
    ],
)
def test_kernels(running: str, installed: list[str], reason: str | None) -> None:
    """A restart is due for a newer kernel of the same kind, and for no other."""
    assert kernel_reason(running, installed) == reason


def test_flavours() -> None:
    """A kernel's kind is the words at its end."""
    assert flavour("6.1.0-9-cloud-amd64") == "-cloud-amd64"
    assert flavour("6.7.1-arch1-1") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1/10/2024", 1704844800),
        ("1/10/2024 12:00:00 AM", 1704844800),
        ("01da4357f4418000", 1704844800),
        ("13/31/2024", None),
        ("0000000000000000", None),
        ("ffffffffffffffff", 1833029933770),
        ("", None),
    ],
)
def test_dates_of_fixes(text: str, expected: int | None) -> None:
    """Both forms in which Windows writes the day of a fix are read."""
    assert parse_date(text) == expected


def test_windows_without_an_answer() -> None:
    """Where none of its three sources can be asked, the reader says why."""

    class Silent(RecordedWindows):
        def ask(self, source: Source, fields: frozenset[str]) -> list[dict[str, int]]:
            del source, fields
            reason = "no-update-agent"
            raise UnsupportedError(reason)

    host = Silent(Path("/nowhere"), {})
    with pytest.raises(UnsupportedError):
        PATCHES.readers[System.WINDOWS](host, Want(EVERY))
    fixes = {"wmi": {"Win32_QuickFixEngineering": ({"HotFixID": "KB1"},)}}
    reading = PATCHES.readers[System.WINDOWS](
        Silent(Path("/nowhere"), fixes), Want(EVERY)
    )
    assert (len(reading.rows), reading.skipped) == (1, 2)


@pytest.mark.parametrize(
    ("column", "allowed"),
    [
        ("pending_reboot", {"lib/modules", "reboot", "kernel", "dpkg/status"}),
        ("update_time", {"localtime", "dpkg.log", "dpkg/status"}),
    ],
)
def test_status_reads_what_is_asked(
    column: str, allowed: set[str], tmp_path: Path
) -> None:
    """For a restart no log is read, and for the last update no list."""
    host = recorded_host(STATUS.examples[0], tmp_path)
    reading = STATUS.readers[System.LINUX](host, Want(frozenset({column})))
    assert reading.rows[0].value(column) is not None
    read = {
        path
        for path in host.asked
        if not path.startswith(("/lib/apk", "/var/lib/pacman", "/var/lib/rpm"))
        and path not in {"/usr/lib/sysimage/rpm", "/var/lib/apt/lists"}
    }
    assert {p for p in read if not any(part in p for part in allowed)} == set()
