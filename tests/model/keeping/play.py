# SPDX-License-Identifier: Apache-2.0
"""Plays one history twice: by the product, and by the statement's words.

Rules: early is judged by true time, late by the time that may be believed; what differs
otherwise is a mismatch, and each is told in words.
Not here: what is drawn (`history.py`), the words themselves (`reference.py`).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from server.keeper.keeping import OPEN_END
from server.register.database import Register
from tests.model.keeping.history import COLUMNS, History, Step
from tests.model.keeping.installation import TABLE, Installation
from tests.model.keeping.reference import DAY, Held, Law, Made, Policy, World

FAR = 100 * DAY
"""An end this far off is not waited for."""
SHARE = 4
"""More than one in four keys that end before their day wait for two people."""


@dataclass
class Verdict:
    """What was wrong in a history, by sort, and what happened in it."""

    wrong: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    def say(self, sort: str, words: str) -> None:
        """Count something wrong."""
        self.wrong[sort] += 1
        self.told.append(f"{sort}: {words}")


@dataclass
class Watch:
    """The time that may be believed: what was seen to pass within one boot."""

    believed: int
    seen: int
    boot: int = 0

    def look(self, true: int, boot: int) -> int:
        """Return the believed time."""
        if boot == self.boot:
            self.believed += true - self.seen
        self.seen, self.boot = true, boot
        return self.believed


class Player:
    """One history, played twice."""

    def __init__(self, product: Installation) -> None:
        """Begin."""
        self.product, self.world, self.verdict = product, World(), Verdict()
        self.watch = Watch(product.true, product.true)
        self.made: dict[bytes, Made] = {}
        self.ended: dict[tuple[bytes, str], set[str]] = {}
        self.early: list[int] = []

    def play(self, step: Step) -> None:
        """Take one step: what happens, the keeper's round, and what must be so then."""
        product = self.product
        product.true += self._wait(step)
        self.verdict.acts[step.act] += 1
        getattr(self, f"_{step.act}")(step.given)
        product.learn(self.world)
        for key in product.make_keys():
            name = (key.purpose.value, key.retention)
            span = (key.start, key.end, key.maximum_age)
            self.made[key.key_id] = Made(*name, *span, len(self.world.policies) - 1)
        self._decided()
        if step.keeper:
            self._round(approved=step.approved)
        self._kept()

    def _wait(self, step: Step) -> int:
        """Return how long to wait: as drawn, or to the second before the next end."""
        if step.exact is None:
            return step.wait
        self.watch.look(self.product.true, self.product.boots)
        now = self.product.now()
        ends = [keep.key_dies - now for keep in self.product.keep().values()]
        near = [end for end in ends if 0 < end < FAR]
        return max(0, min(near) + step.exact) if near else step.wait

    def _decided(self) -> None:
        """Compare until when each column of each key is to be kept."""
        for number, keep in self.product.keep().items():
            key = self.made[number]
            dies = keep.key_dies
            alive, gone = (self.world.key_needed(key, at) for at in (dies - 1, dies))
            if not alive or gone:
                self.verdict.say("mismatch", f"{number!r} dies {dies}")
            for column in COLUMNS:
                until = keep.until((TABLE, column))
                last = self.world.needed(key, column, until - 1)
                after = until < OPEN_END and self.world.needed(key, column, until)
                if not last or after:
                    self.verdict.say("mismatch", f"{number!r} {column} until {until}")

    def _round(self, *, approved: bool) -> None:
        product = self.product
        before = {*product.live}
        true, boots = product.true, product.boots
        now = min(product.system(), self.watch.look(true, boots))
        over = [n for n in before if not self.world.key_needed(self.made[n], now)]
        early = [n for n in over if now < self.made[n].end + self.made[n].age]
        lately = sum(now - DAY < moment for moment in self.early)
        many = SHARE * (len(early) + lately) > len(before) + lately
        waits = {*early} if many and not approved else set()
        found = product.round(approved=approved)
        stopped = {item.key_id for item in found if item.unusual}
        if stopped != ({*early} if many else set()):
            self.verdict.say("mismatch", f"{len(stopped)} stopped of {len(early)}")
        for number in before - {*product.live}:
            if self.world.key_needed(self.made[number], true):
                self.verdict.say("early", f"{number!r} at {true}")
            self.early += [now] * (number in early)
            for column in COLUMNS:
                wanting = self.world.wanting(self.made[number], column, now)
                self.ended[(number, column)] = wanting
        for number in {*over} & {*product.live} - waits:
            self.verdict.say("late", f"{number!r} at {now}")
        for (number, column), wanting in self.ended.items():
            still = wanting & self.world.wanting(self.made[number], column, now)
            if self._has(number, column) and not still:
                self.verdict.say("late", f"{number!r} {column} at {now}")
            self.ended[(number, column)] = still

    def _kept(self) -> None:
        """Look whether all that is still needed is there."""
        for (number, column), wanting in self.ended.items():
            key = self.made[number]
            still = wanting & self.world.wanting(key, column, self.product.true)
            if still and not self._has(number, column):
                self.verdict.say("early", f"{number!r} {column} of {still}")

    def _has(self, number: bytes, column: str) -> bool:
        found = self.product.extracts.items()
        return any(of == number and column in named for (of, _), named in found)

    def _nothing(self, _: object) -> None:
        pass

    def _policy(self, given: Policy) -> None:
        self.world.policies.append((self.product.system(), given))
        self.product.publish(given)

    def _contract(self, given: tuple[int, int]) -> None:
        self.world.contract = (self.product.true + given[0], given[1])

    def _withdraw(self, _: object) -> None:
        self.world.contract = None

    def _law(self, given: tuple[str, Law]) -> None:
        self.world.laws[given[0]] = given[1]

    def _amend(self, given: tuple[float, int]) -> None:
        for name in _one_of(self.world.laws, given[0]):
            self.world.laws[name].seconds = given[1]

    def _repeal(self, given: tuple[float, int]) -> None:
        for name in _one_of(self.world.laws, given[0]):
            del self.world.laws[name]

    def _hold(self, given: tuple[str, Held]) -> None:
        self.world.holds[given[0]] = given[1]

    def _release(self, given: tuple[float, int]) -> None:
        for name in _one_of(self.world.holds, given[0]):
            del self.world.holds[name]

    def _clock(self, given: int) -> None:
        self.product.ahead = given

    def _reboot(self, given: int) -> None:
        self.product.true += given
        self.product.boots += 1
        self.product.booted = self.product.true

    def _believe(self, _: object) -> None:
        product = self.product
        self.watch.look(product.true, product.boots)
        self.watch.believed = max(self.watch.believed, product.system())
        product.clock.believe(product.system())


def play(
    number: int,
    register: Register,
    product: Callable[[Register], Installation] = Installation,
) -> Verdict:
    """Play one history and return what was wrong in it."""
    player = Player(product(register))
    for step in History(number):
        player.play(step)
    return player.verdict


def _one_of(names: dict[str, Law] | dict[str, Held], where: float) -> list[str]:
    """Return one of some names; none where there is none."""
    ordered = sorted(names)
    return [ordered[int(where * len(ordered))]] if ordered else []
