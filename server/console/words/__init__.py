# SPDX-License-Identifier: Apache-2.0
"""The console's texts: a folder for each language, the same names in each.

Rules: a page has no text of its own; a language lacks nothing that another has
(`tests/unit/server/test_console_words.py`); what goes into a text is put in as it is
and escaped by the page.
Not here: sentences that other processes say (`saying.py`).
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

LANGUAGES = ("en", "de")
"""The first is for who asks for none of them."""
Words = Mapping[str, str]


def words() -> dict[str, Words]:
    """Return the texts of each language, by name."""
    folder = Path(__file__).parent
    return {language: texts_of(folder / language) for language in LANGUAGES}


def texts_of(folder: Path) -> Words:
    """Return the texts of all files of a folder; a page has a file of its own.

    Raises:
        ValueError: two files have the same key.
    """
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*.toml")):
        texts = tomllib.loads(file.read_text("utf-8"))
        if twice := found.keys() & texts.keys():
            msg = f"{folder.parent.name}/{folder.name}/{file.name} repeats {min(twice)}"
            raise ValueError(msg)
        found |= texts
    return found


def language_of(accepted: str, preferred: str | None) -> str:
    """Return the language for somebody.

    Args:
        accepted: what the browser says that its person reads.
        preferred: what the person chose; None for nothing.
    """
    if preferred in LANGUAGES:
        return preferred
    for part in accepted.split(","):
        named = part.partition(";")[0].strip().lower().partition("-")[0]
        if named in LANGUAGES:
            return named
    return LANGUAGES[0]
