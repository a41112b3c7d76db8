# SPDX-License-Identifier: Apache-2.0
"""Finds all that is held of a subject, under every purpose that a person may read.

Rules: each envelope is opened as a reader opens it, its device's signature first; what
does not open is counted by its reason; nothing is kept but counts; the ledger has them
before anybody sees them.
Not here: what names a subject (`server/reader/subjects.py`), what is done with its rows
(`exporting.py`, `restricting.py`).
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from policies import catalogue
from server.errors import DeniedError, StateError
from server.keeper.bounds import DEVICES_NAMED
from server.keeper.desk import Desk
from server.keeper.rights.whose import require_instruction, subject_of
from server.reader import subjects
from server.reader.fold import Part
from server.reader.opening import Reading
from server.reader.selection import Selection
from server.reader.subjects import Subject, Tokens
from server.register import releases
from server.register.releases import Made
from wire.catalogue import Catalogue
from wire.papers.matter import Matter
from wire.purposes import Purpose

if TYPE_CHECKING:
    from wire.cbor import Plain

CLOSED = frozenset({Purpose.IMPROVEMENT})
"""Purposes that no person opens: they have no identifier of a person or device."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one opened table that are a subject's.

    Attributes:
        purpose: under which they are held.
        part: the table, and where it came from.
        rows: which of its rows, in order; at least one.
        keeper: the law or hold for which they are kept; empty for what lives.
    """

    purpose: Purpose
    part: Part
    rows: tuple[int, ...]
    keeper: str = ""


@dataclass(slots=True)
class Found:
    """What was found.

    Attributes:
        rows: how many, by purpose and dataset.
        devices: ids of the devices that sent them.
        envelopes: how many have at least one.
        opened: how many were opened.
        skipped: what did not open, by its reason.
        keys: key periods that were looked through.
        sources: digests of the envelopes that have at least one.
        kept: rows that a law or hold keeps beyond their time, by it and dataset.
        withheld: rows that a hold keeps and nobody may be given, by it and its ground.
        unsearched: rows kept so whose stand-ins cannot be made again, and that are not
            known to be the subject's.
    """

    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    devices: set[bytes] = field(default_factory=set)
    envelopes: int = 0
    opened: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    keys: int = 0
    sources: set[bytes] = field(default_factory=set)
    kept: Counter[tuple[str, str]] = field(default_factory=Counter)
    withheld: Counter[tuple[str, str]] = field(default_factory=Counter)
    unsearched: int = 0

    @property
    def total(self) -> int:
        """Return how many rows the subject can be given."""
        return self.rows.total() + self.kept.total()


class _Sieve:
    """Takes opened tables, and keeps the subject's rows until they are asked for."""

    octets = 0

    def __init__(self, purpose: Purpose, wanted: Tokens, known: Catalogue) -> None:
        """Know what to look for."""
        self._purpose, self._wanted, self._known = purpose, wanted, known
        self._held: list[Piece] = []
        self.skipped: Counter[str] = Counter()

    def add(self, part: Part) -> None:
        """Take a table."""
        dataset = self._known.datasets.get(part.table.dataset)
        if dataset is None:
            self.skipped["unknown-dataset"] += 1
            return
        theirs = subjects.rows(part.table, dataset, self._wanted)
        rows = [row for row in theirs if row not in part.blank]
        if rows:
            self._held.append(Piece(self._purpose, part, tuple(rows)))

    def hole(self, device: bytes, incarnation: bytes, key_id: bytes) -> None:
        """Let it be: what is missing is counted by the reading."""

    def drained(self) -> list[Piece]:
        """Return what was kept, and keep it no more."""
        held, self._held = self._held, []
        return held


def pieces(
    desk: Desk,
    subject: Subject,
    found: Found,
    now: int,
    purposes: Collection[Purpose] | None = None,
) -> Iterator[Piece]:
    """Yield all rows of a subject, envelope by envelope.

    Args:
        desk: what the keeper works with.
        subject: checked.
        found: takes the counts.
        now: seconds since the epoch.
        purposes: where to look; None for all that a person may read.

    Raises:
        StateError: the keeper is to end.
    """
    live = desk.keyring.live(desk.tenant)
    held = {key.purpose for key in live} - CLOSED
    wanted = held if purposes is None else held & set(purposes)
    found.keys = sum(key.purpose in wanted for key in live)
    for purpose in sorted(wanted, key=lambda one: one.value):
        yield from _of_purpose(desk, subject, found, purpose, now)


