# SPDX-License-Identifier: Apache-2.0
"""The Windows package, installed silently, until nothing of it is left.

Rules: the real package and service manager under Wine, a real collector on Linux; what
Wine cannot show is in `tests/windows_package_room.py`.
Not here: what is in the package's tables (`tests/contract/test_windows_package.py`).
"""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from collector_process import Collector, collector
from windows_package_room import (
    ABSENT,
    RUNNING,
    STOPPED,
    Machine,
    machine,
    packages,
)
from wine_fixture import WINE

pytestmark = [pytest.mark.wine, pytest.mark.packaging, pytest.mark.slow]
WRONG = "discreet1-nonsense"
RIGHTS = r"""
import json, sys, win32security as s
found = {}
for name in sys.argv[1:]:
    rights = s.GetNamedSecurityInfo(name, s.SE_FILE_OBJECT, 5)
    found[name] = s.ConvertSecurityDescriptorToStringSecurityDescriptor(rights, 1, 4)
print(json.dumps(found))
"""
OURS = r"""
import json, winreg
def below(path):
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
            count = winreg.QueryInfoKey(key)[0]
            return [winreg.EnumKey(key, number) for number in range(count)]
    except OSError:
        return []
services = r"SYSTEM\CurrentControlSet\Services"
found = below(services) + below(services + r"\EventLog\Application")
uninstall = r"Software\Microsoft\Windows\CurrentVersion\Uninstall"
for name in below(uninstall):
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, uninstall + "\\" + name) as key:
        try:
            found.append(winreg.QueryValueEx(key, "DisplayName")[0])
        except OSError:
            pass
print(json.dumps([one for one in found if "discreet" in one.lower()]))
"""
ENTRY = "What Discreet reads here"
MENU = f"**/Start Menu/Programs/{ENTRY}*"
PAGE = """
import json, time
from agent.errors import AgentError
from agent.window.asking import ask
until = time.monotonic() + 60
while True:
    try:
        print(json.dumps(ask("page en").decode()[:80]))
        break
    except AgentError:
        if time.monotonic() > until:
            raise
        time.sleep(0.5)
"""
CONFIGURED = r"""
import json, win32service as w
manager = w.OpenSCManager(None, None, w.SC_MANAGER_CONNECT)
service = w.OpenService(manager, "DiscreetAgent", w.SERVICE_QUERY_CONFIG)
found = w.QueryServiceConfig(service)
waits = w.QueryServiceConfig2(service, w.SERVICE_CONFIG_PRESHUTDOWN_INFO)
print(json.dumps([found[1], found[3], found[7], waits]))
"""
DISABLED = """
import win32service as w
manager = w.OpenSCManager(None, None, w.SC_MANAGER_CONNECT)
service = w.OpenService(manager, "DiscreetAgent", w.SERVICE_CHANGE_CONFIG)
same = w.SERVICE_NO_CHANGE
w.ChangeServiceConfig(
    service, same, w.SERVICE_DISABLED, same, "nonsense", *[None, 0, *[None] * 4])
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Build this package and a newer one."""
    return packages(tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="module")
def wine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Give a Windows."""
    with machine(tmp_path_factory.mktemp("windows")) as made:
        yield made


@pytest.fixture
def clean(wine: Machine, built: tuple[Path, Path]) -> Iterator[Machine]:
    """Give a Windows without the package, whatever the test does."""
    yield wine
    if wine.programs.exists() or wine.state() != ABSENT:
        for package in built:
            subprocess.run(
                [WINE / "wine64", "msiexec", "/x", package, "/qn"],
                env=wine._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
    shutil.rmtree(wine.data.parent, ignore_errors=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Run a collector on Linux."""
    with collector(tmp_path_factory.mktemp("msi") / "collector") as running:
        yield running


def test_from_silent_installation_to_nothing_left(
    clean: Machine, built: tuple[Path, Path], made: Collector
) -> None:
    """Installed it runs, enrols, ships; upgraded it goes on; removed, all is gone."""
    this, newer = built
    url, enrol_file = f"https://127.0.0.1:{made.port}", clean.data / "enrol.toml"
    clean.install(this, f"ENROL_URL={url}", f"TOKEN={made.token()}")
    assert clean.state() == RUNNING
    start, command, account, waits = clean.windows.told(CONFIGURED)
    assert (start, account, waits) == (2, r"NT SERVICE\DiscreetAgent", 20_000)
    programs = r"C:\Program Files\Discreet\Agent"
    assert command == rf'"{programs}\python.exe" -I -m service agent run --wait'
    assert clean.windows.told(OURS) == [
        *("DiscreetAgent", "DiscreetAgentInstall", "DiscreetAgent"),
        "Discreet agent",
    ]
    clean.wait_for("enrolled")
    assert clean.windows.told(PAGE).startswith("<!doctype html>")
    assert [one.name for one in clean.drive.glob(MENU)] == [f"{ENTRY}.lnk"]
    clean.wait_until("it leaves no token", lambda: not enrol_file.exists())
    clean.agent("agent", "stop", module="service")
    assert clean.state() == STOPPED
    clean.start("--now")
    clean.wait_for("ship")
    told = made.ask(
        *("query", "--purpose", "administration", "--reason", "test"),
        *("--format", "json", 'SELECT "os.type" FROM operating_systems'),
    )
    assert "windows" in told
    clean.agent("agent", "reload", module="service")
    identity = (clean.data / "identity.cbor").read_bytes()
    clean.upgrade(this, newer)
    assert clean.state() == RUNNING
    assert (clean.data / "identity.cbor").read_bytes() == identity
    assert "agent: running" in clean.agent("agent", "status", module="service").stdout
    clean.uninstall(newer)
    assert clean.state() == ABSENT
    assert clean.windows.told(OURS) == []
    assert list(clean.drive.glob(MENU)) == []
    left = list(clean.programs.parent.glob("*"))  # Wine leaves the folder above
    assert left == []
    assert not clean.data.parent.exists()


