# SPDX-License-Identifier: Apache-2.0
"""A machine with an `enrol.toml` enrols by itself, and its token is nowhere afterwards.

Rules: the program as the service runs it, against sockets that are really there.
Not here: enrolment itself (`test_enrolment.py`).
"""

import json
from pathlib import Path

import pytest
from agent_program import fails, running, until
from collector_fixture import Collector, listening, problem
from installation_fixture import Installation

from agent.budget import BACKOFF_MOST_SECONDS, REST_SECONDS, TOKEN_SECONDS
from agent.enrol_file import NAME, find
from agent.errors import (
    AgentError,
    NetworkError,
    Problem,
    StateError,
    TrustError,
    UsageError,
)
from agent.state import State
from agent.unattended import Tries, failed
from wire.token import format_token

SECONDS = 60


def preseed(directory: Path, *lines: str) -> Path:
    """Write `enrol.toml` as a package does, and return its path."""
    directory.mkdir(mode=0o700, exist_ok=True)
    path = directory / NAME
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o600)
    return path


@pytest.mark.slow
def test_it_enrols_and_the_token_is_gone(
    tmp_path: Path, installation: Installation
) -> None:
    """The agent enrols and goes on, and no file, log or argv has the token."""
    state = tmp_path / "state"
    with listening(Collector(installation), tmp_path) as server:
        token = format_token(installation.token(server.url))
        path = preseed(state, f'url = "{server.url}"', f'token = "{token}"')
        with running(state, "--now") as agent:
            seen = until(agent, "poll")
            words = Path(f"/proc/{agent.pid}/cmdline").read_bytes()
    events = [line["event"] for line in seen]
    assert events[:3] == ["enrol-file-found", "enrolled", "enrol-file-removed"]
    assert token not in json.dumps(seen) + words.decode()
    assert not path.exists()


@pytest.mark.slow
def test_it_waits_for_the_network(tmp_path: Path, installation: Installation) -> None:
    """Where it is sent away the agent stays, says why, and enrols later."""
    state = tmp_path / "state"
    busy = {"/v1/enrol": [problem("overloaded", 503)]}
    with listening(Collector(installation, refusals=busy), tmp_path) as server:
        token = format_token(installation.token(server.url))
        preseed(state, f'token = "{token}"')
        with running(state, "--now") as agent:
            assert until(agent, "not-enrolled")[-1]["reason"] == "overloaded"
            until(agent, "enrolled")


@pytest.mark.slow
def test_a_refused_token_is_told_and_a_new_one_taken(
    tmp_path: Path, installation: Installation
) -> None:
    """A token that was refused is not tried again soon; one that replaces it is."""
    state = tmp_path / "state"
    collector = Collector(installation)
    collector.refusals = {"/v1/enrol": [problem("token-expired", 403)]}
    with listening(collector, tmp_path) as server:
        token = format_token(installation.token(server.url))
        preseed(state, f'token = "{token}"')
        with running(state, "--now", "--wait") as agent:
            until(agent, "not-enrolled")
            assert "token has expired" in fails(3, "--state", state, "status")
        assert server.asked.count("/v1/enrol") == 1
        preseed(state, "# a new one", f'token = "{token}"')
        with running(state, "--now") as agent:
            until(agent, "enrolled")


@pytest.mark.slow
def test_without_a_file_it_ends_or_waits(tmp_path: Path) -> None:
    """Not enrolled and without a file `run` says so; as a service it waits for one."""
    assert "not enrolled" in fails(3, "--state", tmp_path / "a", "run")
    with running(tmp_path / "b", "--wait") as agent:
        assert until(agent, "not-enrolled")[-1]["reason"] == "no-enrol-file"
        assert agent.poll() is None
        agent.terminate()
        assert agent.wait(SECONDS) == 0


@pytest.mark.parametrize(
    "lines",
    [
        ('token = "secret',),
        ('token = "discreet1-secret"',),
        ('tokken = "secret"',),
        ("token = 7",),
        ('url = "https://secret.test"',),
    ],
)
def test_a_file_that_is_wrong_repeats_no_word(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    """What is wrong with the file is one sentence with no word of it."""
    preseed(tmp_path, *lines)
    file = find(State(tmp_path), tmp_path / "none")
    assert file is not None
    with pytest.raises(UsageError, match=r"enrol\.toml") as refused:
        file.words()
    assert "secret" not in str(refused.value) + repr(file)


def test_a_file_for_another_collector_is_refused(
    tmp_path: Path, installation: Installation
) -> None:
    """An address that is not the token's own is an error, not a wish."""
    token = format_token(installation.token("https://one.test"))
    preseed(tmp_path, 'url = "https://other.test"', f'token = "{token}"')
    file = find(State(tmp_path), tmp_path / "none")
    assert file is not None
    with pytest.raises(UsageError, match="another collector"):
        file.words()


def test_the_file_beside_agent_toml_goes_first(tmp_path: Path) -> None:
    """Of two files the one that an administrator wrote is taken."""
    preseed(tmp_path / "state", "# state")
    there = preseed(tmp_path / "etc", "# configuration")
    file = find(State(tmp_path / "state"), tmp_path / "etc")
    assert file is not None
    assert file.path == there


def test_one_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    """The one that can be read serves; where there is none, it is said of the other."""
    state = State(tmp_path / "state")
    (tmp_path / "etc" / NAME).mkdir(parents=True)
    with pytest.raises(StateError, match="cannot be read"):
        find(state, tmp_path / "etc")
    there = preseed(tmp_path / "state", "# state")
    file = find(state, tmp_path / "etc")
    assert file is not None
    assert file.path == there


@pytest.mark.parametrize(
    ("problem_met", "failures", "least", "most"),
    [
        (NetworkError("away"), 0, 0, 4),
        (NetworkError("away"), 99, 0, BACKOFF_MOST_SECONDS),
        (Problem("token-used", 403), 0, TOKEN_SECONDS / 2, 1.5 * TOKEN_SECONDS),
        (TrustError("another"), 0, 0, 4),
        (TrustError("another"), 9, TOKEN_SECONDS / 2, 1.5 * TOKEN_SECONDS),
        (Problem("overloaded", 503, 300), 0, 300, 450),
        (UsageError("mistyped"), 5, REST_SECONDS, REST_SECONDS),
        (StateError("full"), 5, REST_SECONDS, REST_SECONDS),
    ],
)
def test_how_long_it_waits(
    problem_met: AgentError, failures: int, least: float, most: float
) -> None:
    """What passes is tried soon, what a person must mend is not hammered."""
    for chance in (0.0, 0.5, 0.999):
        after = failed(Tries(failures=failures), problem_met, 1_000.0, chance)
        assert least <= after.not_before - 1_000.0 <= most
        assert after.failures == failures + 1
