# SPDX-License-Identifier: Apache-2.0
"""The month in which a person is answered, and its one extension.

Rules: it runs from the day on which the right was asked for; it is extended once, by
two months, before it is over, with a reason that is kept; what a right does goes on
until it is lifted, but its answer has a day.
Not here: the rights (one file each), cases (`server/keeper/casework.py`).
Source: GDPR, article 12(3).
"""

from dataclasses import dataclass

from server.errors import UsageError
from server.keeper.bounds import SUBJECT_DUE_SECONDS, SUBJECT_MORE_SECONDS
from server.keeper.case_words import sealed
from server.keeper.desk import Desk
from server.register import cases, rights
from server.register.cases import Case, State
from server.register.rights import EXPORTS, EXTENSIONS, Held
from wire import limits
from wire.papers.matter import MatterKind

KINDS = frozenset(
    {
        MatterKind.ANNOTATE,
        MatterKind.ERASE,
        MatterKind.EXPORT,
        MatterKind.FORWARD,
        MatterKind.LIFT,
        MatterKind.OBJECT,
        MatterKind.RESTRICT,
    }
)
"""What persons ask for."""
FORWARDED = "forwarded"
_DAY = 86_400
_REASON_NOTE = b"extension"
_OPEN = frozenset({State.ASKED, State.APPROVED})


@dataclass(frozen=True, slots=True)
class Right:
    """A right that somebody asked for.

    Attributes:
        case: as the register has it.
        due: second until which the person is answered.
        extended: whether the time was extended.
        waits: whether an archive of it waits to be fetched.
    """

    case: Case
    due: int
    extended: bool
    waits: bool

    @property
    def state(self) -> str:
        """Return how far it is, as people call it."""
        done = self.case.state is State.DONE
        if done and self.case.kind == MatterKind.FORWARD.value:
            return FORWARDED
        if done and self.case.closed is None:
            return "in-force"
        return self.case.state.value

    def days_left(self, now: int) -> int | None:
        """Return the whole days until it is due, below zero after; None once done."""
        return (self.due - now) // _DAY if self.case.state in _OPEN else None


def every(desk: Desk) -> list[Right]:
    """Return all rights that were asked for, the newest first."""
    kinds = {kind.value for kind in KINDS}
    with desk.register.view() as connection:
        found = [one for one in cases.every(connection) if one.kind in kinds]
        more = {one.case for one in rights.every(connection, EXTENSIONS)}
        waiting = {one.case for one in rights.every(connection, EXPORTS)}
    return [
        Right(case, _due(case, case.id in more), case.id in more, case.id in waiting)
        for case in found
    ]


def _due(case: Case, extended: bool) -> int:  # noqa: FBT001 - it is the one question
    more = SUBJECT_MORE_SECONDS if extended else 0
    return case.opened + SUBJECT_DUE_SECONDS + more


def extend(desk: Desk, number: bytes, reason: str, user: str, now: int) -> int:
    """Give a right two months more, once; returns when it is due then.

    Args:
        desk: what the keeper works with.
        number: its case.
        reason: why, as the person is told.
        user: who extends.
        now: seconds since the epoch.

    Raises:
        UsageError: it is over, extended already or no right, or without a reason.
    """
    right = {one.case.id: one for one in every(desk)}.get(number)
    if right is None or right.days_left(now) is None:
        msg = "this case is no right that waits for its answer: see subject list"
        raise UsageError(msg)
    if right.extended or right.due <= now:
        msg = "the time is extended once, before it is over: answer the person now"
        raise UsageError(msg)
    if not reason.strip() or len(reason) > limits.TEXT_CHARS:
        msg = "say with --reason why, as the person is told"
        raise UsageError(msg)
    note = sealed(desk, number, _REASON_NOTE, reason.encode())
    due = _due(right.case, extended=True)
    desk.ledger.add("subject-extended", {"by": user, "case": number, "until": due}, now)
    with desk.register.transaction() as connection:
        rights.add(connection, EXTENSIONS, Held(number, now, note))
    return due
