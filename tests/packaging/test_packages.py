# SPDX-License-Identifier: Apache-2.0
"""What is in the packages, beside them, and that anybody can build the same.

Rules: packages are read by their own programs.
Not here: what they do on a machine (`test_machine.py`).
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from package_fixture import build_anew, built

from tools.packages.__main__ import main
from tools.packages.products import GLIBC, PRODUCTS, ROOT, VERSION
from tools.packages.release import seal
from tools.packages.runtime import binaries, is_systems, needed_by

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(900)]

KINDS = ("deb", "rpm", "tarball")
ENDINGS = {"deb": ".deb", "rpm": ".rpm", "tarball": ".tar.gz"}
OF = {"agent": KINDS, "server": ("deb",)}
SYMBOL = re.compile(r"GLIBC_(\d+)\.(\d+)\b")
MISSED = {
    "agent": {"agent.sidecar.links"},
    "server": {"service.thread_stop"},
}
"""What wants scapy, which no package brings: its datasets say `unsupported`; and what
hosts an agent on Windows, which a collector's package does not have."""
LOAD = """
import importlib, pkgutil
for top in tops:
    path = importlib.import_module(top).__path__
    for found in pkgutil.walk_packages(path, top + "."):
        if not found.name.endswith("__main__"):
            try:
                importlib.import_module(found.name)
            except ImportError:
                print(found.name)
"""
TABLES = """
import duckdb, pyarrow, pyarrow.compute, pyarrow.parquet
rows = pyarrow.table({"a": [1, 2, 3]})
print(duckdb.connect().execute("SELECT sum(a) FROM rows").fetchone()[0])
"""
MOST = {"agent": (20, 56), "server": (72, 232)}
"""MiB that a package may have, and take of a machine: what install-on-linux.md says."""
MIB = 1 << 20
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")


def asked(*command: str | Path) -> str:
    """Return what a program says."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout


def the(product: str, ending: str) -> Path:
    """Return a package by the end of its name."""
    return next(built(product, *OF[product]).glob(f"*{ending}"))


def packages(product: str) -> list[Path]:
    """Return all packages of a product."""
    return [the(product, ENDINGS[kind]) for kind in OF[product]]


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return both .debs unpacked, with their scripts."""
    folder = tmp_path_factory.mktemp("trees")
    for product in PRODUCTS:
        asked("dpkg-deb", "-R", the(product, ".deb"), folder / product)
    return {product: folder / product for product in PRODUCTS}


def test_two_builds_are_the_same(tmp_path: Path) -> None:
    """Whoever builds the same commit gets the same bytes, whatever kind of package."""
    again = build_anew("agent", tmp_path, *KINDS)
    for path in [*again, *tmp_path.glob("*.cdx.json")]:
        first = built("agent", *KINDS) / path.name
        digests = [hashlib.sha256(p.read_bytes()).hexdigest() for p in (first, path)]
        assert digests[0] == digests[1], path.name


def test_two_collectors_are_the_same(tmp_path: Path) -> None:
    """The collector's package is rebuilt to the same bytes, too."""
    (again,) = build_anew("server", tmp_path, "deb")
    assert again.read_bytes() == the("server", ".deb").read_bytes()


@pytest.mark.parametrize("product", PRODUCTS)
def test_it_stays_small(product: str) -> None:
    """Neither what is fetched nor what is installed grows beyond what is said of it."""
    packed, installed = MOST[product]
    for path in packages(product):
        assert path.stat().st_size < packed * MIB, path.name
    asked_of = the(product, ".deb")
    assert int(asked("dpkg-deb", "-f", asked_of, "Installed-Size")) < installed * 1024


@pytest.mark.parametrize("product", PRODUCTS)
def test_everything_is_roots_and_nobody_elses(product: str) -> None:
    """No file can be written but by root, and none has rights of its own."""
    for line in asked("dpkg-deb", "-c", the(product, ".deb")).splitlines():
        mode, owner, *_ = line.split()
        assert owner == "root/root"
        assert mode[0] == "l" or mode[1:] in {"rwxr-xr-x", "rw-r--r--"}, line


