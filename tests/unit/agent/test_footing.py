# SPDX-License-Identifier: Apache-2.0
"""A state directory that goes, comes back or is another one, under a running agent.

Rules: the agent's loop as a process, a datagram socket in systemd's place; nobody else
writes into the directory.
Not here: how soon data leaves again (`tests/fault/test_disks.py`), a disk that fills or
fails (`test_spool_disk.py`).
"""

import json
import resource
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from device_fixture import enrolled
from hosted_fixture import PATIENCE, Ear, device, hosted
from installation_fixture import Installation

from agent.enrol_file import NAME
from agent.errors import NotEnrolledError, StateError
from agent.host.lock import sole
from agent.state import State

if sys.platform == "win32":
    pytest.skip("systemd is of Linux", allow_module_level=True)

pytestmark = pytest.mark.slow
NOWHERE = "https://127.0.0.1:1"
GONE = (
    "STATUS=identity.cbor is gone from the state directory: put the directory back as "
    "it was, or enrol this machine again"
)
AT_WORK = "STATUS=the collector is not reached"
UNENROLLED = "STATUS=not enrolled: this machine is not enrolled"
OFTEN = 1.0
"""Of the watchdog: the loop turns three times in it."""


@contextmanager
def at_work(
    tmp_path: Path, installation: Installation
) -> Iterator[tuple[State, Ear, list[str]]]:
    """Run an agent; in the end it must be there, and gives the events of its log."""
    ear, events = Ear(tmp_path / "notify"), list[str]()
    state = device(tmp_path / "state", installation, NOWHERE)
    with hosted(state, ear, watchdog=OFTEN) as process:
        ear.hears(AT_WORK)
        yield state, ear, events
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, log
    events += [json.loads(line)["event"] for line in log.splitlines()]


def lives_on(ear: Ear) -> None:
    """Require that the loop turns a few times."""
    for _ in range(4):
        ear.hears("WATCHDOG=1")


def test_a_directory_that_is_gone_is_waited_for(
    tmp_path: Path, installation: Installation
) -> None:
    """It says so, feeds its watchdog and makes nothing; brought back, it goes on."""
    with at_work(tmp_path, installation) as (state, ear, events):
        away = state.directory.rename(tmp_path / "away")
        assert ear.hears("STATUS=") == GONE
        lives_on(ear)
        assert not state.directory.exists()
        away.rename(state.directory)
        ear.hears(AT_WORK)
    assert events.count("started") == 1


def test_nothing_is_made_in_a_directory_that_was_emptied(
    tmp_path: Path, installation: Installation
) -> None:
    """Where its disk is not mounted, what lies beneath it is left alone."""
    with at_work(tmp_path, installation) as (state, ear, _):
        away = state.directory.rename(tmp_path / "away")
        state.directory.mkdir(mode=0o700)
        assert ear.hears("STATUS=") == GONE
        lives_on(ear)
        assert list(state.directory.iterdir()) == []
        state.directory.rmdir()
        away.rename(state.directory)
        ear.hears(AT_WORK)


def test_a_copy_that_is_put_back_is_locked_anew(
    tmp_path: Path, installation: Installation
) -> None:
    """Of the copy it holds the lock too: no second agent can work in it."""
    with at_work(tmp_path, installation) as (state, ear, events):
        away = state.directory.rename(tmp_path / "away")
        assert ear.hears("STATUS=") == GONE
        shutil.copytree(away, tmp_path / "copy")
        (tmp_path / "copy").rename(state.directory)
        ear.hears("READY=1")
        ear.hears("WATCHDOG=1")
        with pytest.raises(StateError, match="another"), sole(state.lock):
            pytest.fail("a second agent may work here")
    assert events.count("state-replaced") == 1
    assert events.count("started") == 2


def test_an_enrolment_in_its_place_is_taken_up(
    tmp_path: Path, installation: Installation
) -> None:
    """Enrolled again by a person, it goes on as that device, and not as the old one."""
    with at_work(tmp_path, installation) as (state, ear, events):
        state.directory.rename(tmp_path / "away")
        assert ear.hears("STATUS=") == GONE
        fresh = enrolled(tmp_path / "fresh", installation)
        fresh.directory.rename(state.directory)
        ear.hears("READY=1")
        ear.hears("WATCHDOG=1")
        assert state.spool.exists()
    assert events.count("state-replaced") == 1
    assert events[-1] == "stopped"


