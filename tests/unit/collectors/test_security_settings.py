# SPDX-License-Identifier: Apache-2.0
"""Security settings: the SSH server's files in their order, and who may not read.

Rules: recorded trees; hostile files end in an outcome.
Not here: whole machines (`_examples/security_settings.py`).
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.collectors import collector
from agent.collectors._linux.apt_settings import automatic_updates, parse_apt
from agent.errors import DeniedError, HostError, NotFoundError
from agent.host.interface import RootVerb
from agent.host.linux import LinuxHost
from agent.host.sshd import LINUX, settings
from agent.rows import Want
from tests.host_fixture import EVERY_ROOT_COLUMN, recorded_host, write_tree
from wire.catalogue import System

MAIN = "/etc/ssh/sshd_config"
READ = collector("security_settings").readers[System.LINUX]
EXAMPLES = [
    example
    for example in collector("security_settings").examples
    if example.system is System.LINUX
]


def machine(tmp_path: Path, files: Mapping[str, bytes], euid: int = 0) -> LinuxHost:
    """Return a machine of recorded files."""
    write_tree(tmp_path, files)
    return LinuxHost(str(tmp_path), allowed=EVERY_ROOT_COLUMN, facts={"euid": euid})


def root_login(host: LinuxHost) -> tuple[str, str]:
    """Return whether root may sign in, and what says so."""
    name = "ssh.permit_root_login"
    found = {row["setting"]: row for row in settings(host, LINUX)}
    return found[name]["value"], found[name]["source"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ("prohibit-password", "default")),
        (b"permitROOTlogin=yes", ("yes", "sshd-config")),
        (b'PermitRootLogin "no" # never', ("no", "sshd-config")),
        (b"PermitRootLogin without-password", ("prohibit-password", "sshd-config")),
        (b"PermitRootLogin no\nPermitRootLogin yes", ("no", "sshd-config")),
        (b"Match all\nPermitRootLogin yes", ("prohibit-password", "default")),
        (b"#PermitRootLogin yes\n\t PermitRootLogin\tno", ("no", "sshd-config")),
    ],
)
def test_the_first_value_counts(
    data: bytes, expected: tuple[str, str], tmp_path: Path
) -> None:
    """A keyword has its first value, outside of blocks for some people only."""
    assert root_login(machine(tmp_path, {MAIN: data})) == expected


def test_includes_in_their_place(tmp_path: Path) -> None:
    """What is included counts where it stands, and a Match ends with its file."""
    host = machine(
        tmp_path,
        {
            MAIN: b"Include sshd_config.d/*.conf\nPermitRootLogin yes\n",
            "/etc/ssh/sshd_config.d/10.conf": b"Match User x\nPermitRootLogin yes\n",
            "/etc/ssh/sshd_config.d/20.conf": b"PermitRootLogin no\n",
        },
    )
    assert root_login(host) == ("no", "sshd-config")


@pytest.mark.parametrize(
    "line",
    [
        b"Include /etc/shadow",
        b"Include ../shadow",
        b"Include /etc/ssh/../shadow",
        b"Include */x.conf",
        b"Include sshd_config",
    ],
)
def test_an_include_leads_nowhere_else(line: bytes, tmp_path: Path) -> None:
    """A file outside of the server's folders is not opened, and a loop ends."""
    host = machine(tmp_path, {MAIN: line, "/etc/shadow": b"PermitRootLogin yes"})
    with pytest.raises(HostError):
        settings(host, LINUX)


def test_root_side_tells_declared_columns_only(tmp_path: Path) -> None:
    """Root's side answers the settings, in the asked columns."""
    host = machine(tmp_path, {MAIN: b"PermitRootLogin no\nHostKey /secret\n"})
    found = host.ask_root(RootVerb.READ_SSH_SERVER, frozenset({"value"}))
    assert found == [{"value": v} for v in ("no", "yes", "yes", "no", "absent")]
    with pytest.raises(DeniedError):
        host.ask_root(RootVerb.READ_SSH_SERVER, frozenset({"hostkey"}))


def test_no_server_has_no_settings(tmp_path: Path) -> None:
    """Where the server has no file, root's side has no row."""
    host = machine(tmp_path, {"/etc/passwd": b""})
    columns = frozenset({"setting"})
    assert host.ask_root(RootVerb.READ_SSH_SERVER, columns) == []
    with pytest.raises(NotFoundError):
        settings(host, LINUX)


def test_a_source_that_does_not_tell_is_counted(tmp_path: Path) -> None:
    """Settings that could not be read are counted, and the others are told."""
    skipped = []
    for index, example in enumerate(EXAMPLES):
        folder = tmp_path / str(index)
        folder.mkdir()
        want = Want(frozenset({"setting", "value"}))
        skipped.append(READ(recorded_host(example, folder), want).skipped)
    assert skipped == [0, 0, 1, 0]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "off"),
        (b'APT::Periodic::Unattended-Upgrade "1";', "install"),
        (b'apt::periodic { UNATTENDED-UPGRADE "7"; };', "install"),
        (b'APT::Periodic::Unattended-Upgrade "1"; // "0"\n', "install"),
        (b'// APT::Periodic::Unattended-Upgrade "1";', "off"),
        (b'/* APT::Periodic::Unattended-Upgrade "1"; */', "off"),
        (
            b'APT::Periodic { Unattended-Upgrade "1"; Unattended-Upgrade "0"; };',
            "off",
        ),
        (b'APT::Periodic::Unattended-Upgrade "1";#clear APT::Periodic;', "off"),
        (
            b'APT::Periodic::Enable "0";APT::Periodic::Unattended-Upgrade "1";',
            "off",
        ),
        (b'APT::Periodic::Update-Package-Lists "1";', "check"),
        (b'APT::Periodic::Download-Upgradeable-Packages "always";', "download"),
    ],
)
def test_what_apt_does_by_itself(data: bytes, expected: str) -> None:
    """The last setting counts, whatever form it is written in."""
    assert automatic_updates(parse_apt(data), installs=True) == expected


def test_settings_without_the_program_install_nothing() -> None:
    """Where the program that installs is absent, its switch does nothing."""
    data = b'APT::Periodic { Unattended-Upgrade "1"; Update-Package-Lists "1"; };'
    assert automatic_updates(parse_apt(data), installs=False) == "check"
