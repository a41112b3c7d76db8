# SPDX-License-Identifier: Apache-2.0
"""`discreet-server reader`: runs the reader alone, as a user of its own.

Rules: it may open the keyring, and change nothing in it; it deletes nothing.
Not here: what a reader does (`server/reader`), all in one (`serve.py`).
"""

import argparse
from typing import TYPE_CHECKING

from server.commands import printing
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers
    from server.life import Life

NAME = "reader"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    subparsers.add_parser(NAME, help="run the reader alone, where processes run apart")


def run(options: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT."""
    from server.life import Alone  # noqa: PLC0415 - with what uses it

    return run_hosted(options, Alone())


def run_hosted(options: argparse.Namespace, life: "Life") -> int:
    """Run until SIGTERM or SIGINT, hosted by a service or by nobody.

    Args:
        options: as the command line gives them.
        life: hears how it lives.
    """
    from server.apart.running import run_desk  # noqa: PLC0415 - heavy
    from server.reader.process import run as work  # noqa: PLC0415 - heavy
    from server.users import User  # noqa: PLC0415 - with the above

    layout = Layout(options.directory)
    return run_desk(layout, User.READER, layout.socket, work, life, printing.hint)
