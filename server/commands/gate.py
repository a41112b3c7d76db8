# SPDX-License-Identifier: Apache-2.0
"""`discreet-server gate`: runs a gate alone, as one of several before one store.

Rules: it reads the gate's own folder and the store, and nothing else of an
installation, so a machine that only has these can run it.
Not here: what a gate does (`server/gate`), the collector around it (`serve.py`).
"""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import printing, serve
from server.commands.arguments import duration
from server.errors import UsageError
from server.layout import Layout
from server.processes import Process, is_address

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers
    from server.configuration_intake import IntakeSettings

NAME = "gate"
PORT = 8443


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="run a gate alone, before a shared store")
    parser.add_argument(
        "--store",
        metavar="ADDRESS",
        help="PostgreSQL store (default: the one that config.toml names)",
    )
    serve.add_listening(parser, f"port to listen on (default: {PORT})")
    parser.add_argument(
        "--balancer",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="address or network of a load balancer, which says by the PROXY protocol "
        "whom it brings; may be repeated",
    )
    parser.add_argument(
        "--drain",
        type=duration,
        default=0,
        metavar="TIME",
        help="at its end, go on for so long, like 10s, while /v1/ready says to ask "
        "others (default: end at once)",
    )
    parser.add_argument(
        "--metrics",
        metavar="ADDRESS:PORT",
        help="show figures of itself there, for Prometheus, at /metrics",
    )
    parser.add_argument(
        "--intake",
        metavar="FILE",
        type=Path,
        help="with the table [intake]: where shipments wait while the store is away "
        "(default: what config.toml says, or nowhere)",
    )


def run(options: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT."""
    from server.apart.state import require_user  # noqa: PLC0415 - heavy
    from server.configuration_metrics import where  # noqa: PLC0415 - heavy
    from server.gate.balancers import balancers  # noqa: PLC0415 - heavy
    from server.gate.process import Options  # noqa: PLC0415 - heavy
    from server.gate.process import run as serve_devices  # noqa: PLC0415 - heavy
    from server.gate.serving import Among, quieten  # noqa: PLC0415 - heavy
    from server.users import User  # noqa: PLC0415 - with the above

    layout = Layout(options.directory)
    require_user(layout, User.GATE)
    store = options.store or _configured(layout)
    if options.store is not None and not is_address(options.store):
        msg = (
            "gates share a store in PostgreSQL: --store postgresql://HOST/DATABASE?..."
        )
        raise UsageError(msg)
    taken = serve.allowed(options)
    intake = _intake(layout, options.intake)
    quieten()
    serve_devices(
        Options(
            layout.gate,
            store,
            options.host,
            PORT if options.port is None else options.port,
            fd=None,
            user=None,
            lifeline=False,
            connections=taken.connections,
            quotas=taken.quotas,
            among=Among(balancers(options.balancer), options.drain),
            metrics=where(options.metrics) if options.metrics else None,
            intake=intake,
        ),
        lambda where: printing.hint(f"discreet-server: listening on {where}"),
    )
    return 0


def _intake(layout: Layout, file: Path | None) -> "IntakeSettings | None":
    from server import configuration, configuration_intake  # noqa: PLC0415 - heavy

    if file is not None:
        return configuration_intake.read_file(file)
    if os.access(layout.configuration, os.R_OK):  # run apart, a gate may not read it
        return configuration.read(layout).intake
    return None


def _configured(layout: Layout) -> str:
    from server.storing import place  # noqa: PLC0415 - heavy

    if not layout.configuration.exists():
        msg = "name the store that gates share: --store postgresql://HOST/DATABASE?..."
        raise UsageError(msg)
    return place(layout, Process.GATE)
