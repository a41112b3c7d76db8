# SPDX-License-Identifier: Apache-2.0
"""Sentences that are said in English, in the language of whoever reads.

Rules: the key is the English sentence itself, so one that is changed has no other
language until somebody writes it; what has none is shown as it is, and marked as
English; a key with `{names}` stands for all sentences that differ in these alone.
Not here: the texts of pages (`server/console/words`, `technician/words`), who says the
sentences (catalogue, office, keeper, `technician`).
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

LANGUAGES = ("en", "de")
"""The first is for who asks for none of them."""
Words = Mapping[str, str]
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
                named = match.groupdict()
                return text.format_map(
                    {
                        name: self.plain.get(value, value)
                        for name, value in named.items()
                    }
                )
        parts = sentence.split(_JOIN)
        if len(parts) == 1:
            return None
        said = [self.of(part) for part in parts]
        return None if None in said else _JOIN.join(filter(None, said))


def sayings(language: str, *more: Traversable) -> Sayings | None:
    """Return what is said in a language; None for English, which is said anyway.

    Args:
        language: by its two letters.
        more: folders of sentences that one program alone says; each has a folder for
            each language.

    Raises:
        ValueError: two files have the same sentence.
    """
    found: dict[str, str] = {}
    for place in (files(__package__).joinpath("said"), *more):
        folder = place.joinpath(language)
        texts = texts_of(folder) if folder.is_dir() else {}
        if twice := found.keys() & texts.keys():
            msg = f"{folder} repeats {min(twice)}"
            raise ValueError(msg)
        found |= texts
    return Sayings(found) if found else None


def texts_of(folder: Traversable) -> Words:
    """Return the texts of all files of a folder; a page has a file of its own.

    Raises:
        ValueError: two files have the same key.
    """
    found: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if not file.name.endswith(".toml"):
            continue
        texts = tomllib.loads(file.read_text("utf-8"))
        if twice := found.keys() & texts.keys():
            msg = f"{file.name} of {folder.name} repeats {min(twice)}"
            raise ValueError(msg)
        found |= texts
    return found


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
        """Return a sentence of others; None where it has no text in this language."""
        return self.known.of(sentence) if self.known else sentence

    def shown(self, sentence: str) -> str:
        """Return a sentence of others; as it is, where it has no text."""
        found = self.saying(sentence)
        return sentence if found is None else found


def speech_of(folder: Traversable, language: str) -> Speech:
    """Return what is said in a language whose texts are in a folder of its name.

    Raises:
        ValueError: two files have the same key.
    """
    return Speech(language, texts_of(folder.joinpath(language)), sayings(language))


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
