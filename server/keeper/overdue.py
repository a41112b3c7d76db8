# SPDX-License-Identifier: Apache-2.0
"""All that people should have done by now: one line for each sort of it.

Rules: it is counted from the register at one moment, by the same words that each list
shows; what is overdue the longest comes first.
Not here: telling it (`rounds/`), each sort's own rules (the register).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from policies import risks
from policies.risks import Risk
from server.keeper import ending, facts, incident_record, law_extracts
from server.keeper.bounds import ENDED_SECONDS, SCRUB_SECONDS
from server.keeper.desk import Desk
from server.keeper.rights import clocks, erasure
from server.register import (
    findings,
    holds,
    incident_duties,
    incidents,
    jobs,
    notices,
    releases,
    reviews,
)
from server.register.releases import RECEIPT_SECONDS, Made, Owed

SORTS = (
    "findings",
    "duties to tell of an incident",
    "notices not delivered",
    "persons not answered",
    "holds not reviewed",
    "uses to protect rights not reviewed",
    "residual risks not reviewed",
    "receipts of recipients",
    "attestations of deletion",
    "deletions late",
)
"""What can be overdue, in words."""
_KINDS = ending.KIND, erasure.KIND
"""Jobs that end with a certificate."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """One sort of what is overdue.

    Attributes:
        what: it is, in words.
        count: how many.
        since: since when the first of them is, in seconds since the epoch.
        command: shows them.
    """

    what: str
    count: int
    since: int
    command: str


def overdue(desk: Desk, now: int) -> list[Overdue]:
    """Return what is overdue, the longest first.

    Args:
        desk: what the keeper works with.
        now: seconds since the epoch.
    """
    sorts: Sequence[tuple[Iterable[int], str]] = (
        (_findings(desk, now), "finding list"),
        (_incidents(desk, now), "incident list"),
        (_notices(desk, now), "notice list"),
        (_rights(desk, now), "subject list"),
        (_holds(desk, now), "hold list"),
        (_reviews(desk, now), "case list"),
        (late_risks(now).values(), "evidence build"),
        (_owed(desk, Owed.RECEIPT, now), "recipient list"),
        (_owed(desk, Owed.ATTESTATION, now), "recipient list"),
        (_deletions(desk, now), "retention show"),
    )
    found = [
        (what, sorted(since), command)
        for what, (since, command) in zip(SORTS, sorts, strict=True)
    ]
    told = [
        Overdue(what, len(since), since[0], command)
        for what, since, command in found
        if since
    ]
    return sorted(told, key=lambda one: one.since)


def _findings(desk: Desk, now: int) -> Iterator[int]:
    with desk.register.view() as connection:
        every = findings.every(connection)
    for one in every:
        if one.standing(now) is findings.Standing.OVERDUE:
            yield one.finding.due


def _incidents(desk: Desk, now: int) -> Iterator[int]:
    with desk.register.view() as connection:
        every = incidents.every(connection)
    for one in every:
        if one.incident.closed is None:
            for duty in incident_record.duties(desk, one, now):
                if duty.standing is incident_duties.Standing.OVERDUE:
                    yield duty.due or 0


def _notices(desk: Desk, now: int) -> Iterator[int]:
    with desk.register.view() as connection:
        every = notices.every(connection)
    for one in every:
        told_above = one.kind is notices.NoticeKind.BREACH
        if one.standing(now) is notices.Standing.OVERDUE and not told_above:
            yield one.delayed or one.due or 0


def _rights(desk: Desk, now: int) -> Iterator[int]:
    for one in clocks.every(desk):
        days = one.days_left(now)
        if days is not None and days < 0:
            yield one.due


def _holds(desk: Desk, now: int) -> Iterator[int]:
    with desk.register.view() as connection:
        every = holds.in_force(connection)
    yield from (one.review for one in every if one.review <= now)


def _reviews(desk: Desk, now: int) -> Iterator[int]:
    with desk.register.view() as connection:
        every = reviews.uses(connection)
    yield from (one.due for one in every if one.due is not None and one.due <= now)


def late_risks(now: int) -> dict[str, int]:
    """Return the shipped risks whose day of review is past: since when, by name."""
    return {one.name: one.due for one in shipped_risks() if one.due <= now}


@cache
def shipped_risks() -> Sequence[Risk]:
    """Return the risks of this release; they change with a release alone."""
    return risks.read(risks.shipped())


def _deletions(desk: Desk, now: int) -> Iterator[int]:
    """Yield since when keys live on, and since when deletions have no certificate."""
    work = {one.job.id: one for one in ending.under_way(desk)}
    with desk.register.view() as connection:
        begun = [one for kind in _KINDS for one in jobs.unfinished(connection, kind)]
    slow = [one for one in begun if one.begun + SCRUB_SECONDS <= now]
    yield from (one.begun + SCRUB_SECONDS for one in slow)
    told = {key for one in slow if one.id in work for key in work[one.id].plan.keys}
    known = facts.facts(desk)
    ends = {key.key_id: keep.key_dies for key, keep in facts.kept(desk, known)}
    for key in law_extracts.law_keys(desk, known):
        ends[key.key_id] = key.until
    for number, end in ends.items():
        if number not in told and end + ENDED_SECONDS <= now:
            yield end + ENDED_SECONDS


def _owed(desk: Desk, what: Owed, now: int) -> Iterator[int]:
    with desk.register.view() as connection:
        every = releases.every(connection)
    yield from (_since(one, what) for one in every if what in one.owes(now))


def _since(made: Made, what: Owed) -> int:
    if what is Owed.ATTESTATION:
        return made.expires
    return (made.fetched or 0) + RECEIPT_SECONDS
