# SPDX-License-Identifier: Apache-2.0
"""`discreet-server ready`: tells whether a process of this machine answers.

Rules: it asks as who watches would, and reads nothing; a container's health is its exit
code.
Not here: what services tell systemd (`server/apart/running.py`), figures
(`server/figures`).
"""

import argparse
from typing import TYPE_CHECKING

from server.commands import printing
from server.commands.arguments import port
from server.errors import UnreachableError
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "ready"
PARTS = ("gate", "office", "reader", "keeper", "console")
GATE_PORT = 8443
READY = "/v1/ready"
"""A gate that leaves, or does not reach its store, is not ready."""


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="tell whether a process of this machine answers"
    )
    parser.add_argument("part", choices=PARTS, metavar="|".join(PARTS))
    parser.add_argument(
        "--port",
        type=port,
        default=GATE_PORT,
        help=f"of a gate (default: {GATE_PORT})",
    )


def run(options: argparse.Namespace) -> int:
    """Ask one process; succeeds where it answers."""
    if not _answers(Layout(options.directory), options.part, options.port):
        msg = f"the {options.part} does not answer on this machine: look at its log"
        raise UnreachableError(msg)
    printing.show(f"The {options.part} answers.")
    return 0


def _answers(layout: Layout, part: str, gate: int) -> bool:
    from server import configuration  # noqa: PLC0415 - heavy
    from server.apart.running import shows  # noqa: PLC0415 - heavy
    from server.desk.asking import answers  # noqa: PLC0415 - heavy
    from server.pulse import Pulse  # noqa: PLC0415 - heavy

    if part == "gate":
        authority = layout.gate / "authority.der"
        return Pulse("127.0.0.1", gate, authority, READY).beats()
    if part == "console":
        settings = configuration.read(layout).console
        return settings is not None and shows(settings)
    return answers(layout.run / part / layout.socket.name)
