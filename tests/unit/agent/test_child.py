# SPDX-License-Identifier: Apache-2.0
"""A pass's child process, and the lock that lets one agent work at a time.

Rules: real forks; a crash, a hang and a long answer each end well for the parent.
Not here: what the child does (`test_pipeline.py`).
"""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent import report
from agent.errors import AgentError, StateError
from agent.host.child import in_child
from agent.host.lock import sole
from agent.host.program import completed
from agent.passes import pass_in_child
from agent.state import State
from wire import cbor
from wire.cbor import Plain

MANY = 300_000


def test_a_child_answers() -> None:
    """The answer comes back, however long, with what the child cost."""
    ended = in_child(lambda: b"x" * MANY, 30, MANY)
    assert (ended.report, ended.timed_out, ended.signal) == (b"x" * MANY, False, 0)
    assert ended.seconds >= 0
    assert ended.memory > 0


def test_a_child_that_throws_answers_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """An exception ends the child; nothing of it is printed: it may hold a value."""

    def work() -> bytes:
        msg = "ada.lovelace"
        raise ValueError(msg)

    assert in_child(work, 30, MANY).report == b""
    assert "ada" not in "".join(capfd.readouterr())


def test_a_child_that_is_killed_answers_nothing() -> None:
    """A crash of the child is the child's alone."""

    def work() -> bytes:
        os.kill(os.getpid(), signal.SIGKILL)
        return b"late"

    ended = in_child(work, 30, MANY)
    assert (ended.report, ended.signal) == (b"", signal.SIGKILL)


@pytest.mark.slow
def test_a_child_that_hangs_is_ended() -> None:
    """Past its time a child is killed, and the parent knows why."""
    began = time.monotonic()

    def work() -> bytes:
        time.sleep(60)
        return b"late"

    ended = in_child(work, 0.3, MANY)
    assert ended.timed_out
    assert ended.report == b""
    assert time.monotonic() - began < 30


@pytest.mark.slow
def test_what_a_child_runs_ends_with_it(tmp_path: Path) -> None:
    """One that is to be ended first ends the program that it waits for."""
    number = tmp_path / "number"

    def work() -> bytes:
        script = f"import os, time; open({str(number)!r}, 'w').write(str(os.getpid()))"
        command = sys.executable, "-c", f"{script}; print(flush=True); time.sleep(60)"
        return completed(command, 60, MANY)[0]

    ended = in_child(work, 60, MANY, meanwhile=number.exists)
    assert (ended.report, ended.signal) == (b"", signal.SIGTERM)
    with pytest.raises(ProcessLookupError):
        os.kill(int(number.read_text()), 0)


def test_a_machine_that_is_out_of_descriptors(tmp_path: Path) -> None:
    """Where no child can be started, the pass fails as any other and may come again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(AgentError, match="cannot start"):
            pass_in_child(State(tmp_path), 0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


NONSENSE: list[Plain] = [
    7,
    {},
    {"error": "_WORDS", "sentence": ""},
    {"outcomes": [[]], "sealed": [], "withheld": 0, "more": False},
    {"outcomes": [], "sealed": [1, 2, 3, 4], "withheld": 0, "more": False},
]


@pytest.mark.parametrize("answer", NONSENSE)
def test_a_child_that_answers_nonsense(answer: Plain) -> None:
    """A child that was taken over by what it read can fail a pass, and no more."""
    with pytest.raises(AgentError):
        report.decode(cbor.encode(answer))
    with pytest.raises(AgentError):
        report.decode(cbor.encode(answer) + b"more")


def test_a_second_agent_is_refused(tmp_path: Path) -> None:
    """Two agents never work in one state directory; the end of one frees it."""
    path = tmp_path / "agent.lock"
    script = "import sys; from pathlib import Path; from agent.host.lock import sole\n"
    script += f"with sole(Path({str(path)!r})): print('held')"
    command = [sys.executable, "-c", script]
    with sole(path):
        other = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "StateError" in other.stderr
        with pytest.raises(StateError, match="another discreet-agent"), sole(path):
            pass
    other = subprocess.run(command, capture_output=True, text=True, check=True)
    assert other.stdout == "held\n"
