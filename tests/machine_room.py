# SPDX-License-Identifier: Apache-2.0
"""What tests of installed agents have in common: packages, enrolment, the service.

Rules: packages are those that `make packages` builds.
Not here: the machine (`machine_fixture.py`), updates (`updating_room.py`).
"""

import subprocess
from pathlib import Path

from collector_process import Collector
from machine_fixture import Machine
from package_fixture import built

UNIT = "discreet-agent.service"
NOW = """[Service]
ExecStart=
ExecStart=/usr/lib/discreet-agent/bin/python3 -I -m service agent run --wait --now
RestartSec=1
WatchdogSec={watchdog}
"""
LEFT = r"""
find / -xdev -iname '*discreet*' ! -path '/root/*' ! -path '/run/log/*'
getent passwd | grep discreet
getent group | grep discreet
grep -rl discreet /etc /var/lib/systemd /var/lib/dpkg --exclude='*-' --exclude='*-old'
"""


def deb() -> Path:
    """Return the agent's package."""
    return next(built("agent", "deb", "rpm", "tarball").glob("*.deb"))


def newer(package: Path, folder: Path, setting: str = "") -> Path:
    """Return the same package with a higher version, and perhaps another setting."""
    tree = folder / "newer"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    with (tree / "etc" / "discreet-agent" / "agent.toml").open("a") as settings:
        settings.write(setting)
    control = tree / "DEBIAN" / "control"
    text = control.read_text()
    control.write_text(text.replace("\nVersion: ", "\nVersion: 99."))
    made = folder / "newer.deb"
    command = ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z1", "-b", tree, made]
    subprocess.run(command, check=True, capture_output=True)
    return made


def preseed(host: Machine, of: Collector) -> None:
    """Lay out what enrols a machine that nobody sits at."""
    url, token = f"https://127.0.0.1:{of.port}", of.token()
    text = f'url = "{url}"\ntoken = "{token}"\n'
    host.write("/etc/discreet-agent/enrol.toml", text, 0o600)


def running(host: Machine) -> int:
    """Return the service's process; it must be active."""
    state, pid = host.unit(UNIT, "ActiveState", "MainPID")
    assert state == "active", host.journal()
    return int(pid)
