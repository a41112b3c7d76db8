# SPDX-License-Identifier: Apache-2.0
"""How each dataset fared when it was last read, kept for who looks at `status`.

Rules: names, outcomes and reasons, never a value; a file that cannot be written or
read costs nobody a pass.
Not here: how a pass went (`report.py`), what the collector is told (`gathering.py`).
"""

from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache

from agent import report
from agent.budget import CHILD_REPORT_BYTES
from agent.errors import AgentError, StateError
from agent.outcome import NONE_FOUND, OK, Outcome
from agent.report import PassReport, Sealed
from agent.state import State, read, write


def remember(state: State, outcomes: Iterable[Outcome]) -> None:
    """Keep the outcomes of a pass beside those of datasets that it did not read.

    Nothing is written where none has another outcome or reason than before.

    Args:
        state: the state directory.
        outcomes: of the pass.
    """
    found: dict[str, Outcome] = {}
    for item in outcomes:
        before = found.get(item.collector)
        if before is None or before.outcome in {OK, NONE_FOUND}:
            found[item.collector] = item  # of several purposes the one that failed
    before_it = {item.collector: item for item in recall(state)}
    if all(_alike(before_it.get(name), found[name]) for name in found):
        return
    known = before_it | found
    told = PassReport(tuple(known.values()), Sealed(), 0, more=False)
    with suppress(StateError):
        write(state.outcomes, report.encode(told))


def _alike(before: Outcome | None, after: Outcome) -> bool:
    return before is not None and (before.outcome, before.reason) == (
        after.outcome,
        after.reason,
    )


def recall(state: State) -> tuple[Outcome, ...]:
    """Return the last outcome of each dataset; none where nothing is known."""
    with suppress(AgentError):
        octets = read(state.outcomes, CHILD_REPORT_BYTES)
        if octets is not None:
            return _decoded(octets)
    return ()


@lru_cache(maxsize=1)
def _decoded(octets: bytes) -> tuple[Outcome, ...]:
    """Return what a file tells: after each pass it is mostly the same as before."""
    return report.decode(octets).outcomes
