# SPDX-License-Identifier: Apache-2.0
"""`once --dataset` and `--raw-local`, as a person at the machine uses them.

Rules: a real process on a real terminal (a pty), or without one.
Not here: other commands (`test_cli.py`), a full pass (`test_pipeline.py`).
"""

import argparse
import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest
from device_fixture import enrolled, headers, opened
from installation_fixture import Installation

from agent.commands import _raw_local
from agent.errors import UsageError
from agent.fared import recall, remember
from agent.outcome import FAILED, OK, WORDS, Outcome
from agent.spool.spool import open_spool
from agent.state import State
from tests.host_fixture import write_tree

pytestmark = pytest.mark.slow
ENVIRONMENT = {"PYTHONPATH": ":".join(sys.path), "COLUMNS": "200"}
WHOLE = (
    "once",
    "--raw-local",
    "--dataset",
)


@pytest.fixture
def state(tmp_path: Path, installation: Installation) -> State:
    """Return the state of an enrolled device whose collector is away."""
    found = enrolled(tmp_path / "state", installation)
    open_spool(found.spool, int(time.time())).close()
    return found


def program(state: Path, *arguments: str) -> list[str]:
    """Return the command line of the agent."""
    return [sys.executable, "-m", "agent", "--state", str(state), *arguments]


def on_a_terminal(state: Path, *arguments: str) -> tuple[int, str]:
    """Run the agent on a terminal; return exit code and what was on the screen."""
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            program(state, *arguments), stdout=theirs, stderr=theirs, env=ENVIRONMENT
        ) as shown:
            os.close(theirs)
            parts = []
            while True:
                try:
                    parts.append(os.read(ours, 65_536))
                except OSError:  # the program has closed the other end
                    break
        return shown.returncode, b"".join(parts).decode()
    finally:
        os.close(ours)


def elsewhere(state: Path, *arguments: str) -> tuple[int, str, str]:
    """Run the agent with its output in a pipe; return code, output and errors."""
    done = subprocess.run(
        program(state, *arguments),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=ENVIRONMENT,
    )
    return done.returncode, done.stdout, done.stderr


def content(directory: Path) -> dict[str, bytes]:
    """Return every file of a directory."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_raw_rows_are_shown_before_enrolment(tmp_path: Path) -> None:
    """A person sees the rows as they are, and no state directory is made for it."""
    place = tmp_path / "none"
    code, screen = on_a_terminal(place, *WHOLE, "user_accounts", "--rows", "1")
    assert code == 0
    assert "user.full_name" in screen
    assert "/root" in screen
    assert "more: --rows shows them" in screen
    assert "Never for any of them: user.full_name" in screen
    assert "Nothing of this was written, sealed or sent" in screen
    assert not place.exists()


@pytest.mark.parametrize("dataset", ["event_logs", "software", "host_metrics"])
def test_nothing_is_written_for_it(state: State, dataset: str) -> None:
    """An enrolled agent's directory is the same afterwards, byte by byte."""
    before = content(state.directory)
    code, screen = on_a_terminal(state.directory, *WHOLE, dataset)
    assert code == 0
    assert f"{dataset}: " in screen
    assert content(state.directory) == before


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--dataset", "user_accounts"), "to a terminal only"),
        (("--dataset", "user_accounts", "--json"), "to a terminal only"),
        ((), "name it with --dataset"),
    ],
)
def test_raw_rows_go_nowhere_else(
    tmp_path: Path, given: tuple[str, ...], words: str
) -> None:
    """Into a pipe or a file no raw value is written: an error says why."""
    code, output, errors = elsewhere(tmp_path / "x", "once", "--raw-local", *given)
    assert (code, output, errors.count("\n")) == (2, "", 1)
    assert words in errors


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("nonsense",), "nothing of that name"),
        (("agent_health",), "the agent's own passes"),
        (("software", "--rows", "0"), "1 or more"),
        (("software", "--json"), "to a terminal only"),
    ],
)
def test_a_mistake_on_a_terminal(
    tmp_path: Path, given: tuple[str, ...], words: str
) -> None:
    """What cannot be shown is said in a line, with exit code 2."""
    code, screen = on_a_terminal(tmp_path / "x", *WHOLE, *given)
    assert (code, screen.count("\n")) == (2, 1)
    assert words in screen