def test_a_wrong_token_is_told_and_the_service_runs(
    clean: Machine, built: tuple[Path, Path]
) -> None:
    """With a token that is none the service runs, and says so without showing it."""
    clean.install(built[0], f"TOKEN={WRONG}")
    assert clean.state() == RUNNING
    assert clean.wait_for("not-enrolled")["reason"] == "enrol-file-wrong"
    said = clean.agent("status", code=3).stderr
    assert "enrol.toml" in said
    assert WRONG not in said + (clean.data / "agent.log").read_text()


def test_nobody_else_writes_what_it_runs_or_keeps(
    clean: Machine, built: tuple[Path, Path]
) -> None:
    """Others may run the programs and do nothing more; the data is closed to them."""
    clean.install(built[0])
    folders = [r"C:\Program Files\Discreet", r"C:\Program Files\Discreet\Agent"]
    folders += [r"C:\ProgramData\Discreet", r"C:\ProgramData\Discreet\Agent"]
    found = clean.windows.told(RIGHTS, *folders)
    assert isinstance(found, dict)
    for name in folders:
        assert "FA;;;WD" not in found[name], name
        assert "FA;;;SY" in found[name], name
    assert ";WD)" not in found[folders[3]]


def test_a_folder_that_others_made_is_set_aside(
    clean: Machine, built: tuple[Path, Path]
) -> None:
    """What somebody had put in the data directory's place is not believed."""
    clean.data.mkdir(parents=True)
    clean.data.parent.chmod(0o777)
    (clean.data / "agent.toml").write_text('proxy = "http://elsewhere.example:1"\n')
    clean.install(built[0])
    assert clean.state() == RUNNING
    assert "elsewhere" not in (clean.data / "agent.toml").read_text()
    aside = clean.data.parent.with_name("Discreet.not-ours-1")
    assert (aside / "Agent" / "agent.toml").exists()
    shutil.rmtree(aside)


def test_a_broken_installation_is_made_whole(
    clean: Machine, built: tuple[Path, Path]
) -> None:
    """Over what is damaged, halved and stopped, a newer one installs and runs."""
    clean.install(built[0])
    clean.agent("agent", "stop", module="service")
    shutil.rmtree(clean.programs / "app" / "wire")
    (clean.programs / "python311.dll").write_bytes(b"damaged")
    clean.install(built[1])
    assert clean.state() == RUNNING
    clean.agent("--version")


def test_a_repair_makes_it_whole(clean: Machine, built: tuple[Path, Path]) -> None:
    """Damaged programs and a service set to nothing are as they were; data stays."""
    clean.install(built[0])
    clean.agent("agent", "stop", module="service")
    (clean.data / "agent.toml").write_text('log = "warning"\n')
    shutil.rmtree(clean.programs / "app" / "wire")
    (clean.programs / "agent.toml").write_bytes(b"damaged")
    clean.windows.python("-c", DISABLED)
    clean.repair(built[0])
    assert clean.state() == RUNNING
    start, command, account, _ = clean.windows.told(CONFIGURED)
    assert (start, account) == (2, r"NT SERVICE\DiscreetAgent")
    assert command.endswith("-I -m service agent run --wait")
    clean.agent("--version")
    assert b"damaged" not in (clean.programs / "agent.toml").read_bytes()
    assert (clean.data / "agent.toml").read_text() == 'log = "warning"\n'


def test_a_locked_file_does_not_stop_an_upgrade(
    clean: Machine, built: tuple[Path, Path]
) -> None:
    """While somebody runs the old programs, the new ones are installed and run."""
    clean.install(built[0])
    held = subprocess.Popen(
        [
            *(WINE / "wine64", clean.programs / "python.exe", "-I", "-c"),
            "import sqlite3, time; time.sleep(3600)",
        ],
        env=clean._environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        clean.install(built[1])
        assert clean.state() == RUNNING
        assert held.poll() is None
    finally:
        held.kill()
        held.communicate(timeout=60)
