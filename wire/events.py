# SPDX-License-Identifier: Apache-2.0
"""The events that a policy names: those that may be read with their text.

Rules: an event is named "System/7036", "sshd/*", "*/6" or "*/*": a log or a program,
and the number or message id of the event; what cannot be read names no event; meeting
only ever takes away, and of two different names nothing is left.
Not here: reading events (`agent/collectors/event_logs.py`).
Source: REQUIREMENTS 2.7.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from wire import limits
from wire.allowed import Lists
from wire.errors import PolicyError

ANY = "*"
"""Stands for every log and program, or for every number."""
_NAME = re.compile(r"[A-Za-z0-9_/][A-Za-z0-9 _./@:+()-]*(?<! )\Z")
_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,9}|[0-9a-f]{32})\Z")
_FORM = (
    'write LOG/ID or PROGRAM/ID, such as "System/7036", "sshd/*" or "*/*"; an id is '
    "a number or 32 hexadecimal digits"
)


class Events(NamedTuple):
    """Events of one name.

    Attributes:
        name: of a log or of a program; `ANY` for all.
        identifier: number or message id; `ANY` for all, also for those without one.
    """

    name: str
    identifier: str

    def within(self, other: "Events") -> bool:
        """Tell whether these are the others, or a part of them."""
        return other.name in {ANY, self.name} and other.identifier in {
            ANY,
            self.identifier,
        }

    def text(self) -> str:
        """Return the canonical form."""
        return f"{self.name}/{self.identifier}"

    def match(self, names: Iterable[object], identifier: object) -> bool:
        """Tell whether an event is one of these.

        Args:
            names: of its log and of its program; None where it has none.
            identifier: its number or message id; None where it has none.
        """
        return (self.name == ANY or self.name in names) and (
            self.identifier in {ANY, identifier}
        )


def read_events(text: str) -> Events:
    """Return the events that a text names.

    Raises:
        PolicyError: it names none.
    """
    name, slash, identifier = text.rpartition("/")
    named = name == ANY or _NAME.match(name)
    numbered = identifier == ANY or _NUMBER.match(identifier)
    if not slash or not named or not numbered or len(text) > limits.NAME_CHARS:
        raise PolicyError(_FORM)
    return Events(name, identifier)


def _met(first: Events, second: Events) -> Events | None:
    """Return the events that two names share; None where nothing is sure to be."""
    name = _either(first.name, second.name)
    identifier = _either(first.identifier, second.identifier)
    return Events(name, identifier) if name and identifier else None


def _either(first: str, second: str) -> str:
    if ANY in {first, second}:
        return second if first == ANY else first
    return first if first == second else ""


_LISTS = Lists(read_events, _met)
known, meet = _LISTS.known, _LISTS.meet
