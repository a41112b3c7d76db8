# SPDX-License-Identifier: Apache-2.0
"""The built collector on a machine that systemd runs: from installation to removal.

Rules: the real package, its unit and user, a real systemd; an agent outside enrols and
ships to it.
Not here: what is in the package (`test_packages.py`), its image (`test_image.py`).
"""

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from collector_process import free_port, run
from machine_fixture import Machine, machine
from package_fixture import built

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(1500)]

SERVER, PLACE = "discreet-server", "/var/lib/discreet-server"
UNIT = f"{SERVER}.service"
AS_SERVER = ("runuser", "-u", SERVER, "--", SERVER, "--directory", PLACE)
READ = ("query", "--purpose", "administration", "--reason", "a test")
SYSTEMS = "SELECT * FROM operating_systems"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Machine]:
    """Yield a machine on which nothing was installed."""
    with machine(tmp_path, megabytes=1200) as made:
        yield made


def deb() -> Path:
    """Return the collector's package."""
    return next(built("server", "deb").glob("*.deb"))


def newer(package: Path, folder: Path) -> Path:
    """Return the same package with a higher version."""
    tree, made = folder / "newer", folder / "newer.deb"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control = tree / "DEBIAN" / "control"
    text = control.read_text()
    control.write_text(text.replace("\nVersion: ", "\nVersion: 99."))
    command = ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z1", "-b", tree, made]
    subprocess.run(command, check=True, capture_output=True)
    return made


def running(host: Machine) -> int:
    """Return the service's process; it must be active."""
    state, pid = host.unit(UNIT, "ActiveState", "MainPID")
    assert state == "active", host.journal()
    return int(pid)


def read(host: Machine) -> str:
    """Return what somebody who may sees of what arrived."""
    asked = (*AS_SERVER, *READ, SYSTEMS)
    host.await_("it lets people read", shlex.join(asked))  # its keeper begins first
    return host.ask(*asked)


def test_a_collector_lives_and_leaves(host: Machine, tmp_path: Path) -> None:
    """It waits to be made, serves, drains, is upgraded and rebooted, and taken off.

    What was collected ends by the keeper, never by a package manager: it is there
    still, and who installs the package again can read it.
    """
    package = deb()
    host.ask("dpkg", "-i", host.put(package))
    assert host.unit(UNIT, "ActiveState", "ConditionResult") == ["inactive", "no"]
    port = free_port()
    url = f"https://127.0.0.1:{port}"
    init = ("init", "--tenant", "Test", "--url", url, "--policy", "standard")
    host.ask(*AS_SERVER, *init)
    host.ask("systemctl", "start", UNIT)
    running(host)
    state = tmp_path / "agent"
    token = host.ask(*AS_SERVER, "token").split()[-1]
    run("discreet-agent", "enrol", token, state=state)
    run("discreet-agent", "once", state=state)
    assert "linux" in read(host)

    host.ask("systemctl", "stop", UNIT)
    result, state_now = host.unit(UNIT, "Result", "ActiveState")
    assert (result, state_now) == ("success", "inactive"), (
        "it drains and ends by itself"
    )
    assert run("discreet-agent", "once", state=state, fails=True).stderr
    host.ask("systemctl", "start", UNIT)
    run("discreet-agent", "once", state=state)

    before = running(host)
    host.ask("dpkg", "-i", host.put(newer(package, tmp_path)))
    assert running(host) != before
    assert "linux" in read(host)
    run("discreet-agent", "once", state=state)

    host.reboot()
    host.await_("it is there again", f"systemctl is-active -q {UNIT}")
    run("discreet-agent", "once", state=state)
    assert "linux" in read(host)

    host.ask("dpkg", "--purge", SERVER)
    for gone in (f"usr/lib/{SERVER}", f"usr/bin/{SERVER}", f"etc/{SERVER}"):
        assert not (host.root / gone).exists()
    assert not host.shell(f"systemctl list-unit-files | grep {SERVER} || true")
    host.ask("dpkg", "-i", host.put(package))
    running(host)
    assert "linux" in read(host)
