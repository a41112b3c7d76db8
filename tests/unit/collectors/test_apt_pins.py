# SPDX-License-Identifier: Apache-2.0
"""Preferences of an administrator: what apt itself makes of them is what we make.

Rules: the real apt reads the same composed lists, from a folder and never from a
network; where we say that apt is to be asked, there is nothing to compare.
Not here: which rules are left to apt (`test_patches.py`).
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from agent.collectors._linux import apt
from agent.collectors._linux.apt_pins import parse_pins
from agent.host.linux import LinuxHost
from agent.rows import Want
from tests.host_fixture import write_tree

SUITES = {
    "stable": b"Origin: Debian\nLabel: Debian\nVersion: 12.1\n",
    "stable-security": b"Origin: Debian\nLabel: Debian-Security\n",
    "stable-backports": b"Origin: Backports\nNotAutomatic: yes\n"
    b"ButAutomaticUpgrades: yes\n",
    "experimental": b"Origin: Debian\nNotAutomatic: yes\n",
}
OFFERS = {
    "stable": {"a": "2", "b": "2", "c": "1", "tool-x": "2"},
    "stable-security": {"a": "3", "c": "2"},
    "stable-backports": {"a": "5", "b": "3", "d": "2", "tool-x": "1.5"},
    "experimental": {"a": "9", "e": "9", "d": "8"},
}
RULES = [
    "",
    "Package: *\nPin: release a=stable-backports\nPin-Priority: 900\n",
    "Package: *\nPin: release a=stable-backports\nPin-Priority: never\n",
    "Package: *\nPin: release l=Debian-Security\nPin-Priority: -10\n",
    "Package: a b\nPin: release n=stable-backports, o=Backports\nPin-Priority: 600\n",
    "Package: tool-*\nPin: release a=stable-backports\nPin-Priority: 700\n",
    "Package: a\nPin: release a=stable*\nPin-Priority: 50\n",
    "Package: a\nPin: origin one.test\nPin-Priority: 50\n",
    'Package: *\nPin: origin "two.test"\nPin-Priority: 990\n',
    (
        "Package: *\nPin: release a=experimental\nPin-Priority: 990\n\n"
        "Package: *\nPin: release o=Debian\nPin-Priority: 1\n"
    ),
    (
        "Package: e\nPin: release a=experimental\nPin-Priority: 500\n\n"
        "Package: e d\nPin: release a=experimental\nPin-Priority: -1\n"
    ),
    "# none\n\nExplanation: x\nPackage: a\nPin: release v=12.1\nPin-Priority: 995\n",
    "Package: *\nPin: release c=main\nPin-Priority: 400\n",
    "Package: *\nPin: release a=stable\nPin-Priority: 1\n",
]


def stanza(name: str, version: str, more: str = "") -> bytes:
    """Return a package of a list."""
    return (
        f"Package: {name}\n{more}Architecture: all\nVersion: {version}\n"
        f"Maintainer: x\nDescription: x\nFilename: x.deb\nSize: 1\n"
        f"SHA256: {'0' * 64}\n\n"
    ).encode()


def tree(folder: Path, rules: str) -> None:
    """Write lists of two hosts, installed packages and rules."""
    files: dict[str, bytes] = {"/etc/apt/preferences": rules.encode()}
    sources = ""
    for suite, head in SUITES.items():
        host = "two.test" if suite == "stable-backports" else "one.test"
        stem = f"/var/lib/apt/lists/{host}_debian_dists_{suite}"
        offers = OFFERS[suite].items()
        files[f"{stem}_Release"] = (
            head + f"Suite: {suite}\nCodename: {suite}\n".encode()
        )
        files[f"{stem}_main_binary-amd64_Packages"] = b"".join(
            stanza(name, version) for name, version in offers
        )
        sources += f"deb [trusted=yes arch=amd64] http://{host}/debian {suite} main\n"
    files["/etc/apt/sources.list"] = sources.encode()
    files["/var/lib/dpkg/status"] = b"".join(
        stanza(name, "1", "Status: install ok installed\n")
        for name in ("a", "b", "c", "d", "e", "tool-x")
    )
    files["/var/lib/apt/lists/partial/"] = b""
    files["/etc/apt/apt.conf.d/"] = b""
    write_tree(folder, files)


def upgradable(folder: Path) -> set[tuple[str, str]]:
    """Return the names and versions that the real apt would update."""
    options = {
        "Dir::State": folder / "var/lib/apt",
        "Dir::State::status": folder / "var/lib/dpkg/status",
        "Dir::Cache": folder / "cache",
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "Dir::Etc": folder / "etc/apt",
        "Dir::Etc::parts": folder / "etc/apt/apt.conf.d",
        "Dir::Etc::preferencesparts": folder / "none",
        "Dir::Etc::sourceparts": folder / "none",
        "APT::Architecture": "amd64",
        "APT::Architectures": "amd64",
    }
    command = ["apt", "list", "--upgradable"]
    for name, value in options.items():
        command += ["-o", f"{name}={value}"]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    lines = [line for line in done.stdout.splitlines() if "/" in line]
    return {(line.partition("/")[0], line.split()[1]) for line in lines}


@pytest.mark.skipif(shutil.which("apt") is None, reason="needs apt")
@pytest.mark.parametrize("rules", RULES)
def test_rules_do_what_they_do_in_apt(rules: str, tmp_path: Path) -> None:
    """Of several versions that one is told which apt would install by the rules."""
    tree(tmp_path, rules)
    rows = apt.read_lists(LinuxHost(str(tmp_path)), Want(frozenset()))
    assert rows is not None
    found = {(str(row["uid"]), str(row["version"])) for row in rows}
    assert found == upgradable(tmp_path)


def test_the_comparison_compares(tmp_path: Path) -> None:
    """Without rules there are updates, so that no two empty answers are compared."""
    tree(tmp_path, "")
    rows = apt.read_lists(LinuxHost(str(tmp_path)), Want(frozenset())) or []
    found = {(row["uid"], row["version"]) for row in rows}
    expected = {("a", "3"), ("b", "2"), ("c", "2"), ("d", "2"), ("tool-x", "2")}
    assert found == expected


@pytest.mark.parametrize(
    "rules",
    [
        b"Package: a\nPin: version 1*\nPin-Priority: 900\n",
        b"Package: a\nPin: release stable\nPin-Priority: 900\n",
        b"Package: a\nPin: release a=x\nPin-Priority: 1000\n",
        b"Package: a\nPin: release a=x\nPin-Priority: 0\n",
        b"Package: a\nPin: release a=x\n",
        b"Package: a\nPin: release a=/x/\nPin-Priority: 1\n",
        b"Package: src:a\nPin: release a=x\nPin-Priority: 1\n",
        b"Package: /^a/\nPin: release a=x\nPin-Priority: 1\n",
        b"Package: z\n a\nPin: version 1\nPin-Priority: 1\n",
        b"Pin: release a=x\nPin-Priority: 1\n",
    ],
)
def test_what_is_not_known_is_said(rules: bytes) -> None:
    """A rule that matters and is not understood makes the whole unknown."""
    assert parse_pins(rules, {"a"}) is None
