# SPDX-License-Identifier: Apache-2.0
"""The console's texts: a folder for each language, the same names in each.

Rules: a page has no text of its own; a language lacks nothing that another has
(`tests/unit/server/test_console_words.py`); what goes into a text is put in as it is
and escaped by the page.
Not here: sentences that others say, whose language it is (`policies/saying.py`).
"""

from pathlib import Path

from policies.saying import LANGUAGES, Words, texts_of


def words() -> dict[str, Words]:
    """Return the texts of each language, by name."""
    folder = Path(__file__).parent
    return {language: texts_of(folder / language) for language in LANGUAGES}