def test_each_has_its_own_part_alone(trees: dict[str, Path]) -> None:
    """An agent brings no collector, and a collector no agent."""
    packages = "usr/lib/discreet-{0}/lib/python3.11/dist-packages"
    agent, server = (trees[name] / packages.format(name) for name in trees)
    assert not (agent / "server").exists()
    assert not (server / "agent").exists()
    assert not list(agent.rglob("*duckdb*"))
    assert not list(server.rglob("psutil"))


def test_libraries_come_compiled_and_ours_with_its_source(
    trees: dict[str, Path],
) -> None:
    """A machine compiles nothing, and whoever looks can read what runs."""
    library = trees["agent"] / "usr/lib/discreet-agent/lib/python3.11"
    ours = [library / "dist-packages" / name for name in PRODUCTS["agent"].code]
    sources = set(library.rglob("*.py"))
    assert sources == {path for folder in ours for path in folder.rglob("*.py")}
    for path in sources:
        cached = path.parent / "__pycache__" / f"{path.stem}.cpython-311.pyc"
        # PEP 552: flags 1 say that a source is never looked at.
        assert cached.read_bytes()[4:8] == b"\x01\0\0\0", path


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_runtime_needs_nothing_but_the_c_library(
    trees: dict[str, Path], product: str
) -> None:
    """Each library that is asked for is brought along or is the system's own."""
    root = trees[product] / f"usr/lib/discreet-{product}"
    found = binaries(root)
    there = {path.name for path in root.rglob("*.so*")}
    for path in found:
        lacks = {one for one in needed_by(path) if not is_systems(one)} - there
        assert not lacks, path
    named = {
        (int(major), int(minor))
        for path in found
        for major, minor in SYMBOL.findall(asked("readelf", "-V", "-W", path))
    }
    assert max(named) == tuple(int(part) for part in GLIBC.split("."))


