# SPDX-License-Identifier: Apache-2.0
"""Tests that an update may be cut off at every step, and the machine is whole after.

Rules: the real installer and the real dpkg, each killed by strace as a system call that
changes something is entered; whoever comes next, as a boot does, goes on from there.
Not here: what is refused (`tests/unit/agent/test_updates_installing.py`).
"""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from installer_room import Machine, has_dpkg, ready
from updates_room import DAY, KIND, NOW, updates_room

from agent.errors import StateError
from agent.state import State
from agent.updates import handover
from agent.updates.choosing import Here
from agent.updates.installing import work
from agent.updates.look import Found, Look, look
from agent.updates.mirror import from_folder
from wire.updates import Updates, Version

FIRST, SECOND = Version(0, 1, 0), Version(0, 2, 0)
CALLS = ("write", "fsync", "rename", "unlink", "vfork", "chmod")
LOOK_CALLS = ("write", "fsync", "rename", "unlink", "mkdir", "symlink")
DPKG_CALLS = ("write", "rename", "unlink", "fsync", "link", "ftruncate")
ENVIRONMENT = {
    "PYTHONPATH": "tests:tests/fault:.",
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
}
EVERY = int(os.environ.get("DISCREET_EVERY", "5"))
"""Of the steps so many apart are struck, the first another one for each call; `make
fault` strikes each."""

pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (has_dpkg() and shutil.which("strace")), reason="no dpkg or strace here"
    ),
]


@pytest.fixture(name="scene", scope="module")
def _scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("scene")
    with updates_room(folder) as (repository, client):
        yield ready(repository, client, folder)


def _copy(scene: Machine, folder: Path) -> Machine:
    """Return a copy of the scene that may be broken."""
    shutil.copytree(scene.folder, folder / "machine", symlinks=True)
    shutil.copytree(scene.agent, folder / "update", symlinks=True)
    return Machine(folder / "machine", folder / "update", scene.anchor, {"0.2.0"})


INSTALL = """
import sys; from pathlib import Path; from installer_room import Machine
from agent.updates.installing import work
folder, agent, anchor, works = sys.argv[1:]
work(Machine(Path(folder), Path(agent), Path(anchor), {works}).bench())
"""
LOOK = """
import sys; from pathlib import Path; from test_updates_kills import looked
looked(*map(Path, sys.argv[1:]))
"""


def looked(state: Path, source: Path, anchor: Path) -> Found:
    """Look for an update in what another agent has fetched."""

    def fetch(path: str) -> Iterator[bytes]:
        return from_folder(source, path)

    here = Here(FIRST, KIND, bytes(32))
    it = Look(State(state), here, Updates("stable"), anchor, fetch, now=NOW)
    return look(it, take=True)


def _life(machine: Machine, options: Sequence[str]) -> None:
    """Let the installer live once, in a process that strace watches."""
    arguments = (machine.folder, machine.agent, machine.anchor, *machine.works)
    _watched(INSTALL, arguments, options)


def _watched(
    program: str, arguments: Sequence[str | Path], options: Sequence[str]
) -> None:
    command = ["strace", *options, sys.executable, "-c", program]
    subprocess.run(
        [*command, *(str(one) for one in arguments)],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
        timeout=300,
    )


def _steps(scene: Machine, folder: Path) -> dict[str, int]:
    """Return how often the installer makes each call, while it is left alone."""
    log = folder / "log"
    calls = ",".join(CALLS)
    _life(_copy(scene, folder), ["-o", str(log), f"-etrace={calls}"])
    found = re.findall(r"^(\w+)\(", log.read_text("utf-8", "replace"), re.MULTILINE)
    return {call: found.count(call) for call in CALLS}


def _is_whole(machine: Machine) -> None:
    """Require that the machine is well after the next boot, and can be updated."""
    ended = work(machine.bench())
    own = machine.folder / "own"
    assert machine.installed() in {FIRST, SECOND}
    assert handover.trial(own) is None
    if ended in {"rolled-back", "not-installed"}:
        assert machine.installed() == FIRST
        machine.now += DAY
        assert work(machine.bench()) == "updated"
    assert machine.installed() == SECOND
    assert [one.name for one in (own / "way-back").iterdir()] == [
        "discreet-agent_0.2.0_amd64.deb"
    ]


