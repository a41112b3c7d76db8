# SPDX-License-Identifier: Apache-2.0
"""What systemd and a desktop are told of window and root: it fits the product.

Rules: the files are read as their programs read them.
Not here: that a machine installs them.
"""

import configparser
import shlex
from pathlib import Path

from agent.__main__ import COMMANDS
from agent.host import root_socket
from agent.host.notice_socket import NAME
from agent.window import unix

LINUX = Path(__file__).resolve().parents[2] / "packaging" / "linux"


def told(name: str) -> configparser.ConfigParser:
    """Return the sections of a file."""
    found = configparser.ConfigParser(interpolation=None, strict=False)
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
        ["/usr/lib/discreet-agent/bin/python3", "-I", "-m", "agent", "window"],
        ["/usr/bin/discreet-agent", "page"],
    ]
    assert {"window", "page"} <= set(COMMANDS)
    assert service["PrivateNetwork"] == "yes"


def test_only_the_agents_group_may_ask_root() -> None:
    """The socket is where the agent asks; nobody else's group can connect."""
    socket = told("discreet-agent-root.socket")["Socket"]
    assert socket["ListenStream"] == str(root_socket.SOCKET)
    assert (socket["SocketUser"], socket["SocketGroup"]) == ("root", "discreet-agent")
    assert socket["SocketMode"] == "0660"
    service = told("discreet-agent-root.service")["Service"]
    assert shlex.split(service["ExecStart"])[3:] == ["agent", "root"]


def test_a_session_waits_where_the_agent_leaves_notices() -> None:
    """Each person's own systemd listens, and starts a command that there is."""
    socket = told("user/discreet-agent-notices.socket")["Socket"]
    assert socket["ListenStream"] == "@" + NAME.format(user="%U")
    assert socket["Accept"] == "yes"
    service = told("user/discreet-agent-notices@.service")["Service"]
    assert shlex.split(service["ExecStart"])[3:] == ["agent", "notices"]
    assert "notices" in COMMANDS
    assert service["StandardInput"] == "socket"


def test_the_agent_has_no_capability_at_all() -> None:
    """What reads any file, traces or administers is never the agent's own."""
    service = told("discreet-agent.service")["Service"]
    assert service["User"] == "discreet-agent"
    assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == ""
