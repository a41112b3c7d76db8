# SPDX-License-Identifier: Apache-2.0
"""What the product does in a history: its clock, its epochs, its decisions.

Rules: all that decides is the product's own (`server/keeper`, `server/epochs.py`); what
is here carries out, on values, what the keeper's rounds do with keyring and store.
Not here: destroying keys for good (`tests/unit/server/test_keyring_destroying.py`).
"""

from dataclasses import dataclass, field, replace
from typing import ClassVar

from server.epochs import shortened, wanted
from server.keeper.clock import RetentionClock, Sources
from server.keeper.keeping import (
    Due,
    Facts,
    Hold,
    Keeping,
    Promises,
    due,
    extract_ends,
    keeping,
    promises,
)
from server.keeper.law import minima
from server.keyring import LiveKey
from server.register.database import Register
from server.register.tickets import Held
from server.ticket_keys import age_of, end_of
from tests.model.keeping.history import BEGIN
from tests.model.keeping.persons import Persons, Row
from tests.model.keeping.reference import DAY, Law, Policy, World
from tests.model.keeping.reference import Held as Asked
from tests.model.keeping.restricting import Restrictions
from wire.limits import TICKET_LATE_SECONDS
from wire.papers.law import LAW_PACK, From, LawPack, LawRule, check_pack
from wire.policy import Criterion, PolicyStatement, PurposeRules, RetentionClass
from wire.policy import Policy as Signed
from wire.purposes import Purpose

TENANT = bytes(16)
TABLE = "t"
"""The one dataset of all columns."""


