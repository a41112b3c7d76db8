# SPDX-License-Identifier: Apache-2.0
"""The power may be cut at every step of an update on Windows: it is whole after.

Rules: the agent's own installer, the package's own source and Wine's own Windows
Installer and service manager; the programs of the package are small: a service that
runs, and some files of a release; every process ends in the same moment, and whoever
comes next, as with the machine, goes on from there.
Stated limit: of Windows Installer it is Wine's way of working that is cut off, which
has no roll-back that outlives it; Windows' own has one.
Not here: the service that installs, with the whole package (`test_wine_updates.py`);
what the installer does with dpkg (`tests/fault/test_updates_kills.py`).
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from power_room import CALLS, Power, Step, copied, steps
from updates_room import DAY, NOW, updates_room
from wine_fixture import WINE, path, prepared

from agent.updates.choosing import Here
from agent.updates.look import Found, Look, look
from tests.wine.update_program import KIND
from tools.windows.msi import pack
from wire.updates import Updates, read_version

FIRST, SECOND = "0.1.0", "0.2.0"
COMPILER = "x86_64-w64-mingw32-gcc"
STUB = Path(__file__).with_name("agent_stub.c")
MOMENT = 1_700_000_000
FILES = ("wire/release.py", "agent/first.py", "agent/second.py", "service/third.py")
EVERY = int(os.environ.get("DISCREET_EVERY", "40"))
"""Of the steps so many apart are struck; `make fault` strikes each."""
WHOLE = {
    "version": SECOND,
    "files": [SECOND],
    "runs": True,
    "tries": False,
    "told": ["updated", SECOND],
    "back": [f"discreet-agent_{SECOND}_amd64.msi"],
}

pytestmark = [
    pytest.mark.wine,
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.timeout(7200 if EVERY == 1 else 420),
    pytest.mark.skipif(
        not all(map(shutil.which, ("strace", "wixl", "msibuild", COMPILER))),
        reason="no strace, wixl or mingw here: packaging/prepare-tests installs them",
    ),
]


@dataclass(frozen=True)
class Scene:
    """A Windows with 0.1.0, for which 0.2.0 was verified and handed over."""

    folder: Path

    def copy(self, folder: Path) -> "Scene":
        """Return a copy that may be broken."""
        folder.mkdir()
        copied(self.folder / "prefix", folder / "prefix")
        (folder / "python").symlink_to((self.folder / "python").resolve())
        shutil.copytree(self.folder / "update", folder / "update")
        shutil.copy(self.folder / "update-root.json", folder)
        return Scene(folder)

    def life(self, power: Power, *trace: str, days: int = 0) -> dict[str, object]:
        """Let the installer live once; nothing where the power was cut."""
        names = ("own", "update", "update-root.json")
        places = (path(self.folder / name) for name in names)
        told = power.life([*places, str(NOW + days * DAY), SECOND], trace)
        assert told is None or isinstance(told, dict)
        return told or {}


def _package(folder: Path, version: str, program: Path) -> bytes:
    """Return a small package of the agent, by the source of the real one."""
    tree = folder / version / "tree"
    for name in FILES:
        (tree / "app" / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / "app" / name).write_text(f'__version__ = "{version}"\n')
    for name in ("python.exe", "pythonw.exe"):
        shutil.copy(program, tree / name)
    made = folder / f"{version}.msi"
    pack(tree, made, MOMENT, version)
    return made.read_bytes()


@pytest.fixture(name="scene", scope="module")
def _scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scene")
    made, program = prepared(), folder / "stub.exe"
    subprocess.run([COMPILER, "-O2", "-s", "-o", program, STUB], check=True)
    (folder / "python").symlink_to(made.folder / "python")
    copied(made.folder / "prefix", folder / "prefix")
    with updates_room(folder) as (repository, client):
        for version in (FIRST, SECOND):
            octets = _package(folder, version, program)
            repository.add(version, octets, kind=KIND)
        anchor = folder / "update-root.json"
        anchor.write_bytes(client.anchor)
        known = Here(read_version(FIRST), KIND, bytes(32))
        wanted = Updates("stable")
        it = Look(client.state, known, wanted, anchor, client.fetch, (), NOW)
        assert look(it, take=True) == Found("ready", SECOND)
    client.state.update.rename(folder / "update")
    with Power(folder) as power:
        msi = path(folder / f"{FIRST}.msi")
        assert power.run(WINE / "wine64", "msiexec", "/i", msi, "/qn") == 0
    yield Scene(folder)
    shutil.rmtree(folder)


def _struck(scene: Scene, step: Step, signal: str, folder: Path) -> str:
    """Cut an update off at a step, and begin again.

    Args:
        scene: where it begins.
        step: at which the power goes.
        signal: "KILL" where the registry loses what it had not written, else "INT".
        folder: to be made, and removed.

    Returns:
        What was not whole after, without a person; empty where all was, and a dot
        where the step did not come.
    """
    machine = scene.copy(folder)
    with Power(machine.folder) as power:
        inject = f"-einject={step.call}:signal={signal}:when={step.number}"
        options = ("-o", "/dev/null", f"-etrace={step.call}", inject)
        if machine.life(power, *options):
            return "."
        power.on()
        wrong = _wrong(machine, power)
    shutil.rmtree(folder)
    return f"{signal} at {step}: {wrong}" if wrong else ""


def _wrong(machine: Scene, power: Power) -> str:
    """Let the machine go on; return what is not as it should be then."""
    found = machine.life(power)
    ended = found.pop("ended")
    if ended in {"rolled-back", "not-installed"}:
        before = {**WHOLE, "version": FIRST, "files": [FIRST], "told": [ended, SECOND]}
        before["back"] = [f"discreet-agent_{FIRST}_amd64.msi"]
        if found != before:
            return f"{ended}: {found}"
        found = machine.life(power, days=1)
        ended = found.pop("ended")
    return "" if found == WHOLE else f"{ended}: {found}"


def test_the_power_may_be_cut_anywhere(scene: Scene, tmp_path: Path) -> None:
    """Wherever it is cut, one release is whole, its service runs, and it goes on."""
    log = tmp_path / "log"
    machine = scene.copy(tmp_path / "counted")
    trace = f"-etrace={','.join(CALLS)}"
    with Power(machine.folder) as power:
        whole = machine.life(power, "-o", str(log), trace)
    assert whole == {"ended": "updated", **WHOLE}
    found = steps(log)
    assert len(found) > 60
    told = [
        _struck(scene, step, ("INT", "KILL")[number % 2], tmp_path / f"{number}")
        for number, step in enumerate(found[EVERY // 2 :: EVERY])
    ]
    assert [one for one in told if one not in {"", "."}] == []
    assert told.count(".") <= len(told) // 2
