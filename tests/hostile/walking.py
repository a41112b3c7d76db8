# SPDX-License-Identifier: Apache-2.0
"""A browser on every page of the console, while hostile texts are in the collector.

Rules: each page of the OpenAPI document is asked for a device, and for nonsense; then
each table, each part of the device, each name it gives itself and each answer to an
order is opened where people read it, so that its texts are met.
Not here: what is looked for on a page (`meeting.py`), files and terminals
(`looking.py`).
"""

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from browser_fixture import Visitor
from playwright.sync_api import Error

from server.console.openapi import HTML, document
from server.console.sections import SECTIONS
from tests.hostile import looking
from tests.hostile.asked import TICKET, Told
from tests.hostile.corpus import cut, found_in
from tests.hostile.meeting import Walk, enter, leave, look
from tests.hostile.sender import Hostile
from wire import limits
from wire.purposes import Purpose

SENDS = """([path, fields]) => {
  const form = document.createElement("form");
  Object.assign(form, { action: path, method: "post" });
  for (const [name, value] of Object.entries(fields))
    form.append(Object.assign(document.createElement("input"), { name, value }));
  document.body.append(form);
  form.submit();
}"""
TAKES = """async ([path, fields]) => {
  const body = new URLSearchParams(fields);
  const answer = await fetch(path, { method: "POST", body });
  return [answer.status, await answer.text()];
}"""
WHY = {"reason": "looking", "ticket": TICKET}
_SETTLE = 500
"""Milliseconds in which a browser tells of a file."""
_NAMES = ("device", "dataset", "purpose", "reason", "ticket", "to", "order", "sql")


@dataclass(frozen=True)
class Session:
    """Somebody's session: its secret, and what its pages send."""

    secret: str
    token: str


@dataclass(frozen=True)
class Walker:
    """Somebody in a browser, and what they have met."""

    visitor: Visitor
    session: Session
    agent: Hostile
    found: Walk

    @property
    def device(self) -> str:
        """Return the id of the device."""
        return self.agent.stranger.device.hex()

    def get(self, path: str, **query: str) -> None:
        """Open a page, and look at it."""
        self.visitor.go(f"{path}?{urlencode(query)}")
        look(self.visitor, self.found, path)

    def post(self, path: str, **fields: str) -> int:
        """Send a form, and look at the page; return the rows that were read."""
        sent = fields | {"token": self.session.token}
        with self.visitor.page.expect_navigation():
            self.visitor.page.evaluate(SENDS, [path, sent])
        return look(self.visitor, self.found, path)

    def take(self, path: str, rows: int, **fields: str) -> None:
        """Take a CSV file, and look at its cells."""
        sent = fields | {"token": self.session.token}
        status, text = self.visitor.page.evaluate(TAKES, [path, sent])
        if status != 200:
            self.found.faults.append(f"{path}: answers {status}")
            return
        told = looking.csv_rows(text)
        if len(told) != rows:
            self.found.faults.append(f"{path}: {len(told)} rows for {rows}")
        self.found.faults += looking.formulas(path, told)
        self.found.met["csv"] |= found_in(text)


def walk(
    visitor: Visitor, session: Session, agent: Hostile, most: int, found: Walk
) -> Walker:
    """Open every page, then those that show what the device said in its tables.

    Args:
        visitor: with a browser.
        session: of who looks.
        agent: whose texts are there.
        most: tables to look at.
        found: is filled.
    """
    enter(visitor, session.secret, found)
    walker = Walker(visitor, session, agent, found)
    for method, path in _pages():
        for wished in _wishes(walker):
            _opened(walker, method, path, wished)
    visitor.go("/me")
    _tables(walker, most)
    return walker


def _opened(walker: Walker, method: str, path: str, wished: dict[str, str]) -> None:
    page, files = walker.visitor.page, walker.found.files
    try:
        if method == "GET":
            walker.get(path, **wished)
        else:
            walker.post(path, **wished)
    except Error as error:
        page.wait_for_timeout(_SETTLE)  # a file is told of a moment later
        if walker.found.files == files:
            line = error.message.splitlines()[0]
            walker.found.faults.append(f"{path}: {line}")


