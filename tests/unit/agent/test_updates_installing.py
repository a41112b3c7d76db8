# SPDX-License-Identifier: Apache-2.0
"""Tests that a release is installed, kept or put back, by the real dpkg."""

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from installer_room import BROKEN, Machine, has_dpkg, ready
from updates_fixture import served_updates  # noqa: F401 - a fixture
from updates_room import DAY, Client, Repository

from agent.errors import StateError, UpdateError
from agent.updates import handover
from agent.updates.handover import Trial
from agent.updates.installing import BACK, NEW, held, work
from agent.updates.packagers import Packager
from agent.updates.words import INSTALLER
from wire.updates import Package, Version

FIRST, SECOND = Version(0, 1, 0), Version(0, 2, 0)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not has_dpkg(), reason="there is no dpkg here"),
]


@pytest.fixture(name="machine")
def _machine(room: tuple[Repository, Client], tmp_path: Path) -> Machine:
    return ready(*room, tmp_path)


def _held(machine: Machine) -> list[str]:
    return sorted(one.name for one in (machine.folder / "own" / BACK).iterdir())


def test_a_release_that_works_is_kept(machine: Machine) -> None:
    """A release is installed, waited for, kept, and is the next way back."""
    machine.works = {"0.2.0"}
    assert work(machine.bench()) == "updated"
    assert machine.installed() == SECOND
    assert _held(machine) == ["discreet-agent_0.2.0_amd64.deb"]
    assert handover.outcome(machine.folder / "own") == ("updated", SECOND, machine.now)
    assert handover.trial(machine.folder / "own") is None
    assert held(machine.folder / "own", "deb amd64") == (Package(SECOND, "deb amd64"),)
    assert work(machine.bench()) == "current"


def test_a_release_that_is_not_heard_of_is_put_back(machine: Machine) -> None:
    """Without a good exchange the release before runs again, within five minutes."""
    assert work(machine.bench()) == "rolled-back"
    assert machine.installed() == FIRST
    assert machine.paused <= 300
    assert work(machine.bench()) == "struck-out"


def test_a_mark_of_the_release_before_counts_for_nothing(machine: Machine) -> None:
    """The old agent's good exchanges do not vouch for the new one."""
    machine.works = {"0.1.0"}
    handover.tell(machine.agent, handover.HEALTHY, FIRST, machine.now)
    assert work(machine.bench()) == "rolled-back"


def test_an_old_mark_of_the_same_release_counts_for_nothing(machine: Machine) -> None:
    """A mark from a try before does not vouch for this one."""
    handover.tell(machine.agent, handover.HEALTHY, SECOND, machine.now - DAY)
    assert work(machine.bench()) == "rolled-back"


def test_a_release_is_tried_twice(machine: Machine) -> None:
    """A release that did not work is tried once more after a day, then not again."""
    slugs = []
    for _ in range(4):
        slugs.append(work(machine.bench()))
        machine.now += DAY
    assert slugs == ["rolled-back", "rolled-back", "struck-out", "struck-out"]
    assert machine.installed() == FIRST


def test_a_release_may_work_at_its_second_try(machine: Machine) -> None:
    """A collector that was away at the first try costs a day, not the release."""
    assert work(machine.bench()) == "rolled-back"
    machine.now += DAY
    machine.works = {"0.2.0"}
    assert work(machine.bench()) == "updated"


def test_a_package_that_does_not_install_is_put_back(
    room: tuple[Repository, Client], tmp_path: Path
) -> None:
    """A package whose own script fails leaves half of itself, which is undone."""
    machine = ready(*room, tmp_path, BROKEN)
    assert work(machine.bench()) == "rolled-back"
    assert machine.installed() == FIRST


def test_a_locked_package_manager_costs_nothing(machine: Machine) -> None:
    """Where another program holds dpkg's lock, nothing changes and nothing is held."""
    machine.before = ("/bin/false",)
    assert work(machine.bench()) == "not-installed"
    machine.before, machine.works = (), {"0.2.0"}
    assert work(machine.bench()) == "updated"


