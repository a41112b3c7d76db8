# SPDX-License-Identifier: Apache-2.0
"""Software beside dpkg's: real rpm, and what belongs to a distribution.

Rules: programs of the machine are asked where they are here.
Not here: dpkg against dpkg-query (`tests/contract`), forms of lists (the Examples).
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from agent.collectors import collector
from agent.collectors._linux.packages_rpm import RPM_FORMAT, parse_rpm
from agent.collectors._shared.purl import Distribution, purl
from agent.host.linux import LinuxHost
from agent.rows import Want
from tests.host_fixture import write_tree
from tests.windows_fixture import RecordedWindows
from wire.catalogue import System

SOFTWARE = collector("software")
LINUX = SOFTWARE.readers[System.LINUX]
COLUMNS = frozenset({"name", "version", "package_manager"})
SPEC = """Name: {name}
Epoch: {epoch}
Version: {version}
Release: 1
Summary: A package
License: MIT
Vendor: Example, Inc.
BuildArch: noarch
%description
A package.
%files
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("rpmbuild") is None, reason="needs rpm")
def test_rpm_itself(tmp_path: Path) -> None:
    """What real rpm prints of real packages is read as they were built."""
    top, root = tmp_path / "top", tmp_path / "root"
    for name, epoch, version in (("one", 0, "1.0"), ("two", 3, "2~rc1")):
        spec = tmp_path / f"{name}.spec"
        spec.write_text(SPEC.format(name=name, epoch=epoch, version=version))
        subprocess.run(
            ["rpmbuild", "--quiet", "-D", f"_topdir {top}", "-bb", spec], check=True
        )
    (root / "db").mkdir(parents=True)
    rpm = ["rpm", "--root", root, "--dbpath", "/db"]
    packages = sorted(top.glob("RPMS/noarch/*.rpm"))
    subprocess.run([*rpm, "-i", "--nodeps", "--force", *packages], check=True)
    printed = subprocess.run(
        [*rpm, "-qa", "--queryformat", RPM_FORMAT], capture_output=True, check=True
    ).stdout
    found = {}
    for package in parse_rpm(printed):
        assert package is not None
        assert package.pop("install_time")
        found[package["name"]] = package
    assert found == {
        name: {
            "package_manager": "rpm",
            "name": name,
            "version": version,
            "architecture": "noarch",
            "vendor_name": "Example, Inc.",
            "source": source,
            "size": 0,
        }
        for name, version, source in (
            ("one", "1.0-1", "one-1.0-1.src.rpm"),
            ("two", "3:2~rc1-1", "two-2~rc1-1.src.rpm"),
        )
    }


@pytest.mark.parametrize(
    ("installer", "listed"),
    [(b"pip\n", True), (b"uv", True), (b"debian", False), (b"rpm\n", False)],
)
def test_a_distributions_python_is_its_own(
    installer: bytes, tmp_path: Path, *, listed: bool
) -> None:
    """A Python package that the distribution brought is in its own list alone."""
    folder = "/usr/lib/python3.12/site-packages/six-1.16.0.dist-info"
    write_tree(
        tmp_path, {"/var/lib/dpkg/status": b"", f"{folder}/INSTALLER": installer}
    )
    rows = LINUX(LinuxHost(str(tmp_path)), Want(COLUMNS)).rows
    assert [row.value("name") for row in rows] == (["six"] if listed else [])


def test_an_empty_folder_of_rpm_is_no_database(tmp_path: Path) -> None:
    """On Debian rpm's folder may be there without packages: rpm is not run."""
    write_tree(tmp_path, {"/var/lib/dpkg/status": b"", "/var/lib/rpm/": b""})
    assert LINUX(LinuxHost(str(tmp_path)), Want(COLUMNS)).rows == []


@pytest.mark.parametrize("manager", ["snap", "flatpak", "appx", "chocolatey", "msi"])
def test_no_purl_is_made_up(manager: str) -> None:
    """What purl-spec has no type for has no purl."""
    package = {"package_manager": manager, "name": "x", "version": "1"}
    assert purl(package, Distribution("debian", "12")) is None


def test_dates(tmp_path: Path) -> None:
    """A host tells when files were written, by names less their ending."""
    write_tree(tmp_path, {"/a/x.list": b"", "/a/x.md5sums": b"", "/C/a/y.list": b""})
    linux = LinuxHost(str(tmp_path))
    windows = RecordedWindows(tmp_path)
    written = int((tmp_path / "a/x.list").stat().st_mtime)
    assert linux.dates("/a", ".list") == {"x": written}
    assert set(windows.dates("C:\\a", ".list")) == {"y"}
