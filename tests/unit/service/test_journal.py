# SPDX-License-Identifier: Apache-2.0
"""Events in the journal's own format.

Rules: a real datagram socket in the journal's place.
Not here: which events there are.
"""

import io
import socket
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the journal is of Linux", allow_module_level=True)

from agent.logs import Log
from service.journal import Journal, journal


@pytest.fixture
def ear(tmp_path: Path) -> socket.socket:
    """Return a socket that listens as the journal does."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.bind(str(tmp_path / "journal"))
    made.settimeout(5)
    return made


def test_an_event_is_fields(ear: socket.socket) -> None:
    """Event, level and each number become a field of the journal's."""
    log = Log(sink=Journal("discreet-agent", ear.getsockname()))
    log.warning("exchange-failed", act="poll", tries=3)
    assert ear.recv(10_000).decode().splitlines() == [
        "MESSAGE=exchange-failed act=poll tries=3",
        "PRIORITY=4",
        "SYSLOG_IDENTIFIER=discreet-agent",
        "DISCREET_ACT=poll",
        "DISCREET_EVENT=exchange-failed",
        "DISCREET_TRIES=3",
    ]


@pytest.mark.parametrize(
    "value", ["Ada Lovelace", "10.0.0.1", "a\nPRIORITY=0", "x" * 99]
)
def test_a_value_is_not_logged(ear: socket.socket, value: str) -> None:
    """What is no slug and no number reaches message or field, or makes one."""
    Log(sink=Journal("discreet-agent", ear.getsockname())).failure("failed", why=value)
    told = ear.recv(10_000).decode()
    assert value not in told
    assert "DISCREET_WHY=(withheld)" in told
    assert told.count("PRIORITY=") == 1


def test_without_a_journal_no_event_is_lost(tmp_path: Path) -> None:
    """Where nobody listens the event goes to standard error."""
    errors = io.StringIO()
    Log(sink=Journal("x", str(tmp_path / "none"), errors)).info("started", pid=7)
    assert errors.getvalue() == "started pid=7\n"


def test_a_terminal_is_no_journal() -> None:
    """Lines stay lines where standard error is not the journal's stream."""
    environment = {"JOURNAL_STREAM": "0:0"}
    assert journal(environment, "x") is None
    assert "JOURNAL_STREAM" not in environment
