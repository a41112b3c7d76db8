# SPDX-License-Identifier: Apache-2.0
"""`discreet-server serve`: runs the collector and keeps its key epochs going.

Rules: keys and certificate are brought up to date before the first device is heard,
keys then at each change of an epoch and the certificate in time; a round that fails is
told and tried again.
Not here: the processes (`server/serve.py`), which keys there must be
(`server/epochs.py`).
"""

import argparse
import os
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from server.commands import printing
from server.commands.arguments import port, size
from server.commands.console import require_libraries
from server.gate.bounds import CONNECTIONS, CONNECTIONS_MOST
from server.layout import Layout
from server.store.bounds import DAY_BYTES_LEAST, DAY_BYTES_MOST, DEVICE_DAY_BYTES
from wire.limits import MIB

if TYPE_CHECKING:
    from server.children import Allowed, Child
    from server.commands.arguments import Subparsers
    from server.configuration import Configuration
    from server.life import Life

NAME = "serve"
HTTPS_PORT = 443
ROUND_SECONDS = 60
"""A key that somebody destroyed or a policy that was restored is noticed this soon."""


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="run the collector until it is stopped")
    add_listening(parser, "port to listen on (default: the one of the address)")
    parser.add_argument(
        "--without-gate",
        action="store_true",
        help="run all but the gate, which runs elsewhere (`discreet-server gate`)",
    )


def add_listening(parser: argparse.ArgumentParser, port_help: str) -> None:
    """Declare where a gate listens, and what it takes.

    Args:
        parser: of a command that runs one.
        port_help: what `--port` is.
    """
    parser.add_argument(
        "--host",
        default="0.0.0.0",  # noqa: S104 - agents come from other machines
        help="address to listen on (default: every IPv4 address)",
    )
    parser.add_argument("--port", type=port, help=port_help)
    parser.add_argument(
        "--connections",
        type=_connections,
        default=CONNECTIONS,
        help=f"most at once, up to 160 KiB of memory each (default: {CONNECTIONS})",
    )
    parser.add_argument(
        "--device-day-bytes",
        type=_day_bytes,
        default=DEVICE_DAY_BYTES,
        metavar="SIZE",
        help="most that is stored of one device in a day, like 320MiB"
        f" (default: {DEVICE_DAY_BYTES // MIB}MiB)",
    )
    parser.add_argument(
        "--tenant-day-bytes",
        type=_day_bytes,
        metavar="SIZE",
        help="and of all devices of a tenant, like 20GiB (default: no bound)",
    )


