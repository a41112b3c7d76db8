# SPDX-License-Identifier: Apache-2.0
"""Takes a collector's recorded machine for a diagnostic that reads it again.

Rules: the input is the collector's; the rows are stated by the diagnostic.
Not here: any rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.diagnostics import Case
from agent.rows import Example
from wire.values import Value


def again(
    examples: Sequence[Example],
    title: str,
    *rows: Mapping[str, Value],
    **given: str,
) -> Case:
    """Return a recorded machine by the beginning of its title, with other rows."""
    found = next(item for item in examples if item.title.startswith(title))
    return Case(replace(found, rows=rows, columns=frozenset()), given)
