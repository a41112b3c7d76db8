# SPDX-License-Identifier: Apache-2.0
"""Tells under which grant a leaked file left: by the last two letters of stand-ins.

Rules: a grant is named only where chance has no part in it; a file without stand-ins
names none. A few rows are enough, in any order and any format.
Not here: making the letters (`standins.py`), who may ask.
Source: docs/adr/0025-stand-ins-of-a-recipient.md.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server.keeper.sharing.standins import SHOWN_CHARS, check_letters
from wire.stand_ins import ALPHABET, CHARS

LEAST_HITS = 3
"""Three of three by chance: one file in a thousand million, for each grant."""
SHARE = 16
"""At least one stand-in of sixteen must be the grant's: by chance it is one in 1,024,
and of 48 stand-ins three are so once in 60,000 files. The rest may be another's."""
_SHOWN = re.compile(
    rf"(?<![a-z0-9])[a-z][a-z0-9]{{0,15}}_(?:[0-9a-f]{{6}}_)?"
    rf"([{ALPHABET}]{{{SHOWN_CHARS}}})(?:_([{ALPHABET}]{{{SHOWN_CHARS}}}))?"
    rf"(?![a-z0-9])"
)


@dataclass(frozen=True, slots=True)
class Trace:
    """How much of a file bears the letters of a grant.

    Attributes:
        grant: its id.
        hits: different stand-ins with its letters.
        tried: different stand-ins in the file.
    """

    grant: bytes
    hits: int
    tried: int

    @property
    def named(self) -> bool:
        """Tell whether the file, or a part of it, left under this grant."""
        return self.hits >= LEAST_HITS and self.hits * SHARE >= self.tried


def stand_ins_in(text: str) -> set[str]:
    """Return all stand-ins of recipients in a text."""
    return {found[0] for found in _SHOWN.finditer(text)}


def letters_in(texts: Iterable[str]) -> set[str]:
    """Return the letters of all stand-ins of recipients in some texts."""
    return {
        letters
        for text in texts
        for found in _SHOWN.finditer(text)
        for letters in found.groups()
        if letters
    }


def whose(texts: Iterable[str], secrets: Mapping[bytes, bytes]) -> list[Trace]:
    """Return how much of a file bears each grant's letters, the most first.

    Args:
        texts: lines or pieces of the file; a stand-in lies within one.
        secrets: id of each grant > its secret.
    """
    found = letters_in(texts)
    traces = [
        Trace(grant, sum(_bears(secret, letters) for letters in found), len(found))
        for grant, secret in secrets.items()
    ]
    return sorted(traces, key=lambda trace: (-trace.hits, trace.grant))


def _bears(secret: bytes, letters: str) -> bool:
    return check_letters(secret, letters[:CHARS]) == letters[CHARS:]
