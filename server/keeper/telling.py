# SPDX-License-Identifier: Apache-2.0
"""Tells a place outside of the machine what ended, and learns from there what did.

Rules: what ended is written down here first, and handed out as soon as the place is
there; it is written once, by ids and places; a certificate claims no more than what
lies outside by then; a keeper that starts learns before anybody reads, and refuses as
long as the place that config.toml names is away.
Not here: the files (`server/outside.py`), when what is dead dies again
(`rounds/arrears.py`), what was erased is erased again (`rights/returned.py`).
Source: docs/adr/0031-what-the-machine-cannot-take-back.md.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from server import anchors, outside
from server.errors import StateError
from server.keeper.desk import Desk
from server.outside import Kept, Told
from server.register import erasures
from server.register.erasures import Erased, Erasure
from wire import limits
from wire.papers.journal import ErasedRows, ErasureTold, packed_places
from wire.papers.tombstone import Tombstone

UNCLAIMED = "whole-machine-restore"
"""What a certificate does not claim when nothing outside tells of the deletion."""
_TABLE_BYTES = 160
"""Of a table in a line beside its places: digest, key id, the longest name."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What the journal says, here and outside.

    Attributes:
        dead: what is left of keys that ended.
        erased: cases of erasures, each with what a line tells it took; of one case
            there may be more.
        missing: how many lines it lacks.
    """

    dead: list[Tombstone]
    erased: list[tuple[bytes, ErasureTold]]
    missing: int


def tell(desk: Desk, job: bytes, keys: Sequence[bytes]) -> None:
    """Write down what a job ended, once, and hand it out if the place is there.

    Args:
        desk: what the keeper works with.
        job: its id, 16 bytes.
        keys: ids of the keys that it destroyed.

    Raises:
        StateError: it cannot be written here.
        TrustError: a line of the journal is not the keeper's.
    """
    here, wanted = outside.place(desk.layout), set(keys)
    dead = [one for one in desk.keyring.tombstones() if one.key_id in wanted]
    told = Told(desk.tenant, job, desk.clock.latest(), tuple(dead))
    lines = outside.read(here, _publics(desk))
    if all(one.line.job != job for one in lines):
        outside.write(here, lines, desk.keyring.keeper_key(), told)
    _offer(desk)


def tell_erased(desk: Desk, without: Collection[bytes] = ()) -> None:
    """Write down where the rows are that erasures in force take; what was told is not.

    Args:
        desk: what the keeper works with; `ending` is held.
        without: cases of erasures that have not found their rows yet.

    Raises:
        StateError: it cannot be written here.
        TrustError: a line of the journal is not the keeper's.
    """
    with desk.register.view() as connection:
        found = erasures.in_force(connection)
        sources = erasures.sources(connection)
    taken: dict[int, list[Erased]] = {}
    for items in sources.values():
        for number, one in items:
            taken.setdefault(number, []).append(one)
    here = outside.place(desk.layout)
    lines, key = outside.read(here, _publics(desk)), desk.keyring.keeper_key()
    for erasure in found:
        if erasure.case in without:
            continue
        for part in _untold(erasure, taken.get(erasure.number, ()), lines):
            now = desk.clock.latest()
            told = Told(desk.tenant, erasure.case, now, (), part)
            lines.append(outside.write(here, lines, key, told))
    _offer(desk)


def _untold(
    erasure: Erasure, taken: Iterable[Erased], lines: Sequence[Kept]
) -> Iterator[ErasureTold]:
    """Yield what no line tells of an erasure; nothing, where one took nothing."""
    told = [one.line.erasure for one in lines if one.line.job == erasure.case]
    known = {(row.source, row.dataset) for part in told if part for row in part.rows}
    some, octets, first = list[ErasedRows](), 0, not told
    for one in taken:
        if (one.source, one.dataset) in known:
            continue
        places = packed_places(one.places)
        octets += len(places) + _TABLE_BYTES
        full = len(some) == limits.JOURNAL_TABLES
        if some and (full or octets > limits.JOURNAL_ROWS_BYTES):
            yield ErasureTold(erasure.before, tuple(some))
            some, octets, first = [], len(places) + _TABLE_BYTES, False
        some.append(ErasedRows(one.source, one.dataset, one.key_id, places))
    if some or first:
        yield ErasureTold(erasure.before, tuple(some))


def is_told(desk: Desk, job: bytes) -> bool:
    """Tell whether what a job ended is written down outside; hand it out if it can be.

    Raises:
        TrustError: a line of the journal is not the keeper's.
    """
    there = desk.settings().anchors
    if there is None:
        return False
    if not _offer(desk):
        return False
    try:
        lines = outside.read(there, _publics(desk))
    except StateError:
        return False
    return any(one.line.job == job for one in lines)


def _offer(desk: Desk) -> bool:
    """Hand out what can be; tell whether the place outside has all."""
    try:
        hand_out(desk)
    except StateError:
        return False  # the round `anchors` says so
    return True


def hand_out(desk: Desk) -> None:
    """Copy to the place outside what it lacks.

    Raises:
        StateError: it is not there, or cannot be written.
    """
    there = desk.settings().anchors
    if there is not None:
        outside.require(there)
        outside.hand_over(outside.place(desk.layout), there)


def learn(desk: Desk) -> Learned:
    """Return what ended by the journal here and outside, and how many lines it lacks.

    Raises:
        StateError: the place outside is away.
        TrustError: a line of the journal is not the keeper's.
    """
    there, here = desk.settings().anchors, outside.place(desk.layout)
    publics = _publics(desk)
    if there is not None:
        outside.require(there)
        outside.read(there, publics)  # before anything of it is taken in
        outside.hand_over(there, here)
    lines = outside.read(here, publics)
    dead = [one for kept in lines for one in kept.line.tombstones]
    erased = [
        (kept.line.job, kept.line.erasure)
        for kept in lines
        if kept.line.erasure is not None
    ]
    return Learned(dead, erased, outside.missing(lines))


def _publics(desk: Desk) -> set[bytes]:
    return anchors.signers(desk.ledger) | {desk.keyring.keeper_key().public}
