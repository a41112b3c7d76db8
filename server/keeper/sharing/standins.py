# SPDX-License-Identifier: Apache-2.0
"""Stand-ins of a recipient: ten letters, of which two tell the grant they left under.

Rules: no stand-in of ours and no value of an identity column leaves as it is; two
recipients have different letters for one thing, and one recipient the same under each
of its grants but for the last two; what a stand-in consists of stays comparable.
Not here: our own stand-ins (`wire/pseudonyms.py`), whose a file is (`watermark.py`),
where the secrets lie.
Source: docs/adr/0025-stand-ins-of-a-recipient.md.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from wire.crypto.derived import KEY_BYTES
from wire.pseudonyms import pseudonym
from wire.stand_ins import ALPHABET, CHARS, STAND_IN

CHECK_CHARS = 2
"""Letters that tell the grant: one of another grant has the same in 1,024."""
SHOWN_CHARS = CHARS + CHECK_CHARS
_LETTERS = b"discreet/1/recipient-letters\x00"
_VALUES = b"discreet/1/recipient-values\x00"
_CHECK = b"discreet/1/grant-letters\x00"
_WHOLE = re.compile(rf"{STAND_IN}\Z")
_FOUND = re.compile(rf"(?<![a-z0-9_]){STAND_IN}(?![a-z0-9])")
_PART = re.compile(rf"(?<=_)(?:[0-9a-f]{{32}}|[{ALPHABET}]{{{CHARS}}})(?![a-z0-9])")
"""What of a stand-in is letters; not its words, a MAC's maker or a SID's number."""
_BITS = 5


@dataclass(frozen=True, slots=True)
class StandInKeys:
    """Two secrets of 32 bytes, of one recipient and of one grant to it."""

    recipient: bytes = field(repr=False)
    grant: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse another length.

        Raises:
            ValueError: a secret has not 32 bytes.
        """
        if {len(self.recipient), len(self.grant)} != {KEY_BYTES}:
            msg = f"a secret for stand-ins has {KEY_BYTES} bytes"
            raise ValueError(msg)


def restand(value: str, keys: StandInKeys, identity: str = "") -> str:
    """Return what a recipient gets in place of a cell's text.

    Args:
        value: the cell, as we hold it.
        keys: of the recipient and the grant.
        identity: class of the column; empty for one that names nobody, in whose
            text each stand-in is replaced and all else stays as the policy left it.
    """
    if not identity:
        return _FOUND.sub(lambda found: _anew(found[0], keys), value)
    if not value:
        return value
    if not _WHOLE.match(value):
        own = hmac.digest(keys.recipient, _VALUES, hashlib.sha256)
        value = pseudonym(own, identity, value)
    return _anew(value, keys)


def meant(
    value: str, keys: StandInKeys, identity: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield each stand-in that `restand` puts into a cell, and what it stands for.

    Args:
        value: the cell, as we hold it.
        keys: of the recipient and the grant.
        identity: class of the column; empty for one that names nobody.
    """
    if identity:
        yield restand(value, keys, identity), value
        return
    for found in _FOUND.finditer(value):
        yield _anew(found[0], keys), found[0]


def check_letters(grant: bytes, letters: str) -> str:
    """Return the two letters that follow eight under a grant's secret."""
    return _spelled(grant, _CHECK, letters, CHECK_CHARS)


def _anew(stand_in: str, keys: StandInKeys) -> str:
    """Return a stand-in of ours with the recipient's letters in each of its parts."""

    def part(found: re.Match[str]) -> str:
        letters = _spelled(keys.recipient, _LETTERS, found[0], CHARS)
        return letters + check_letters(keys.grant, letters)

    return _PART.sub(part, stand_in)


def _spelled(key: bytes, label: bytes, text: str, count: int) -> str:
    """Return letters of a keyed hash, five bits each."""
    octets = hmac.digest(key, label + text.encode(), hashlib.sha256)
    number = int.from_bytes(octets, "big")
    return "".join(
        ALPHABET[number >> (_BITS * at) & (len(ALPHABET) - 1)] for at in range(count)
    )
