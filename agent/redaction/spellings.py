# SPDX-License-Identifier: Apache-2.0
r"""The ways in which texts spell an identity: other cases, escapes, base64 and hex.

Rules: what systems make of a name is spelled out before it is looked for, so that
looking stays one pass; an encoding is long enough that no accident makes it.
Not here: looking (`dictionary.py`), escapes of other formats (`views.py`).
"""

import ipaddress
import re
from collections.abc import Iterator
from enum import IntEnum

from agent.redaction.lazily import LazyPattern


class Rule(IntEnum):
    """What has to hold where a spelling is found; the first is the widest."""

    WORD = 0
    """A word of its own, in any case."""
    CAPITAL = 1
    """The same, not starting with a small letter: a short part of a person's name."""
    OWN_CASE = 2
    """The same, in its own case and not part of a compound: a name of two letters."""
    ANYWHERE = 3
    """Wherever it stands, in any case: hex."""
    LETTERS = 4
    """Wherever it stands, letter by letter: a part of base64."""
    TOKEN = 5
    """Letter by letter, with nothing of base64 beside it."""


CASES = 3
"""Rounds of `encodings`: first what every name has, at last what few texts have."""
_PLAIN = LazyPattern(r"[A-Za-z0-9._-]+\Z")
"""Spelled the same with and without escapes."""
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_WHOLE_OCTETS = 3
_PART_OCTETS = 5
"""Shortest name found inside base64: six letters or more are all its own."""
_HEX_OCTETS = 4
_LONGEST_ENCODED = 128
"""Longer values are not names but paths and lists."""


def spellings(identity: str, value: str) -> set[bytes]:
    """Return the ways in which a text may spell an identity in letters.

    Args:
        identity: its class.
        value: the raw value.
    """
    texts = {value}
    if identity == "person":
        texts |= set(_person(value))
    elif identity == "mac":
        texts |= set(_hardware(value))
    elif identity == "ip":
        texts |= set(_address(value))
    elif identity in {"serial", "uuid"}:
        texts.add(value.replace("-", ""))
    for text in list(texts):
        if not text.isascii():
            from unicodedata import normalize  # noqa: PLC0415 - start-up without names

            cased = {text, text.lower(), text.upper(), text.title()}
            texts |= cased
            texts |= {normalize("NFC", one) for one in cased}
            texts |= {normalize("NFD", one) for one in cased}
    escaped = [text for text in texts if not _PLAIN.match(text)]
    if escaped:
        import json  # noqa: PLC0415 - start-up: few names need it
        from urllib.parse import quote  # noqa: PLC0415 - as above

        texts |= {json.dumps(text)[1:-1] for text in escaped}
        texts |= {quote(text, safe="") for text in escaped}
    return {text.encode("utf-8", "replace") for text in texts if text}


def encodings(value: str, case: int) -> Iterator[tuple[bytes, Rule]]:
    """Yield how base64 and hex spell a value, wherever it starts in them.

    Args:
        value: the raw value.
        case: which round: 0 is the value as it is, 1 its other cases, 2 UTF-16.
    """
    if len(value) > _LONGEST_ENCODED:
        return
    other = {value.lower(), value.upper(), value.title()} - {value}
    for text in {value} if case == 0 else other if case == 1 else {value, *other}:
        octets = text.encode("utf-16-le" if case > 1 else "utf-8", "replace")
        if len(octets) >= _HEX_OCTETS:
            yield octets.hex().encode("ascii"), Rule.ANYWHERE
        for letters, rule in _base64(octets):
            yield letters, rule
            if b"+" in letters or b"/" in letters:
                yield letters.translate(_URL_SAFE), rule


def _base64(octets: bytes) -> Iterator[tuple[bytes, Rule]]:
    """Yield the letters that are all of these octets, for each place in a group."""
    if len(octets) < _WHOLE_OCTETS:
        return
    from binascii import b2a_base64  # noqa: PLC0415 - start-up without names

    whole = b2a_base64(octets, newline=False).rstrip(b"=")
    if len(octets) < _PART_OCTETS:
        yield whole, Rule.TOKEN
        return
    for before in range(3):
        letters = b2a_base64(bytes(before) + octets, newline=False)
        first = (8 * before + 5) // 6
        yield letters[first : 8 * (before + len(octets)) // 6], Rule.LETTERS


def _person(value: str) -> Iterator[str]:
    """Yield the forms that systems make of a person's name."""
    parts = re.findall(r"[^\W_]+", value)
    if len(parts) < 2:  # noqa: PLR2004 - a single part has no other form
        return
    first, last = parts[0], parts[-1]
    for one, two in ((first, last), (last, first)):
        for joint in (" ", ".", "_", "-", "", ", ", "+"):
            yield one + joint + two
    for initial, name in ((first[:1], last), (first, last[:1])):
        yield initial + name
        yield f"{initial}.{name}"


def _hardware(value: str) -> Iterator[str]:
    digits = re.sub("[^0-9a-f]", "", value.lower())
    pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    yield ":".join(pairs)
    yield "-".join(pairs)
    yield digits
    yield ":".join(pair.lstrip("0") or "0" for pair in pairs)
    yield ".".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _address(value: str) -> Iterator[str]:
    address = ipaddress.ip_address(value)
    yield address.compressed
    yield address.exploded
    yield str(address).replace(".", "-")
