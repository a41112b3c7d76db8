# SPDX-License-Identifier: Apache-2.0
"""What an inventory costs on the wire on its first day, and on the days after.

Rules: the real pass under the standard policy, inventories only, sealed to the real
spool; the recorded tree holds this machine's own files and differs in what is named.
Not here: time and memory (`bench/agent.py`).
"""

import shutil
import time
from pathlib import Path

from agent.catalogue import declared
from agent.host.interface import Host
from agent.host.linux import LinuxHost
from agent.identity import load, trusted
from agent.passes import pass_in_child
from agent.schedule import EVERYTHING
from agent.state import State
from bench.measure import Figure
from tools.demo_run import Demo
from wire.catalogue import Kind

FILES = (
    "/etc/group",
    "/etc/hostname",
    "/etc/os-release",
    "/etc/passwd",
    "/var/lib/dpkg/status",
)
FOLDERS = ("/etc/systemd/system", "/usr/lib/systemd/system")
DAY = 86_400
NEWCOMER = """
Package: newcomer
Status: install ok installed
Installed-Size: 20
Architecture: amd64
Version: 1.0-1
"""


def figures(demo: Demo) -> list[Figure]:
    """Measure sealed bytes of inventories.

    Args:
        demo: has a collector that runs.
    """
    tree = demo.folder / "tree"
    _copy(tree)
    still, real = _enrolled(demo, "still"), _enrolled(demo, "real")
    here = LinuxHost(str(tree), allowed=frozenset(), programs={})
    now = int(time.time())
    later = _later(still, now)
    first = _sealed(still, now, here)
    unchanged = _sealed(still, later, here)
    status = tree / "var/lib/dpkg/status"
    status.write_text(status.read_text() + NEWCOMER)
    changed = _sealed(still, later, here)
    all_of_it = _sealed(real, now)
    again = _sealed(real, later)
    named = "the first day"
    return [
        Figure("recorded inventory, first day", first, "bytes sealed"),
        Figure("the same, unchanged", unchanged, "bytes sealed", first, named),
        Figure("the same, one more package", changed, "bytes sealed", first, named),
        Figure("this machine's inventories, first day", all_of_it, "bytes sealed"),
        Figure("the same, as they then are", again, "bytes sealed", all_of_it, named),
    ]


def _copy(tree: Path) -> None:
    for name in FILES:
        if Path(name).exists():
            target = tree / name[1:]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(name, target)
    for name in FOLDERS:
        if Path(name).is_dir():
            shutil.copytree(name, tree / name[1:], symlinks=True)


def _enrolled(demo: Demo, name: str) -> State:
    """Return the state of a new device that sends inventories only."""
    state = State(demo.folder / name)
    token = demo.ask("discreet-server", "token", quiet=True).strip()
    place = ("--state", str(state.directory))
    demo.ask("discreet-agent", *place, "enrol", token, quiet=True)
    others = [
        f'"dataset:{dataset.name}"'
        for dataset in declared().datasets.values()
        if dataset.kind is not Kind.SNAPSHOT
    ]
    state.restrictions.write_text(f"deny = [{', '.join(others)}]\n")
    return state


def _later(state: State, now: int) -> int:
    """Return a day later, or the last second of an epoch that ends before that."""
    trust = trusted(state, load(state), now)
    ends = [key.end - 1 for key in trust.keys.keys if key.start <= now < key.end]
    return min(now + DAY, *ends)


def _sealed(state: State, now: int, host: Host | None = None) -> int:
    return pass_in_child(state, now, over=EVERYTHING, host=host).report.sealed.octets
