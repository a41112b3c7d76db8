# SPDX-License-Identifier: Apache-2.0
"""What systemd and a desktop are told of the window: it fits the product.

Rules: the files are read as their programs read them.
Not here: that a machine installs them.
"""

import configparser
import shlex
from pathlib import Path

from agent.__main__ import COMMANDS
from agent.window import unix

LINUX = Path(__file__).resolve().parents[2] / "packaging" / "linux"


def told(name: str) -> configparser.ConfigParser:
    """Return the sections of a file."""
    found = configparser.ConfigParser(interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    found.read(LINUX / name, "utf-8")
    return found


def test_the_socket_is_where_the_command_looks() -> None:
    """Everybody may connect, and systemd makes the directory that only root writes."""
    socket = told("discreet-agent-window.socket")["Socket"]
    assert socket["ListenStream"] == str(unix.SOCKET)
    assert (socket["SocketMode"], socket["DirectoryMode"]) == ("0666", "0755")
    assert "Accept" not in socket


def test_both_start_a_command_that_there_is() -> None:
    """The service answers, the menu's entry asks."""
    service = told("discreet-agent-window.service")["Service"]
    entry = told("discreet-agent-page.desktop")["Desktop Entry"]
    started = [shlex.split(text) for text in (service["ExecStart"], entry["Exec"])]
    assert started == [
        ["/usr/bin/discreet-agent", "window"],
        ["/usr/bin/discreet-agent", "page"],
    ]
    assert {"window", "page"} <= set(COMMANDS)
    assert service["PrivateNetwork"] == "yes"
