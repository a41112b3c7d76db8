# SPDX-License-Identifier: Apache-2.0
"""What the pages say, in the language of who reads them.

Rules: a page has no text of its own; a language lacks nothing that another has.
Not here: the pages (`page.py`), sentences of the catalogue and of refusals
(`policies/saying.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from policies.saying import LANGUAGES, Sayings, Words, sayings, texts_of


@dataclass(frozen=True, slots=True)
class Speech:
    """The texts of one language.

    Attributes:
        language: by its two letters.
        texts: by name.
        known: sentences that others say in English; None where English is spoken.
    """

    language: str
    texts: Words
    known: Sayings | None

    def text(self, name: str, /, **inserted: str) -> str:
        """Return a text, with what is put into it."""
        return self.texts[name].format(**inserted)

    def saying(self, sentence: str) -> str:
        """Return a sentence of others; as it is, where it has no text."""
        found = self.known.of(sentence) if self.known else None
        return sentence if found is None else found


@cache
def speeches() -> Mapping[str, Speech]:
    """Return all languages, by their two letters."""
    folder = files("technician").joinpath("words")
    return {
        one: Speech(one, texts_of(folder.joinpath(one)), sayings(one))
        for one in LANGUAGES
    }
