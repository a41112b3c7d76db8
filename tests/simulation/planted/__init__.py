# SPDX-License-Identifier: Apache-2.0
"""Bugs on purpose: what the simulation must find, or it proves nothing."""

from collections import Counter

from simulation import outage
from simulation.plan import plan
from simulation.planted import agents, collectors, outages
from simulation.play import Outcome, play
from simulation.world import Planted

PLANTED: dict[str, Planted] = agents.PLANTED | collectors.PLANTED | outages.PLANTED
"""Name -> what is not as it is shipped."""


def found_at(name: str, first: int, count: int) -> Outcome | None:
    """Return the outcome of the first seed that finds a bug; None where none does.

    What only an outage shows is looked for by one, which is no seed's.
    """
    planted = PLANTED[name]
    if planted.outage:
        wrongs = tuple(outage.starved(outage.full(planted, days=outage.SHORT)))
        return Outcome(first, wrongs, Counter(), "", "", ()) if wrongs else None
    for seed in range(first, first + count):
        if planted.needs and planted.needs not in plan(seed).names:
            continue
        outcome = play(seed, planted)
        if outcome.wrongs:
            return outcome
    return None
