# SPDX-License-Identifier: Apache-2.0
"""The console's process: `python -I -m server.console --directory DIR`.

Rules: it opens the register of people, the ledger and its own TLS key, and nothing that
opens an envelope or decides on a case; TLS 1.3 only; its log of requests is shortened
as time goes by, whoever comes; it ends when whoever started it is gone.
Not here: what is answered (`app.py`), starting it again (`server/serve.py`).
"""

import argparse
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from server import configuration
from server.access.changing import People
from server.access.entering import Entrance
from server.access.oidc import Provider
from server.access.passkeys import Place
from server.access.register import open_people
from server.configuration_console import ConsoleSettings
from server.console.app import console_of
from server.console.bounds import ADDRESS_CONNECTIONS, CONNECTIONS
from server.console.desks import Desks
from server.console.pages import Pages
from server.console.routes import TABS
from server.console.site import Refusals, Site
from server.console.visits import Visits
from server.errors import ServerError, UsageError
from server.gate.certificate import Certificate
from server.gate.door import Door
from server.gate.privileges import forbid_core_dumps
from server.gate.serving import Server, listen, quieten
from server.key_files import have_directory
from server.layout import Layout
from server.ledger import SqliteLedger
from server.logs import log_failure

READY = "console listening on "
"""Start of the one line that says that connections are taken."""


def main(arguments: Sequence[str]) -> int:
    """Run the console until it is told to end.

    Returns:
        The exit code, as in docs/exit-codes.md.
    """
    parser = argparse.ArgumentParser(prog="server.console", allow_abbrev=False)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--lifeline", action="store_true")
    options = parser.parse_args(arguments)
    try:
        quieten()
        forbid_core_dumps()
        run(
            Layout(options.directory),
            lambda where: print(f"{READY}{where}", flush=True),  # noqa: T201 - it is read by whoever started this
            lifeline=options.lifeline,
        )
    except ServerError as error:
        sys.stderr.write(f"console: {error}\n")
        return error.exit_code
    return 0


def run(layout: Layout, ready: Callable[[str], None], *, lifeline: bool) -> None:
    """Serve until SIGTERM, SIGINT or the end of the lifeline.

    Args:
        layout: the installation.
        ready: called with the address once connections are taken.
        lifeline: whether standard input ends with whoever started this.

    Raises:
        ServerError: the console cannot start.
    """
    settings = configuration.read(layout)
    if settings.console is None:
        msg = f"{layout.configuration} has no [console]: write it, or do not start it"
        raise UsageError(msg)
    have_directory(layout.console)
    certificate = Certificate(settings.console.certificate or layout.console)
    listener = listen(settings.console.host, settings.console.port)
    ledger = SqliteLedger(layout.ledger)
    register = open_people(layout.people)
    site = site_of(layout, settings.console, People(register, ledger, settings.tenant))
    site.visits.forget(_now())
    try:
        server = Server(
            console_of(site, _now).application(),
            Door(CONNECTIONS, ADDRESS_CONNECTIONS),
            certificate,
            ready,
            looked=lambda: _tend(site),
        )
        if lifeline:
            threading.Thread(target=server.follow, args=(0,), daemon=True).start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, server.handle_exit)
        server.run([listener])
        site.refusals.tell(_now(), at_once=True)
    finally:
        listener.close()
        register.close()
        ledger.close()


def site_of(layout: Layout, settings: ConsoleSettings, people: People) -> Site:
    """Return what answers need.

    Args:
        layout: the installation.
        settings: where the console is.
        people: the register and its changes.
    """
    place, provider = Place(settings.rp_id, settings.origin), None
    if settings.oidc is not None:
        provider = Provider(settings.oidc, f"{settings.origin}/elsewhere/back")
    return Site(
        settings,
        Entrance(people.register, people.ledger, place),
        people,
        Pages(),
        Visits(layout.console),
        Refusals(people.ledger, time.monotonic),
        Desks(layout),
        TABS,
        provider,
    )


def _tend(site: Site) -> None:
    """Do what is due, whoever comes; what fails is told and tried again."""
    try:
        site.visits.forget(_now())
        site.refusals.tell(_now())
        site.entrance.forget(_now())
    except (OSError, ServerError) as error:
        log_failure("not-tended", error)


def _now() -> int:
    return int(time.time())