def test_what_cannot_be_put_back_is_said_and_tried_again(
    machine: Machine, tmp_path: Path
) -> None:
    """Where the way back is barred, what is tried stays known, and goes on later."""
    bar = tmp_path / "bar"
    machine.before = ("/bin/sh", "-c", f'test ! -e {bar} && exec "$@"', "sh")
    machine.restarts = bar.touch
    with pytest.raises(StateError, match="install its package by hand"):
        work(machine.bench())
    assert handover.trial(machine.folder / "own") is not None
    machine.restarts = lambda: None
    bar.unlink()
    assert work(machine.bench()) == "rolled-back"
    assert machine.installed() == FIRST


def test_a_restart_does_not_forget_the_trial(machine: Machine) -> None:
    """A machine that was switched off while a release was tried judges it after."""

    class PowerCutError(Exception):
        pass

    def cut() -> None:
        raise PowerCutError

    machine.restarts = cut
    with pytest.raises(PowerCutError):
        work(machine.bench())
    assert machine.installed() == SECOND
    assert handover.trial(machine.folder / "own") == Trial(SECOND, FIRST, 1, 0)
    with pytest.raises(PowerCutError):
        work(machine.bench())
    machine.restarts = lambda: None
    machine.works = {"0.2.0"}
    assert work(machine.bench()) == "rolled-back", "it restarts whenever it is tried"


def test_a_release_that_was_heard_of_is_kept_after_any_restart(
    machine: Machine,
) -> None:
    """Restarts that cut every wait off put nothing back that has said that it works."""

    class PowerCutError(Exception):
        pass

    def cut() -> None:
        raise PowerCutError

    machine.restarts = cut
    for _ in range(2):
        with pytest.raises(PowerCutError):
            work(machine.bench())
    handover.tell(machine.agent, handover.HEALTHY, SECOND, machine.now)
    assert work(machine.bench()) == "updated"
    assert machine.installed() == SECOND


@pytest.mark.parametrize("held_yet", [True, False])
@pytest.mark.parametrize("works", [True, False])
def test_what_a_cut_left_half_known_is_installed_again(
    machine: Machine, *, works: bool, held_yet: bool
) -> None:
    """The system lost what it wrote of packages, once ours was written as ended."""
    machine.works = {"0.2.0"} if works else set()
    kept = SECOND if works else FIRST
    assert work(machine.bench()) == ("updated" if works else "rolled-back")
    status = machine.folder / "root/var/lib/dpkg/status"
    told = status.read_text()
    status.write_text(told.replace("ok installed", "ok unpacked"))
    assert machine.installed() is None
    if works and not held_yet:  # cut before it was the next way back
        (name,) = _held(machine)
        own = machine.folder / "own"
        (own / BACK / name).rename(own / NEW / name)
    assert work(machine.bench()) == ("current" if works else "struck-out")
    assert machine.installed() == kept
    assert _held(machine) == [f"discreet-agent_{kept}_amd64.deb"]


def test_half_a_release_that_is_not_ours_stays(machine: Machine) -> None:
    """Where no update has ended, whoever installs is at work, or has to be."""
    status = machine.folder / "root/var/lib/dpkg/status"
    status.write_text(status.read_text().replace("ok installed", "ok unpacked"))
    assert work(machine.bench()) == "current"
    assert machine.installed() is None


def test_nothing_waits(machine: Machine) -> None:
    """Without a handover the installer verifies and changes nothing."""
    (machine.agent / handover.READY).unlink()
    assert work(machine.bench()) == "nothing-handed-over"
    assert {*INSTALLER} >= {"nothing-handed-over", "current", "updated"}


@pytest.mark.parametrize("claimed", ["0.1.0", "0.0.9"])
def test_the_installer_takes_no_downgrade(machine: Machine, claimed: str) -> None:
    """Whatever the agent's user writes, an older release is not installed."""
    (machine.agent / handover.READY).write_text(f"{claimed} {machine.now}\n")
    assert work(machine.bench()) == "current"
    assert machine.installed() == FIRST


def test_the_installer_takes_nothing_that_is_not_published(machine: Machine) -> None:
    """A package of the agent's user's own is not installed, whatever its name."""
    (machine.agent / handover.READY).write_text(f"9.9.9 {machine.now}\n")
    evil = machine.agent / "packages" / "discreet-agent_9.9.9_amd64.deb"
    evil.write_bytes(b"evil")
    with pytest.raises(UpdateError) as refused:
        work(machine.bench())
    assert refused.value.slug == "withdrawn"