def test_it_runs_from_where_it_is_unpacked_and_hears_nobody(
    trees: dict[str, Path], tmp_path: Path
) -> None:
    """Neither environment, nor folder, nor the system's Python can put code into it."""
    (tmp_path / "wire.py").write_text("raise SystemExit('mine')")
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit('mine')")
    python = trees["agent"] / "usr/lib/discreet-agent/bin/python3"
    done = subprocess.run(
        [python, "-I", "-m", "agent", "--version"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PYTHONHOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.split()[-1]) == (0, VERSION), done.stderr
    paths = asked(python, "-I", "-c", "import sys; print(*sys.path, sep='\\n')")
    prefix = str(trees["agent"] / "usr/lib/discreet-agent")
    assert all(path.startswith(prefix) for path in paths.split())


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_was_left_out_is_not_missed(trees: dict[str, Path], product: str) -> None:
    """What loads where it is developed loads in the package, but for what is said."""
    python = trees[product] / f"usr/lib/discreet-{product}/bin/python3"
    code = f"tops = {PRODUCTS[product].code}\n{LOAD}"
    here, there = (
        set(asked(one, "-I", "-B", "-c", code).split())
        for one in (sys.executable, python)
    )
    assert there - here == MISSED[product]


def test_a_collector_reads_tables_and_is_made(
    trees: dict[str, Path], tmp_path: Path
) -> None:
    """The libraries of its package work: DuckDB reads Arrow, and `init` makes keys."""
    python = trees["server"] / "usr/lib/discreet-server/bin/python3"
    assert asked(python, "-I", "-B", "-c", TABLES).strip() == "6"
    folder = f"--directory={tmp_path / 'collector'}"
    run = (python, "-I", "-m", "server", folder)
    asked(*run, "init", "--tenant", "A", "--url", "https://localhost:8443")
    assert "standard" in asked(*run, "policy", "show")


@pytest.mark.parametrize("product", PRODUCTS)
def test_scripts_are_whole(trees: dict[str, Path], product: str) -> None:
    """Every script of every kind of package is a script, with no gap unfilled."""
    control = trees[product] / "DEBIAN"
    for name in SCRIPTS:
        assert os.access(control / name, os.X_OK)
        asked("sh", "-n", control / name)
        assert not re.search(r"@\w+@", (control / name).read_text())
    assert not re.search(r"@\w+@", (control / "control").read_text())
    prefix = trees[product] / f"usr/lib/discreet-{product}"
    assert not re.search(r"@\w+@", (prefix / "maintain").read_text())


def test_an_rpm_is_what_the_deb_is(trees: dict[str, Path]) -> None:
    """Both install the same, but for rpm's way back; it asks for the C library."""
    package = the("agent", ".rpm")
    root = trees["agent"]
    inside = {
        f"/{path.relative_to(root)}"
        for path in root.rglob("*")
        if path.is_file() and "DEBIAN" not in path.parts
    }
    query = ("rpm", "-qp", "--nosignature", package)
    listed = asked(*query, "--queryformat", "[%{FILEMODES:perms} %{FILENAMES}\n]")
    files = {line.split()[1] for line in listed.splitlines() if line[0] in "-l"}
    way_back = "/usr/lib/systemd/system/discreet-agent-rollback.service.d/rpm.conf"
    assert files == {*inside, way_back}
    assert f"libc.so.6(GLIBC_{GLIBC})(64bit)" in asked(*query, "--requires")
    assert asked(*query, "--configfiles").split() == conffiles(root)
    scripts = asked(*query, "--scripts")
    assert not re.search(r"@\w+@", scripts)
    for name in ("preinstall", "postinstall", "preuninstall", "postuninstall"):
        assert f"{name} scriptlet" in scripts


def conffiles(root: Path) -> list[str]:
    """Return what a .deb lists as its settings."""
    listed = root / "DEBIAN" / "conffiles"
    return listed.read_text().split() if listed.exists() else []


def test_settings_are_the_administrators(trees: dict[str, Path]) -> None:
    """Every file below /etc is a conffile, so that an edited one is never replaced."""
    for root in trees.values():
        below = [path for path in (root / "etc").rglob("*") if path.is_file()]
        assert conffiles(root) == sorted(f"/{p.relative_to(root)}" for p in below)


def test_a_list_beside_it_names_what_is_in_it() -> None:
    """Each wheel and each part of the runtime is in the SBOM, with the locked hash."""
    listed = json.loads(the("agent", ".cdx.json").read_text())
    lock = PRODUCTS["agent"].lock.read_text()
    for part in listed["components"]:
        digest = part["hashes"][0]["content"]
        if part["purl"].startswith("pkg:pypi/"):
            assert f"--hash=sha256:{digest}" in lock
        else:
            assert part["purl"].startswith("pkg:deb/debian/")
    names = {part["name"] for part in listed["components"]}
    assert {"cryptography", "google-re2", "python3.11-minimal", "libssl3"} <= names
    assert not names & {"netifaces2", "pycparser", "pywin32"}


def test_checksums_are_signed_by_a_command_of_who_releases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SHA256SUMS names every file, and the signer gets it."""
    (tmp_path / "a.deb").write_bytes(b"a")
    (tmp_path / "b.rpm").write_bytes(b"b")
    signer = tmp_path.with_name("signer")
    signer.write_text('#!/bin/sh\nsha256sum <"$1" >"$1.sig"\n')
    signer.chmod(0o755)
    monkeypatch.setenv("DISCREET_SIGN", str(signer))
    seal(tmp_path)
    assert seal(tmp_path).read_text().count("\n") == 2
    done = subprocess.run(
        ["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path, check=False, timeout=60
    )
    assert done.returncode == 0
    assert (tmp_path / "SHA256SUMS.sig").exists()


def test_a_signer_that_fails_stops_the_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A build that was to be signed and is not says so and ends with 1."""
    monkeypatch.setenv("DISCREET_SIGN", "false")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    built("agent", *KINDS)
    assert main(["tarball", "--product", "agent", "--out", str(tmp_path)]) == 1
    assert "not built: false failed (1)" in capsys.readouterr().err


def test_an_image_is_made_of_what_is_built() -> None:
    """The recipe of the collector's image takes the package that `make deb` makes."""
    recipe = (ROOT / "packaging" / "Containerfile").read_text()
    copied = re.findall(r"^COPY (\S+)", recipe, re.MULTILINE)
    assert copied == ["dist/discreet-server_*.deb"]
    assert re.search(r"^USER discreet-server$", recipe, re.MULTILINE)
