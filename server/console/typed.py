# SPDX-License-Identifier: Apache-2.0
"""What another process says, for somebody in a browser: without what is to be typed.

Rules: pure; a clause that names the command line goes, all else stays as it was said.
Not here: the sentences (`server/office`, `server/keeper`), what a page offers instead.
"""

import re

_CLAUSE = re.compile(r"(?<=[:;,]) ")
"""Between the clauses of a sentence: what is wrong, and what to do."""
_TYPED = re.compile(r"discreet-(?:server|agent|authorise|open)\b|(?:^|\s)--[a-z]")


def for_page(sentence: str) -> str:
    """Return what a sentence says to who has no command line before them.

    Args:
        sentence: of a process that answers the command line as well.
    """
    kept = []
    for clause in _CLAUSE.split(sentence):
        if _TYPED.search(clause):
            break
        kept.append(clause)
    return " ".join(kept).rstrip(":;,")
