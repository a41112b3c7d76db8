# SPDX-License-Identifier: Apache-2.0
"""The installed agent takes releases on Windows by itself, and takes them back.

Rules: a real collector publishes real packages, signed by two of three keys; the
agent's own look, the system's own service and Windows Installer do the rest.
Stated limits of Wine 8: it does not tell a package that it is replaced, and holds to no
account, so that whose right each step needs was not seen.
Not here: refusals one by one (`tests/unit/agent/test_updates_trusted.py`), installing
by hand (`test_wine_package.py`).
"""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from collector_process import Collector, collector
from updating_room import Releases, bend, releases
from windows_package_room import RUNNING, Machine, machine, packages, release_of
from wine_fixture import path

from wire.release import __version__

pytestmark = [
    pytest.mark.wine,
    pytest.mark.packaging,
    pytest.mark.slow,
    pytest.mark.timeout(1500),
]
KIND = "msi amd64"
NEXT, MUTE = "9.1.0", "9.2.0"
LATER = """
import json, win32service as w
manager = w.OpenSCManager(None, None, w.SC_MANAGER_CONNECT)
service = w.OpenService(manager, "DiscreetAgentInstall", 0x5)
state, found = w.QueryServiceStatus(service)[1], w.QueryServiceConfig(service)
print(json.dumps([state, found[1], found[3]]))
"""
START = """
import win32service as w
manager = w.OpenSCManager(None, None, w.SC_MANAGER_CONNECT)
service = w.OpenService(manager, "DiscreetAgentInstall", w.SERVICE_START)
w.StartService(service, None)
print("null")
"""
STOPPED, ON_DEMAND = 1, 3
PROGRAMS = r"C:\Program Files\Discreet\Agent"


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Collector]:
    """Yield a collector that runs on Linux."""
    with collector(tmp_path / "server", "minimal") as made:
        yield made


@pytest.fixture
def by(outside: Collector, tmp_path: Path) -> Releases:
    """Return who publishes releases there."""
    return releases(outside, tmp_path)


@pytest.fixture
def wine(tmp_path: Path) -> Iterator[Machine]:
    """Yield a Windows on which nothing was installed."""
    (tmp_path / "windows").mkdir()
    with machine(tmp_path / "windows") as made:
        yield made


def ended(wine: Machine, slug: str, version: str, seconds: float = 300) -> None:
    """Wait until the installer says so, and until nothing of its work is left."""
    own = wine.data.with_name("AgentInstall")

    def said() -> bool:
        told = own / "outcome"
        return told.exists() and told.read_text().startswith(f"{slug} {version} ")

    wine.wait_until(f"{slug} {version}", said, seconds)
    wine.wait_until("the copy goes", lambda: not (own / "program").exists(), 120)
    state, start, command = wine.windows.told(LATER)
    assert (state, start) == (STOPPED, ON_DEMAND)
    assert command == rf'"{PROGRAMS}\pythonw.exe" -I -m service.windows_install'


def runs(wine: Machine, release: str) -> bool:
    """Tell whether a release is what is installed, or about to be."""
    with suppress(FileNotFoundError):  # the one before goes first
        code = wine.programs / "app/wire/release.py"
        return f'"{release}"' in code.read_text()
    return False


def version(wine: Machine) -> str:
    """Return the version of the agent that runs."""
    assert wine.state() == RUNNING
    return wine.agent("--version").stdout.split()[-1]


def look(wine: Machine) -> None:
    """Have the service look now."""
    wine.agent("agent", "stop", module="service")
    wine.start("--now")


def test_an_agent_updates_itself_and_goes_back(
    wine: Machine, by: Releases, tmp_path: Path
) -> None:
    """A signed release is taken; a tampered one, and one that is not heard of, is not.

    The one that is not heard of runs, and is taken back by the machine itself.
    """
    first, _ = packages(tmp_path)
    second = release_of(tmp_path / "tree", tmp_path, NEXT)
    url = f"https://127.0.0.1:{by.collector.port}"
    anchor = f"UPDATE_ROOT={path(by.anchor)}"
    wine.install(first, f"ENROL_URL={url}", f"TOKEN={by.collector.token()}", anchor)
    wine.wait_for("enrolled")
    by.add(first, __version__, KIND)
    by.add(second, NEXT, KIND)
    identity = (wine.data / "identity.cbor").read_bytes()

    before = bend(by.served(NEXT))
    assert "metadata names" in wine.agent("update", code=9).stderr
    by.served(NEXT).write_bytes(before)
    assert NEXT in wine.agent("update").stdout
    waiting = wine.data / f"update/packages/discreet-agent_{NEXT}_amd64.msi"
    bend(waiting)
    wine.windows.told(START)
    own = wine.data.with_name("AgentInstall")
    wine.wait_until("it is begun", (own / "metadata").exists, 120)
    wine.wait_until("it is refused", lambda: not (own / "program").exists(), 120)
    assert version(wine) == __version__
    assert not (own / "outcome").exists()

    look(wine)
    ended(wine, "updated", NEXT)
    assert version(wine) == NEXT
    assert (wine.data / "identity.cbor").read_bytes() == identity
    assert [one.name for one in (own / "way-back").iterdir()] == [
        f"discreet-agent_{NEXT}_amd64.msi"
    ]

    by.add(release_of(tmp_path / "tree", tmp_path, MUTE, mute=True), MUTE, KIND)
    look(wine)
    wine.wait_until("it is tried", lambda: runs(wine, MUTE), 300)
    ended(wine, "rolled-back", MUTE)
    assert version(wine) == NEXT
    assert (wine.data / "identity.cbor").read_bytes() == identity
    said = wine.agent("update").stdout
    assert "that release was tried here and did not work" in said

    wine.uninstall(second)
    assert not wine.data.parent.exists()
    shutil.rmtree(tmp_path / "tree")
