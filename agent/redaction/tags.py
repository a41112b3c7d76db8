# SPDX-License-Identifier: Apache-2.0
"""What stands in a text where something was: `<user_7f3k9q2m>`, `<secret-removed>`.

Rules: identities become pseudonyms, the same for the same value; each part has a tag
of its own, `<user_7f3k9q2m>@<domain_e0w8d4xn>`, so that it is the same as alone;
secrets, cards and account and telephone numbers become a fixed tag, for few digits can
be tried; a tag is never taken for something to hide.
Not here: how a pseudonym is made (`wire/pseudonyms.py`) and spelled
(`wire/stand_ins.py`).
"""

from collections.abc import Container
from functools import cache
from typing import Protocol

from wire.stand_ins import CHARS, PREFIXED, STAND_IN

REMOVED = frozenset({"secret", "card", "iban", "phone", "national", "location"})
"""Kinds that never get a pseudonym, strongest first where spans overlap."""

_TAG = rf"<(?:[a-z][a-z0-9]*-removed|{STAND_IN})>"
TAG_PATTERN = rf"{_TAG}(?:[@+]{_TAG})?".encode("ascii")
"""RE2 pattern of every tag, with that of where it is: a domain, a machine."""
_JOINTS = (("@domain_", ">@<domain_"), ("+domain_", ">+<domain_"))
_JOINED = "domain_"
_OTHER_WORDS = {"user": "account", "host": "machine"}
"""For an account named user: the word of its own tag would tell its name."""
_PLAIN = "_" + "0" * CHARS
_REMOVED = "-removed"


class Maker(Protocol):
    """What makes stand-ins."""

    def __call__(
        self, key: bytes, identity: str, value: str, *, prefix: bool = False
    ) -> str:
        """Return the stand-in of a value."""


def plain_tag(kind: str) -> bytes:
    """Return the one tag that stands for all of its kind.

    Args:
        kind: class of identity, or a kind that is only removed.
    """
    shown = _REMOVED if kind in REMOVED else _PLAIN
    return f"<{kind}{shown}>".encode("ascii")


def make_tag(
    key: bytes | None, kind: str, value: bytes, prefixes: Container[str] = ()
) -> bytes:
    """Return the tag for a found value, or those of its parts.

    Args:
        key: pseudonym key; without one every tag is a fixed one.
        kind: class of identity, or a kind that is only removed.
        value: the found bytes, UTF-8.
        prefixes: the classes whose stand-ins keep a network or a maker.
    """
    if key is None or kind in REMOVED:
        return f"<{kind}{_REMOVED}>".encode("ascii")
    other = _OTHER_WORDS.get(kind)
    if other is not None and value.lower() == kind.encode("ascii"):
        kind = other
    text = value.decode("utf-8", "replace")
    prefix = kind in PREFIXED and kind in prefixes
    shown = _maker()(key, kind, text, prefix=prefix)
    if _JOINED in shown:
        for joint, parted in _JOINTS:
            shown = shown.replace(joint, parted)
    return f"<{shown}>".encode("ascii")


@cache
def _maker() -> Maker:
    """Return what makes stand-ins, loaded with the first: it takes OpenSSL."""
    from wire.pseudonyms import pseudonym  # noqa: PLC0415 - start-up

    return pseudonym
