# SPDX-License-Identifier: Apache-2.0
"""Begins erasures again of which only the journal outside of the machine knows.

Rules: what a restore took back goes before anybody reads; they come in the order in
which they were; whom they were about, nobody knows any more where the case is lost too,
so nothing is looked for but what the journal tells; what is over is not begun.
Not here: the journal (`server/keeper/telling.py`), the steps (`erasure.py`).
Source: docs/adr/0031-what-the-machine-cannot-take-back.md.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from server.errors import StateError
from server.keeper.desk import Desk
from server.keeper.rights import erasing, erasure
from server.register import cases, erasures, jobs
from server.register.cases import State
from server.register.erasures import Erased, Runs
from wire.papers.journal import ErasedRows, ErasureTold, places_of

Places = dict[bytes, tuple[bytes, str]]
"""Digest of an envelope > its device and its purpose."""


def begin(desk: Desk, told: Iterable[tuple[bytes, ErasureTold]]) -> None:
    """Put in force what a journal tells and this machine does not know.

    Args:
        desk: what the keeper works with; `ending` is held.
        told: cases, each with what a line tells, in the order of the lines.
    """
    by_case: dict[bytes, list[ErasureTold]] = {}
    for case, part in told:
        by_case.setdefault(case, []).append(part)
    keys = desk.keyring.live(desk.tenant)
    live = {
        case: parts
        for case, parts in by_case.items()
        if not erasing.outlived(_keys(parts), parts[0].before, keys)
    }
    known = _places(desk) if live else {}
    for case, parts in live.items():
        erasure.begin(desk, case, (), parts[0].before)
        rows = [row for part in parts for row in part.rows]
        with desk.register.transaction() as connection:
            _note(connection, case, rows, known)


def _keys(parts: Iterable[ErasureTold]) -> set[bytes]:
    return {row.key_id for part in parts for row in part.rows}


def _places(desk: Desk) -> Places:
    """Return of each envelope that is here whose it is and for what."""
    every = desk.store.envelopes(desk.tenant, bare=lambda _: True)
    return {one.digest: (one.device, one.purpose) for one in every}


def _note(
    connection: sqlite3.Connection,
    case: bytes,
    rows: Sequence[ErasedRows],
    known: Places,
) -> None:
    """Note what the journal tells of one erasure; a case that waited is done."""
    found = erasures.find(connection, case)
    if found is None:
        return
    erased = []
    for row in rows:
        device, purpose = known.get(row.source, (b"", ""))
        places = places_of(row.places)
        erased.append(
            Erased(row.source, row.dataset, device, purpose, row.key_id, places)
        )
    erasures.note(connection, found, erased, Runs())
    for waiting in (State.ASKED, State.APPROVED):
        cases.move(connection, case, waiting, State.DONE)


def replace(desk: Desk) -> None:
    """Take out the rows of what came back, and of all that has to go before it.

    Args:
        desk: what the keeper works with; `ending` is held.

    Raises:
        ServerError: it cannot be done now, so nobody may read.
    """
    if not _waiting(desk, returned=True):
        return
    with desk.register.view() as connection:
        order = [one.case for one in erasures.in_force(connection)]
    for case in order:
        while case in _waiting(desk):
            if not erasure.step(desk, case):
                msg = "the keeper is to end: nobody reads until an erasure went on"
                raise StateError(msg)


def _waiting(desk: Desk, *, returned: bool = False) -> set[bytes]:
    """Return the cases of erasures whose rows are there; all, or those that returned.

    Args:
        desk: what the keeper works with.
        returned: only those of which the journal told.
    """
    names = (erasure.BEGUN, *erasure.STEPS)
    before = names[: names.index(erasure.REPLACED)]
    with desk.register.view() as connection:
        found = jobs.unfinished(connection, erasure.KIND)
    return {
        job.id
        for job in found
        if job.step in before
        and not (returned and erasure.PLAN.decode(job.body).decided)
    }
