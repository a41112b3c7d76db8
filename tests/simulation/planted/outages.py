# SPDX-License-Identifier: Apache-2.0
"""Bugs that only a long outage shows: nothing is lost by them, but live data starves.

Rules: each is looked for by a week without a network and a spool that is nearly full.
Not here: bugs that break the promise itself (`agents.py`, `collectors.py`).
"""

from dataclasses import replace

from agent.spool.spool import Spool, Waiting
from simulation.bugs import Bugs
from simulation.world import Planted


class _OldestFirst(Spool):
    """A spool that sends in the order in which it was filled."""

    def waiting(
        self, count: int, octets: int, live: int = 0, backlog: int | None = None
    ) -> list[Waiting]:
        """Return the oldest, whatever is new; it says rightly what is."""
        del backlog
        found = super().waiting(count, octets)
        return [replace(one, live=one.number >= live) for one in found]


def _oldest_first(spool: Spool) -> Spool:
    spool.__class__ = _OldestFirst
    return spool


PLANTED = {"backlog-first": Planted(Bugs(spool=_oldest_first), outage=True)}
