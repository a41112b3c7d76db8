# SPDX-License-Identifier: Apache-2.0
"""What `scrub` tells in the end: counts for each class and rule.

Rules: counts and names of classes and rules, never a value; that lines were withheld
is told always.
Not here: the counting (`agent/redaction/text.py`, `lines.py`).
"""

import json
from collections.abc import Iterator

from agent.commands._tables import table
from agent.redaction.lines import Lines
from agent.redaction.tallying import REPLACED, Tally

_KEYS = "private_key_lines"
"""The rule of keys that span lines."""
_SECRET = "secret"  # noqa: S105 - the name of a class


def told(lines: Lines, tally: Tally, form: str | None) -> Iterator[str]:
    """Yield the lines of the report.

    Args:
        lines: what was scrubbed.
        tally: how often each (class, rule) was found and replaced.
        form: "text", "json", or None for what was withheld only.
    """
    if lines.key_parts:
        tally[_SECRET, REPLACED] += lines.key_parts
        tally[_SECRET, _KEYS] += lines.key_parts
    if form == "json":
        yield json.dumps(_document(lines, tally)) + "\n"
        return
    if form == "text":
        yield f"lines {lines.count}, changed {lines.changed}\n"
        for heads, rows in (
            (("class", "replaced"), _replaced(tally)),
            (("class", "rule", "found"), _found(tally)),
        ):
            cells = [[str(cell) for cell in row] for row in rows]
            yield from (f"{line}\n" for line in table(heads, cells, "  "))
    if lines.withheld:
        reasons = ", ".join(f"{name} {n}" for name, n in sorted(lines.withheld.items()))
        yield f"discreet-agent: lines withheld: {reasons}\n"


def _replaced(tally: Tally) -> list[tuple[str, int]]:
    return sorted((kind, n) for (kind, rule), n in tally.items() if rule == REPLACED)


def _found(tally: Tally) -> list[tuple[str, str, int]]:
    return sorted((*key, n) for key, n in tally.items() if key[1] != REPLACED)


def _document(lines: Lines, tally: Tally) -> dict[str, object]:
    return {
        "lines": lines.count,
        "changed": lines.changed,
        "withheld": dict(sorted(lines.withheld.items())),
        "replaced": dict(_replaced(tally)),
        "found": [
            {"class": kind, "rule": rule, "count": n} for kind, rule, n in _found(tally)
        ],
    }
