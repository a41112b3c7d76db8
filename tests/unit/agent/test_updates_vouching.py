# SPDX-License-Identifier: Apache-2.0
"""Tests that a release vouches for itself once it works; the command `update`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from agent_program import call
from collector_fixture import Collector, enrolled_device, listening
from device_fixture import enrolled
from installation_fixture import Installation, install

from agent.commands.run import stop_on_signals
from agent.commands.update import _tell
from agent.delivery.courier import Courier
from agent.delivery.polling import About
from agent.device import at_work
from agent.identity import load
from agent.logs import Log
from agent.resident import Resident
from agent.state import State
from agent.updates.handover import HEALTHY, told, vouch
from agent.updates.words import INSTALLER, LAST, NEWS, REASONS
from wire.release import __version__
from wire.updates import read_version

NOW = 1_790_000_000
RESIDENT = """
import sys
from pathlib import Path
from agent.commands.run import stop_on_signals
from agent.delivery.courier import Courier
from agent.delivery.polling import About
from agent.logs import Log
from agent.resident import Resident
from agent.state import State
with stop_on_signals() as stop:
    courier = Courier(About("0.1.0", "Debian 12"))
    Resident(State(Path(sys.argv[1])), courier, Log(), stop, at_once=True).run()
"""


@pytest.fixture(scope="module", name="installation")
def _installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return install(tmp_path_factory.mktemp("collector"))


def _live(state: State) -> list[str]:
    """Let the resident agent live until it has spoken to its collector, or failed."""
    with subprocess.Popen(
        [sys.executable, "-c", RESIDENT, state.directory], stderr=subprocess.PIPE
    ) as agent:
        events = []
        for line in agent.stderr or ():
            events.append(str(json.loads(line)["event"]))
            if {"poll", "ship", "exchange-failed"} & {*events}:
                agent.terminate()
    return events


@pytest.mark.slow
def test_a_good_exchange_vouches_for_the_release(
    tmp_path: Path, installation: Installation
) -> None:
    """After its first good exchange the resident agent says which release it is."""
    with listening(Collector(installation), tmp_path) as server:
        device = enrolled_device(installation, server, tmp_path / "state")
        device.spool.close()
        device.state.update.mkdir()
        assert {"poll", "ship"} & {*_live(device.state)}
    found = told(device.state.update, HEALTHY)
    assert found is not None
    assert found.version == read_version(__version__)


@pytest.mark.slow
def test_a_failed_exchange_vouches_for_nothing(
    tmp_path: Path, installation: Installation
) -> None:
    """A release that cannot reach its collector does not say that it works."""
    state = enrolled(tmp_path / "state", installation)
    state.update.mkdir()
    assert "exchange-failed" in _live(state)
    assert told(state.update, HEALTHY) is None


def test_a_mark_that_could_not_be_written_is_tried_again(
    tmp_path: Path, installation: Installation
) -> None:
    """A disk that was full at the first good exchange does not undo a release."""
    state = enrolled(tmp_path / "state", installation)
    in_the_way = state.update / f"{HEALTHY}.new"
    in_the_way.mkdir(parents=True)
    courier = Courier(About("0.1.0", "Debian 12"))
    with stop_on_signals() as stop:
        resident = Resident(state, courier, Log(), stop)
        resident.tally.exchanges = 1
        resident._vouch()
        assert told(state.update, HEALTHY) is None
        in_the_way.rmdir()
        resident._vouch()
    assert told(state.update, HEALTHY) is not None


def test_nothing_is_written_where_no_update_is_looked_for(tmp_path: Path) -> None:
    """Without a folder of updates no mark is written, and none is made."""
    vouch(tmp_path / "update", NOW)
    assert not (tmp_path / "update").exists()


@pytest.mark.slow
def test_update_follows_the_policy(tmp_path: Path, installation: Installation) -> None:
    """Under a policy without updates the command says so, and asks nobody."""
    state = enrolled(tmp_path / "state", installation)
    with at_work(state, load(state)):  # a first run has made its spool
        pass
    code, out, err = call("--state", state.directory, "update")
    assert (code, out, err) == (0, REASONS["not-by-policy"] + "\n", "")
    code, out, err = call("--state", state.directory, "update", "--json", "--check")
    assert (code, json.loads(out)["found"]) == (0, "not-by-policy")
    assert not state.update.exists()


@pytest.mark.slow
def test_update_needs_an_enrolled_machine(tmp_path: Path) -> None:
    """A machine that is not enrolled has no policy, and so no updates."""
    code, out, err = call("--state", tmp_path / "state", "update")
    assert (code, out) == (3, "")
    assert "enrol" in err


@pytest.mark.parametrize("slug", REASONS | NEWS)
def test_each_finding_has_its_words(
    slug: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a look finds is said in one line, with its release."""
    _tell(slug, "0.2.0", as_json=False)
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "{" not in said


def test_each_end_has_its_words() -> None:
    """However an update ends, agent and installer have words for it."""
    assert {*LAST} <= {*INSTALLER}
