# SPDX-License-Identifier: Apache-2.0
"""Makes pages from templates: every value is escaped, every text is of the catalogue.

Rules: a template is of this package; an unknown name in it is an error and no blank;
times are UTC, as the ledger has them.
Not here: the texts (`words/`), the templates (`templates/`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from server.commands import printing
from server.console.words import said, words

HERE = Path(__file__).parent
_DAY_CHARS = len("2027-01-31")
_MINUTE_CHARS = len("2027-01-31T12:00")


@dataclass(frozen=True, slots=True)
class Look:
    """For whom a page is made.

    Attributes:
        language: of its texts.
        theme: that the person chose; empty for the browser's.
        token: that its changes carry; empty for who is not signed in.
        name: of the person; empty for who is not signed in.
        tabs: which pages the person may open.
    """

    language: str
    theme: str = ""
    token: str = ""
    name: str = ""
    tabs: tuple[str, ...] = ()


class Pages:
    """All pages; any thread may use it."""

    def __init__(self) -> None:
        """Load texts and templates."""
        self.words = words()
        self._sayings = said()
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["moment"] = moment
        self._environment.filters["day"] = day
        self._environment.filters["clean"] = clean

    def page(self, template: str, look: Look, **values: object) -> str:
        """Return a page.

        Args:
            template: its file, without the ending.
            look: for whom.
            values: what it shows.
        """
        known = self.words[look.language]

        def text(named: str, /, **inserted: object) -> str:
            return told_of(known, named, inserted)

        def say(sentence: object) -> Markup:
            return self.marked(look.language, clean(sentence))

        def saying(sentence: object) -> str:
            return self._said(look.language, clean(sentence))[0]

        made = self._environment.get_template(f"{template}.html")
        told = {"t": text, "say": say, "saying": saying, "look": look}
        told["has"] = known.__contains__
        return made.render(told, **values)

    def saying(self, language: str, sentence: str) -> str:
        """Return a sentence that another process says, in a language where it has it.

        Args:
            language: of who reads.
            sentence: in English.
        """
        return self._said(language, sentence)[0]

    def marked(self, language: str, sentence: str) -> Markup:
        """Return the same, marked as English where it still is.

        Args:
            language: of who reads.
            sentence: in English.
        """
        shown, foreign = self._said(language, sentence)
        mark = '<span lang="en">{}</span>' if foreign else "{}"
        return Markup(mark).format(shown)  # noqa: S704 - both are of this line

    def _said(self, language: str, sentence: str) -> tuple[str, bool]:
        """Return a sentence for a language, and whether it is still English."""
        known = self._sayings[language]
        if known is None:
            return sentence, False
        found = known.of(sentence)
        return (sentence, True) if found is None else (found, False)


def told_of(
    known: Mapping[str, str], named: str, inserted: Mapping[str, object]
) -> str:
    """Return a text with what is put into it; of one thing by its own words, if any.

    Args:
        known: the texts of a language; one whose name ends with ".one" is said in the
            place of the other where "count" is 1.
        named: the text's name.
        inserted: what is put into it.
    """
    one = f"{named}.one"
    if inserted.get("count") == 1 and one in known:
        named = one
    return known[named].format(**inserted)


def moment(seconds: int) -> str:
    """Return a time for people, to the minute; a dash for never."""
    return printing.moment(seconds)[:_MINUTE_CHARS].replace("T", " ")


def day(seconds: int) -> str:
    """Return the last day before a time; a dash for never."""
    return printing.moment(seconds - 1)[:_DAY_CHARS]


def clean(value: object) -> str:
    """Return what a device says without characters that hide or turn others."""
    return printing.safe(str(value))
