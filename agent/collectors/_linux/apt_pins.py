# SPDX-License-Identifier: Apache-2.0
"""Priorities that an administrator gives versions, as apt's preferences state them.

Rules: pure, never raises; a rule of a form that is not known here, or whose priority
could take a version back, makes the whole unknown, so that apt is asked instead; a rule
about packages that are not installed is of no matter.
Known: any packages by name or pattern; `origin` and `release` with any of a, n, l, o, c
and v. Not known: `version`, expressions between slashes, `src:`, other words.
Not here: where the files are, and what follows (`apt.py`).
Source: apt_preferences(5), and apt-pkg/policy.cc of apt 2.6 for what it leaves open.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from agent.collectors._shared.gather import text

NEVER = -32768
"""apt's own number for `Pin-Priority: never`."""
_TAKES_BACK = 1000
"""From here on a version is installed though it is older."""
_FILE = re.compile(r"[A-Za-z0-9_.-]+\Z")
_FIELD = re.compile(rb"(?m)^(Package|Pin|Pin-Priority):[ \t]*(.*)$", re.IGNORECASE)
_COMMENT = re.compile(rb"(?m)^#.*\n?")
_FOLD = re.compile(rb"\n[ \t]+")
_PRIORITY = re.compile(r"[+-]?[0-9]{1,5}\Z")
_KEYS = frozenset("anlocv")
_PATTERN = re.compile(r"[*?\[]")
_FORMS = ("origin", "release")
_ALL = "*"


@dataclass(frozen=True, slots=True)
class Pin:
    """One rule.

    Attributes:
        packages: patterns of names; of all packages where it is "*".
        keys: what a suite must be, by apt's letters; `host` is where it comes from.
        priority: what its versions have.
    """

    packages: tuple[str, ...]
    keys: Mapping[str, str] = field(default_factory=dict)
    priority: int = 0


def is_read(name: str) -> bool:
    """Tell whether apt reads a file of that name in preferences.d."""
    stem, dot, ending = name.rpartition(".")
    plain = not dot or (bool(stem) and ending == "pref")
    return plain and _FILE.match(name) is not None


def parse_pins(data: bytes, installed: Collection[str]) -> list[Pin] | None:
    """Return the rules of a preferences file that matter here, first ones first.

    Args:
        data: the file.
        installed: the names of the packages that may be updated.

    Returns:
        None where one of them is not understood.
    """
    found: list[Pin] = []
    for part in re.split(rb"\n[ \t\r]*\n", _COMMENT.sub(b"", data)):
        lines = _FIELD.findall(_FOLD.sub(b" ", part))
        fields = {text(name).lower(): text(value).strip() for name, value in lines}
        words = tuple(fields.get("package", "").split())
        if not words:
            if b":" in part:
                return None
            continue
        if not any(_matters(word, installed) for word in words):
            continue
        pin = _pin(words, fields.get("pin", ""), fields.get("pin-priority", ""))
        if pin is None:
            return None
        found.append(pin)
    return found


def _matters(word: str, installed: Collection[str]) -> bool:
    if ":" in word or word.startswith("/"):
        return True
    if _PATTERN.search(word):
        return word == _ALL or any(fnmatchcase(name, word) for name in installed)
    return word in installed


def _pin(words: tuple[str, ...], rule: str, priority: str) -> Pin | None:
    if any(":" in word or word.startswith("/") for word in words):
        return None
    form, _, rest = rule.partition(" ")
    number = _number(priority)
    if form.lower() not in _FORMS or not number or number >= _TAKES_BACK:
        return None
    if form.lower() == "origin":
        host = rest.strip().strip('"')
        keys = {"host": host}
    else:
        keys = {}
        for item in rest.split(","):
            key, equals, value = item.partition("=")
            if not equals or key.strip() not in _KEYS or key.strip() in keys:
                return None
            keys[key.strip()] = value.strip().strip('"')
    if not all(keys.values()) or any(v.startswith("/") for v in keys.values()):
        return None
    return Pin(words, keys, number)


def _number(priority: str) -> int | None:
    if priority == "never":
        return NEVER
    return int(priority) if _PRIORITY.match(priority) else None


def general(pins: Sequence[Pin], suite: Mapping[str, str]) -> int | None:
    """Return the priority that rules for all packages give a suite."""
    for pin in pins:
        if _ALL in pin.packages and _of(pin, suite):
            return pin.priority
    return None


def special(pins: Sequence[Pin], name: str, suite: Mapping[str, str]) -> int | None:
    """Return the place of the first rule for a package that fits a suite."""
    for index, pin in enumerate(pins):
        patterns = (word for word in pin.packages if word != _ALL)
        named = any(fnmatchcase(name, word) for word in patterns)
        if named and _of(pin, suite):
            return index
    return None


def _of(pin: Pin, suite: Mapping[str, str]) -> bool:
    return all(fnmatchcase(suite.get(k, ""), v) for k, v in pin.keys.items())