@dataclass
class Installation:
    """One installation on one machine.

    Attributes:
        register: where its clock remembers.
        true: true seconds.
        ahead: how far the machine's clock is set ahead.
        live: its keys.
        extracts: what was taken along of a dead key, by its number and the holder.
        persons: what the store has of persons.
        restrictions: whose rows nobody is shown.
    """

    register: Register
    true: int = BEGIN
    ahead: int = 0
    boots: int = 0
    booted: int = BEGIN
    live: dict[bytes, LiveKey] = field(default_factory=dict)
    dead: dict[bytes, LiveKey] = field(default_factory=dict)
    extracts: dict[tuple[bytes, str], frozenset[str]] = field(default_factory=dict)
    statements: list[PolicyStatement] = field(default_factory=list)
    early: list[int] = field(default_factory=list)
    packs: list[LawPack] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)
    persons: Persons = field(init=False)
    restrictions: Restrictions = field(init=False)
    about: ClassVar[type[Persons]] = Persons
    restricts: ClassVar[type[Restrictions]] = Restrictions

    def __post_init__(self) -> None:
        """Begin with a clock that has never been looked at."""
        self.persons = self.about(self.register)
        self.restrictions = self.restricts(self.register)
        with self.register.transaction() as connection:
            connection.execute("DELETE FROM clock")
        self.clock = RetentionClock(
            self.register,
            Sources(self.system, lambda: self.true - self.booted, self._boot),
        )
        self.clock.now()

    def system(self) -> int:
        """Return what the machine's clock shows."""
        return self.true + self.ahead

    def publish(self, policy: Policy) -> None:
        """Sign a policy."""
        purposes: dict[str, list[RetentionClass]] = {}
        for (purpose, name), said in sorted(policy.items()):
            need = said.review is not None
            kept = RetentionClass(
                name,
                said.age,
                criterion=Criterion.BUSINESS_NEED if need else None,
                review=said.review,
            )
            purposes.setdefault(purpose, []).append(kept)
        signed = Signed("p", tuple(_rules(*item) for item in purposes.items()))
        self.statements.append(
            PolicyStatement(
                TENANT,
                len(self.statements) + 1,
                self.system(),
                self.system() + DAY,
                signed,
            )
        )
        for number, age in shortened([*self.live.values()], signed):
            self.live[number] = replace(self.live[number], maximum_age=age)

    def learn(self, world: World) -> None:
        """Take in what became of contract, laws and holds."""
        rules = tuple(_rule(name, law) for name, law in sorted(world.laws.items()))
        pack = LawPack("XX", rules)
        if [pack] != self.packs[-1:]:
            check_pack(pack)
            self.packs.append(LAW_PACK.decode(LAW_PACK.encode(pack)))
        ends, window = world.contract or (None, 0)
        self.facts = Facts(
            ends,
            window,
            minima(self.packs, TENANT),
            tuple(_hold(name, held) for name, held in sorted(world.holds.items())),
        )

    def make_keys(self) -> list[LiveKey]:
        """Make the keys that the newest policy needs; return those that are new."""
        newest = self.statements[-1].policy
        made = []
        for epoch in wanted(newest, self.system()):
            name = f"{epoch.purpose.value}/{epoch.retention}/{epoch.start}/{epoch.end}"
            number = name.encode()
            if number in self.live or number in self.dead:
                continue
            key = LiveKey(
                number,
                epoch.purpose,
                epoch.retention,
                epoch.number,
                epoch.start,
                epoch.end,
                self.system(),
                epoch.maximum_age,
                epoch.end + epoch.maximum_age,
            )
            self.live[number] = key
            made.append(key)
        return made

    def open_ticket(self, name: str, seconds: int) -> LiveKey | None:
        """Make the key of a ticket; None where support keeps nothing for tickets."""
        rules = self.statements[-1].policy.rules(Purpose.SUPPORT)
        age = rules.maximum_age("tickets") if rules else None
        now = self.system()
        held = Held(name.encode(), now, now + seconds, None, b"")
        end, ends = end_of(held), self.facts.contract_ends
        if age is None or (ends is not None and ends <= now):
            return None
        age = age_of(age, now, end)
        number = f"{name}/{now}".encode()
        key = LiveKey(
            *(number, Purpose.SUPPORT, "tickets", 0, now, end, now, age, end + age),
            ticket=held.digest,
        )
        self.live[number] = key
        return key

    def close_ticket(self, number: bytes) -> None:
        """Close a ticket: its key's time begins, unless it has."""
        key = self.live[number]
        end = min(key.end, self.clock.latest() + TICKET_LATE_SECONDS)
        self.live[number] = replace(key, end=end, until=key.until - key.end + end)

    def keep(self) -> dict[bytes, Keeping]:
        """Return until when each live key is kept."""
        said = self.promised()
        return {
            number: self.decide(key, said) for number, key in sorted(self.live.items())
        }

    def promised(self) -> Promises:
        """Return what was promised for each class."""
        return promises(self.statements)

    def decide(self, key: LiveKey, said: Promises) -> Keeping:
        """Return until when one key is kept."""
        return keeping(key, said.get((key.purpose, key.retention)), self.facts)

    def now(self) -> int:
        """Return the time to delete by."""
        return self.clock.now()

    def round(self, *, approved: bool) -> list[Due]:
        """End what is due; return what was due, also what waits for two people."""
        now, kept = self.now(), self.keep()
        self.erase(kept, now)
        lately = sum(moment > now - DAY for moment in self.early)
        pairs = [(self.live[number], keep) for number, keep in kept.items()]
        over = due(pairs, {}, now, lately=lately)
        for item in over:
            if approved or not item.unusual:
                self._end(item.key_id, kept[item.key_id], now)
        self._end_extracts(now)
        return over

    def shown(self) -> set[Row]:
        """Return the rows that a reading shows."""
        persons = self.persons
        return self.restrictions.shown(persons.store.values(), persons.known())

    def erase(self, kept: dict[bytes, Keeping], now: int) -> None:
        """Take out who is erased, but for what laws and holds want of it now."""
        wanting = {
            number: [one.slug for one in keep.because if one.least and now < one.until]
            for number, keep in kept.items()
        }
        self.persons.turn(self.live.values(), wanting.__getitem__)

    def _end(self, number: bytes, kept: Keeping, now: int) -> None:
        """Take along what laws and holds want, then end a key."""
        key = self.live.pop(number)
        self.dead[number] = key
        if key.until > now:
            self.early.append(now)
        takers = [
            one.slug for one in kept.because if one.least and one.until > kept.key_dies
        ]
        for holder in takers:
            self.extracts[(number, holder)] = self.columns_of(holder)
        self.persons.ends(number, takers)

    def _end_extracts(self, now: int) -> None:
        sealed = self.dead | self.live
        for number, holder in {*self.extracts, *self.persons.kept}:
            if extract_ends(holder, sealed[number], self.facts) <= now:
                self.extracts.pop((number, holder), None)
                self.persons.released(number, holder)

    def columns_of(self, holder: str) -> frozenset[str]:
        """Return which columns a law or a hold wants."""
        named = {f"law:{law.rule}": law.columns for law in self.facts.minima}
        named |= {f"hold:{hold.case}": hold.columns for hold in self.facts.holds}
        return frozenset(column for _, column in named[holder])

    def _boot(self) -> str:
        return str(self.boots)


def _rules(purpose: str, classes: list[RetentionClass]) -> PurposeRules:
    return PurposeRules(Purpose(purpose), "b", (), (), tuple(classes), ())


def _rule(name: str, law: Law) -> LawRule:
    return LawRule(
        name,
        "Example Act 1",
        "Example",
        Criterion.LEGAL_OBLIGATION,
        (Purpose(law.purpose),),
        TABLE,
        tuple(sorted(law.columns)),
        law.seconds // DAY,
        From.CONTRACT_END if law.after_contract else From.CREATED,
    )


def _hold(name: str, held: Asked) -> Hold:
    purposes = frozenset({Purpose(held.purpose)})
    return Hold(name, purposes, _columns(held.columns), held.since, held.until)


def _columns(names: frozenset[str]) -> frozenset[tuple[str, str]]:
    return frozenset((TABLE, name) for name in names)
