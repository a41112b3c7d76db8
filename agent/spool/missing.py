# SPDX-License-Identifier: Apache-2.0
"""Rows of a damaged spool's envelopes that have to be made anew.

Rules: octets count as an envelope only where the ledger or the one behind has their
digest; a number between others never stays empty, or no mark would pass it; how many
records are missing the ledger says, and where it does not, nobody knows.
Not here: reading what was found (`found.py`), storing it (`salvage.py`).
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from agent.spool.change import SpoolClass
from agent.spool.found import Filing, Found, Sealed, Stray
from wire.envelope import NO_PREVIOUS, UNKNOWN_DIGEST, EnvelopeKind
from wire.purposes import RULES, Purpose

_DAY = 86_400
_LEDGER_SHOWN = 8
"""Bytes of a digest that the ledger has."""
_NOBODY_KNOWS = Sealed(Purpose.SECURITY.value, "unknown", 0, 0, 0)
Place = tuple[bytes, int]
"""Incarnation and sequence."""


@dataclass(slots=True)
class Remade:
    """What the rows of a damaged spool come to.

    Attributes:
        found: what is sound.
        since: second after which records may be missing, where nothing else tells.
        filings: every row that the new spool gets, by place.
        missing: how many of them have no octets.
        unknown: the first seconds of those of which nobody knows what was in them.
    """

    found: Found
    since: int
    filings: dict[Place, Filing] = field(default_factory=dict)
    missing: int = 0
    unknown: list[int] = field(default_factory=list)
    _sealed: dict[str, Sealed] = field(default_factory=dict)
    _names: dict[Place, bytes] = field(default_factory=dict)

    def make(self) -> None:
        """File what was found, and what is missing between it."""
        rows = self.found.filings.values()
        self.filings = {filing.place: filing for filing in rows}
        strays = self.found.strays()
        end = self.found.end
        expected = end.sequence - end.marked if end else 0
        if strays or expected > len(rows) or _has_holes(rows):
            self._sealed = self.found.sealed()
        for filing in rows:
            self._know(filing)
        if end:
            self._names[end.incarnation, end.sequence] = end.previous
        for stray in strays:
            self._take(stray)
        for place in sorted(set(self._expected()) - self.filings.keys()):
            filing = self._missing(*place)
            self.missing += 1
            self.filings[place] = filing

    def is_whole(self) -> bool:
        """Tell whether the chain's row is sound and is the end of what waits."""
        end = self.found.end
        if end is None:
            return False
        newest = max(
            (one.place[1] for one in self.filings.values() if end.made(one)), default=0
        )
        if newest > end.sequence:
            return False
        last = self.filings.get((end.incarnation, end.sequence))
        return last is None or last.name == end.previous

    def _know(self, filing: Filing) -> None:
        incarnation, sequence = filing.place
        if sequence > 1:
            self._names[incarnation, sequence - 1] = filing.previous

    def _take(self, stray: Stray) -> None:
        """Believe octets that no row is known of, if something else has their digest.

        They are another row's where their own number is what was damaged.
        """
        header = stray.header
        filing = self.filings.get(stray.place)
        if filing is not None:
            self.found.bodies.setdefault(filing.number, stray.cell)
            return
        told = self._sealed.get(stray.own[:_LEDGER_SHOWN].hex())
        named = self._names.get(stray.place) == stray.own
        if header.kind is EnvelopeKind.VOID or not (told or named):
            if self._is_behind(stray):  # its records may be nowhere else
                self.unknown.append(self.since)
            return
        data = header.kind is EnvelopeKind.DATA
        records, since = header.records, told.since if told else header.created
        if header.gap is not None:
            records, since = 0, header.gap.since
        base = self._base(header.incarnation)
        number = stray.number if base is None else base + header.sequence
        kind, age = self._alike(header.purpose.value, header.retention)
        filing = Filing(
            (
                *(number, *stray.place, stray.own, stray.own, header.previous),
                *(header.purpose.value, header.retention),
                kind if data else SpoolClass.CONTROL.value,
                *(records, since, header.created, header.created + age, 0, stray.size),
            )
        )
        self.found.bodies.setdefault(number, stray.cell)
        self.filings[stray.place] = filing
        self._know(filing)

    def _is_behind(self, stray: Stray) -> bool:
        end = self.found.end
        return end is not None and stray.number > end.base + end.sequence

    def _expected(self) -> Iterator[Place]:
        """Yield every place between those that are known."""
        spans: dict[bytes, list[int]] = defaultdict(list)
        for filing in self.filings.values():
            incarnation, sequence = filing.place
            spans[incarnation].append(sequence)
        end = self.found.end
        if end and end.sequence > end.marked:
            spans[end.incarnation] += [end.marked + 1, end.sequence]
        for incarnation, sequences in spans.items():
            for sequence in range(min(sequences), max(sequences) + 1):
                yield incarnation, sequence

    def _missing(self, incarnation: bytes, sequence: int) -> Filing:
        """Return the row of an envelope of which nothing is left here."""
        name = self._names.get((incarnation, sequence), UNKNOWN_DIGEST)
        before = self.filings.get((incarnation, sequence - 1))
        if sequence == 1:
            previous = NO_PREVIOUS
        elif before is not None and before.name != UNKNOWN_DIGEST:
            previous = before.name
        else:  # no envelope has this name, and no other void has it either
            previous = hashlib.sha256(incarnation + b"%d" % sequence).digest()
        told = self._sealed.get(name[:_LEDGER_SHOWN].hex())
        if told is None:
            near = before or next(iter(self.filings.values()), None)
            told = _NOBODY_KNOWS if near is None else near.told(0)
            self.unknown.append(before.told(0).created if before else self.since)
        kind, age = self._alike(told.purpose, told.retention)
        return Filing(
            (
                *((self._base(incarnation) or 0) + sequence, incarnation, sequence),
                *(name, name, previous, told.purpose, told.retention, kind),
                *(told.records, told.since, told.created, told.created + age, 0, 0),
            )
        )

    def _base(self, incarnation: bytes) -> int | None:
        """Return by how much the numbers of an incarnation exceed its sequences."""
        end = self.found.end
        if end and end.incarnation == incarnation:
            return end.base
        for filing in self.found.filings.values():
            if filing.place[0] == incarnation:
                return filing.number - filing.place[1]
        return None

    def _alike(self, purpose: str, retention: str) -> tuple[int, int]:
        """Return the class and the age of envelopes of one purpose and retention."""
        for filing in self.found.filings.values():
            if filing.is_data(purpose, retention):
                return filing.kind, filing.age
        return SpoolClass.EVENT.value, RULES[Purpose(purpose)].maximum_days * _DAY


def _has_holes(rows: Iterable[Filing]) -> bool:
    """Tell whether a number between the rows is not there."""
    places = sorted(filing.place for filing in rows)
    return any(
        after[0] == before[0] and after[1] != before[1] + 1
        for before, after in pairwise(places)
    )
