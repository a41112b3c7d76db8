# SPDX-License-Identifier: Apache-2.0
"""The agent that stays: it ends when told to, and nothing keeps it from sending.

Rules: the agent's loop as a process of its own, against sockets that are really there.
Not here: a whole pass against a real collector (`tests/e2e`).
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import inf
from pathlib import Path

import pytest
from collector_fixture import Collector, enrolled_device, fill, listening
from device_fixture import enrolled
from installation_fixture import Installation, install

from agent.budget import MARK_SECONDS, PASS_AGAIN_SECONDS
from agent.commands.run import stop_on_signals
from agent.delivery.courier import Courier
from agent.delivery.polling import About, open_session
from agent.delivery.receipts import ship_once
from agent.delivery.shipping import Act, Next
from agent.host.alarm import in_time
from agent.host.child import in_child
from agent.identity import HELD, trusted
from agent.schedule import Passes
from agent.state import State, write
from agent.stop import Stopped
from wire.purposes import Purpose

SECONDS = 60
"""No story of these tests may need longer."""
SOFTWARE = (Purpose.SUPPORT, "software")
LOGS = (Purpose.SECURITY, "event_logs")
SETTLED = """
import sys, time
from pathlib import Path
from agent.budget import START_PASS_SECONDS
from agent.commands.run import stop_on_signals
from agent.delivery.courier import Courier
from agent.logs import Log
from agent.delivery.polling import About
from agent.resident import Resident
from agent.state import State
class Defect(Courier):
    def session(self, device, trust):
        raise ZeroDivisionError
kind = Defect if "defect" in sys.argv else Courier
courier = kind(About("0.1.0", "Debian 12"))
with stop_on_signals() as stop:
    began = time.monotonic() - START_PASS_SECONDS - 1
    Resident(State(Path(sys.argv[1])), courier, Log(), stop, began).run()
"""
"""What `run` does, some minutes after its start: the first wait is over."""


@contextmanager
def silent_listener() -> Iterator[tuple[socket.socket, str]]:
    """Listen, and say nothing to whoever connects."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SECONDS)
        yield listener, f"https://127.0.0.1:{listener.getsockname()[1]}"


def running(state: State, *words: str) -> subprocess.Popen[bytes]:
    """Start the resident agent, as it is some minutes after its start."""
    return subprocess.Popen(
        [sys.executable, "-c", SETTLED, state.directory, *words],
        stderr=subprocess.PIPE,
    )


def move(state: State, url: str) -> None:
    """Give an enrolled device another collector's address."""
    held = HELD.decode(state.identity.read_bytes(), 2**20)
    write(state.identity, HELD.encode(replace(held, url=url)))


@pytest.mark.slow
def test_a_hung_exchange_does_not_delay_the_end(
    tmp_path: Path, installation: Installation
) -> None:
    """While a server takes the connection and says nothing, SIGTERM ends it at once."""
    state = enrolled(tmp_path / "state", installation)
    state.bundle.unlink()  # without a policy the first act is a poll
    with silent_listener() as (listener, url):
        move(state, url)
        with running(state) as agent:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1)  # the hello of TLS: the exchange is under way
                began = time.monotonic()
                agent.send_signal(signal.SIGTERM)
                _, log = agent.communicate(timeout=SECONDS)
    assert time.monotonic() - began < SECONDS / 2
    assert agent.returncode == 0
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert events == ["started", "stopped"]


def test_a_signal_breaks_off_what_allows_it_alone() -> None:
    """A signal raises inside `at_once`; elsewhere it is remembered and does nothing."""
    with stop_on_signals() as stop:
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Stopped), stop.at_once():
            pytest.fail("what is told to end begins nothing")
        assert stop.rest(SECONDS)
    with stop_on_signals() as stop:
        assert not stop.rest(0)
        with pytest.raises(Stopped), stop.at_once():
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        assert stop.rest(SECONDS)


def test_a_pass_is_broken_off_and_its_child_with_it() -> None:
    """A signal during a pass kills the child and leaves none behind."""
    began = time.monotonic()

    def work() -> bytes:
        os.kill(os.getppid(), signal.SIGTERM)
        time.sleep(SECONDS)
        return b"late"

    with stop_on_signals() as stop, pytest.raises(Stopped), stop.at_once():
        in_child(work, SECONDS, 10)
    assert time.monotonic() - began < SECONDS / 2
    with pytest.raises(ChildProcessError):
        os.wait()


def test_a_reader_that_hangs_does_not_end_the_agent() -> None:
    """An alarm that goes off in the child is no signal to the parent."""

    def work() -> bytes:
        try:
            in_time(lambda: time.sleep(SECONDS), 0.01)
        except Exception:  # noqa: BLE001 - whatever a hang is broken by
            return b"broken"
        return b"late"

    with stop_on_signals() as stop:
        assert in_child(work, SECONDS, 10).report == b"broken"
        assert not stop.rest(0.05)


