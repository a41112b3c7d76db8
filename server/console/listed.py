# SPDX-License-Identifier: Apache-2.0
"""Sections of a page that lists: a title, a sentence, a table, and a command.

Rules: a section's texts begin with its name; what is asked of a person is said with the
exact command, for what changes wants a signature that no session has; it is shown to
who may run it.
Not here: which sections a page has (each page), how they look (`listed.html`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from server.access.actions import Action
from server.console.desks import Message, ended
from server.console.pages import moment
from server.console.route import whole
from server.console.site import Asked, Site
from server.health import number

ROWS = 200
"""Of a table at once; the others are on its further pages."""
_SHORT = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes:
        text: what it says.
        look: "bad" for what wants somebody, "good" for what is well, empty for neither.
        link: where it leads; empty for nowhere.
    """

    text: str
    look: str = ""
    link: str = ""


Row = Sequence[Cell | str]


@dataclass(frozen=True, slots=True)
class Command:
    """What is typed at the collector.

    Attributes:
        line: it.
        action: the act that it is; who may not do it is not shown it.
    """

    line: str
    action: Action


@dataclass(frozen=True, slots=True)
class Section:
    """One section.

    Attributes:
        name: with which its texts begin: the title, ".words" and ".none".
        headings: names of the texts above the columns.
        rows: the first cell of each is its heading.
        command: what shows or does more; None for nothing.
        count: how many rows there are on all pages.
        first: number of the first row that is shown, from 1.
        before: query of the page before; empty for none.
        after: query of the next page; empty for none.
    """

    name: str
    headings: Sequence[str]
    rows: Sequence[Row]
    command: Command | None = None
    count: int = 0
    first: int = 1
    before: str = ""
    after: str = ""


def section(
    asked: Asked,
    name: str,
    headings: Sequence[str],
    rows: Sequence[Row],
    command: Command | None = None,
) -> Section:
    """Return a section with the rows of the page of it that is asked for."""
    pages = max(1, -(-len(rows) // ROWS))
    page = min(pages, max(1, whole(asked.query.get(name, ""))))
    first = (page - 1) * ROWS

    def turned(to: int) -> str:
        if not 1 <= to <= pages:
            return ""
        return urlencode(dict(asked.query) | {name: str(to)})

    return Section(
        *(name, headings, rows[first : first + ROWS], command),
        *(len(rows), first + 1, turned(page - 1), turned(page + 1)),
    )


def kept(site: Site, asked: Asked, act: str, **question: object) -> Message:
    """Return what the keeper says at the end of an act."""
    return ended(site.desks.keeper(asked.secret, {"act": act, **question}))


def lines(told: Mapping[str, object], name: str) -> list[Message]:
    """Return the objects that an answer lists under a name."""
    found = told.get(name)
    return (
        [one for one in found if isinstance(one, dict)]
        if isinstance(found, list)
        else []
    )


def when(told: Mapping[str, object], name: str) -> str:
    """Return a time of an answer, for people."""
    return moment(number(told, name))


def short(told: Mapping[str, object], name: str) -> str:
    """Return the first digits of an id, as commands take it."""
    return str(told.get(name, ""))[:_SHORT]


def word(site: Site, asked: Asked, prefix: str, slug: object) -> str:
    """Return the text of a slug; the slug itself where there is none."""
    known = site.pages.words[asked.language]
    return known.get(f"{prefix}.{slug}", str(slug))
