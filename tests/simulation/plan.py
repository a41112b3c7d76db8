# SPDX-License-Identifier: Apache-2.0
"""When what goes wrong in one seed's world.

Rules: a seed has a few faults, so that they meet; its plan is known without a world.
Not here: the faults (`faults.py`).
"""

from dataclasses import dataclass, field
from functools import partial
from random import Random

from simulation.clock import MINUTE
from simulation.dice import dice
from simulation.faults import MENU
from simulation.world import World

_RARE = {"machine-cloned", "machine-restored", "machine-renewed"}
"""Ends a device: most seeds go without."""
_OFTEN = ("gate-lies", "gate-lies", "machine-octets-flipped", "no-marks")
"""There is more than one of each."""
_STORY = (15 * MINUTE, 30 * MINUTE, 90 * MINUTE)
_MOST = 7
"""Faults of one seed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to go wrong in a seed.

    Attributes:
        faults: when each begins, seconds after the start, how long it lasts at most,
            and its name.
        length: seconds of the story.
        throws: the dice that go on deciding.
    """

    faults: tuple[tuple[float, float, str], ...]
    length: float
    throws: Random = field(repr=False)

    @property
    def names(self) -> set[str]:
        """Return the faults that are to happen."""
        return {name for *_, name in self.faults}


def plan(seed: int, menu: int | None = None) -> Plan:
    """Return what is to go wrong in a seed.

    Args:
        seed: which.
        menu: how many of the menu there are to choose from; None for all.
    """
    names = [*list(MENU)[:menu], *_OFTEN]
    throws = dice(seed, "plan")
    length = throws.choice(_STORY)
    asked = []
    for _ in range(throws.randrange(1, _MOST + 1)):
        name = throws.choice(names)
        if name in _RARE and throws.random() < 0.5:
            continue
        when = throws.random() * length
        asked.append((when, throws.choice((MINUTE, 5 * MINUTE, 20 * MINUTE)), name))
    return Plan(tuple(asked), length, throws)


def begin(world: World, asked: Plan) -> float:
    """Have the faults of a plan happen; returns when the story ends."""
    for when, lasts, name in asked.faults:
        world.clock.after(when, partial(_begin, world, asked.throws, name, lasts))
    return world.clock.now + asked.length


def _begin(world: World, throws: Random, name: str, lasts: float) -> None:
    """Let a fault begin, and have it end some time later."""
    world.chronicle.tell(world.clock.now, f"fault {name} for {lasts:.0f} s")
    world.chronicle.faults[name] += 1
    end = MENU[name](world, throws)
    if end is not None:
        world.clock.after(lasts, end)
