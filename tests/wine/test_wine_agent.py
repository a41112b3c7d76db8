# SPDX-License-Identifier: Apache-2.0
"""The agent on Windows, from preview to a query at a collector on Linux.

Rules: Windows Python and Windows libraries; the collector is the installed one.
Not here: single primitives (`test_wine_host.py`), the child (`test_wine_child.py`).
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from collector_process import Collector, collector
from wine_fixture import Windows, path

from agent.collectors import collectors
from agent.gathering import OWN
from wire.catalogue import System
from wire.policy_check import PLACES

pytestmark = [pytest.mark.wine, pytest.mark.slow]
MISSING = {
    "crashes": "Wine has no event log",
    "disk_encryption": "Wine has no BitLocker",
    "disk_health": "Wine has no storage service",
    "dns_resolvers": "Wine asks Linux for its resolvers",
    "event_counts": "Wine has no event log",
    "event_logs": "Wine has no event log",
    "event_templates": "Wine has no event log",
    "group_members": "Wine tells no local groups",
    "logins": "Wine has no event log",
    "scheduled_tasks": "Wine's Task Scheduler answers to no name",
    "shares": "Wine serves no files",
}
"""Readers that are shown on recorded rows only, and why."""
READ = sorted(
    name
    for name, item in collectors().items()
    if System.WINDOWS in item.readers and name not in MISSING.keys() | PLACES
)
"""No preset can name the networks on which alone what tells of a place is read."""
FOUND = {"ok", "none-found"}
METRICS = """
format = 1
name = "own"
[purpose.provision]
instruction = "test"
readers = ["technician"]
[purpose.provision.retention.metrics]
keep = "90d"
[purpose.provision.dataset.agent_metrics]
retention = "metrics"
every = "15m"
[purpose.provision.dataset.agent_metrics.columns]
"process.cpu.time" = "keep"
"process.memory.usage" = "keep"
"""
HOLD = (
    "import sys; from pathlib import Path; from agent.host.lock import sole\n"
    "with sole(Path(sys.argv[1])):\n"
    "    Path(sys.argv[2]).touch()\n"
    "    import time; time.sleep(600)\n"
)
OPEN = (
    "import sys, win32security as s, win32con as c\n"
    "found = s.GetNamedSecurityInfo(sys.argv[1], s.SE_FILE_OBJECT, 4)\n"
    "rights = found.GetSecurityDescriptorDacl()\n"
    "everyone = s.ConvertStringSidToSid('S-1-1-0')\n"
    "rights.AddAccessAllowedAceEx(s.ACL_REVISION_DS, 3, c.GENERIC_ALL, everyone)\n"
    "kind = s.SE_FILE_OBJECT\n"
    "s.SetNamedSecurityInfo(sys.argv[1], kind, 4, None, None, rights, None)\n"
)
LISTED = (
    "import sys, json, win32security as s\n"
    "found = s.GetNamedSecurityInfo(sys.argv[1], s.SE_FILE_OBJECT, 4)\n"
    "rights = found.GetSecurityDescriptorDacl()\n"
    "aces = [rights.GetAce(i) for i in range(rights.GetAceCount())]\n"
    "sids = [s.ConvertSidToStringSid(ace[2]) for ace in aces if ace[1] & 2]\n"
    "print(json.dumps(sids))\n"
)
PROGRAM = (
    "import winreg\n"
    "key = winreg.CreateKey(winreg.HKEY_CURRENT_USER, r'Software\\Microsoft\\Windows'\n"
    "    r'\\CurrentVersion\\Uninstall\\Discreet Test')\n"
    "winreg.SetValueEx(key, 'DisplayName', 0, winreg.REG_SZ, 'Discreet Test Program')\n"
    "winreg.SetValueEx(key, 'DisplayVersion', 0, winreg.REG_SZ, '4.2')\n"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Run a collector on Linux."""
    with collector(tmp_path_factory.mktemp("wine") / "collector") as running:
        yield running


def test_preview_reads_windows(windows: Windows, tmp_path: Path) -> None:
    """Before enrolment, preview shows what leaves of each dataset that Windows has."""
    done = windows.agent(tmp_path / "none", "preview", "--json", "--policy", "full")
    outcomes: dict[str, set[str]] = {}
    for section in json.loads(done.stdout)["datasets"]:
        outcomes.setdefault(section["dataset"], set()).add(section["outcome"])
    for name in READ:
        assert outcomes.pop(name) <= FOUND, name
    for name in OWN:
        assert outcomes.pop(name, {"ok"}) == {"ok"}, name
    assert set.union(*outcomes.values(), set()) <= {"unsupported"}
    assert not (tmp_path / "none").exists()


