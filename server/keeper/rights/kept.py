# SPDX-License-Identifier: Apache-2.0
"""Finds what laws and holds keep of a subject, for the person's own export.

Rules: what is kept is the person's as well, so it is in the export with the name of who
keeps it; where counsel's hold says that it must not be, its rows are counted and its
ground is told, and nothing of them leaves; stand-ins of a period whose keys are dead
cannot be made again, so what could not be looked through is counted too.
Not here: what live keys open (`finding.py`), keeping (`server/keeper/holding.py`,
`law_extracts.py`).
Source: GDPR, articles 15 and 23; docs/adr/0027-rights-of-a-person.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from policies import catalogue
from server.errors import StateError
from server.keeper import case_words, facts
from server.keeper.desk import Desk
from server.keeper.holding import WITHHOLD
from server.keeper.law_extracts import HOLDER_BYTES
from server.keeper.rights.finding import CLOSED, Found, Piece
from server.keyring import KeyKind
from server.reader import subjects
from server.reader.fold import Part
from server.reader.subjects import Subject, Tokens
from server.register import holds
from server.store.ending import HeldExtract
from wire.errors import WireError
from wire.papers import extract
from wire.papers.extract import ExtractHeader, OpenExtract
from wire.purposes import Purpose

OVER = "law that asks no more"
"""Keeps until the keeper's next turn."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who keeps something beyond its time.

    Attributes:
        holder: 16 bytes.
        name: for the person: the law's rule, or the hold's number.
        ground: why it may not be handed over; None where it may.
    """

    holder: bytes
    name: str
    ground: str | None = None


def pieces(desk: Desk, subject: Subject, found: Found) -> Iterator[Piece]:
    """Yield all rows of a subject that laws and holds keep, but those withheld.

    Args:
        desk: what the keeper works with.
        subject: checked.
        found: takes the counts.

    Raises:
        StateError: the keeper has still to look what ended, or is to end.
    """
    if desk.keyring.renewing():
        msg = "nothing is read until the keeper has looked what ended: ask again"
        raise StateError(msg)
    look = _Look(desk, subject, found)
    for keeper in _keepers(desk):
        for held in desk.store.extracts(desk.tenant, keeper.holder):
            if desk.stopping.is_set():
                msg = "the keeper is to end: ask again once it runs"
                raise StateError(msg)
            yield from look.at(held, keeper)


def _keepers(desk: Desk) -> Iterator[Keeper]:
    """Yield whoever keeps something: laws, then holds."""
    known = {law.holder: law for law in facts.facts(desk).minima}
    names = desk.keyring.cases.names(desk.tenant, KeyKind.LAW).values()
    for holder in sorted({name[:HOLDER_BYTES] for name in names}):
        law = known.get(holder)
        yield Keeper(holder, OVER if law is None else f"law {law.rule}")
    with desk.register.view() as connection:
        placed = holds.in_force(connection)
    for one in placed:
        ground = case_words.open_case(desk, one.case).matter.term(WITHHOLD)
        yield Keeper(one.case, f"hold {one.case.hex()}", ground)


class _Look:
    """Looks through one extract after the other."""

    def __init__(self, desk: Desk, subject: Subject, found: Found) -> None:
        """Know the devices, and of which key periods stand-ins can be made."""
        self._desk, self._subject, self._found = desk, subject, found
        self._labels = {
            one.device: one.label for one in desk.store.devices(desk.tenant)
        }
        self._spans = {
            one.key_id: (one.start, one.end) for one in desk.keyring.tombstones()
        } | {key.key_id: (key.start, key.end) for key in desk.keyring.live(desk.tenant)}
        self._tokens: dict[Purpose, Tokens] = {}
        self._made: dict[Purpose, set[tuple[int, int]]] = {}

    def at(self, held: HeldExtract, keeper: Keeper) -> Iterator[Piece]:
        """Yield the subject's rows of one extract."""
        device, purpose = self._subject.device, Purpose(held.purpose)
        if purpose in CLOSED or (device is not None and held.device != device):
            return
        key = self._desk.keyring.for_ending(held.key_id)
        signer = self._desk.keyring.keeper_key().public
        try:
            if key is None:
                self._found.skipped["key-ended"] += 1
                return
            read, header = extract.read(held.octets, signer)
            opened = extract.unseal(read, header, key)
        except WireError:
            self._found.skipped["not-an-extract"] += 1
            return
        for one in opened:
            yield from self._rows(header, one, keeper)

    def _rows(
        self, header: ExtractHeader, one: OpenExtract, keeper: Keeper
    ) -> Iterator[Piece]:
        dataset = catalogue().datasets.get(one.table.dataset)
        if dataset is None:
            self._found.skipped["unknown-dataset"] += 1
            return
        purpose, table = header.purpose, replace(one.table, ops=one.ops)
        rows = tuple(subjects.rows(table, dataset, self._wanted(purpose)))
        if not self._searched(header):
            self._found.unsearched += table.rows - len(rows)
        if not rows:
            return
        place = keeper.name, dataset.name
        if keeper.ground is not None:
            self._found.withheld[keeper.name, keeper.ground] += len(rows)
            return
        self._found.kept[place] += len(rows)
        self._found.devices.add(header.device)
        self._found.sources.add(header.source)
        label = self._labels.get(header.device, "")
        whence = header.incarnation, header.source_key, header.created
        part = Part(header.device, label, *whence, table)
        yield Piece(purpose, part, rows, keeper.name)

    def _wanted(self, purpose: Purpose) -> Tokens:
        if purpose not in self._tokens:
            desk = self._desk
            self._tokens[purpose] = subjects.tokens(
                desk.keyring, desk.tenant, purpose, self._subject
            )
        return self._tokens[purpose]

    def _searched(self, header: ExtractHeader) -> bool:
        """Tell whether the stand-ins of its time can still be made."""
        if self._subject.device is not None:
            return True
        purpose, desk = header.purpose, self._desk
        if purpose not in self._made:
            keys = desk.keyring.pseudonym_keys(desk.tenant, [purpose], 0)
            self._made[purpose] = {(one.start, one.end) for one in keys}
        return self._spans.get(header.source_key) in self._made[purpose]
