# SPDX-License-Identifier: Apache-2.0
"""Rows of many sources, each asked on its own.

Rules: a source that this machine lacks tells nothing; one that is not ours to read, or
that is broken, is counted, what it told before that stays, and the others go on; that
nothing was found is said only where every source could be asked.
Not here: any source (each collector's own file).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from agent.collectors._shared.gather import pick
from agent.errors import (
    BudgetError,
    DeniedError,
    HostError,
    NotFoundError,
    UnsupportedError,
)
from agent.host.interface import Host
from agent.rows import Reading, Row, Want
from wire.values import Value

Values = Mapping[str, Value]
Asked = Callable[[Host, Want], Iterable[Values]]
"""Reads one source."""


def read_each(host: Host, want: Want, sources: Sequence[Asked]) -> Reading:
    """Return the rows of all sources, and how many sources would not tell.

    Raises:
        DeniedError: none told anything, and one is not ours to read.
        UnsupportedError: none told anything, and this machine lacks one.
    """
    rows: list[Row] = []
    silent = 0
    lacking: UnsupportedError | None = None
    for source in sources if want.columns else ():
        want.check()
        try:
            for values in source(host, want):
                if len(rows) >= want.rows:
                    return Reading(rows, skipped=silent, truncated=True)
                rows.append(pick(want, values))
        except BudgetError:
            raise
        except NotFoundError:
            continue
        except UnsupportedError as problem:
            lacking = problem
        except HostError:
            silent += 1
    if silent and not rows:
        reason = "access-denied"
        raise DeniedError(reason)
    if lacking is not None and not rows:
        raise lacking
    return Reading(rows, skipped=silent)
