# SPDX-License-Identifier: Apache-2.0
"""Reads the fields of a question that somebody asks the keeper.

Rules: what is missing or of another kind is one sentence; nothing of it is shown.
Not here: what the fields mean (`acts/`).
"""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

from server.errors import UsageError

Found = TypeVar("Found")
Choice = TypeVar("Choice", bound=Enum)
_WRONG = "the keeper does not understand this command: restart `serve`"


def text_of(message: Mapping[str, object], name: str) -> str:
    """Return a field that is a text.

    Raises:
        UsageError: it is missing, or something else.
    """
    found = message.get(name)
    if not isinstance(found, str):
        raise UsageError(_WRONG)
    return found


def number_of(message: Mapping[str, object], name: str) -> int:
    """Return a field that is a number.

    Raises:
        UsageError: it is missing, or something else.
    """
    found = message.get(name)
    if not isinstance(found, int):
        raise UsageError(_WRONG)
    return found


def octets_of(message: Mapping[str, object], name: str) -> bytes:
    """Return a field that is bytes, in hexadecimal digits.

    Raises:
        UsageError: it is missing, or something else.
    """
    try:
        return bytes.fromhex(text_of(message, name))
    except ValueError:
        raise UsageError(_WRONG) from None


def choice_of(kind: type[Choice], message: Mapping[str, object], name: str) -> Choice:
    """Return which of a kind a field names.

    Raises:
        UsageError: none of them.
    """
    try:
        return kind(text_of(message, name))
    except ValueError:
        msg = f"the {name} is one of {', '.join(str(one.value) for one in kind)}"
        raise UsageError(msg) from None


def step_of(message: Mapping[str, object], steps: Mapping[str, Found]) -> Found:
    """Return which of an act's steps is asked for.

    Args:
        message: the question.
        steps: of the act, by name.

    Raises:
        UsageError: none of them.
    """
    step = steps.get(text_of(message, "step"))
    if step is None:
        raise UsageError(_WRONG)
    return step


def begun_by(
    digits: str, known: Mapping[bytes, Found], what: str, command: str
) -> Found:
    """Return the one thing whose id begins with these digits.

    Args:
        digits: hexadecimal, as a person types them.
        known: all there are, by their ids.
        what: they are, in a word.
        command: shows them all.

    Raises:
        UsageError: none does, or more than one.
    """
    found = [
        one for number, one in known.items() if number.hex().startswith(digits.lower())
    ]
    if not digits or len(found) != 1:
        msg = (
            f"no {what}, or more than one, begins with these digits: "
            f"discreet-server {command} shows all"
        )
        raise UsageError(msg)
    return found[0]
