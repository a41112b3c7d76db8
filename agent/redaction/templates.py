# SPDX-License-Identifier: Apache-2.0
"""What is left of a message when everything that varies is gone: its template.

Rules: only words of a shipped list are left, in lower case and in order; a number, a
path, a value, what is quoted, a tag and every other word become one `*`; so a template
is the same on every machine, needs no key, and holds nothing that was not in the list.
Not here: the list (`log_words.py`); counting (`agent/collectors/event_templates.py`).

Stated limits: a person called like a word of the list cannot be told from the word (no
given name is in it); the ids of two releases agree only if their lists do.
"""

import hashlib
import re

from agent.redaction.log_words import LOG_WORDS

VARIABLE = "*"
"""Stands for whatever varies, one after another included."""
WORDS = 32
"""Words of a template: a message says what happened at its beginning."""
CHARS = 1_024
"""Of a message what is looked at: 32 words are within, and a flood stays cheap."""

_LABEL = b"discreet/template/v1\x00"
_ID_BYTES = 5
"""40 bits: a fleet has some 10,000 templates, of which no two are likely the same."""
_QUOTED = re.compile(r"""(?<![\w'])(["'`])(?:(?!\1).)*\1(?!\w)""", re.DOTALL)
_ANGLED = re.compile(r"<[^<>\s]*>")
_VALUE = re.compile(r"(?<==)\S+")
_BREAK = re.compile(r"[\s,;()\[\]{}|=]+")
_ENDS = ".:!?\"'`<>"


def template(text: str) -> str:
    """Return the template of a message.

    Args:
        text: any message, of one line or more.
    """
    bare = text[:CHARS]
    for pattern in (_ANGLED, _QUOTED, _VALUE):
        bare = pattern.sub(f" {VARIABLE} ", bare)
    kept: list[str] = []
    for token in _BREAK.split(bare):
        word = token.strip(_ENDS)
        if not word:
            continue
        lowered = word.lower()
        shown = lowered if lowered in LOG_WORDS else VARIABLE
        if shown == VARIABLE and kept[-1:] == [VARIABLE]:
            continue
        if len(kept) == WORDS:
            break
        kept.append(shown)
    return " ".join(kept)


def template_id(form: str) -> str:
    """Return the id of a template: ten hexadecimal digits, the same everywhere.

    Args:
        form: as `template` returns it.
    """
    return hashlib.sha256(_LABEL + form.encode("ascii")).digest()[:_ID_BYTES].hex()
