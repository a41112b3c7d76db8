# SPDX-License-Identifier: Apache-2.0
"""Text from anyone, as it may be shown to a person.

Rules: no control character, no change of direction and no line break is left.
Not here: where it is shown.
"""


def printable(text: str) -> str:
    """Return text that changes nothing in a terminal or on a page."""
    return "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text
    )
