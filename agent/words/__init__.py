# SPDX-License-Identifier: Apache-2.0
"""What people at a machine read, in their language: a folder for each.

Rules: every language has the same words with the same places for what is put in;
sentences of a release's own declarations have their text elsewhere, and stay in
English, marked as such, where nobody wrote one.
Not here: those sentences (`policies/saying.py`), which language a person's session
says that it has (`agent/host/desktop.py`).
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from policies.saying import LANGUAGES, Sayings, Words, sayings, texts_of

__all__ = ["LANGUAGES", "USUAL", "Speech", "language", "speech"]
USUAL = LANGUAGES[0]


@dataclass(frozen=True, slots=True)
class Speech:
    """What is said in one language.

    Attributes:
        language: by its two letters.
        texts: by name.
        known: sentences that are said in English; None where English is spoken.
    """

    language: str
    texts: Words
    known: Sayings | None

    def text(self, name: str, /, **inserted: object) -> str:
        """Return a text, with what is put into it."""
        return self.texts[name].format(**inserted)

    def saying(self, sentence: str) -> str | None:
        """Return a declared sentence; None where it has no text in this language."""
        return self.known.of(sentence) if self.known else sentence


def language(wanted: str) -> str:
    """Return the language that is nearest to a locale's name, such as de_AT.UTF-8."""
    short = wanted.replace("-", "_").partition("_")[0].lower()
    return short if short in LANGUAGES else USUAL


@cache
def speech(name: str) -> Speech:
    """Return what is said in a language that there is."""
    return Speech(name, texts_of(files(__package__).joinpath(name)), sayings(name))