def test_the_installer_takes_nothing_that_was_swapped(machine: Machine) -> None:
    """A package that was swapped after the agent had verified it is thrown away."""
    name = "discreet-agent_0.2.0_amd64.deb"
    place = machine.agent / "packages" / name
    evil = place.read_bytes()[:-1] + b"!"
    place.write_bytes(evil)
    with pytest.raises(UpdateError) as refused:
        work(machine.bench())
    assert refused.value.slug == "altered"
    assert machine.installed() == FIRST


def test_the_installer_remembers_the_newest_state(
    room: tuple[Repository, Client], machine: Machine
) -> None:
    """The agent's user cannot show the installer an older state than it has seen."""
    repository, client = room
    folder = machine.agent / "metadata"
    shutil.copytree(folder, machine.folder / "older", symlinks=True)
    machine.works = {"0.2.0"}
    assert work(machine.bench()) == "updated"
    repository.add("0.3.0", b"third")
    client.look("0.2.0")
    (machine.agent / "packages/discreet-agent_0.3.0_amd64.deb").unlink()
    with pytest.raises(UpdateError):
        work(machine.bench())
    shutil.rmtree(folder)
    shutil.copytree(machine.folder / "older", folder, symlinks=True)
    with pytest.raises(UpdateError) as refused:
        work(machine.bench())
    assert refused.value.slug == "wrong-version"


def test_without_a_way_back_nothing_is_installed(machine: Machine) -> None:
    """Where the package of the running release is not at hand, nothing is begun."""
    (machine.agent / "packages/discreet-agent_0.1.0_amd64.deb").unlink()
    with pytest.raises(UpdateError) as refused:
        work(machine.bench())
    assert refused.value.slug == "no-way-back"
    assert machine.installed() == FIRST


def test_a_package_manager_is_asked_for_what_is_whole() -> None:
    """Half of a package is no version; a revision of the packager's is left out."""
    for told, version in (
        ("installed 0.2.0", SECOND),
        ("installed 0.2.0-1", SECOND),
        ("installed 0.2.0~rc1", SECOND),
        ("half-configured 0.2.0", None),
        ("not-installed", None),
        ("installed 0.2", None),
    ):
        assert Packager((), ("/bin/echo", told)).version() == version


def test_windows_installer_and_code_have_to_agree(tmp_path: Path) -> None:
    """What Windows Installer calls installed counts only where the code is of it."""
    code = tmp_path / "release.py"
    code.write_text('"""Text."""\n\n__version__ = "0.2.0"\n')
    for known, place, version in (
        (SECOND, code, SECOND),
        (FIRST, code, None),
        (None, code, None),
        (SECOND, tmp_path / "gone", None),
    ):
        asked = Packager((), known=partial(_same, known), code=place)
        assert asked.version() == version


def test_what_is_half_installed_is_written_anew(tmp_path: Path) -> None:
    """What the program takes for installed already is repaired, marked meanwhile."""
    whole, mark = tmp_path / "whole", tmp_path / "installing"
    script = f'test -e {mark} && if [ "$2" = anew ]; then touch {whole}; fi'

    def known() -> Version | None:
        return SECOND if whole.exists() else None

    code = tmp_path / "release.py"
    code.write_text('__version__ = "0.2.0"\n')
    install = ("/bin/sh", "-c", script, "sh")
    one = Packager(install, anew=("anew",), known=known, code=code, mark=mark)
    assert one.put(tmp_path / "package")
    assert one.version() == SECOND
    whole.unlink()
    one.mend(tmp_path / "package")
    assert one.version() == SECOND
    assert not mark.exists()


def test_a_mark_that_a_cut_has_left_goes(machine: Machine, tmp_path: Path) -> None:
    """Cut off between the program's end and ours, an update leaves no mark of it."""
    mark = tmp_path / "installing"
    mark.touch()
    bench = machine.bench()
    work(replace(bench, packager=replace(bench.packager, mark=mark)))
    assert not mark.exists()


def _same(known: Version | None) -> Version | None:
    return known
