# SPDX-License-Identifier: Apache-2.0
"""Random histories: policies, contracts, laws, holds, rights, clocks, a keeper down.

Rules: a number makes one history, always the same; what is drawn is what people and
machines do, also by mistake; a person vouches for a time only when the machine's clock
does not run ahead of it, and has somebody erased only when it is right: what people
sign has their own time, and a gate refuses devices at another one.
Not here: what has to come of it (`reference.py`), what comes of it (`play.py`).
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.model.keeping.reference import DAY, Held, Law, Policy, Said

BEGIN = 20_000 * DAY
"""Some day of 2024."""
CLASSES = (("security", "logs"), ("security", "logins"), ("support", "tickets"))
COLUMNS = ("user", "time", "state")
PERSONS = ("ann", "bob", "cem")
LAW_DAYS = (2, 15, 60, 200)
STEPS = 14
YEARS = 3_650 * DAY
KEEPER_RUNS, APPROVED, AFTER_CONTRACT = 0.85, 0.6, 0.3
"""How often the keeper runs, two people agree, a law counts from the contract's end."""
SPEAKS, AWAY = 0.6, 0.3
"""How often a device speaks before a step, and cannot reach the collector then."""
ACTS = {
    "nothing": 4,
    "policy": 4,
    "law": 1,
    "amend": 1,
    "repeal": 1,
    "hold": 2,
    "release": 1,
    "ticket": 2,
    "close": 2,
    "clock": 1,
    "reboot": 1,
    "restore": 2,
    "restrict": 3,
    "lift": 2,
}
"""What happens, and how often beside the others."""


Spoke = tuple[float, tuple[str, ...], bool]
"""To which open key, whose rows, and whether the device is away for now."""


@dataclass(frozen=True)
class Step:
    """What happens, and how long after the step before.

    Attributes:
        wait: true seconds.
        act: what happens then.
        given: what the act needs.
        keeper: whether the keeper runs afterwards.
        approved: whether two people let an unusual purge go on.
        exact: wait until so many seconds after the next end instead; None for not.
        spoken: what a device says before it; None for nothing.
    """

    wait: int
    act: str
    given: object
    keeper: bool
    approved: bool
    exact: int | None
    spoken: Spoke | None


class History:
    """One history, drawn step by step."""

    def __init__(self, number: int) -> None:
        """Begin: a number always gives the same."""
        self._dice = random.Random(number)  # noqa: S311 - a test's dice, to repeat
        self._longest = self._dice.choice((2, 12, 40))
        self._contract = False
        self._ahead = 0
        self._policy: Policy = {}
        self._drawn = 0

    def __iter__(self) -> Iterator[Step]:
        """Yield the steps; the first publishes a policy."""
        dice = self._dice
        for self._drawn in range(STEPS):
            first = not self._drawn
            wait = 0 if first else int(dice.random() ** 2 * self._longest * DAY)
            act = "policy" if first else self._act()
            draw = getattr(self, f"_draw_{act}", None)
            given = draw() if draw else None
            yield Step(
                wait,
                act,
                given,
                keeper=dice.random() < KEEPER_RUNS,
                approved=dice.random() < APPROVED,
                exact=dice.choice((None, None, -1, 0)),
                spoken=self._spoke() if dice.random() < SPEAKS else None,
            )

    def _act(self) -> str:
        """Draw what happens; nobody vouches for a clock that runs ahead."""
        acts = dict(ACTS, believe=int(self._ahead <= 0))
        acts |= {"erase": 4 * (not self._ahead), "arrive": int(not self._ahead)}
        acts |= {"contract": not self._contract, "withdraw": self._contract}
        return self._dice.choices([*acts], weights=[*acts.values()])[0]

    def _draw_policy(self) -> Policy:
        self._policy = _changed(self._dice, self._policy)
        return self._policy

    def _draw_contract(self) -> tuple[int, int]:
        self._contract = True
        return self._dice.randrange(-5, 20) * DAY, 7 * DAY

    def _draw_withdraw(self) -> None:
        self._contract = False

    def _draw_law(self) -> tuple[str, Law]:
        seconds = self._dice.choice(LAW_DAYS) * DAY
        after = self._dice.random() < AFTER_CONTRACT
        return f"law{self._drawn}", Law(*_reach(self._dice), seconds, after)

    def _draw_hold(self) -> tuple[str, Held]:
        since = BEGIN + self._dice.randrange(-20, 60) * DAY
        until = since + self._dice.randrange(1, 90) * DAY
        return f"case{self._drawn}", Held(*_reach(self._dice), since, until)

    def _draw_ticket(self) -> tuple[str, int]:
        seconds = self._dice.choice((3_600, 3 * DAY, 30 * DAY))
        return f"T-{self._drawn}", seconds

    def _draw_close(self) -> float:
        return self._dice.random()

    def _draw_amend(self) -> tuple[float, int]:
        return self._dice.random(), self._dice.choice(LAW_DAYS) * DAY

    _draw_repeal = _draw_release = _draw_amend

    def _draw_clock(self) -> int:
        steps = (0, 0, -YEARS, YEARS, DAY, -DAY, self._dice.randrange(YEARS))
        self._ahead = self._dice.choice(steps)
        return self._ahead

    def _spoke(self) -> Spoke:
        some = self._dice.choices(PERSONS, k=self._dice.randrange(1, 5))
        late = self._dice.random() < AWAY
        return self._dice.random(), tuple(some), late

    def _draw_restrict(self) -> str | None:
        return self._dice.choice((*PERSONS, None))

    def _draw_lift(self) -> float:
        return self._dice.random()

    def _draw_erase(self) -> str:
        return self._dice.choice(PERSONS)

    def _draw_reboot(self) -> int:
        return self._dice.randrange(3 * DAY)


def _changed(dice: random.Random, before: Policy) -> Policy:
    """Return the next policy: classes are added, dropped, lengthened, shortened."""
    policy = dict(before)
    for name in CLASSES:
        chance = dice.random()
        if chance < 0.2:
            policy.pop(name, None)
        elif chance < 0.6 or (name not in policy and chance < 0.9):
            review = dice.choice((None, None, dice.randrange(-5, 500) * DAY + BEGIN))
            policy[name] = Said(dice.choice((1, 3, 10, 30, 80)) * DAY, review)
    return policy or {CLASSES[0]: Said(10 * DAY)}


def _some(dice: random.Random) -> frozenset[str]:
    return frozenset(dice.sample(COLUMNS, dice.randrange(1, len(COLUMNS) + 1)))


def _reach(dice: random.Random) -> tuple[str, frozenset[str]]:
    return dice.choice(CLASSES)[0], _some(dice)
