# SPDX-License-Identifier: Apache-2.0
"""Versions of Debian packages in the order in which dpkg puts them.

Rules: pure; any text has a place in the order; no number is converted, so a version of
a million digits costs no more than its length.
Not here: versions of rpm, apk and pacman, whose programs compare them.
Source: deb-version(7).
"""

import re

_PARTS = re.compile(r"([^0-9]*)([0-9]*)")
_AFTER_LETTERS = 256
"""Added to what is no letter: in a version letters sort before all else but ~."""

Part = tuple[tuple[int, ...], tuple[int, str]]
Key = tuple[tuple[Part, ...], tuple[Part, ...], tuple[Part, ...]]
_END: Part = ((0,), (0, ""))
"""Between ~, which sorts before the end of a version, and all that sorts after it."""


def debian_key(version: str) -> Key:
    """Return what versions are sorted by: epoch, upstream's part, revision."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "", version
    upstream, dash, revision = rest.rpartition("-")
    if not dash:
        upstream, revision = rest, ""
    return _parts(epoch), _parts(upstream), _parts(revision)


def _parts(text: str) -> tuple[Part, ...]:
    found = [
        ((*map(_order, words), 0), _number(digits))
        for words, digits in _PARTS.findall(text)
    ]
    while found and found[-1] == _END:
        found.pop()
    return (*found, _END)


def _order(letter: str) -> int:
    if letter == "~":
        return -1
    return ord(letter) + (0 if letter.isalpha() else _AFTER_LETTERS)


def _number(digits: str) -> tuple[int, str]:
    """Return a number as its length and digits, which sort as the number does."""
    digits = digits.lstrip("0")
    return len(digits), digits


def newer(version: str, other: str) -> bool:
    """Tell whether a version comes after another one."""
    return version != other and debian_key(version) > debian_key(other)
