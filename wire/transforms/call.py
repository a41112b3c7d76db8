# SPDX-License-Identifier: Apache-2.0
"""A transform as a policy writes it: `name` or `name(24,48)`.

Rules: parsing is strict and bounded; `format_call` is the one canonical text, and
parsing it gives the same call back.
Not here: what a name means (`wire/transforms/__init__.py`).
"""

import re
from dataclasses import dataclass

from wire.errors import TransformError

CALL_CHARS = 64
"""Longest call text: the longest name and four arguments need 60."""
ARGUMENTS = 4
"""Most arguments of a transform: the widest has two."""

_CALL = re.compile(r"([a-z][a-z0-9_]{0,31})(?:\(([0-9]{1,12}(?:, ?[0-9]{1,12})*)\))?\Z")


@dataclass(frozen=True, slots=True)
class Call:
    """A transform's name and its whole-number arguments."""

    name: str
    arguments: tuple[int, ...] = ()


KEEP = Call("keep")
"""The least strict call: the value as it is."""
DROP = Call("drop")
"""The strictest call: no value at all."""


def parse_call(text: str) -> Call:
    """Read a call from the policy grammar.

    Args:
        text: `name` or `name(24,48)`.

    Raises:
        TransformError: when the text is not of that form.
    """
    found = _CALL.match(text) if len(text) <= CALL_CHARS else None
    if found is None:
        msg = "write a transform as name or name(24,48), in lower case"
        raise TransformError(msg)
    name, inner = found.groups()
    if inner is None:
        return Call(name)
    words = inner.replace(" ", "").split(",")
    if len(words) > ARGUMENTS:
        msg = f"transform {name}: give at most {ARGUMENTS} numbers"
        raise TransformError(msg)
    if any(word != str(int(word)) for word in words):
        msg = f"transform {name}: write its numbers without leading zeros"
        raise TransformError(msg)
    return Call(name, tuple(int(word) for word in words))


def format_call(call: Call) -> str:
    """Return the canonical text of a call."""
    if not call.arguments:
        return call.name
    return f"{call.name}({','.join(map(str, call.arguments))})"
