# SPDX-License-Identifier: Apache-2.0
"""What systemd hears of a service.

Rules: a real datagram socket in systemd's place.
Not here: a real systemd (the tests of installed packages).
"""

import os
import socket
import sys
from collections.abc import Callable
from math import inf
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("systemd is of Linux", allow_module_level=True)

from service.notify import Notifier, notifier


@pytest.fixture
def ear(tmp_path: Path) -> socket.socket:
    """Return a socket that listens as systemd does."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.bind(str(tmp_path / "notify"))
    made.settimeout(5)
    return made


def heard(ear: socket.socket) -> str:
    """Return the next message."""
    return ear.recv(1_000).decode()


@pytest.mark.parametrize(
    ("tell", "message"),
    [
        (Notifier.ready, "READY=1"),
        (Notifier.turned, "WATCHDOG=1"),
        (Notifier.stopping, "STOPPING=1"),
        (lambda life: life.status("at\nwork"), "STATUS=at work"),
    ],
)
def test_each_word_is_a_message(
    ear: socket.socket, tell: Callable[[Notifier], None], message: str
) -> None:
    """Ready, alive, ending and a sentence are told as sd_notify(3) writes them."""
    tell(Notifier(ear.getsockname(), 60.0))
    assert heard(ear) == message


def test_a_reload_tells_its_moment(ear: socket.socket) -> None:
    """Without its moment systemd would take an older READY for the end of it."""
    Notifier(ear.getsockname(), inf).reloading()
    first, second = heard(ear).split("\n")
    assert first == "RELOADING=1"
    name, _, moment = second.partition("=")
    assert name == "MONOTONIC_USEC"
    assert moment.isdigit()


def test_a_sentence_is_told_once(ear: socket.socket) -> None:
    """What has not changed is not told again."""
    life = Notifier(ear.getsockname(), inf)
    for sentence in ("one", "one", "two"):
        life.status(sentence)
    assert [heard(ear), heard(ear)] == ["STATUS=one", "STATUS=two"]


def test_three_beats_fit_a_watchdog(ear: socket.socket) -> None:
    """The loop rests for a third of the watchdog's time, and any time without one."""
    environment = {"NOTIFY_SOCKET": ear.getsockname(), "WATCHDOG_USEC": "480000000"}
    life = notifier({**environment, "WATCHDOG_PID": str(os.getpid())})
    assert life is not None
    assert life.beat == 160.0
    other = notifier({**environment, "WATCHDOG_PID": "1"})
    assert other is not None
    assert other.beat == inf
    other.turned()
    other.ready()
    assert heard(ear) == "READY=1"


def test_children_do_not_speak_for_the_service(ear: socket.socket) -> None:
    """What names the socket is taken from the environment that children inherit."""
    environment = {"NOTIFY_SOCKET": ear.getsockname(), "PATH": "/bin"}
    assert notifier(environment) is not None
    assert environment == {"PATH": "/bin"}
    assert notifier(environment) is None


def test_a_manager_that_is_gone_changes_nothing(ear: socket.socket) -> None:
    """A message that nobody takes is let go."""
    life = Notifier(ear.getsockname(), 60.0)
    ear.close()
    life.ready()
    life.turned()
    assert life.beat == 20.0
