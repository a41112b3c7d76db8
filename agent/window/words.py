# SPDX-License-Identifier: Apache-2.0
"""The local page's words, by language; what a release declares stays in English.

Rules: every language has the same words with the same places for what is put in.
Not here: titles and reasons of datasets and columns (the catalogue).
"""

from collections.abc import Mapping

from agent.window import words_de, words_en

Words = Mapping[str, str]

LANGUAGES: Mapping[str, Words] = {"en": words_en.WORDS, "de": words_de.WORDS}
USUAL = "en"


def language(wanted: str) -> str:
    """Return the language that is nearest to a locale's name, such as de_AT.UTF-8."""
    short = wanted.replace("-", "_").partition("_")[0].lower()
    return short if short in LANGUAGES else USUAL


def words(name: str) -> Words:
    """Return the words of a language that there is."""
    return LANGUAGES[name]