def test_an_identity_that_is_gone_alone_lets_others_enrol(
    tmp_path: Path, installation: Installation
) -> None:
    """It holds no lock then, reads an `enrol.toml`, and takes up an identity."""
    ear, state = Ear(tmp_path / "notify"), device(tmp_path / "s", installation, NOWHERE)
    with hosted(state, ear, "--wait", watchdog=OFTEN) as process:
        ear.hears(AT_WORK)
        away = state.identity.rename(tmp_path / "away.cbor")
        assert ear.hears("STATUS=").startswith(UNENROLLED)
        lives_on(ear)
        with sole(state.lock):  # as `discreet-agent enrol` holds it
            (state.directory / NAME).write_text('token = "secret')
        process.send_signal(signal.SIGHUP)
        assert "enrol.toml" in ear.hears("STATUS=not enrolled: ")
        (state.directory / NAME).unlink()
        away.rename(state.identity)
        process.send_signal(signal.SIGHUP)
        ear.hears(AT_WORK)


def test_an_identity_that_is_damaged_may_be_removed(
    tmp_path: Path, installation: Installation
) -> None:
    """What it says to do about one can be done while it runs."""
    ear, state = Ear(tmp_path / "notify"), device(tmp_path / "s", installation, NOWHERE)
    with hosted(state, ear, "--wait", watchdog=OFTEN):
        ear.hears(AT_WORK)
        state.identity.write_bytes(b"damaged")
        assert "remove it and enrol again" in ear.hears("STATUS=")
        state.identity.unlink()
        assert ear.hears("STATUS=").startswith(UNENROLLED)
        with sole(state.lock):
            assert not state.identity.exists()


def test_without_a_service_an_identity_that_is_gone_ends_it(
    tmp_path: Path, installation: Installation
) -> None:
    """Who started it by hand is told at once."""
    ear, state = Ear(tmp_path / "notify"), device(tmp_path / "s", installation, NOWHERE)
    with hosted(state, ear, watchdog=OFTEN) as process:
        ear.hears(AT_WORK)
        state.identity.unlink()
        assert process.wait(PATIENCE) == NotEnrolledError.exit_code


def test_without_descriptors_nobody_hears_that_it_lives(
    tmp_path: Path, installation: Installation
) -> None:
    """What it has used up itself is no ill disk: it is to be started anew."""
    ear, state = Ear(tmp_path / "notify"), device(tmp_path / "s", installation, NOWHERE)
    with hosted(state, ear, watchdog=OFTEN) as process:
        ear.hears(AT_WORK)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (0, 0))
        lines = (json.loads(line)["event"] for line in process.stderr or ())
        assert "turn-failed" in lines
        ear.heard()
        assert [next(lines) for _ in range(4)] == ["turn-failed"] * 4
        assert "WATCHDOG=1" not in ear.heard()


def test_a_service_ends_late_where_its_directory_cannot_be_used(
    tmp_path: Path, installation: Installation
) -> None:
    """It starts all the same and says why it does nothing; a reload has it end now."""
    ear = Ear(tmp_path / "notify")
    state = device(tmp_path / "state", installation, NOWHERE)
    state.identity.unlink()
    state.identity.mkdir()  # root may read any file
    with hosted(state, ear, "--wait", watchdog=OFTEN) as process:
        ear.hears("READY=1")
        assert "identity.cbor cannot be read" in ear.hears("STATUS=")
        lives_on(ear)
        process.send_signal(signal.SIGHUP)
        assert process.wait(PATIENCE) == StateError.exit_code


def test_told_to_end_while_it_waits_for_its_directory_it_ends(
    tmp_path: Path, installation: Installation
) -> None:
    """A wait for a disk is no reason to be killed."""
    ear = Ear(tmp_path / "notify")
    state = device(tmp_path / "state", installation, NOWHERE)
    state.identity.write_bytes(b"damaged")
    with hosted(state, ear, "--wait") as process:
        assert "identity.cbor is damaged" in ear.hears("STATUS=")
        process.send_signal(signal.SIGTERM)
        ear.hears("STOPPING=1")
        assert process.wait(PATIENCE) == 0


def test_a_log_that_takes_nothing_ends_nobody(
    tmp_path: Path, installation: Installation
) -> None:
    """Where standard error is a file of a full disk, the agent works on."""
    ear = Ear(tmp_path / "notify")
    state = device(tmp_path / "state", installation, NOWHERE)
    with (
        Path("/dev/full").open("wb") as full,
        hosted(state, ear, watchdog=OFTEN, errors=full) as process,
    ):
        ear.hears(AT_WORK)
        lives_on(ear)
        process.send_signal(signal.SIGTERM)
        ear.hears("STOPPING=1")
        assert process.wait(PATIENCE) == 0
