# SPDX-License-Identifier: Apache-2.0
"""What stands in a text where something was: `<user-7f3k9q2m>`, `<secret-removed>`.

Rules: identities become pseudonyms, the same for the same value; secrets, cards and
account and telephone numbers become a fixed tag, for few digits can be tried; a tag
is never taken for something to hide.
Not here: how a pseudonym is made (`wire/pseudonyms.py`).
"""

from wire.pseudonyms import ALPHABET, CHARS, pseudonym

REMOVED = frozenset({"secret", "card", "iban", "phone", "national", "location"})
"""Kinds that never get a pseudonym, strongest first where spans overlap."""

TAG_PATTERN = (rf"<[a-z][a-z0-9_]*-(?:removed|[{ALPHABET}]{{{CHARS}}})>").encode(
    "ascii"
)
"""RE2 pattern of every tag."""
_GLUE = rb"[A-Za-z0-9_.:/\\@%$+\x80-\xff-]"
GLUED_PATTERN = _GLUE + TAG_PATTERN + b"|" + TAG_PATTERN + _GLUE + b"|><"
"""RE2 pattern of tags that touch a word: what they replaced may have hidden another."""


def make_tag(key: bytes | None, kind: str, value: bytes) -> bytes:
    """Return the tag for a found value.

    Args:
        key: pseudonym key; without one every tag is a fixed one.
        kind: class of identity, or a kind that is only removed.
        value: the found bytes, UTF-8.
    """
    if key is None or kind in REMOVED:
        return f"<{kind}-removed>".encode("ascii")
    text = value.decode("utf-8", "replace")
    return f"<{pseudonym(key, kind, text)}>".encode("ascii")
