# SPDX-License-Identifier: Apache-2.0
"""Small pieces of the local page: text that is inert, times, lists, tables.

Rules: whatever comes from outside goes through `text`; nothing here knows of a policy.
Not here: what is shown.
"""

import datetime as dt
import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.printable import printable
from agent.words import USUAL, Speech


@dataclass(frozen=True, slots=True)
class Pen:
    """How a page is written.

    Attributes:
        said: its language.
        zone: in which times are told; None for this machine's own.
    """

    said: Speech
    zone: dt.tzinfo | None = None

    def word(self, word: str, /, **given: object) -> str:
        """Return the inert text of a word, with what is put in."""
        plain = {key: printable(str(value)) for key, value in given.items()}
        return html.escape(self.said.text(word, **plain))

    def declared(self, given: str) -> str:
        """Return text of a release's declarations; in English where it has no other."""
        said = self.said.saying(given)
        return (
            f'<span lang="{USUAL}">{text(given)}</span>' if said is None else text(said)
        )

    def moment(self, seconds: int) -> str:
        """Return a time that people and programs can read."""
        try:
            found = dt.datetime.fromtimestamp(seconds, dt.UTC).astimezone(self.zone)
        except (ValueError, OverflowError, OSError):
            return f"{seconds} s"
        offset = found.strftime("%z")
        shown = f"{found:%Y-%m-%d %H:%M} UTC{offset[:3]}:{offset[3:5]}"
        return f'<time datetime="{found.isoformat()}">{shown}</time>'

    def span(self, seconds: int) -> str:
        """Return a length of time in its largest whole unit."""
        for unit, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
            if seconds >= unit and seconds % unit == 0:
                return self.word(name, count=seconds // unit)
        return self.word("seconds", count=seconds)


def text(given: str) -> str:
    """Return text from anyone, inert."""
    return html.escape(printable(given))


def code(given: str) -> str:
    """Return something to be typed."""
    return f"<code>{text(given)}</code>"


def facts_list(pairs: Iterable[tuple[str, str]]) -> str:
    """Return terms and what they are; the latter of markup."""
    inner = "".join(f"<dt>{term}</dt><dd>{told}</dd>" for term, told in pairs)
    return f"<dl>{inner}</dl>"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose first column names its rows; all of markup."""
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    body = "".join(
        f'<tr><th scope="row">{first}</th>'
        + "".join(f"<td>{one}</td>" for one in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def section(name: str, title: str, inner: str, kind: str = "") -> str:
    """Return a part of the page that can be linked to."""
    marked = f' class="{kind}"' if kind else ""
    return (
        f'<section id="{name}" aria-labelledby="{name}-title"{marked}>'
        f'<h2 id="{name}-title">{title}</h2>{inner}</section>'
    )
