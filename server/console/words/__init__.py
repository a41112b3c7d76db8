# SPDX-License-Identifier: Apache-2.0
"""The console's texts: a folder for each language, the same names in each.

Rules: a page has no text of its own; a language lacks nothing that another has
(`tests/unit/server/test_console_words.py`); what goes into a text is put in as it is
and escaped by the page.
Not here: sentences that agents and technicians' programs say as well
(`policies/said`).
"""

from pathlib import Path

from policies.saying import LANGUAGES, Sayings, Words, sayings, texts_of

_FOLDER = Path(__file__).parent


def words() -> dict[str, Words]:
    """Return the texts of each language, by name."""
    return {language: texts_of(_FOLDER / language) for language in LANGUAGES}


def said() -> dict[str, Sayings | None]:
    """Return what other processes say, in each language; None for English.

    To what is said everywhere comes why office, reader and keeper refuse something.
    """
    return {one: sayings(one, _FOLDER / "said") for one in LANGUAGES}
