# SPDX-License-Identifier: Apache-2.0
"""`discreet-server office`: runs the office alone, and keeps key epochs going.

Rules: it has the authority's keys and speaks to no network; keys and certificates are
brought up to date before it answers, and from then on in time.
Not here: what the console asks of it (`server/office`), all in one (`serve.py`).
"""

import argparse
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

from server.commands import printing, serve
from server.errors import UsageError
from server.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server.commands.arguments import Subparsers
    from server.life import Life

NAME = "office"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    subparsers.add_parser(
        NAME,
        help="run what signs policies and keys alone, where processes run apart",
    )


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
    from server.users import User  # noqa: PLC0415 - with the above

    layout = Layout(options.directory)
    return run_desk(
        layout, User.OFFICE, layout.office_socket, _work, life, printing.hint
    )


def _work(
    layout: Layout, ended: threading.Event, ready: "Callable[[Path], None]"
) -> None:
    """Bring all up to date, then answer, and keep it so."""
    from server import configuration  # noqa: PLC0415 - heavy
    from server.keyring import open_keyring  # noqa: PLC0415 - heavy
    from server.office.process import run as answer  # noqa: PLC0415 - heavy

    settings = configuration.read(layout)
    if settings.store is None:
        msg = (
            "the store is a file, which every process could delete: copy it to "
            "PostgreSQL first (discreet-server store copy), or run serve"
        )
        raise UsageError(msg)
    serve.hint(layout, settings)
    now = int(time.time())
    serve.tls_up_to_date(layout, now)
    serve.bring_up_to_date(layout, now)
    with closing(open_keyring(layout)) as keyring:
        keyring.fold_job_key()  # who may only read the keyring finds them made
        keyring.keeper_key()
    rounds = threading.Thread(target=serve.rounds, args=(layout, ended), daemon=True)
    rounds.start()
    try:
        answer(layout, ended, ready)
    finally:
        ended.set()
        rounds.join()
