# SPDX-License-Identifier: Apache-2.0
"""What must come true, written down while it happens.

Rules: an entry is made when a call has returned, not when it was begun; what a crash
leaves in doubt is written down as such.
Not here: whether it came true (`oracle.py`).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from simulation.sealed import Told
from wire.cbor import Plain
from wire.purposes import Purpose

Place = tuple[bytes, int]
"""Incarnation and sequence."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One envelope that a spool accepted.

    Attributes:
        purpose: of the class.
        numbers: of its lines; none for a gap.
        gap: how many lines a gap says are missing; None where it cannot know.
        moment: the agent's own time, seconds since the epoch.
    """

    purpose: Purpose
    numbers: tuple[int, ...]
    gap: int | None
    moment: int


@dataclass(slots=True)
class Book:
    """What one device has promised.

    Attributes:
        accepted: envelopes by their place.
        doubtful: what was to take a place when the disk refused: it may be there.
        lost: lines that the source itself lost before they were read.
        unread: lines that a new spool did not go back for.
        spoiled: its spool was lost or scribbled over, on purpose.
        damaged: octets in its spool were changed, on purpose.
        misled: the gate told a wrong time, so that times of gaps mean nothing.
        astray: its own clock jumped, and times of gaps with it.
        receipted: digests that the gate said it has.
        forked: "copied" or "restored" where somebody did that to this device.
        set_back: its collector's store was put back from a backup.
        owed: records of a former identity that it has to announce; None: not known.
        start: the first line that is its own; those before a former identity read.
        gone: what the store held of it and the backup did not, by its place.
        again: places that were accepted, and then given to something else.
    """

    accepted: dict[Place, Entry] = field(default_factory=dict)
    doubtful: dict[Place, list[Entry]] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)
    unread: set[int] = field(default_factory=set)
    spoiled: bool = False
    damaged: bool = False
    misled: bool = False
    astray: bool = False
    receipted: dict[bytes, None] = field(default_factory=dict)
    forked: str = ""
    set_back: bool = False
    owed: Counter[Purpose] | None = field(default_factory=Counter)
    start: int = 0
    gone: dict[Place, Told] = field(default_factory=dict)
    again: set[Place] = field(default_factory=set)

    def accept(self, place: Place, entry: Entry) -> None:
        """Write down what a spool has accepted."""
        if self.accepted.get(place, entry) != entry:
            self.again.add(place)
        self.accepted[place] = entry

    def doubt(self, place: Place, entry: Entry) -> None:
        """Write down what a spool may have accepted."""
        self.doubtful.setdefault(place, []).append(entry)


@dataclass(slots=True)
class Chronicle:
    """Everything that happened, for people and for the oracle.

    Attributes:
        books: what each device has promised, by its identity.
        faults: how often each fault did something.
        wrongs: promises that were seen broken while it went on.
        acts: the ledger of the collector: what was done, and to which device.
        lines: the story, where it is wanted.
        telling: whether it is.
    """

    books: dict[bytes, Book] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)
    acts: list[tuple[str, Mapping[str, Plain]]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    telling: bool = False

    def book(self, device: bytes) -> Book:
        """Return the book of a device."""
        return self.books.setdefault(device, Book())

    def tell(self, now: float, text: str) -> None:
        """Add to the story."""
        if self.telling:
            self.lines.append(f"{now - 1_800_000_000:12.3f} {text}")

    def add(self, act: str, body: Mapping[str, Plain], now: int) -> None:
        """Add to the collector's ledger; a `server.reader.duties.Acts`."""
        del now
        self.acts.append((act, body))

    def wrong(self, what: str) -> None:
        """Write down a broken promise."""
        self.wrongs.append(what)
