# SPDX-License-Identifier: Apache-2.0
"""Settings of security from many sources, each asked on its own.

Rules: a source that this machine lacks tells nothing; one that is not ours to read, or
that is broken, is counted and the others go on.
Not here: the sources (`_settings_linux.py`, `_settings_windows.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from agent.collectors._gather import pick
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

Setting = Mapping[str, Value]
Settings = Callable[[Host, Want], Iterable[Setting]]
"""Reads one source."""


def setting(name: str, value: str | None, source: str) -> Iterator[Setting]:
    """Yield a setting; nothing where its value is not known."""
    if value is not None:
        yield {"setting": name, "value": value, "source": source}


def read_each(host: Host, want: Want, sources: Sequence[Settings]) -> Reading:
    """Return the settings of all sources, and how many sources would not tell.

    Raises:
        DeniedError: none told anything, for none is ours to read.
    """
    rows: list[Row] = []
    silent = 0
    for source in sources if want.columns else ():
        want.check()
        try:
            found = list(source(host, want))
        except BudgetError:
            raise
        except (NotFoundError, UnsupportedError):
            continue
        except HostError:
            silent += 1
            continue
        for values in found:
            if len(rows) >= want.rows:
                return Reading(rows, skipped=silent, truncated=True)
            rows.append(pick(want, values))
    if silent and not rows:
        reason = "access-denied"
        raise DeniedError(reason)
    return Reading(rows, skipped=silent)
