# SPDX-License-Identifier: Apache-2.0
"""Faults on purpose: what the histories must find, so that their silence means a thing.

Rules: each is one mistake that a person could make in the code that decides.
Not here: the histories.
"""

from collections.abc import Iterable
from dataclasses import replace

from server.keeper.keeping import Due, Facts, Keeping, Promises, keeping
from server.keeper.rights.erasing import Known
from server.keyring import LiveKey
from server.register import erasures
from server.register.erasures import Erasure
from tests.model.keeping.installation import Installation
from tests.model.keeping.persons import Persons, Row, Stored, places_of
from tests.model.keeping.reference import DAY
from tests.model.keeping.restricting import Restrictions


class SystemClock(Installation):
    """Deletes by the machine's clock."""

    def now(self) -> int:
        """Return the time to delete by."""
        return self.system()


class ClockNearly(Installation):
    """Trusts the machine's clock but for a day."""

    def now(self) -> int:
        """Return the time to delete by."""
        return max(self.clock.now(), self.system() - DAY)


class NewestPromise(Installation):
    """Keeps by the newest policy: longer than was promised."""

    def decide(self, key: LiveKey, said: Promises) -> Keeping:
        """Return until when one key is kept."""
        promised = said[(key.purpose, key.retention)]
        age = promised.kept.maximum_age
        longer = replace(key, maximum_age=age, until=key.end + age)
        return keeping(longer, promised, self.facts)


class FirstPromise(Installation):
    """Does not see that a policy shortens."""

    def decide(self, key: LiveKey, said: Promises) -> Keeping:
        """Return until when one key is kept."""
        promised = said[(key.purpose, key.retention)]
        age = key.until - key.end
        kept = replace(promised.kept, maximum_age=age)
        first = replace(promised, kept=kept)
        return keeping(replace(key, maximum_age=age), first, self.facts)


class NeverContract(Installation):
    """Forgets that a contract ends."""

    def decide(self, key: LiveKey, said: Promises) -> Keeping:
        """Return until when one key is kept."""
        self.facts = replace(self.facts, contract_ends=None)
        return super().decide(key, said)


class NoWindow(Installation):
    """Ends with the contract, before its data could be handed over."""

    def decide(self, key: LiveKey, said: Promises) -> Keeping:
        """Return until when one key is kept."""
        self.facts = replace(self.facts, window=0)
        return super().decide(key, said)


class HoldKeepsKeys(Installation):
    """Keeps a whole key for a hold: its neighbours do not die."""

    def decide(self, key: LiveKey, said: Promises) -> Keeping:
        """Return until when one key is kept."""
        kept = super().decide(key, said)
        longest = max([kept.key_dies, *kept.columns.values()])
        return replace(kept, key_dies=longest)


class NoLaw(Installation):
    """Takes along nothing for a law."""

    def decide(self, key: LiveKey, said: Promises) -> Keeping:
        """Return until when one key is kept."""
        kept = super().decide(key, said)
        because = tuple(
            item for item in kept.because if not item.slug.startswith("law")
        )
        return replace(kept, because=because)


class HoldForEver(Installation):
    """Does not hear of a release."""

    def _end_extracts(self, now: int) -> None:
        before = self.facts
        self.facts = Facts(before.contract_ends, before.window, before.minima)
        kept = {
            place: columns
            for place, columns in self.extracts.items()
            if place[1].startswith("hold")
        }
        super()._end_extracts(now)
        self.extracts |= kept
        self.facts = before


class SecondLate(Installation):
    """Is a second late."""

    def now(self) -> int:
        """Return the time to delete by."""
        return self.clock.now() - 1


class NoBreaker(Installation):
    """Lets every purge go on."""

    def round(self, *, approved: bool) -> list[Due]:
        """End what is due."""
        del approved
        return [replace(item, unusual=False) for item in super().round(approved=True)]