def test_the_agent_measures_itself(windows: Windows, tmp_path: Path) -> None:
    """What the agent costs on Windows is in its own metrics."""
    policy = tmp_path / "own.toml"
    policy.write_text(METRICS)
    done = windows.agent(
        tmp_path / "none", "preview", "--json", "--policy", path(policy)
    )
    (section,) = json.loads(done.stdout)["datasets"]
    (row,) = section["rows"]
    assert section["outcome"] == "ok"
    assert row["process.memory.usage"] > 1_000_000
    assert row["process.cpu.time"] > 0


def test_from_windows_to_a_query(
    windows: Windows, made: Collector, tmp_path: Path
) -> None:
    """What Windows tells is sealed, shipped, and read by a person on the server."""
    windows.python("-c", PROGRAM)
    state = tmp_path / "agent"
    windows.agent(state, "enrol", made.token())
    report = json.loads(windows.agent(state, "once", "--json").stdout)
    outcomes = {
        item["collector"]: item["outcome"] for item in report["report"]["outcomes"]
    }
    assert {name for name in READ if outcomes[name] not in FOUND} == set()
    assert report["report"]["withheld"] == 0
    assert report["sent"]["envelopes"] > 0
    asked = ("query", "--purpose", "administration", "--reason", "test")
    told = made.ask(
        *asked, "--format", "json", 'SELECT "os.type", "os.name" FROM operating_systems'
    )
    assert [json.loads(line)["os.type"] for line in told.splitlines()] == ["windows"]
    told = made.ask(
        *asked,
        "--format",
        "json",
        "SELECT version FROM software WHERE name = 'Discreet Test Program'",
    )
    assert [json.loads(line)["version"] for line in told.splitlines()] == ["4.2"]
    status = json.loads(windows.agent(state, "status", "--json").stdout)
    assert (status["waiting"], status["refused"]) == (0, 0)
    windows.agent(state, "ledger")


def test_only_its_owner_may_write(
    windows: Windows, made: Collector, tmp_path: Path
) -> None:
    """The state directory is the agent's alone; one others write is refused."""
    state = tmp_path / "agent"
    windows.agent(state, "enrol", made.token())
    listed = windows.told(LISTED, path(state))
    assert isinstance(listed, list)
    assert "S-1-1-0" not in listed
    windows.python("-c", OPEN, path(state))
    assert "S-1-1-0" in str(windows.told(LISTED, path(state)))
    told = windows.agent(state, "enrol", made.token(), code=7).stderr
    assert "others can write the state directory" in told


def test_a_device_leaves(windows: Windows, made: Collector, tmp_path: Path) -> None:
    """`forget` takes leave, and nothing of the device is left on the machine."""
    state = tmp_path / "agent"
    windows.agent(state, "enrol", made.token())
    windows.agent(state, "forget", "--yes")
    assert list(state.glob("*")) == []


def test_one_agent_at_a_time(windows: Windows, made: Collector, tmp_path: Path) -> None:
    """While one agent works in a directory, another one says so and ends."""
    state = tmp_path / "agent"
    windows.agent(state, "enrol", made.token())
    ready = tmp_path / "ready"
    holder = subprocess.Popen(
        windows.command("-c", HOLD, path(state / "agent.lock"), path(ready)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        while not ready.exists():
            assert holder.poll() is None
        assert "stop it" in windows.agent(state, "once", code=7).stderr
    finally:
        holder.kill()
        holder.communicate(timeout=200)
    windows.agent(state, "once")


def test_the_resident_agent_passes_ships_and_survives_a_kill(
    windows: Windows, made: Collector, tmp_path: Path
) -> None:
    """`run` passes and ships by itself; killed, it has lost nothing."""
    state = tmp_path / "agent"
    windows.agent(state, "enrol", made.token())
    agent = subprocess.Popen(
        windows.command("-m", "agent", "--state", path(state), "run", "--now"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert agent.stderr is not None
    try:
        assert any(b'"ship"' in line for line in agent.stderr)
    finally:
        agent.kill()
        agent.communicate(timeout=200)
    windows.agent(state, "once")
    windows.agent(state, "ledger")
    status = json.loads(windows.agent(state, "status", "--json").stdout)
    assert (status["waiting"], status["refused"]) == (0, 0)
