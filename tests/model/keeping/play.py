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
from tests.model.keeping.history import COLUMNS, History, Spoke, Step
from tests.model.keeping.installation import TABLE, Installation
from tests.model.keeping.persons import Row, Stored
from tests.model.keeping.reference import (
    DAY,
    LATE,
    Held,
    Law,
    Made,
    Policy,
    Spoken,
    World,
    ticket,
)

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
        self.rows: dict[Row, Spoken] = {}
        self.away: list[Stored] = []
        self.tickets: list[bytes] = []

    def play(self, step: Step) -> None:
        """Take one step: what happens, the keeper's round, and what must be so then."""
        product = self.product
        product.true += self._wait(step)
        self.verdict.acts[step.act] += 1
        if step.spoken is not None:
            self._speak(step.spoken)
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
        self._shown()

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
        self._asked(now)
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
        self._persons(now)

    def _asked(self, now: int) -> None:
        """Note who wants what an erasure is about to take out of the store."""
        for row in self.rows.values():
            if row.here and row.key in self.product.live and self.world.is_erased(row):
                row.keepers = (row.keepers or set()) | self._asking(row, now)
                row.here = False

    def _asking(self, row: Spoken, moment: int) -> set[str]:
        return self.world.asking(self.made[row.key], moment, COLUMNS)

    def _persons(self, now: int) -> None:
        """Compare, of each row, whether it is in the store, and who else has it."""
        there = self.product.persons.there()
        for place, row in self.rows.items():
            if row.here and row.key not in self.product.live:
                row.keepers, row.here = self._asking(row, now), False
            if row.here is not (place in there):
                sort = "early" if row.here else "late"
                self.verdict.say(sort, f"{row.person}'s {place} in the store at {now}")
            if row.keepers is None:
                continue
            row.keepers &= self._asking(row, now)
            having = self._having(place)
            if having != row.keepers:
                sort = "early" if row.keepers - having else "late"
                words = f"{place} kept for {having}, not {row.keepers}, at {now}"
                self.verdict.say(sort, words)

    def _having(self, place: Row) -> set[str]:
        """Return for whom a row is kept."""
        kept = self.product.persons.kept.items()
        having = [holder for (_, holder), rows in kept if place in rows]
        return {holder.replace("law:XX/", "law:") for holder in having}

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

    def _shown(self) -> None:
        """Compare what is shown: all that is there, but of whom is restricted."""
        product, world = self.product, self.world
        there = product.persons.there()
        wanted = {
            place
            for place, row in self.rows.items()
            if place in there and not world.is_restricted(row)
        }
        shown = product.shown()
        if shown != wanted:
            sort = "shown" if shown - wanted else "hidden"
            self.verdict.say("mismatch", f"{sort} at {product.true}")
        if product.restrictions.worked_with() is (None in world.restricted.values()):
            self.verdict.say("mismatch", f"jobs at {product.true}")

    def _restrict(self, given: str | None) -> None:
        case = self.product.restrictions.place(given, self.product.system())
        self.world.restricted[case] = given

    def _lift(self, given: float) -> None:
        cases = sorted(self.world.restricted)
        if cases:
            case = cases[int(given * len(cases))]
            del self.world.restricted[case]
            self.product.restrictions.lift(case)

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

    def _ticket(self, given: tuple[str, int]) -> None:
        self.product.learn(self.world)
        key = self.product.open_ticket(*given)
        if key is not None:
            said = self.world.policies[-1][1]["support", "tickets"].age
            which = len(self.world.policies) - 1
            self.made[key.key_id] = ticket(key.start, given[1], said, which)
            self.tickets.append(key.key_id)

    def _close(self, given: float) -> None:
        here = [one for one in self.tickets if one in self.product.live]
        if here:
            number = here[int(given * len(here))]
            true, boots = self.product.true, self.product.boots
            now = max(self.product.system(), self.watch.look(true, boots))
            made = self.made[number]
            made.end = min(made.end, now + LATE)
            self.product.close_ticket(number)

    def _clock(self, given: int) -> None:
        self.product.ahead = given

    def _reboot(self, given: int) -> None:
        self.product.true += given
        self.product.boots += 1
        self.product.booted = self.product.true

    def _speak(self, given: Spoke) -> None:
        product, (where, persons, late) = self.product, given
        moment = product.true
        open_now = [
            number
            for number, key in sorted(product.live.items())
            if key.start <= moment < key.end
        ]
        if not open_now:
            return
        key, number = open_now[int(where * len(open_now))], len(self.rows) + 1
        for place, person in enumerate(persons):
            self.rows[number, place] = Spoken(key, person, moment, here=False)
        self.away.append(Stored(number, key, moment, persons, persons))
        if not late and not product.ahead:
            self._arrive(None)

    def _arrive(self, _: object) -> None:
        """Take in what devices sent; to a key that ended nothing is taken."""
        for one in self.away:
            if one.key in self.product.live:
                self.product.persons.arrives(one)
                for place in range(len(one.every)):
                    self.rows[one.number, place].here = True
        self.away = []

    def _erase(self, given: str) -> None:
        self.world.erased.append((given, self.product.true))
        self.product.persons.erase(given, self.product.system())

    def _restore(self, _: object) -> None:
        """Put the store back to before anybody was erased."""
        persons = self.product.persons
        persons.comes_back()
        for place in persons.there():
            self.rows[place].here = True

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
