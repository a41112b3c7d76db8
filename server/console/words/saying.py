# SPDX-License-Identifier: Apache-2.0
"""Sentences that other processes say in English, in the language of whoever reads.

Rules: the key is the English sentence itself, so one that is changed has no other
language until somebody writes it; what has none is shown as it is, and marked as
English; a key with `{names}` stands for all sentences that differ in these alone.
Not here: the texts of pages (`words/__init__.py`), who says the sentences (catalogue,
office, keeper).
"""

import re
from collections.abc import Mapping
from pathlib import Path

from server.console.words import texts_of

_NAMED = re.compile(r"\\\{([a-z]+)\\\}")
_JOIN = "; "
"""Between sentences that are said as one."""


class Sayings:
    """What is said in one language; any thread may use it.

    Attributes:
        plain: the texts by sentence, without those of shapes.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Know the texts, by the English sentence."""
        self.plain = {key: text for key, text in texts.items() if "{" not in key}
        self._shaped = [
            (re.compile(_NAMED.sub(r"(?P<\1>.+)", re.escape(key))), text)
            for key, text in texts.items()
            if "{" in key
        ]

    def of(self, sentence: str) -> str | None:
        """Return what a sentence is in this language; None where nobody wrote it."""
        if (found := self.plain.get(sentence)) is not None:
            return found
        for shape, text in self._shaped:
            if (match := shape.fullmatch(sentence)) is not None:
                return text.format(**match.groupdict())
        parts = sentence.split(_JOIN)
        if len(parts) == 1:
            return None
        said = [self.of(part) for part in parts]
        return None if None in said else _JOIN.join(filter(None, said))


def sayings(language: str) -> Sayings | None:
    """Return what is said in a language; None for English, which is said anyway.

    Raises:
        ValueError: two files have the same sentence.
    """
    found = texts_of(Path(__file__).parent / "said" / language)
    return Sayings(found) if found else None