class OnlyOnce(Persons):
    """Looks through what is there once: what comes late stays."""

    def search(self, erasure: Erasure) -> None:
        """Look through what an erasure has not looked through yet."""
        with self.register.view() as connection:
            if erasures.searched(connection, erasure).of:
                return
        super().search(erasure)


class Onward(Persons):
    """Erases what a person makes after they were erased, too."""

    def search(self, erasure: Erasure) -> None:
        """Look through what an erasure has not looked through yet."""
        super().search(replace(erasure, before=10**12))


class NotAgain(Persons):
    """Believes what a store says that was put back."""

    def comes_back(self) -> None:
        """Have the store put back, and forget what was erased."""
        super().comes_back()
        with self.register.transaction() as connection:
            connection.execute("DELETE FROM erased")


class NoPlaces(Persons):
    """Counts rows in what is left as if nothing had been taken before."""

    def known(self) -> Known:
        """Return what the register knows of erasures."""
        known = super().known()
        first = {source: items[:1] for source, items in known.sources.items()}
        return replace(known, sources=first)


class ForgetsLate(Installation):
    """Looks through a store once."""

    about = OnlyOnce


class ErasesOnward(Installation):
    """Goes on erasing."""

    about = Onward


class BelievesRestores(Installation):
    """Takes a restored store for the newest."""

    about = NotAgain


class OneErasure(Installation):
    """Knows one erasure of an envelope."""

    about = NoPlaces


class ErasesHeld(Installation):
    """Erases what a hold or a law wants."""

    def erase(self, kept: dict[bytes, Keeping], now: int) -> None:
        """Take out who is erased."""
        del kept, now
        self.persons.turn(self.live.values(), lambda _: ())


class ShowsAll(Restrictions):
    """Shows a restricted person's rows."""

    def shown(self, store: Iterable[Stored], known: Known) -> set[Row]:
        """Return the rows that a reading shows."""
        return {
            (one.number, place)
            for one in store
            for place in places_of(one, known, range(len(one.rows)))
        }


class NeverLifted(Restrictions):
    """Does not hear that a restriction was lifted."""

    def lift(self, case: bytes) -> None:
        """End a restriction."""


class ForgetsRestrictions(Installation):
    """Processes what is restricted."""

    restricts = ShowsAll


class RestrictsForEver(Installation):
    """Hides what is restricted no more."""

    restricts = NeverLifted


class RestrictingErases(Installation):
    """Takes what nobody may see for what nobody needs."""

    def erase(self, kept: dict[bytes, Keeping], now: int) -> None:
        """Take out who is erased, and who is restricted."""
        shown = self.shown()
        for number, one in [*self.persons.store.items()]:
            if not any(place[0] == number for place in shown):
                self.persons.ends(one.key, ())
                break
        super().erase(kept, now)


class RestrictingKeeps(Installation):
    """Ends no key while anything under it is restricted."""

    def _end(self, number: bytes, kept: Keeping, now: int) -> None:
        stored = [one for one in self.persons.store.values() if one.key == number]
        there = sum(len(one.rows) for one in stored)
        known = self.persons.known()
        if there == len(self.restrictions.shown(stored, known)):
            super()._end(number, kept, now)


PLANTED = {
    "nothing": Installation,
    "system-clock": SystemClock,
    "clock-nearly": ClockNearly,
    "newest-promise": NewestPromise,
    "first-promise": FirstPromise,
    "never-contract": NeverContract,
    "no-window": NoWindow,
    "hold-keeps-keys": HoldKeepsKeys,
    "no-law": NoLaw,
    "hold-for-ever": HoldForEver,
    "second-late": SecondLate,
    "no-breaker": NoBreaker,
    "forgets-late": ForgetsLate,
    "erases-onward": ErasesOnward,
    "believes-restores": BelievesRestores,
    "one-erasure": OneErasure,
    "erases-held": ErasesHeld,
    "forgets-restrictions": ForgetsRestrictions,
    "restricts-for-ever": RestrictsForEver,
    "restricting-erases": RestrictingErases,
    "restricting-keeps": RestrictingKeeps,
}