def _of_purpose(
    desk: Desk, subject: Subject, found: Found, purpose: Purpose, now: int
) -> Iterator[Piece]:
    tokens = subjects.tokens(desk.keyring, desk.tenant, purpose, subject)
    sieve = _Sieve(purpose, tokens, catalogue())
    keys = desk.keyring.scoped(desk.tenant, purpose, max(now, desk.clock.latest()))
    enrolled = desk.store.devices(desk.tenant)
    reading = Reading(
        *(keys, sieve, Selection(desk.tenant, purpose, {}), enrolled),
        blocks=None,
        keeper=desk.keyring.keeper_key().public,
    )
    stored = desk.store.envelopes(
        desk.tenant, device=subject.device, purpose=purpose.value
    )
    for envelope in stored:
        if desk.stopping.is_set():
            msg = "the keeper is to end: ask again once it runs"
            raise StateError(msg)
        reading.take(envelope)
        drained = sieve.drained()
        if drained:
            found.envelopes += 1
            found.sources.add(envelope.digest)
        for piece in drained:
            name = piece.part.table.dataset
            found.rows[purpose.value, name] += len(piece.rows)
            found.devices.add(piece.part.device)
            yield piece
    found.opened += reading.opened.envelopes
    found.skipped += reading.opened.skipped + sieve.skipped


def find(desk: Desk, matter: Matter, subject: Subject, now: int, by: str = "") -> Found:
    """Count all that is held of a subject; the ledger says that it was looked for.

    Args:
        desk: what the keeper works with.
        matter: for which it is looked.
        subject: checked.
        now: seconds since the epoch.
        by: who looks, where no case says it.

    Raises:
        DeniedError: nothing is found.
    """
    found = Found()
    for _ in pieces(desk, subject, found, now):
        pass
    require_found(desk, matter, found, now, by)
    return found


def require_found(
    desk: Desk, matter: Matter, found: Found, now: int, by: str = ""
) -> None:
    """Write down what was found, and refuse whom nothing is held of.

    Raises:
        DeniedError: nothing is found.
    """
    who: dict[str, Plain] = {"by": by} if by else {}
    desk.ledger.add("subject-found", told(matter, found) | who, now)
    if not found.total and not found.withheld:
        reason = "unknown-subject"
        msg = (
            f"nobody is found by that: nothing was done (searched {found.keys} key "
            "periods)"
        )
        raise DeniedError(reason, msg)


def given(desk: Desk, found: Found) -> list[Made]:
    """Return the releases made of envelopes with rows of the subject, newest first.

    What a release took of such an envelope may be other rows: it names too many sooner
    than too few; one that its recipient says to have deleted is not named any more.
    """
    with desk.register.view() as connection:
        having = {
            number
            for source in found.sources
            for number in releases.having(connection, source)
        }
        return [made for made in releases.every(connection) if made.id in having]


def counts(desk: Desk, found: Found) -> dict[str, int]:
    """Return what a person sees before deciding."""
    return {
        "rows": found.rows.total(),
        "envelopes": found.envelopes,
        "devices": len(found.devices),
        "releases": len(given(desk, found)),
    }


def counted(desk: Desk, matter: Matter, now: int) -> dict[str, int]:
    """Refuse whom nothing is held of; count what is held of the others.

    Raises:
        UsageError: it names no subject.
        DeniedError: nothing is found, or the client has to answer.
    """
    subject = subject_of(matter)
    require_instruction(desk, matter)
    return counts(desk, find(desk, matter, subject, now))


def told(matter: Matter, found: Found) -> "dict[str, Plain]":
    """Return what the ledger says of what was found: counts and ids."""
    body: dict[str, Plain] = {
        "case": matter.case,
        "purposes": [*sorted({purpose for purpose, _ in found.rows})],
        "datasets": [*sorted({name for _, name in (*found.rows, *found.kept)})],
        "rows": found.total,
        "envelopes": found.envelopes,
        "count": len(found.devices),
    }
    if len(found.devices) <= DEVICES_NAMED:
        body["devices"] = [*sorted(found.devices)]
    return body