def test_the_installer_may_be_killed_anywhere(scene: Machine, tmp_path: Path) -> None:
    """However the installer is killed, one release is whole and the update goes on."""
    counted = tmp_path / "counted"
    counted.mkdir()
    steps = _steps(scene, counted)
    assert steps["vfork"] >= 4
    struck = 0
    for place, (call, number) in enumerate(steps.items()):
        for step in range(1 + place % EVERY, number + 1, EVERY):
            folder = tmp_path / f"{call}-{step}"
            folder.mkdir()
            machine = _copy(scene, folder)
            inject = f"-einject={call}:signal=KILL:when={step}"
            _life(machine, ["-o", "/dev/null", f"-etrace={call}", inject])
            _is_whole(machine)
            shutil.rmtree(folder)
            struck += 1
    assert struck >= sum(steps.values()) // (2 * EVERY)


def test_names_are_on_the_disk_before_the_next_step(
    scene: Machine, tmp_path: Path
) -> None:
    """After a file got its name nothing is removed or installed before that is kept."""
    machine, log = _copy(scene, tmp_path), tmp_path / "log"
    _life(machine, ["-y", "-o", str(log), "-etrace=rename,unlink,fsync,vfork"])
    own, waiting, seen = str(machine.folder / "own"), "", 0
    for line in log.read_text("utf-8", "replace").splitlines():
        call, _, rest = line.partition("(")
        if call == "fsync" and waiting and f"<{waiting}>" in rest:
            waiting = ""
        elif call in {"rename", "unlink", "vfork"}:
            assert not waiting, line
        if call == "rename" and own in rest and "/metadata/" not in rest:
            waiting = str(Path(rest.split('"')[3]).parent)
            seen += 1
    assert seen >= 5
    assert not waiting


def test_the_look_may_be_killed_anywhere(scene: Machine, tmp_path: Path) -> None:
    """However a look is killed, the next one hands over what is verified and whole."""
    packages = scene.agent / "packages"
    for place, call in enumerate(LOOK_CALLS):
        log = tmp_path / "log"
        options = ["-o", str(log), f"-etrace={call}"]
        whole = tmp_path / f"{call}-whole"
        whole.mkdir()
        _watched(LOOK, (whole, scene.agent, scene.anchor), options)
        number = len(re.findall(rf"^{call}\(", log.read_text("utf-8"), re.MULTILINE))
        assert number, call
        for step in range(1 + place % EVERY, number + 1, EVERY):
            state = tmp_path / f"{call}-{step}"
            state.mkdir()
            kill = ["-o", "/dev/null", f"-etrace={call}"]
            kill.append(f"-einject={call}:signal=KILL:when={step}")
            _watched(LOOK, (state, scene.agent, scene.anchor), kill)
            found = looked(state, scene.agent, scene.anchor)
            assert found == Found("ready", "0.2.0")
            for one in packages.iterdir():
                taken = state / "update" / "packages" / one.name
                assert taken.read_bytes() == one.read_bytes()


@pytest.mark.parametrize("call", DPKG_CALLS)
def test_the_package_manager_may_be_killed(
    scene: Machine, tmp_path: Path, call: str
) -> None:
    """However dpkg is killed, the release before is whole again without a person."""
    log, left_alone = tmp_path / "log", tmp_path / "whole"
    left_alone.mkdir()
    watched = ("strace", "-f", f"-etrace={call}", "-o")
    machine = _copy(scene, left_alone)
    machine.before = (*watched, str(log))
    assert work(machine.bench()) == "updated"
    text = log.read_text("utf-8", "replace")
    made = re.findall(rf"^(\d+) +{call}\(", text, re.MULTILINE)
    number = max(Counter(made).values())  # strace counts each process by itself
    first = 1 + DPKG_CALLS.index(call) % min(EVERY, number)
    for step in range(first, number + 1, EVERY):
        folder = tmp_path / f"{call}-{step}"
        folder.mkdir()
        machine = _copy(scene, folder)
        inject = f"-einject={call}:signal=KILL:when={step}"
        machine.before = (*watched, "/dev/null", inject)
        with suppress(StateError):  # dpkg is killed at each try of the way back too
            work(machine.bench())
        machine.before = ()
        machine.now += DAY
        _is_whole(machine)
        shutil.rmtree(folder)
