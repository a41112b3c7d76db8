# SPDX-License-Identifier: Apache-2.0
"""A notice to who is at the machine: the same sentences in each language that there is.

Rules: who shows it chooses the language, for only they may know whose it is.
Not here: what is said (`agent/orders/notices.py`), how it is shown (`notify.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """A notice in one language.

    Attributes:
        title: a few words.
        text: a few sentences, printable.
    """

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person at the machine is told.

    Attributes:
        said: by language, by its two letters; the first is for everybody else.
        asks: the request that a person has to say yes to; empty where none has to.
    """

    said: Mapping[str, Said]
    asks: str = ""

    def of(self, locale: str) -> Said:
        """Return it for a locale such as de_AT.UTF-8."""
        short = locale.replace("-", "_").partition("_")[0].lower()
        return self.said.get(short) or next(iter(self.said.values()))
