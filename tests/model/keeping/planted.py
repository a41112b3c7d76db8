# SPDX-License-Identifier: Apache-2.0
"""Faults on purpose: what the histories must find, so that their silence means a thing.

Rules: each is one mistake that a person could make in the code that decides.
Not here: the histories.
"""

from dataclasses import replace

from server.keeper.keeping import Due, Facts, Keeping, Promises, keeping
from server.keyring import LiveKey
from tests.model.keeping.installation import Installation
from tests.model.keeping.reference import DAY


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
}
