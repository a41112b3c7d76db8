# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.hostile --payloads 5000`: hostile texts, wherever people look.

Rules: exit 1 when a text ran, drove a terminal, forged a line or a row, or was not
there as it was said; run it with `PYTHONPATH=tests`.
Not here: the agent that says them (`sender.py`), the looks (`looking.py`,
`walking.py`).
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from browser_fixture import CHROMIUM, Visitor, chromium
from collector_process import Collector
from console_walk import certificate, console
from session_fixture import signed_in

from server import configuration
from server.access import sessions
from server.access.actions import Role
from server.access.register import open_people
from server.layout import Layout
from tests.hostile import looking, walking
from tests.hostile.corpus import large, payloads
from tests.hostile.sender import Hostile, hostile
from tests.hostile.walking import Session, Walk

ROLES = Role.OPERATOR, Role.ADMINISTRATOR, Role.TECHNICIAN, Role.PRIVACY_OFFICER


@dataclass
class Result:
    """What came of it.

    Attributes:
        rows: that were said.
        tables: in which they are.
        faults: in words.
        walk: what the browser met; None where there is none.
    """

    rows: int
    tables: int
    faults: list[str] = field(default_factory=list)
    walk: Walk | None = None


def play(count: int, seed: int, most: int, folder: Path) -> Result:
    """Say so many texts, and look everywhere.

    Args:
        count: of texts.
        seed: of the corpus.
        most: tables to look at in a terminal and on a page.
        folder: for all files.
    """
    with console(folder) as (collector, origin):
        agent = hostile(collector, payloads(2, seed + 1))
        rows = agent.say_all(payloads(count, seed), large(seed))
        collector.ask("ticket", "open", "T-1")
        found = Result(rows, len(agent.sent))
        found.faults += looking.exports(collector, agent, folder)
        found.faults += looking.terminals(collector, agent, most)
        if CHROMIUM.exists():
            found.walk = _walked(collector, origin, agent, most)
            found.faults += found.walk.faults
            found.faults += (f"fired {one}" for one in found.walk.fired)
        found.faults += looking.papers(collector, count)
    return found


def _walked(collector: Collector, origin: str, agent: Hostile, most: int) -> Walk:
    layout = Layout(collector.folder)
    _, secret = signed_in(layout, configuration.read(layout).tenant, ROLES)
    register = open_people(layout.people)
    with register.reading() as connection:
        held = sessions.find(connection, secret, int(time.time()))
    register.close()
    if held is None:
        raise LookupError
    with chromium(certificate(collector)) as browser:
        visitor = Visitor(browser.new_context(locale="en-GB"), origin)
        return walking.walk(visitor, Session(secret, held.token), agent, most)


def lines(found: Result) -> Iterator[str]:
    """Yield what came of it, line by line."""
    yield f"{found.rows} rows in {found.tables} tables: {len(found.faults)} faults"
    if found.walk is None:
        yield "no browser: Debian's chromium is not installed"
    else:
        yield (
            f"{found.walk.pages} pages, {len(found.walk.shown)} texts on them, "
            f"{len(found.walk.fired)} run"
        )
    yield from sorted(set(found.faults))


def main(arguments: list[str] | None = None) -> int:
    """Say, look, print; return 1 where something was not inert."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile")
    parser.add_argument("--payloads", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tables", type=int, default=1_000, help="at most, to look at")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        found = play(chosen.payloads, chosen.seed, chosen.tables, Path(folder))
    sys.stdout.write("".join(f"{line}\n" for line in lines(found)))
    return int(bool(found.faults))


if __name__ == "__main__":
    sys.exit(main())
