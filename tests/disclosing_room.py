# SPDX-License-Identifier: Apache-2.0
"""An installation with planted rows, of which disclosures are asked.

Rules: what is in a scope is said by the planted rows alone.
Not here: holds (`holding_room.py`), what must come of it (the tests).
"""

import hashlib
import random
from dataclasses import dataclass, field

from holding_room import HoldRoom, scope_of
from reader_fixture import Speaker, table

from wire.papers.matter import Matter, MatterKind, Term
from wire.papers.scope import Scope
from wire.purposes import Purpose
from wire.values import Value

DAY = 86_400
LETTER = hashlib.sha256(b"a letter").hexdigest()
COLUMNS = ("message", "user.id", "severity_text")
TERMS = {
    "authority": "Court of Examples",
    "basis": "section 94 of the code",
    "letter": LETTER,
    "need event_logs.message": "it is what was threatened",
    "need event_logs.user.id": "it says by whom",
}
Cell = tuple[str, bytes, str, Value]


@dataclass
class Case(HoldRoom):
    """A room with planted rows, and what was planted."""

    planted: list[tuple[Purpose, bytes, int, dict[str, Value]]] = field(
        default_factory=list
    )
    speakers: list[Speaker] = field(default_factory=list)

    @property
    def back(self) -> int:
        """Return in how many seconds before now a device could seal as it does here.

        They are an hour, but where an epoch has just begun: no device seals to a key
        of which the time has not come.
        """
        keys = [self.site.key(one) for one in (Purpose.SUPPORT, Purpose.SECURITY)]
        return max(1, min(3_600, *(self.site.now - key.start for key in keys)))

    def plant(self, seed: int) -> None:
        """Have three devices seal rows of two purposes on three days."""
        draw = random.Random(seed)  # noqa: S311 - a test's own
        self.speakers = [self.site.enrol(f"Desk {number}") for number in range(3)]
        for _ in range(12):
            speaker = draw.choice(self.speakers)
            purpose = draw.choice((Purpose.SUPPORT, Purpose.SECURITY))
            created = self.site.now - draw.randrange(self.back)
            self.say(draw, speaker, purpose, created)

    def say(
        self, draw: random.Random, speaker: Speaker, purpose: Purpose, created: int
    ) -> None:
        """Seal some rows and note them."""
        rows: list[dict[str, Value]] = [
            {
                "message": f"line {draw.random()}",
                "user.id": draw.choice(("ann", "bo", "cy")),
                "severity_text": draw.choice(("low", "high")),
            }
            for _ in range(draw.randrange(1, 4))
        ]
        part = table("event_logs", rows, purpose)
        self.site.put(speaker.seal(self.site.key(purpose), [part], created))
        self.planted += [(purpose, speaker.device, created, row) for row in rows]

    def asking(self, scope: Scope, kind: str = "disclose", **terms: str) -> Matter:
        """Return a disclosure; a term without text is left out."""
        named = {name.replace("_", "-"): text for name, text in terms.items()}
        every = {name: text for name, text in (TERMS | named).items() if text}
        items = tuple(Term(name, text) for name, text in sorted(every.items()))
        return self.matter(scope, kind=MatterKind(kind), terms=items)

    def expected(self, scope: Scope) -> list[Cell]:
        """Return the cells of a scope, by the planted rows alone."""
        (wanted,) = scope.datasets
        return sorted(
            (purpose.value, device, column, row[column])
            for purpose, device, created, row in self.planted
            if purpose in scope.purposes
            and device in (scope.devices or {device})
            and scope.since <= created <= scope.until
            and all(row[rule.column] in rule.values for rule in wanted.filter)
            for column in wanted.columns
        )  # type: ignore[type-var]  # all cells are texts


def of_ann(room: Case, **changes: object) -> Scope:
    """Return Ann's messages of the room's planted devices."""
    devices = tuple(speaker.device for speaker in room.speakers)
    return scope_of(room, *devices, **changes)


def question(step: str, matter: Matter) -> dict[str, object]:
    """Return a question about a disclosure."""
    return {"act": "disclose", "step": step, "case": matter.case.hex()}