def _pages() -> Iterator[tuple[str, str]]:
    """Yield method and path of each page that may be asked for without a change."""
    for path, methods in json.loads(document())["paths"].items():
        for method, described in methods.items():
            html = HTML in described["responses"]["200"]["content"]
            reads = described.get("x-purpose", "none") != "none"
            if html and (method == "get" or reads):
                yield method.upper(), path


def _wishes(walker: Walker) -> Iterator[dict[str, str]]:
    """Yield what a page is asked for: a device, and nonsense."""
    yield {"device": walker.device}
    name = walker.agent.told[0]
    yield dict.fromkeys(_NAMES, f"{name}<script>fired('asked')</script>")


def _tables(walker: Walker, most: int) -> None:
    """Read each table in SQL, as a file, and as a part of the device's page."""
    sent = [*walker.agent.sent.items()][:most]
    for number, ((purpose, name), rows) in enumerate(sent, 1):
        walker.found.said |= marks_of(rows)
        sql = f'SELECT * FROM "{name}" ORDER BY length("{next(iter(rows[0]))}")'  # noqa: S608 - of our catalogue
        sql += f" LIMIT {len(rows)}"
        wish = {"purpose": purpose.value, "sql": sql} | WHY
        shown = walker.post("/explore", **wish)
        if shown != len(rows):
            told = f"/explore {name}: {shown} rows for {len(rows)}"
            walker.found.faults.append(told)
        walker.take("/explore/csv", len(rows), **wish)
        if number % 10 == 0 or number == len(sent):
            _told(walker, f"table {number} of {len(sent)}")
    for purpose, part in _parts(place for place, _ in sent):
        wish = {"device": walker.device, "purpose": purpose.value, "part": part}
        walker.post("/device", **wish, span="month", **WHY)
    _told(walker, "the device's parts")


def names(walker: Walker, texts: Iterator[str], rounds: int) -> None:
    """Let the device give itself names, system and alarms, and look at it each time."""
    for _ in range(rounds):
        here = [cut(one, limits.TEXT_CHARS) for one in itertools.islice(texts, 2)]
        alarm = next(
            short for one in texts if found_in(short := cut(one, limits.NAME_CHARS))
        )
        walker.agent.told = here[0], here[1]
        walker.agent.poll(alarms=(alarm,))
        walker.found.said |= {mark for one in (*here, alarm) for mark in found_in(one)}
        walker.get("/fleet")
        walker.get("/device", device=walker.device)
    _told(walker, "its names")


def answers(walker: Walker, told: Iterable[Told]) -> None:
    """Look at what the device says to each order."""
    for number, one in enumerate(told, 1):
        walker.found.said |= one.marks
        walker.get("/diagnostic", order=one.order)
        if one.rows:
            wish = {"order": one.order} | WHY
            shown = walker.post("/diagnostic/read", **wish)
            if shown != one.rows:
                fault = f"/diagnostic {one.diagnostic}: {shown} rows for {one.rows}"
                walker.found.faults.append(fault)
            walker.take("/diagnostic/export", one.rows, **wish)
        if number % 10 == 0:
            _told(walker, f"{number} orders")
    walker.get("/diagnostics")
    leave(walker.visitor, walker.found)


def marks_of(rows: Iterable[dict[str, object]]) -> set[str]:
    """Return the marks of all texts in rows."""
    return {m for row in rows for text in row.values() for m in found_in(text)}


def _parts(places: Iterable[tuple[Purpose, str]]) -> list[tuple[Purpose, str]]:
    """Return the parts of a device's page that show these tables."""
    return sorted(
        {
            (purpose, part)
            for purpose, name in places
            for part, tables in SECTIONS.items()
            if name in tables
        },
        key=str,
    )


def _told(walker: Walker, where: str) -> None:
    found = walker.found
    found.tell(
        f"{where}: {len(found.shown)} of {len(found.said)} texts met, "
        f"{found.pages} pages, {len(found.fired)} run"
    )
