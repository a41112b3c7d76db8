# SPDX-License-Identifier: Apache-2.0
"""`discreet-server console`: runs the console alone, as a user of its own.

Rules: it reaches neither keyring nor store, and asks those that do by local sockets.
Not here: what the console shows (`server/console`), all in one (`serve.py`).
"""

import argparse
from importlib.util import find_spec
from typing import TYPE_CHECKING

from server.commands import printing
from server.errors import UsageError
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers
    from server.life import Life

NAME = "console"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    subparsers.add_parser(NAME, help="run the console alone, where processes run apart")


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
    require_libraries()
    from server import configuration  # noqa: PLC0415 - heavy
    from server.apart.running import run_console  # noqa: PLC0415 - heavy
    from server.console.process import run as work  # noqa: PLC0415 - heavy
    from server.gate.serving import quieten  # noqa: PLC0415 - heavy

    layout = Layout(options.directory)
    settings = configuration.read(layout).console
    if settings is None:
        msg = f"{layout.configuration} has no [console]: write it, or do not start it"
        raise UsageError(msg)
    quieten()
    return run_console(layout, settings, work, life, printing.hint)


def require_libraries() -> None:
    """Refuse to run a console whose libraries are not here.

    Raises:
        UsageError: they are not.
    """
    if find_spec("webauthn") is None or find_spec("jinja2") is None:
        msg = (
            "config.toml has [console], whose libraries are not here: install "
            "discreet[console]"
        )
        raise UsageError(msg)
