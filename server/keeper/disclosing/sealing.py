# SPDX-License-Identifier: Apache-2.0
"""Seals the records of a disclosure to the authority that they are for.

Rules: the authority is in the register, not suspended, its agreement in force, and
registered for every purpose of the scope; the head names the digest of the matter, the
basis, the decisions, and every part by its digest.
Not here: sealing and giving out its key (`server/keeper/sharing`), an authority that
has no key (`production.py`).
"""

from collections.abc import Sequence
from dataclasses import replace

from policies import catalogue
from server.errors import DeniedError
from server.keeper.bounds import DISCLOSURE_FETCH_SECONDS
from server.keeper.desk import Desk
from server.keeper.disclosing import counting
from server.keeper.disclosing.naming import BASIS
from server.keeper.disclosing.records import Found, pieces
from server.keeper.disclosing.rows import OWN, rows_of
from server.keeper.sharing import writing
from server.keeper.sharing.writing import ReleasedTable
from server.register import recipients
from wire.catalogue import ValueType
from wire.papers.decision import Decided
from wire.papers.matter import MATTER, Matter, matter_digest
from wire.papers.recipient import Recipient, RecipientRole, read_recipient
from wire.papers.release import Custody, ReleasedColumn, head_digest
from wire.papers.scope import DatasetScope, Scope

TO = "to"
FORM = "csv"
BY = "keeper"
"""Who makes it: the keeper, with the approval; the decisions say whose that is."""
_WORDS = {
    ValueType.TEXT: "VARCHAR",
    ValueType.TIMESTAMP: "VARCHAR",
    ValueType.BOOLEAN: "BOOLEAN",
    ValueType.RATIO: "DOUBLE",
    ValueType.CELSIUS: "DOUBLE",
    ValueType.REAL: "DOUBLE",
    ValueType.DOUBLE_SECONDS: "DOUBLE",
}
"""DuckDB's words for types; all others are whole numbers, and times are text."""


def recipient_of(
    desk: Desk, matter: Matter, scope: Scope, now: int
) -> Recipient | None:
    """Return the authority to which a matter says that it is sealed; None for none.

    Raises:
        DeniedError: it may not get what is in the scope.
    """
    name = matter.term(TO)
    if name is None:
        return None
    with desk.register.view() as connection:
        entry = recipients.find(connection, name)
    if entry is None or entry.suspended is not None:
        reason, msg = "no-recipient", "the recipient is suspended, or not registered"
        raise DeniedError(reason, msg)
    found = read_recipient(entry.octets, desk.keyring.keeper_key().public)
    if found.role is not RecipientRole.AUTHORITY:
        reason, msg = (
            "no-authority",
            "data is disclosed to a recipient of role authority",
        )
        raise DeniedError(reason, msg)
    if found.agreement_until < now or not set(scope.purposes) <= set(found.purposes):
        reason = "recipient-expired"
        msg = "what the authority is registered for has ended, or is not this purpose"
        raise DeniedError(reason, msg)
    return found


def seal(
    desk: Desk,
    matter: Matter,
    scope: Scope,
    decided: Sequence[Decided],
    recipient: Recipient,
    now: int,
) -> tuple[Found, bytes]:
    """Make the release of a disclosure; may be called again after a crash.

    Args:
        desk: what the keeper works with; `ending` is held.
        matter: approved.
        scope: of the matter, checked.
        decided: the decisions that approved it.
        recipient: whom it is for.
        now: seconds since the epoch.

    Returns:
        What is in it, and the digest of its head.

    Raises:
        ServerError: it cannot be made; nothing of it is left.
    """
    found, sources = Found(), set[bytes]()
    for piece in pieces(desk, matter, scope, found):
        sources.add(piece.source)
    custody = custody_of(desk, matter, found)
    head = writing.make(
        desk,
        release=matter.case,
        grant=matter_digest(MATTER.encode(matter)),
        recipient=recipient,
        tables=[_table(desk, matter, scope, one) for one in scope.datasets],
        expires=now + DISCLOSURE_FETCH_SECONDS,
        form=FORM,
        purpose=" ".join(one.value for one in scope.purposes),
        decisions=decided,
        basis=matter.term(BASIS),
        now=now,
        sources=sources,
        custody=lambda: custody,
    )
    return found, head_digest(head)


def columns_of(dataset: DatasetScope) -> tuple[ReleasedColumn, ...]:
    """Return what a head says of the columns of a dataset in a scope."""
    known = catalogue().datasets[dataset.name]
    found = [ReleasedColumn(name, "VARCHAR", "keep") for name in OWN]
    for name in dataset.columns:
        column = known.column(name)
        word = "VARCHAR" if column is None else _WORDS.get(column.type, "BIGINT")
        found.append(ReleasedColumn(name, word, "keep"))
    return tuple(found)


def custody_of(desk: Desk, matter: Matter, found: Found) -> Custody:
    """Return who had a disclosure made, and of how many envelopes it is."""
    counted = counting.counted(desk, matter.case)
    return Custody(BY, counted, found.envelopes, found.extracts, found.shut)


def _table(
    desk: Desk, matter: Matter, scope: Scope, dataset: DatasetScope
) -> ReleasedTable:
    only = replace(scope, datasets=(dataset,))
    rows = (
        row
        for piece in pieces(desk, matter, only, Found())
        for row in rows_of(piece, dataset)
    )
    return ReleasedTable(dataset.name, columns_of(dataset), rows)
