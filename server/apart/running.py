# SPDX-License-Identifier: Apache-2.0
"""Runs one process of a collector by itself, hosted by a service or by nobody.

Rules: it is its own user's, or it does not start; it ends by a signal, in order; who
hosts it hears that it works for as long as it answers.
Not here: what the processes do (`server/reader`, `server/keeper`, `server/office`,
`server/console`), all of them in one (`server/serve.py`).
"""

import http.client
import signal
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from server.apart.state import require_user
from server.configuration_console import ConsoleSettings
from server.desk.asking import answers
from server.desk.program import Run
from server.layout import Layout
from server.life import Life
from server.pulse import HERE, watch
from server.users import User

_PATIENCE_SECONDS = 10.0
_ERRORS = 500
Said = Callable[[str], None]
AT_WORK, STUCK = "at work", "it does not answer"


@dataclass(frozen=True, slots=True)
class Told:
    """Tells who hosts a process how it fares.

    Attributes:
        life: hears it.
    """

    life: Life

    def __call__(self, beats: bool) -> None:  # noqa: FBT001 - what `watch` tells
        """Tell whether it answers."""
        if beats:
            self.life.turned()
        self.life.status(AT_WORK if beats else STUCK)


def run_desk(
    layout: Layout, user: User, path: Path, run: Run, life: Life, said: Said
) -> int:
    """Run a process that answers at a local socket, until SIGTERM or SIGINT.

    Args:
        layout: the installation.
        user: whose process it is.
        path: its socket.
        run: does its work.
        life: hears how it lives.
        said: shows a person a line.

    Raises:
        ServerError: it cannot start.
    """
    require_user(layout, user)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())

    def ready(_: Path) -> None:
        life.ready()
        watch(lambda: answers(path), Told(life), ended)
        said(f"discreet-server: the {user.name.lower()} is at work")

    try:
        run(layout, ended, ready)
    finally:
        life.stopping()
    return 0


def run_console(
    layout: Layout,
    settings: ConsoleSettings,
    run: Callable[..., None],
    life: Life,
    said: Said,
) -> int:
    """Run the console until SIGTERM or SIGINT.

    Args:
        layout: the installation.
        settings: where it listens.
        run: `server.console.process.run`.
        life: hears how it lives.
        said: shows a person a line.

    Raises:
        ServerError: it cannot start.
    """
    require_user(layout, User.CONSOLE)
    ended = threading.Event()

    def ready(where: str) -> None:
        life.ready()
        watch(lambda: shows(settings), Told(life), ended)
        said(f"discreet-server: the console listens on {where}")

    try:
        run(layout, ready, lifeline=False)
    finally:
        ended.set()
        life.stopping()
    return 0


def shows(settings: ConsoleSettings) -> bool:
    """Tell whether the console answers this machine, whoever signed its certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # it is this process itself, and says no secret
    try:
        connection = http.client.HTTPSConnection(
            HERE.get(settings.host, settings.host),
            settings.port,
            timeout=_PATIENCE_SECONDS,
            context=context,
        )
        try:
            connection.request("GET", "/static/mark.svg")
            return connection.getresponse().status < _ERRORS
        finally:
            connection.close()
    except (OSError, http.client.HTTPException):
        return False
