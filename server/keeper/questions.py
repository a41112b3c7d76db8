# SPDX-License-Identifier: Apache-2.0
"""Reads the fields of a question that somebody asks the keeper.

Rules: what is missing or of another kind is one sentence; nothing of it is shown.
Not here: what the fields mean (`acts/`).
"""

from collections.abc import Mapping

from server.errors import UsageError

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


def octets_of(message: Mapping[str, object], name: str) -> bytes:
    """Return a field that is bytes, in hexadecimal digits.

    Raises:
        UsageError: it is missing, or something else.
    """
    try:
        return bytes.fromhex(text_of(message, name))
    except ValueError:
        raise UsageError(_WRONG) from None
