# SPDX-License-Identifier: Apache-2.0
"""Shows and pushes a fleet's figures: `python -I -m server.watch --directory DIR`.

Rules: it opens nothing and holds no key; it reads the store as the office may, and asks
the keeper; what was looked up counts for some seconds, however often somebody asks.
Not here: which figures there are (`fleet.py`), pushing them (`pushing.py`), what a gate
shows of itself (`server/gate/figures.py`).
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from server import configuration
from server.desk import program
from server.errors import UsageError
from server.figures.kept import Figures
from server.figures.listening import shown
from server.layout import Layout
from server.watch.fleet import DECLARED, Fleet
from server.watch.pushing import pushed

NAME = "watch"
FRESH_SECONDS = 5.0
"""Scrapes come each fifteen seconds; two who scrape at a time are told the same."""


def main(arguments: Sequence[str]) -> int:
    """Show figures until it is told to end; returns its exit code."""
    return program.main(NAME, run, arguments)


def run(layout: Layout, ended: threading.Event, ready: Callable[[Path], None]) -> None:
    """Show them until `ended` is set.

    Args:
        layout: the installation.
        ended: set to end.
        ready: called with the address once they are shown.

    Raises:
        ServerError: they cannot be shown.
    """
    settings = configuration.read(layout)
    metrics, place = settings.metrics, settings.metrics.listen
    if not metrics.watched:
        msg = "config.toml does not say where figures go: [metrics] listen or otlp"
        raise UsageError(msg)
    with closing(Fleet(layout)) as fleet:
        figures = Figures(DECLARED, lambda these: fleet.look(these, int(time.time())))
        with (
            pushed(layout, metrics, settings.tenant, ended),
            shown(place, Fresh(figures.text).text),
        ):
            ready(Path(f"{place.host}:{place.port}" if place else "no address"))
            ended.wait()


class Fresh:
    """A text that is made anew when it is some seconds old; used by one thread."""

    def __init__(self, make: Callable[[], str]) -> None:
        """Take what makes it."""
        self._make = make
        self._made = -FRESH_SECONDS
        self._text = ""

    def text(self) -> str:
        """Return it."""
        now = time.monotonic()
        if now - self._made >= FRESH_SECONDS:
            self._text, self._made = self._make(), now
        return self._text
