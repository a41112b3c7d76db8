# SPDX-License-Identifier: Apache-2.0
"""Whether something is needed at a moment, from the statement's words alone.

Rules: one question of one second, asked of what happened in order; no line of it knows
how the product finds the answer, and nothing of the product is imported.
Not here: histories (`history.py`), what the product does in them (`installation.py`).
Source: "keep_until = max(legal minima, holds, min(purpose maximum, criteria))"; the
statement's section 6.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

DAY = 86_400
MOST = dict.fromkeys(("administration", "improvement", "provision"), 400 * DAY)
MOST |= {"security": 400 * DAY, "support": 90 * DAY}
"""Days that the product lets a purpose keep anything (docs/policy.md)."""


@dataclass
class Said:
    """What a policy says of a class: an age, and the day of review of a need."""

    age: int
    review: int | None = None


@dataclass
class Made:
    """One key, and what was so when it was made: which policies there were."""

    purpose: str
    retention: str
    start: int
    end: int
    age: int
    policies: int


LATE = 3_600
"""After a ticket's end, what was begun under it may still come (docs/howto)."""


def ticket(opened: int, seconds: int, age: int, policies: int) -> Made:
    """Return the key of a ticket: nothing of it is older than support may keep."""
    end = opened + seconds + LATE
    kept = min(age, MOST["support"] - (end - opened))
    return Made("support", "tickets", opened, end, kept, policies)


@dataclass
class Law:
    """A law asks for some columns of a purpose, from creation or the contract's end."""

    purpose: str
    columns: frozenset[str]
    seconds: int
    after_contract: bool


@dataclass
class Held:
    """A case asks for some columns of a purpose that were made in a time."""

    purpose: str
    columns: frozenset[str]
    since: int
    until: int


@dataclass
class Spoken:
    """A row of a person.

    Attributes:
        key: to which it is sealed.
        person: whose it is.
        made: when, in true seconds.
        here: the store has it, before the keeper's next round.
        keepers: laws and holds that wanted it when it was taken out of the store, or
            its key ended, and have wanted it ever since; None before.
    """

    key: bytes
    person: str
    made: int
    here: bool
    keepers: set[str] | None = None


Policy = dict[tuple[str, str], Said]


@dataclass
class World:
    """All that happened so far."""

    policies: list[tuple[int, Policy]] = field(default_factory=list)
    contract: tuple[int, int] | None = None
    laws: dict[str, Law] = field(default_factory=dict)
    holds: dict[str, Held] = field(default_factory=dict)
    erased: list[tuple[str, int]] = field(default_factory=list)
    restricted: dict[bytes, str | None] = field(default_factory=dict)
    """By case: a person, or None for the device and all that it says."""

    def is_erased(self, row: Spoken) -> bool:
        """Tell whether a row is of somebody who was erased after it was made."""
        return any(
            row.person == person and row.made <= moment
            for person, moment in self.erased
        )

    def is_restricted(self, row: Spoken) -> bool:
        """Tell whether a row is of somebody who is restricted now, or of the device."""
        return not {row.person, None}.isdisjoint(self.restricted.values())

    def asking(self, key: Made, moment: int, columns: Iterable[str]) -> set[str]:
        """Return the laws and holds that want any column of a key at a moment."""
        return {one for name in columns for one in self.wanting(key, name, moment)}

    def key_needed(self, key: Made, moment: int) -> bool:
        """Tell whether purpose and criteria still need what a key opens."""
        name = (key.purpose, key.retention)
        ages = [key.age, MOST[key.purpose]]
        ages += [p[name].age for _, p in self.policies[key.policies :] if name in p]
        if any(moment >= key.end + age for age in ages):
            return False
        if self.contract is not None and moment >= sum(self.contract):
            return False
        issued, said = next(
            (issued, p[name]) for issued, p in reversed(self.policies) if name in p
        )
        if said.review is None or moment < key.end:
            return True
        return moment < min(said.review, issued + 366 * DAY) + DAY

    def wanting(self, key: Made, column: str, moment: int) -> set[str]:
        """Return the laws and holds that want a column of a key at a moment."""
        laws = {
            f"law:{name}"
            for name, law in self.laws.items()
            if law.purpose == key.purpose
            and column in law.columns
            and self._asked(law, key, moment)
        }
        return laws | {
            f"hold:{name}"
            for name, hold in self.holds.items()
            if hold.purpose == key.purpose
            and column in hold.columns
            and hold.since < max(key.start, key.end)
            and min(key.start, key.end) < hold.until
        }

    def needed(self, key: Made, column: str, moment: int) -> bool:
        """Tell whether anything needs a column of a key at a moment."""
        return self.key_needed(key, moment) or bool(self.wanting(key, column, moment))

    def _asked(self, law: Law, key: Made, moment: int) -> bool:
        if not law.after_contract:
            return moment < key.end + law.seconds
        return self.contract is None or moment < self.contract[0] + law.seconds
