# SPDX-License-Identifier: Apache-2.0
"""Who is to be told of an incident, by when, and how that stands.

Rules: the clocks run from when it became known, whatever is entered later; the client's
stands as its notice does, which counsel alone lets wait; where the provider is a
processor, authority and people are the client's to tell.
Not here: entering that somebody was told (`server/keeper/incident_record.py`).
Source: GDPR, articles 33 and 34.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from server.register import notices
from server.register.incidents import Held, Whom
from server.register.notices import Notice, NoticeKind

AUTHORITY_SECONDS = 72 * 3_600
"""Within which the authority is told (article 33(1))."""
CLIENT_SECONDS = 24 * 3_600
"""Within which the client is: without undue delay (article 33(2)), and so that it has
two of its own three days."""


class Standing(Enum):
    """How a duty to tell stands."""

    OVERDUE = "overdue"
    DUE = "due"
    OPEN = "open"
    """It has no clock, and is decided before the incident closes."""
    DELAYED = "delayed"
    TOLD = "told"
    LATE = "told late"
    NOT_NEEDED = "not needed"
    THEIRS = "the client's"


SETTLED = frozenset(
    {Standing.TOLD, Standing.LATE, Standing.NOT_NEEDED, Standing.THEIRS}
)
"""With these an incident may close."""
_OF_NOTICES = {
    notices.Standing.DELAYED: Standing.DELAYED,
    notices.Standing.OVERDUE: Standing.OVERDUE,
}


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty to tell somebody.

    Attributes:
        whom: who is told.
        due: first second at which it is overdue; None where it has no clock.
        standing: how it stands.
    """

    whom: Whom
    due: int | None
    standing: Standing

    def left(self, now: int) -> int | None:
        """Return the seconds that are left, below zero after; None once settled."""
        waits = self.standing not in SETTLED and self.due is not None
        return self.due - now if waits and self.due is not None else None


def duties(
    held: Held,
    known_notices: Mapping[bytes, Notice],
    now: int,
    *,
    processor: bool,
) -> tuple[Duty, ...]:
    """Return who is to be told of an incident.

    Args:
        held: the incident.
        known_notices: notices to the client of breaches, by what each is about.
        now: seconds since the epoch.
        processor: whether the client answers, and not the provider.
    """
    notice = known_notices.get(held.incident.number)
    return (
        _client(held, notice, now),
        _other(held, Whom.AUTHORITY, AUTHORITY_SECONDS, now, theirs=processor),
        _other(held, Whom.PEOPLE, None, now, theirs=processor),
    )


def of_breaches(found: Iterable[Notice]) -> dict[bytes, Notice]:
    """Return the notices of breaches, by what each is about."""
    return {one.event: one for one in found if one.kind is NoticeKind.BREACH}


def _client(held: Held, notice: Notice | None, now: int) -> Duty:
    due = held.incident.known + CLIENT_SECONDS
    if notice is None:
        late = due <= now
        return Duty(Whom.CLIENT, due, Standing.OVERDUE if late else Standing.DUE)
    last = notice.delayed or notice.due
    if notice.delivered is not None:
        return Duty(Whom.CLIENT, last, _told(notice.delivered, last))
    standing = _OF_NOTICES.get(notice.standing(now), Standing.DUE)
    return Duty(Whom.CLIENT, last, standing)


def _other(
    held: Held, whom: Whom, seconds: int | None, now: int, *, theirs: bool
) -> Duty:
    due = None if seconds is None else held.incident.known + seconds
    told = held.told.get(whom)
    if told is not None:
        standing = _told(told.time, due) if told.needed else Standing.NOT_NEEDED
        return Duty(whom, due, standing)
    if theirs:
        return Duty(whom, due, Standing.THEIRS)
    if due is None:
        return Duty(whom, None, Standing.OPEN)
    return Duty(whom, due, Standing.OVERDUE if due <= now else Standing.DUE)


def _told(time: int, due: int | None) -> Standing:
    return Standing.TOLD if due is None or time < due else Standing.LATE