@pytest.mark.parametrize(
    ("files", "dataset", "words"),
    [
        ({}, "printers", WORDS["unsupported"] + " (no-cups)"),
        ({"/etc/crontab": b"#\n"}, "scheduled_tasks", WORDS["none-found"]),
        ({"/etc/passwd/": b""}, "user_accounts", WORDS["failed"]),
        ({}, "network_neighbours", WORDS["disabled"]),
        (
            {"/etc/cups/printers.conf": b""},
            "printers",
            WORDS["denied"] + " (needs-root)",
        ),
    ],
)
def test_outcomes_are_told_apart(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    files: dict[str, bytes],
    dataset: str,
    words: str,
) -> None:
    """Nothing found, nothing read and nothing allowed are different sentences."""
    from agent.host.linux import LinuxHost  # noqa: PLC0415 - Linux only

    root = tmp_path / "machine"
    root.mkdir()
    write_tree(root, files)
    host = LinuxHost(str(root), facts={"euid": 65_534})
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    options = argparse.Namespace(
        state=str(tmp_path / "none"), dataset=dataset, rows=None, json=False
    )
    assert _raw_local.run(options, host) == 0
    assert f"{dataset}: {words}" in capsys.readouterr().out


def test_rows_need_raw_local(tmp_path: Path) -> None:
    """A pass reads all rows: a number of them is refused, not passed over."""
    code, _, errors = elsewhere(
        tmp_path, "once", "--dataset", "software", "--rows", "3"
    )
    assert (code, "--rows is of --raw-local" in errors) == (2, True)


def test_one_dataset_alone_is_collected(
    state: State, installation: Installation
) -> None:
    """A pass over one dataset seals that one, for its purposes, and nothing else."""
    given = ("once", "--dataset", "operating_systems")
    code, output, errors = elsewhere(state.directory, *given)
    assert (code, "stays in the spool" in errors) == (5, True)
    assert {item.table.dataset for item in opened(state, installation)} == {
        "operating_systems"
    }
    assert "software" not in output


def test_a_disabled_dataset_is_not_collected(state: State) -> None:
    """What is forbidden here, or unknown, is refused before anything is sealed."""
    state.restrictions.write_text('deny = ["dataset:software"]\n')
    for name, words in (
        ("software", "software is " + WORDS["disabled"]),
        ("nonsense", "nothing of that name"),
    ):
        code, _, errors = elsewhere(state.directory, "once", "--dataset", name)
        assert code == 2
        assert words in errors
    assert headers(state) == []


def test_once_and_status_tell_outcomes_in_words(state: State) -> None:
    """After a pass both say of each dataset how it fared, and what is disabled."""
    state.restrictions.write_text('deny = ["dataset:software"]\n')
    _, once, _ = elsewhere(state.directory, "once")
    assert "disabled by the policy: " in once
    assert ", software" in once
    _, status, _ = elsewhere(state.directory, "status")
    (line,) = (line for line in status.splitlines() if line.startswith("disabled"))
    assert line.startswith(WORDS["disabled"] + ": ")
    assert "software" in line
    (line,) = (line for line in status.splitlines() if line.startswith("read: "))
    assert "operating_systems" in line


def test_a_failure_is_remembered_until_it_is_read_again(state: State) -> None:
    """The last outcome of each dataset stays, whatever a later pass was over."""
    remember(state, [Outcome("software", FAILED, "junk"), Outcome("devices", OK)])
    remember(state, [Outcome("devices", FAILED, "x"), Outcome("devices", OK)])
    assert [(item.collector, item.outcome, item.reason) for item in recall(state)] == [
        ("software", "failed", "junk"),
        ("devices", "failed", "x"),
    ]
    remember(state, [Outcome("software", OK)])
    assert [item.outcome for item in recall(state)] == ["ok", "failed"]


def test_a_damaged_memory_of_outcomes_costs_nothing(state: State) -> None:
    """Junk in its file is no outcome, and the next pass replaces it."""
    state.outcomes.write_bytes(b"\xff\x00junk")
    assert recall(state) == ()
    remember(state, [Outcome("devices", OK)])
    assert [item.collector for item in recall(state)] == ["devices"]


def test_no_terminal_is_refused_before_the_dataset_is_read(tmp_path: Path) -> None:
    """Without a terminal nothing of the machine is read at all."""
    options = argparse.Namespace(
        state=str(tmp_path), dataset="devices", rows=None, json=False
    )
    with pytest.raises(UsageError):
        _raw_local.run(options)


def test_a_diagnostic_is_not_shown(tmp_path: Path) -> None:
    """What is read only when technicians sign for it is not read for a look."""
    code, screen = on_a_terminal(tmp_path / "none", *WHOLE, "top_processes")
    assert code == UsageError.exit_code
    assert "is read only when technicians sign for it" in screen


def test_a_preview_lists_what_may_be_asked_for(tmp_path: Path) -> None:
    """Before enrolment a person sees which diagnostics there are, and who is asked."""
    place = tmp_path / "none"
    code, shown, _ = elsewhere(place, "preview", "--dataset", "log_slice", "--json")
    told = json.loads(shown)
    assert (code, told["datasets"]) == (0, [])
    (asked,) = told["on_request"]
    assert (asked["diagnostic"], asked["consent"]) == ("log_slice", "ask")
    assert asked["transforms"]["message"] == "scrub"
    code, shown, _ = elsewhere(place, "preview", "--dataset", "log_slice")
    assert "not read now" in shown
    assert "(you are asked)" in shown
