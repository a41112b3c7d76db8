# SPDX-License-Identifier: Apache-2.0
"""Answers with the ledger: who did what, the newest first, and whether it is whole.

Rules: a line has ids, counts and times, and never a value; the chain and the anchors
are checked when somebody asks for it, for that reads every line.
Not here: the ledger (`server/ledger.py`), anchors from elsewhere (the command line).
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from server import anchors
from server.access.actions import Action
from server.commands import ledger_words
from server.console.bounds import DAY_SECONDS
from server.console.route import GET, Route, whole
from server.console.site import Asked, Site, Tab
from server.errors import StateError, TrustError, UsageError
from server.ledger import Act, SqliteLedger
from server.ledger_acts import ACTS

ENTRIES = 100
"""Of a page."""
LOOKED = 50_000
"""Entries that one page looks through: two seconds."""
_FIELDS = ("act", "since", "until", "before")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for.

    Attributes:
        act: a slug; empty for all.
        since: seconds since the epoch; earlier entries are not.
        until: later ones are not.
        before: number of the entry that the page ends before; 0 for the newest.
    """

    act: str
    since: int
    until: int
    before: int

    def takes(self, entry: Act) -> bool:
        """Tell whether an entry is one of them."""
        return self.act in {"", entry.act} and entry.time < self.until


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as the page shows it."""

    index: int
    time: int
    act: str
    title: str
    body: str
    digest: str


@dataclass(frozen=True, slots=True)
class Whole:
    """What a check showed.

    Attributes:
        entries: how many hold together.
        anchored: through which entry anchors hold; 0 for none.
        problem: what is wrong, in words; empty for nothing.
    """

    entries: int
    anchored: int
    problem: str = ""


def page(site: Site, asked: Asked) -> Response:
    """Show entries, the newest first, and check the whole where that is asked for."""
    ledger = site.people.ledger
    fields = {name: asked.query.get(name, "")[:40] for name in _FIELDS}
    wanted = _wanted(fields, asked.now)
    looked, found, last = 0, [], 0
    for entry in _behind(ledger.recent(wanted.since), wanted.before):
        looked, last = looked + 1, entry.index
        if wanted.takes(entry):
            found.append(_line(site, asked, entry))
        if looked == LOOKED or len(found) == ENTRIES:
            break
    is_more = last > 1 and (looked == LOOKED or len(found) == ENTRIES)
    query = urlencode({k: v for k, v in fields.items() if v and k != "before"})
    return site.page(
        asked,
        "ledger",
        lines=found,
        head=ledger.head(),
        fields=fields,
        acts=sorted(ACTS),
        title=lambda act: _title(site, asked, act),
        older=f"{query}&before={last}".lstrip("&") if is_more else "",
        query=query,
        looked=looked if looked == LOOKED else 0,
        whole=_whole(site, ledger) if "check" in asked.query else None,
    )


def _wanted(fields: dict[str, str], now: int) -> Wanted:
    return Wanted(
        fields["act"],
        _day(fields["since"], 0),
        _day(fields["until"], now) + DAY_SECONDS,
        whole(fields["before"]),
    )


def _day(text: str, default: int) -> int:
    """Return the first second of a day.

    Raises:
        UsageError: it is no day.
    """
    if not text:
        return default
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        msg = "give a day as 2027-01-31"
        raise UsageError(msg) from None
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp())


def _behind(entries: Iterable[Act], before: int) -> Iterator[Act]:
    return (one for one in entries if not before or one.index < before)


def _line(site: Site, asked: Asked, entry: Act) -> Line:
    body = entry.body
    return Line(
        entry.index,
        entry.time,
        entry.act,
        _title(site, asked, entry.act),
        ledger_words.words(body) if body is not None else "",
        entry.digest.hex()[:8] if body is not None else "",
    )


def _title(site: Site, asked: Asked, act: str) -> str:
    """Return an act in words; its slug's words where there is no text of it."""
    known = site.pages.words[asked.language]
    return known.get(f"act.{act}", act.replace("-", " "))


def _whole(site: Site, ledger: SqliteLedger) -> Whole:
    """Check chain and anchors, as `ledger verify` does with what is here."""
    own = anchors.place(site.desks.layout)
    try:
        is_anchored = own.exists() and bool(anchors.kept(own))
        origin = anchors.origin_of(site.people.tenant)
        held = anchors.read(own, origin, anchors.signers(ledger)) if is_anchored else []
        entries = ledger.verify(held)
    except (StateError, TrustError, UsageError) as error:
        return Whole(0, 0, str(error))
    return Whole(entries, max((one.size for one in held), default=0))


ROUTES = (Route(GET, "/ledger", page, Action.LEDGER_SEE),)
TAB = Tab("ledger", Action.LEDGER_SEE)
