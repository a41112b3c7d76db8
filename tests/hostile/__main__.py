# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.hostile --payloads 5000`: hostile texts, wherever people look.

Rules: exit 1 when a text ran, opened a dialog or a window, broke the content policy,
led a browser elsewhere, drove a terminal, forged a line or a row, was not there as it
was said, or when fewer of them were met than `SHARE`; run it with `PYTHONPATH=tests`.
Not here: the agent that says them (`sender.py`, `asked.py`), the looks (`looking.py`,
`walking.py`, `meeting.py`).
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
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
from tests.hostile.asked import TICKET, orders
from tests.hostile.corpus import large, payloads
from tests.hostile.meeting import Walk
from tests.hostile.sender import Hostile, hostile
from tests.hostile.walking import Session

ROLES = (
    *(Role.OPERATOR, Role.ADMINISTRATOR, Role.TECHNICIAN, Role.SECURITY),
    Role.PRIVACY_OFFICER,
)
"""Of one who reads for every purpose for which people read."""


SHARE = 0.99
"""Of the texts that were said, so many at least stand on a page: a text whose number
comes behind what a cell shows is cut off there, and is in the files."""
NAMES = 100_000 - 20_000
"""Number of the first text that is no value of a table."""


@dataclass
class Result:
    """What came of it.

    Attributes:
        rows: that were said.
        tables: in which they are.
        columns: of text, in which they are.
        faults: in words.
        walk: what a browser met, and the files; without pages where there is none.
    """

    rows: int
    tables: int
    columns: int
    walk: Walk
    faults: list[str] = field(default_factory=list)


def play(
    count: int, seed: int, most: int, folder: Path, tell: Callable[[str], None]
) -> Result:
    """Say so many texts, and look everywhere.

    Args:
        count: of texts.
        seed: of the corpus.
        most: tables and diagnostics to look at in a terminal and on a page.
        folder: for all files.
        tell: is told how far it is.
    """
    with console(folder) as (collector, origin):
        others = payloads(100_000 - NAMES, seed, NAMES)
        agent = hostile(collector, others)
        rows = agent.say_all(payloads(count, seed), large(seed))
        collector.ask("ticket", "open", TICKET)
        tell(f"{rows} rows in {len(agent.sent)} tables are said")
        found = Result(rows, len(agent.sent), agent.columns, Walk(tell=tell))
        found.faults += looking.exports(collector, agent, folder, found.walk.met)
        tell("exports are looked at")
        found.faults += looking.terminals(collector, agent, most)
        tell("terminals are looked at")
        if CHROMIUM.exists():
            _walked(collector, origin, agent, most, found.walk, others)
            found.faults += found.walk.faults
            found.faults += (f"fired {one}" for one in found.walk.fired)
            if found.walk.share < SHARE:
                found.faults.append(f"met {found.walk.share:.1%} of the texts alone")
        found.faults += looking.papers(collector)
    return found


def _walked(
    collector: Collector,
    origin: str,
    agent: Hostile,
    most: int,
    found: Walk,
    others: Iterator[str],
) -> None:
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
        session = Session(secret, held.token)
        walker = walking.walk(visitor, session, agent, most, found)
        walking.names(walker, others, min(most, 20))
        walking.answers(walker, orders(collector, agent, others, most))


def lines(found: Result) -> Iterator[str]:
    """Yield what came of it, line by line; the verdict is the last."""
    walk = found.walk
    yield f"{found.rows} rows in {found.columns} columns of {found.tables} tables"
    if not walk.pages:
        yield "no browser: Debian's chromium is not installed"
    else:
        yield (
            f"{walk.pages} pages, {len(walk.shown)} of {len(walk.said)} texts on them "
            f"({walk.share:.1%}, wanted {SHARE:.0%}), {len(walk.fired)} run"
        )
    yield ", ".join(f"{place} {len(marks)}" for place, marks in walk.met.items())
    yield from sorted(set(found.faults))
    yield f"{'FAIL' if found.faults else 'PASS'}: {len(found.faults)} faults"


def main(arguments: list[str] | None = None) -> int:
    """Say, look, print; return 1 where something was not inert."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile")
    parser.add_argument("--payloads", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tables", type=int, default=1_000, help="at most, to look at")
    chosen = parser.parse_args(arguments)
    begun = time.monotonic()

    def tell(line: str) -> None:
        sys.stderr.write(f"{time.monotonic() - begun:6.0f} s  {line}\n")

    with tempfile.TemporaryDirectory() as folder:
        found = play(chosen.payloads, chosen.seed, chosen.tables, Path(folder), tell)
    sys.stdout.write("".join(f"{line}\n" for line in lines(found)))
    return int(bool(found.faults))


if __name__ == "__main__":
    sys.exit(main())