def run(options: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT."""
    from server.life import Alone  # noqa: PLC0415 - with what uses it

    return run_hosted(options, Alone())


def hint(layout: Layout, settings: "Configuration") -> None:
    """Say what this installation leaves undone.

    Args:
        layout: the installation.
        settings: what config.toml says.
    """
    from server.configuration import FOLD  # noqa: PLC0415 - heavy

    if os.access(layout.offline / "root.key", os.F_OK):  # no unit can look there
        printing.hint(
            f"discreet-server: the root key is still in {layout.offline}: move it off "
            "this machine (docs/howto/move-the-root-key-offline.md)"
        )
    if FOLD not in settings.jobs:
        printing.hint(
            "discreet-server: nobody owns the fold job, so a reading costs more with "
            'every change: write `fold = "USER"` under [jobs] in '
            f"{layout.configuration}"
        )
    if not settings.tickets_said:
        printing.hint(
            "discreet-server: support is read under an open ticket only, as no setting "
            'says otherwise: write `tickets = "required"` under [keeper] in '
            f'{layout.configuration}, or "off" to let it be read without one '
            "(docs/howto/read-under-a-ticket.md)"
        )
    if settings.keyring.directory is None:
        printing.hint(
            f"discreet-server: the master key lies in {layout.keyring}, so every copy "
            "of it opens what is destroyed later: write `directory = "
            '"/ANOTHER/DIRECTORY"` under [keyring] in '
            f"{layout.configuration} and start again "
            "(docs/howto/back-up-the-keyring.md)"
        )


def run_hosted(options: argparse.Namespace, life: "Life") -> int:
    """Run until SIGTERM or SIGINT, hosted by a service or by nobody.

    Args:
        options: as the command line gives them.
        life: hears how the collector lives.
    """
    from server import configuration  # noqa: PLC0415 - heavy
    from server.apart.state import require_whole  # noqa: PLC0415 - heavy
    from server.processes import Process  # noqa: PLC0415 - with the below
    from server.serve import Beside, serve, serve_within  # noqa: PLC0415 - heavy
    from server.storing import place  # noqa: PLC0415 - heavy

    layout = Layout(options.directory)
    require_whole(layout)
    settings = configuration.read(layout)
    chosen: int | None = options.port
    if chosen is None:
        chosen = urlsplit(settings.url).port or HTTPS_PORT
    hint(layout, settings)
    now = int(time.time())
    tls_up_to_date(layout, now)
    bring_up_to_date(layout, now)
    let_the_keeper_look_first(layout)
    stopping = threading.Event()
    going = threading.Thread(target=rounds, args=(layout, stopping), daemon=True)
    going.start()
    try:

        def anew() -> "list[Child]":
            return children(layout, configuration.read(layout))

        beside = Beside(children(layout, settings), life, anew)
        if options.without_gate:
            return serve_within(beside, _within)
        taken = replace(
            allowed(options),
            store=place(layout, Process.GATE),
            metrics=settings.metrics.gate,
            intake=settings.intake,
        )
        return serve(layout, options.host, chosen, _ready, beside, taken)
    finally:
        stopping.set()
        going.join()


def children(layout: Layout, settings: "Configuration") -> "list[Child]":
    """Return what runs beside the gate."""
    from server.children import (  # noqa: PLC0415 - heavy
        console,
        hook,
        keeper,
        office,
        reader,
        watch,
    )

    found = [reader(layout), keeper(layout)]
    if settings.webhook is not None:
        found.append(hook(layout, settings.webhook, settings.tenant))
    if settings.metrics.watched:
        found.append(watch(layout))
    if settings.console is not None:
        require_libraries()
        found += [office(layout), console(layout)]
    return found


def allowed(options: argparse.Namespace) -> "Allowed":
    """Return what the gate takes."""
    from server.children import Allowed  # noqa: PLC0415 - heavy
    from server.store.interface import Quotas  # noqa: PLC0415 - heavy

    quotas = Quotas(options.device_day_bytes, tenant=options.tenant_day_bytes)
    return Allowed(options.connections, quotas)


def tls_up_to_date(layout: Layout, now: int) -> None:
    """Make the gate a new certificate when its own ends soon; it is used by itself.

    Args:
        layout: the installation.
        now: seconds since the epoch.
    """
    from server import configuration, tls  # noqa: PLC0415 - heavy

    settings = configuration.read(layout)
    if tls.ensure(layout, settings, now):
        printing.hint("discreet-server: made a new TLS certificate for the gate")
    if settings.console and tls.ensure_console(layout, settings.console, now):
        printing.hint("discreet-server: made a new TLS certificate for the console")


def bring_up_to_date(layout: Layout, now: int) -> int:
    """Publish the keys that this moment needs; return when to do it again.

    Args:
        layout: the installation.
        now: seconds since the epoch.
    """
    from server.orders import sending  # noqa: PLC0415 - with the above
    from server.orders.desk import open_desk  # noqa: PLC0415 - heavy

    with open_desk(layout) as desk:
        desk.authority.ensure_epochs(now)
        desk.authority.removals().keep_fresh(now)
        sending.cancel_unsupported(desk, now)
        sending.note_ends(desk, now)
        return desk.authority.next_change(now)


def let_the_keeper_look_first(layout: Layout) -> None:
    """Give no key to who reads until the keeper has gone through what died elsewhere.

    That a directory or a machine was restored is seen nowhere but at a start.

    Args:
        layout: the installation.
    """
    from server.keyring import open_keyring  # noqa: PLC0415 - heavy

    keyring = open_keyring(layout)
    try:
        keyring.set_renewing(on=True)
    finally:
        keyring.close()


def one_round(layout: Layout, now: int) -> int:
    """Bring keys and certificate up to date, or tell why not; return how long to wait.

    Args:
        layout: the installation.
        now: seconds since the epoch.
    """
    from server.errors import ServerError  # noqa: PLC0415 - with `run`'s imports
    from wire.errors import WireError  # noqa: PLC0415 - heavy

    try:
        tls_up_to_date(layout, now)
        due = bring_up_to_date(layout, now)
        return max(1, min(ROUND_SECONDS, due - now))
    except (ServerError, WireError) as error:
        why = str(error)
    except Exception as error:  # noqa: BLE001 - boundary: the service loop
        why = f"failed unexpectedly ({type(error).__name__})"
    printing.hint(
        f"discreet-server: keys and certificate were not brought up to date: {why}"
    )
    return ROUND_SECONDS


def _connections(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) <= len(str(CONNECTIONS_MOST)):
        count = int(text)
        if 0 < count <= CONNECTIONS_MOST:
            return count
    msg = f"connections are a number from 1 to {CONNECTIONS_MOST}"
    raise argparse.ArgumentTypeError(msg)


def _day_bytes(text: str) -> int:
    octets = size(text)
    if DAY_BYTES_LEAST <= octets <= DAY_BYTES_MOST:
        return octets
    msg = f"a day's bytes are {DAY_BYTES_LEAST // MIB}MiB or more, to 1024TiB"
    raise argparse.ArgumentTypeError(msg)


def rounds(layout: Layout, stopping: threading.Event) -> None:
    """Keep keys and certificate up to date until the end."""
    pause = 1
    while not stopping.wait(pause):
        pause = one_round(layout, int(time.time()))


def _within() -> None:
    printing.hint("discreet-server: at work, with gates elsewhere")


def _ready(where: str) -> None:
    printing.hint(f"discreet-server: listening on {where}")
