# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent` and bad input: one line, no trace, a stable exit code.

Rules: the program as a person runs it; each mistake is made for real.
Not here: collectors (`test_cli_collector.py`), where output goes
(`test_cli_output.py`), what commands do when all is well (`tests/e2e`).
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from agent_program import call, fails, folder_of_all
from device_fixture import enrolled
from installation_fixture import Installation

from agent.host.lock import sole
from agent.spool.spool import open_spool
from agent.state import State
from policies import preset
from wire.token import format_token

pytestmark = pytest.mark.slow
COMMANDS = ("run", "once", "status", "ledger", "preview", "explain")


@pytest.fixture
def state(tmp_path: Path, installation: Installation) -> State:
    """Return the state of an enrolled device whose collector is away."""
    found = enrolled(tmp_path / "state", installation)
    open_spool(found.spool, int(time.time())).close()
    return found


def words(command: str) -> list[str]:
    """Return a command with what it must be given."""
    return [command, "host.name"] if command == "explain" else [command]


@pytest.mark.parametrize("command", COMMANDS[:4])
def test_a_machine_that_is_not_enrolled(tmp_path: Path, command: str) -> None:
    """What needs an identity says how to get one."""
    assert "enrol TOKEN" in fails(3, "--state", tmp_path, command)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["nonsense"],
        ["--nonsense"],
        ["--state"],
        ["--sta", "x", "status"],
        ["status", "more"],
        ["status", "--jso"],
        ["enrol"],
        ["enrol", "discreet1-"],
        ["enrol", "\udcff\n\x1b[31m"],
        ["enrol", "é"],
        ["run", "more"],
        ["once", "--rows", "3"],
        ["ledger", "--last", "x\ny"],
        ["ledger", "--last", "-1"],
        ["preview", "--rows", "-1"],
        ["preview", "--rows", "1e3"],
        ["preview", "--purpose", "marketing"],
        ["preview", "--dataset", "passwords"],
        ["preview", "--policy", ""],
        ["preview", "--policy", "/nowhere/policy.toml"],
        ["explain"],
        ["explain", "password"],
        ["explain", "host.name", "--policy", "/"],
    ],
)
def test_a_mistake_on_the_command_line(tmp_path: Path, given: list[str]) -> None:
    """A wrong flag, name or number is a line that changes no terminal."""
    line = fails(2, "--state", tmp_path / "state", *given)
    assert line[:-1].isprintable()


def test_a_state_directory_may_be_named_like_a_command(tmp_path: Path) -> None:
    """The command is the command, whatever the directory before it is called."""
    state = tmp_path / "status"
    state.mkdir()
    found = subprocess.run(
        [sys.executable, "-m", "agent", "--state", "run", "explain", "host.name"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert (found.returncode, found.stderr) == (0, "")


def test_a_token_that_is_no_text(tmp_path: Path) -> None:
    """A token read from standard input may be any bytes."""
    wrapper = 'printf "\\377\\376\\n" | exec "$@"'
    code, _, errors = call("--state", tmp_path, "enrol", "-", wrapper=wrapper)
    assert (code, errors.count("\n")) == (2, 1)
    code, _, errors = call("--state", tmp_path, "enrol", "-", wrapper='exec "$@" <&-')
    assert (code, errors.count("\n")) == (2, 1)


def test_a_policy_file_is_told_by_line(tmp_path: Path) -> None:
    """The first mistake of a policy is named with file and line, others counted."""
    path = tmp_path / "policy.toml"
    path.write_text('name = "x"\nformat = 1\nmore = 2\nless = 3\n')
    line = fails(2, "--state", tmp_path, "preview", "--policy", path)
    assert re.search(r"policy\.toml:\d+: .*\(and \d+ more\)$", line)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        *((command, "identity.cbor") for command in COMMANDS),
        *((command, "bundle.cbor") for command in ("once", "preview", "explain")),
        *((command, "local.toml") for command in ("once", "preview", "explain")),
    ],
)
def test_a_damaged_file(state: State, command: str, name: str) -> None:
    """A damaged file of the state is named or explained, and nothing is collected."""
    (state.directory / name).write_bytes(b"\x00damaged")
    code = {"identity.cbor": 7, "bundle.cbor": 4, "local.toml": 7}[name]
    line = fails(code, "--state", state.directory, *words(command))
    assert name == "bundle.cbor" or name in line


@pytest.mark.parametrize("name", ["bundle.cbor", "local.toml"])
def test_status_says_why_nothing_is_collected(state: State, name: str) -> None:
    """`status` goes on with a damaged file, says so and ends with 1."""
    (state.directory / name).write_bytes(b"\x00damaged")
    code, output, errors = call("--state", state.directory, "status", "--json")
    assert (code, errors) == (1, "")
    assert json.loads(output)["attention"]


def test_status_and_explain_are_for_people(state: State) -> None:
    """No empty line, no code letter: each line says something."""
    code, output, _ = call("--state", state.directory, "status")
    assert code == 0
    assert all(len(line.split()) > 1 for line in output.splitlines()), output
    code, output, _ = call("--state", state.directory, "explain", "user.full_name")
    assert (code, "(identifies a person or device)" in output) == (0, True)


