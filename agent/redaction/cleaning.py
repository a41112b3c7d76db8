# SPDX-License-Identifier: Apache-2.0
"""Takes out of a text what hides letters from a reader of bytes.

Rules: terminal sequences, control, zero-width and bidirectional characters go, lone
surrogates become a question mark; cleaning a clean text changes nothing.
Not here: what is searched for afterwards (`text.py`).
"""

import re

_TERMINAL = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])"
)
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160"
    "\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


def clean(text: str) -> bytes:
    """Return the text as UTF-8, without what is not seen.

    Args:
        text: any string, lone surrogates and control characters included.
    """
    if not (text.isascii() and text.isprintable()):
        text = _HIDDEN.sub("", _TERMINAL.sub("", text))
    return text.encode("utf-8", "replace")