def test_what_a_pass_could_not_read_waits() -> None:
    """What is still due after a pass is not read again at once, whatever the reason."""
    passes = Passes()
    assert passes.wanted(frozenset({SOFTWARE}), 0.0)
    assert not passes.wanted(frozenset({SOFTWARE}), 1.0)
    assert not passes.wanted(frozenset({SOFTWARE}), PASS_AGAIN_SECONDS)
    assert passes.wanted(frozenset({SOFTWARE}), PASS_AGAIN_SECONDS + 1.0)
    assert not passes.wanted(frozenset(), PASS_AGAIN_SECONDS + 2.0)


def test_what_was_read_is_read_again_when_it_is_due_again() -> None:
    """A slot that begins while a pass is at work is no failure of that pass."""
    passes = Passes()
    assert passes.wanted(frozenset({SOFTWARE, LOGS}), 0.0)
    passes.ran(frozenset({LOGS}))
    assert passes.wanted(frozenset({SOFTWARE, LOGS}), 1.0)
    assert passes.held == {LOGS}


def test_what_a_full_disk_kept_from_being_read_is_tried_again_soon() -> None:
    """Where the disk is why, it is tried again as soon as the agent has rested."""
    passes = Passes()
    assert passes.wanted(frozenset({SOFTWARE}), 0.0, 60.0)
    assert not passes.wanted(frozenset({SOFTWARE}), 1.0, 60.0)
    assert passes.wanted(frozenset({SOFTWARE}), 61.0, 60.0)


def test_a_disk_that_comes_and_goes_is_tried_again_soon() -> None:
    """Room that is there again when a pass has ended did not let it read."""
    passes = Passes()
    assert passes.wanted(frozenset({SOFTWARE}), 0.0, 45.0)
    assert not passes.wanted(frozenset({SOFTWARE}), 1.0, PASS_AGAIN_SECONDS)
    assert passes.rest(2.0) == 44.0
    assert passes.wanted(frozenset({SOFTWARE}), 46.0, PASS_AGAIN_SECONDS)


def test_a_pass_that_the_disk_ended_is_tried_again_soon() -> None:
    """A disk that was well before and after a pass, and not within it, is why."""
    passes = Passes()
    assert passes.wanted(frozenset({SOFTWARE}), 0.0)
    passes.again = 45.0
    assert not passes.wanted(frozenset({SOFTWARE}), 1.0)
    assert passes.rest(46.0) == inf
    assert passes.wanted(frozenset({SOFTWARE}), 46.0)


def test_what_waits_keeps_nothing_else_from_being_read() -> None:
    """A dataset that becomes due is read although another one could not be."""
    passes = Passes()
    passes.wanted(frozenset({SOFTWARE}), 0.0)
    passes.wanted(frozenset({SOFTWARE}), 1.0)
    assert passes.wanted(frozenset({SOFTWARE, LOGS}), 2.0)
    assert not passes.wanted(frozenset({SOFTWARE}), 3.0)


@pytest.mark.slow
def test_a_pass_without_keys_does_not_keep_the_agent_from_polling(
    tmp_path: Path,
) -> None:
    """Where every epoch's key has ended, the agent still asks for newer ones."""
    old = install(tmp_path, int(time.time()) - 300 * 86_400)
    state = enrolled(tmp_path / "state", old)
    with silent_listener() as (listener, url):
        move(state, url)
        with running(state) as agent:
            connection, _ = listener.accept()
            connection.close()
            agent.send_signal(signal.SIGTERM)
            _, log = agent.communicate(timeout=SECONDS)
    passes = [json.loads(line) for line in log.splitlines() if b'"pass"' in line]
    assert [line["envelopes"] for line in passes] == [0]


@pytest.mark.slow
def test_a_defect_does_not_end_the_agent(
    tmp_path: Path, installation: Installation
) -> None:
    """An error that nobody foresaw is logged by its kind, and the agent stays."""
    state = enrolled(tmp_path / "state", installation)
    state.bundle.unlink()
    with running(state, "defect") as agent:
        assert agent.stderr is not None
        events = [json.loads(agent.stderr.readline()) for _ in range(2)]
        assert agent.poll() is None
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(SECONDS) == 0
    assert [event["event"] for event in events] == ["started", "turn-failed"]
    assert events[1]["kind"] == "error-zerodivisionerror"


def test_a_gate_that_drops_is_found_out_although_nothing_is_new(
    tmp_path: Path, installation: Installation
) -> None:
    """A poll, too, finds that a mark has stayed out, and all waits again."""
    collector = Collector(installation)
    with listening(collector, tmp_path) as server:
        device = enrolled_device(installation, server, tmp_path / "state")
        with open_session(device.who, None) as session:
            fill(device, 2)
            now = int(time.time())
            ship_once(session, device, trusted(device.state, device.who, now))
            assert device.spool.facts().waiting == 0
            collector.drift = 2 * MARK_SECONDS
            courier, step = Courier(About("0.1.0", "Debian 12")), Next(Act.POLL)
            courier.act(session, device, None, step)  # it learns the time
            courier.act(session, device, None, step)
        assert device.spool.facts().waiting == 2
        device.spool.close()