def test_where_alone_it_is_read_is_told(tmp_path: Path) -> None:
    """`explain` and `preview` name the networks on which alone something is read."""
    path = tmp_path / "office.toml"
    path.write_text(
        'format = 1\nname = "office"\n[purpose.security]\n'
        'instruction = "as agreed"\nreaders = ["administrator"]\n'
        '[purpose.security.retention.short]\nkeep = "30d"\n'
        "[purpose.security.dataset.network_routes]\n"
        'retention = "short"\nevery = "6h"\n'
        'only_on_networks = ["10.254.254.0/24"]\n'
        "[purpose.security.dataset.network_routes.columns]\n"
        'metric = "keep"\n'
    )
    given = ("--state", tmp_path / "none")
    more = ("--policy", path)
    _, output, _ = call(*given, "explain", "network_routes.metric", *more)
    assert "    only on: 10.254.254.0/24\n" in output
    _, output, _ = call(*given, "explain", "network_routes.metric", *more, "--json")
    (told,) = json.loads(output)
    assert told["purposes"][0]["networks"] == ["10.254.254.0/24"]
    _, output, _ = call(*given, "preview", *more)
    words = "not here: the policy wants it on other networks than this one"
    assert f"network_routes: {words} (on-no-named-network)" in output
    assert "    only on: 10.254.254.0/24\n" in output
    _, output, _ = call(*given, "preview", *more, "--json")
    assert json.loads(output)["datasets"][0]["networks"] == ["10.254.254.0/24"]


def test_explain_names_the_events(tmp_path: Path) -> None:
    """Where the text of named events is read, people and programs are told which."""
    path = tmp_path / "named.toml"
    source = preset("full").replace(b'["*/*"]', b'["sshd/*", "kernel/*"]')
    path.write_bytes(source)
    given = ("--state", tmp_path, "explain", "event_logs.message", "--policy", path)
    code, output, _ = call(*given)
    assert (code, "of these events only: kernel/*, sshd/*" in output) == (0, True)
    code, output, _ = call(*given, "--json")
    listed = [item["events"] for item in json.loads(output)[0]["purposes"]]
    assert listed == [["kernel/*", "sshd/*"]] * 3


def test_a_restriction_that_leads_nowhere(state: State) -> None:
    """A link whose file is away is a restriction nobody can read: nothing leaves."""
    state.restrictions.symlink_to("/nowhere/local.toml")
    assert "local.toml" in fails(7, "--state", state.directory, "preview")


@pytest.mark.parametrize("command", ["status", "ledger"])
def test_a_damaged_spool_is_left_to_the_agent(state: State, command: str) -> None:
    """Who only looks is told, and neither mends nor loses anything."""
    state.spool.write_bytes(b"not a database" * 1_000)
    assert "damaged" in fails(7, "--state", state.directory, command)
    assert not list(state.directory.glob("*.corrupt-*"))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger SET body = x'a0'",
        "DELETE FROM ledger WHERE number = 2",
        "UPDATE chain SET ledger_index = 1",
    ],
)
def test_an_altered_ledger(state: State, change: str) -> None:
    """A ledger whose chain does not hold is shown to nobody."""
    spool = open_spool(state.spool, 0)
    for _ in range(3):
        with spool.transaction() as note:
            note.note("tried", {"digest": bytes(32)}, 0)
    code, output, _ = call("--state", state.directory, "ledger", "--json")
    assert code == 0
    assert [json.loads(line)["body"] for line in output.splitlines()] == [
        {"digest": "00" * 32}
    ] * 3
    spool._database.execute(change)
    spool.close()
    fails(4, "--state", state.directory, "ledger")


@pytest.mark.parametrize("command", ["run", "once"])
def test_another_agent_at_work(state: State, command: str) -> None:
    """A second agent says that there is a first."""
    with sole(state.lock):
        line = fails(7, "--state", state.directory, command)
    assert "another discreet-agent" in line


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
@pytest.mark.parametrize("command", COMMANDS)
def test_another_user(state: State, command: str) -> None:
    """Who may not read the state directory is told whose it is."""
    with folder_of_all() as folder:
        shutil.move(state.directory, folder / "state")
        words_of = words(command)
        line = fails(7, "--state", folder / "state", *words_of, nobody=True)
    assert "agent's own user" in line


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
def test_a_directory_that_cannot_be_written(installation: Installation) -> None:
    """Enrolling where one may not write spends no token and says so."""
    token = format_token(installation.token("https://127.0.0.1:1"))
    with folder_of_all() as folder:
        for place in (folder, folder / "new"):
            line = fails(7, "--state", place, "enrol", token, nobody=True)
            assert "cannot be written" in line


def test_a_directory_that_others_can_write(
    tmp_path: Path, installation: Installation
) -> None:
    """An identity is not put where others can replace it."""
    tmp_path.chmod(0o777)
    token = format_token(installation.token("https://127.0.0.1:1"))
    assert "chmod 700" in fails(7, "--state", tmp_path, "enrol", token)


def test_the_help_of_all_lists_all_commands() -> None:
    """Also where a command is named after it; one command's help is its own."""
    _, whole, _ = call("--help")
    assert all(f"\n    {name} " in whole for name in (*COMMANDS, "scrub", "forget"))
    assert call("--help", "scrub") == (0, whole, "")
    _, of_one, _ = call("scrub", "--help")
    assert "--identities" in of_one
