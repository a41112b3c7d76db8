# SPDX-License-Identifier: Apache-2.0
"""What is in the Windows package, as Windows Installer reads it.

Rules: the real package, looked at by msitools; nothing is installed.
Not here: what happens when it is (`tests/wine/test_wine_package.py`).
"""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest
from windows_package_room import MOMENT, packages

from tools.windows.msi import SIGNER, files, main, pack
from tools.windows.tree import LIBRARY_LOCKS, RUNTIME_LOCK, lay_out

pytestmark = [pytest.mark.packaging, pytest.mark.slow]
HIDDEN, DEFERRED, ROLLBACK, AS_SYSTEM = 0x2000, 0x400, 0x100, 0x800
MOST_INSTALLED = 60 * 2**20
"""Bytes that a machine gives for it."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Build this package and a newer one."""
    return packages(tmp_path_factory.mktemp("packages"))


def table(package: Path, name: str) -> dict[str, list[str]]:
    """Return a table's rows by their first column."""
    done = subprocess.run(
        ["msiinfo", "export", package, name], capture_output=True, check=True
    )
    rows = [line.split("\t") for line in done.stdout.decode().splitlines()[3:]]
    return {row[0]: row[1:] for row in rows}


def test_the_token_is_in_no_log(built: tuple[Path, Path]) -> None:
    """Property and action that carry the token are hidden, and act as the system."""
    properties = table(built[0], "Property")
    assert set(properties["MsiHiddenProperties"][0].split(";")) == {"TOKEN", "Prepare"}
    assert "TOKEN" in properties["SecureCustomProperties"][0].split(";")
    actions = table(built[0], "CustomAction")
    kinds = {name: int(row[0]) for name, row in actions.items()}
    assert kinds["Prepare"] & (HIDDEN | DEFERRED | AS_SYSTEM) == (
        HIDDEN | DEFERRED | AS_SYSTEM
    )
    assert kinds["Withdraw"] & (ROLLBACK | DEFERRED) == ROLLBACK | DEFERRED
    assert {row[1] for row in actions.values()} == {"pythonw.exe"}


def test_everybodys_menu_opens_the_page(built: tuple[Path, Path]) -> None:
    """One entry, of all users, that starts what shows no console."""
    row = table(built[0], "Shortcut")["Page"]
    folder, name, _, target, arguments = row[:5]
    assert (folder, name) == ("ProgramMenuFolder", "What Discreet reads here")
    assert (target, arguments) == ("[AgentFolder]pythonw.exe", "-I -m agent page")
    assert table(built[0], "Property")["ALLUSERS"] == ["1"]


def test_the_service_has_its_own_account(built: tuple[Path, Path]) -> None:
    """It is installed as a virtual account, without a password."""
    row = table(built[0], "ServiceInstall")["DiscreetAgent"]
    account, password, arguments = row[7:10]
    assert (account, password) == (r"NT SERVICE\DiscreetAgent", "")
    assert arguments == "-I -m service agent run --wait"


def test_steps_are_in_order(built: tuple[Path, Path]) -> None:
    """Old goes first; the service is made, closed off, and then started."""
    rows = table(built[0], "InstallExecuteSequence")
    at = {name: int(row[1]) for name, row in rows.items()}
    assert rows["Remove"][0] == 'REMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE'
    order = ["InstallInitialize", "RemoveExistingProducts", "StopServices", "Remove"]
    order += ["DeleteServices", "RemoveFiles", "InstallFiles", "InstallServices"]
    order += ["Withdraw", "Prepare", "StartServices", "InstallFinalize"]
    assert sorted(order, key=at.__getitem__) == order


def test_an_upgrade_takes_the_place_of_any_other(built: tuple[Path, Path]) -> None:
    """Each version is a product of the same family, and components keep their names."""
    this, newer = (table(package, "Property") for package in built)
    assert this["UpgradeCode"] == newer["UpgradeCode"]
    assert this["ProductCode"] != newer["ProductCode"]
    assert table(built[0], "Component") == table(built[1], "Component")


def test_two_builds_are_the_same_bytes(
    built: tuple[Path, Path], tmp_path: Path
) -> None:
    """All is laid out and packed again, and nothing differs."""
    lay_out(tmp_path / "tree", MOMENT)
    pack(tmp_path / "tree", tmp_path / "again.msi", MOMENT)
    digests = {
        hashlib.sha256(package.read_bytes()).hexdigest()
        for package in (built[0], tmp_path / "again.msi")
    }
    assert len(digests) == 1


def test_the_command_lists_signs_and_seals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`make msi` signs the package first, and sums name what was signed and listed."""
    signer = tmp_path / "sign"
    signer.write_text('#!/bin/sh\nprintf signed >>"$2"\n')
    signer.chmod(0o755)
    output = tmp_path / "dist"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(MOMENT))
    monkeypatch.setenv(SIGNER, f"{signer} -with-a-key")
    assert main(["--output", str(output)]) == 0
    assert " MiB, installed " in capsys.readouterr().out
    (package,), (listed,) = output.glob("*.msi"), output.glob("*.cdx.json")
    assert package.read_bytes().endswith(b"signed")
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=output, check=False)
    assert done.returncode == 0
    sums = (output / "SHA256SUMS").read_text()
    assert sorted(line.split()[1] for line in sums.splitlines()) == sorted(
        [package.name, listed.name]
    )
    locks = "".join(lock.read_text() for lock in (*LIBRARY_LOCKS, RUNTIME_LOCK))
    parts = json.loads(listed.read_text())["components"]
    assert {"cryptography", "pywin32", "tuf", "cpython"} <= {p["name"] for p in parts}
    for part in parts:
        assert f"--hash=sha256:{part['hashes'][0]['content']}" in locks, part["name"]

    monkeypatch.setenv(SIGNER, "false")
    assert main(["--output", str(tmp_path / "unsigned")]) == 1
    assert "msi: false failed (1)" in capsys.readouterr().err
    assert not (tmp_path / "unsigned" / "SHA256SUMS").exists()


def test_it_carries_what_it_needs_and_no_more(built: tuple[Path, Path]) -> None:
    """The agent and all licences are in it, a collector and tests not; it is small."""
    tree = built[0].parent / "tree"
    inside = {item.name for item in (tree / "app").iterdir()}
    assert inside == {"agent", "policies", "service", "wire"}
    found = [item for item in tree.rglob("*") if item.is_file()]
    assert sum(item.stat().st_size for item in found) < MOST_INSTALLED
    assert not [item for item in found if "tests" in item.relative_to(tree).parts]
    for library in (tree / "site").glob("*.dist-info"):
        texts = [item.name.lower() for item in library.rglob("*") if item.is_file()]
        assert any("licen" in name for name in texts), library.name
    assert files(tree).count("<Component ") == len(found) - 2
