# SPDX-License-Identifier: Apache-2.0
"""Text out of XML: its five entities, without a parser and without HTML's 2,000.

Rules: pure; other entities stay as they are written.
Not here: whole documents (`_windows/events.py`).
"""

from agent.collectors._shared.gather import text

_ENTITIES = (
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", '"'),
    ("&apos;", "'"),
    ("&amp;", "&"),  # last, or &amp;lt; would become a bracket
)


def plain(value: bytes) -> str | None:
    """Return the text of an attribute or element; None where there is none."""
    words = text(value)
    if "&" in words:
        for entity, letter in _ENTITIES:
            words = words.replace(entity, letter)
    return words.strip() or None
