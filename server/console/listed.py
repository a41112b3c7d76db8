# SPDX-License-Identifier: Apache-2.0
"""Sections of a page that lists: a title, a sentence, a table, and a command.

Rules: a section's texts begin with its name; what is asked of a person is said with the
exact command, for what changes wants a signature that no session has; it is shown to
who may run it.
Not here: which sections a page has (each page), how they look (`listed.html`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.access.actions import Action
from server.console.desks import Message, ended
from server.console.pages import moment
from server.console.site import Asked, Site

ROWS = 200
"""Of a table at once: what is older is listed by the command."""
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
        more: how many rows are left out.
    """

    name: str
    headings: Sequence[str]
    rows: Sequence[Row]
    command: Command | None = None
    more: int = 0


def section(
    name: str,
    headings: Sequence[str],
    rows: Sequence[Row],
    command: Command | None = None,
) -> Section:
    """Return a section with its first rows, and how many are left out."""
    more = max(0, len(rows) - ROWS)
    return Section(name, headings, rows[:ROWS], command, more)


def kept(site: Site, asked: Asked, act: str, **question: object) -> Message:
    """Return what the keeper says at the end of an act."""
    return ended(site.desks.keeper(asked.secret, {"act": act, **question}))


def lines(told: Mapping[str, object], name: str) -> list[Message]:
    """Return what an answer lists under a name."""
    found = told.get(name)
    return found if isinstance(found, list) else []


def number(told: Mapping[str, object], name: str) -> int:
    """Return a whole number of an answer; 0 for none."""
    found = told.get(name)
    return found if isinstance(found, int) else 0


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
