# SPDX-License-Identifier: Apache-2.0
"""The steps of an erasure, and what is done as long as it is in force.

Rules: a job is in the register before its first step; each step may be repeated and is
written down when it is done, so a keeper that is killed goes on where it was; where
the rows were is told outside of the machine before they go; erasures go in the order in
which they came, and beside no destruction; what is as old as one and comes later, late
from a device or out of a backup of the store, is erased again, and of a restored store
before anybody reads it.
Not here: the rows (`erasing.py`), asking for it (`server/keeper/matters/erase.py`),
erasures that this machine lost in a restore (`returned.py`).
Source: docs/adr/0028-erasing-one-person.md.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from server.errors import StateError
from server.keeper import case_words, certifying, ending, telling, verifying
from server.keeper.bounds import SAMPLES
from server.keeper.certifying import Ended
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.keeper.rights import erasing, receivers
from server.keeper.rights.erasing import Known
from server.keeper.rights.whose import subject_of
from server.register import cases, erasures, jobs
from server.register.erasures import Erased
from server.register.jobs import Job
from server.store.bounds import SAMPLE_BYTES
from wire import limits
from wire.codec import Field, ListOf, Message, Uint, fixed
from wire.papers.certificate import COUNTS, KEPT, Counts, Kept
from wire.papers.decision import DECISIONS, Decided

if TYPE_CHECKING:
    from wire.cbor import Plain

KIND = "erasure"
BEGUN = "begun"
REPLACED = "replaced"
ERASED = "erased"
"""Why there is a certificate."""
CAME_BACK = "came-back"
"""Why there is another, of one that this machine had lost."""
UNCLAIMED = ("later-data", "recipients")
"""What an erasure says nothing of: what devices made since, who was given rows."""
UNSEARCHED = "late-arrivals"
"""What one says nothing of besides that was lost with its words: nobody can look for
the person in what devices bring late."""
_NOTHING = Counts(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job is about, as the register keeps it; its id is the case's.

    Attributes:
        ledger: number of the ledger's newest entry before it.
        decided: what people decided it by; nothing where the journal tells of it.
        counts: what is erased.
        samples: octets of the envelopes, to be looked for when they are gone.
        kept: holds and laws for which some of it was kept.
    """

    ledger: int
    decided: tuple[Decided, ...]
    counts: Counts = _NOTHING
    samples: tuple[bytes, ...] = ()
    kept: tuple[Kept, ...] = ()


PLAN = Message(
    "erasure-plan",
    Plan,
    (
        Field(1, "ledger", Uint()),
        Field(2, "decided", DECISIONS),
        Field(3, "counts", COUNTS),
        Field(4, "samples", ListOf(fixed(SAMPLE_BYTES), SAMPLES)),
        Field(5, "kept", ListOf(KEPT, limits.KEPT)),
    ),
)


def begin(desk: Desk, case: bytes, decided: Sequence[Decided], now: int) -> None:
    """Put an erasure in force, unless it is; its steps follow.

    Args:
        desk: what the keeper works with; `ending` is held.
        case: its case, 16 bytes.
        decided: what people decided it by; nothing where the journal tells of it.
        now: seconds since the epoch: what was made until then is erased.
    """
    plan = Plan(desk.ledger.head().index, tuple(decided))
    job = Job(case, KIND, BEGUN, desk.clock.latest(), PLAN.encode(plan))
    with desk.register.transaction() as connection:
        if erasures.find(connection, case) is None:
            erasures.begin(connection, case, now)
            jobs.add(connection, job)


def go_on(desk: Desk) -> None:
    """Take all erasures as far as they go; none overtakes one that has not replaced.

    Raises:
        ServerError: what stopped the first that was stopped.
    """
    with desk.register.view() as connection:
        known = erasures.in_force(connection)
        begun = {job.id for job in jobs.unfinished(connection, KIND)}
    for case in [one.case for one in known if one.case in begun]:
        while step(desk, case):
            pass
        if case in early(desk):
            return


def early(desk: Desk) -> set[bytes]:
    """Return the cases of erasures that have taken nothing out yet."""
    with desk.register.view() as connection:
        found = jobs.unfinished(connection, KIND)
    return {job.id for job in found if job.step in {BEGUN, "found"}}


def step(desk: Desk, number: bytes) -> bool:
    """Take a job one step further; false where it goes no more.

    Raises:
        ServerError: it cannot be done now.
    """
    with desk.ending:
        with desk.register.view() as connection:
            job = jobs.find(connection, number)
        if job is None or desk.stopping.is_set():
            return False
        names = (BEGUN, *STEPS)
        name = names[names.index(job.step) + 1]
        after = STEPS[name](desk, job, PLAN.decode(job.body))
        if after is None:
            return False
        now = desk.clock.latest()
        with desk.register.transaction() as connection:
            jobs.move(connection, replace(job, step=name, body=PLAN.encode(after)))
            if name == names[-1]:
                jobs.end(connection, number)
                cases.close(connection, number, now)
        return True


def _found(desk: Desk, job: Job, plan: Plan) -> Plan:
    """Write down where the person's rows are, and count what goes."""
    _search_all(desk, early(desk) - {job.id})
    erased = _erased(desk, job.id)
    octets, samples, here = 0, list[bytes](), list[Erased]()
    for stored in erasing.to_replace(desk, _now(desk, job)):
        if stored.digest in erased:
            octets += len(stored.octets)
            samples.append(stored.octets[-SAMPLE_BYTES:])
            here += erased[stored.digest]
    counts = Counts(
        len(samples),
        sum(len(one.places) for one in here),
        octets,
        len({one.device for one in here}),
        _blocks(desk, here),
    )
    every = max(1, len(samples) // SAMPLES)
    left = tuple(islice(samples[::every], SAMPLES))
    return replace(plan, counts=counts, samples=left)


def _erased(desk: Desk, case: bytes) -> dict[bytes, list[Erased]]:
    """Return by the digests of envelopes what a case erases of them."""
    now = erasing.known(desk)
    number, found = now.number(case), dict[bytes, list[Erased]]()
    for source, items in now.sources.items():
        mine = [one for at, one in items if at == number]
        if mine:
            found[source] = mine
    return found


def _search_all(desk: Desk, without: Collection[bytes]) -> None:
    """Look through what no erasure has looked through yet, each for its subject."""
    with desk.register.view() as connection:
        found = [
            one
            for one in erasures.in_force(connection)
            if one.case not in without and cases.find(connection, one.case)
        ]
    for one in found:
        matter = case_words.open_case(desk, one.case).matter
        erasing.search(desk, one, subject_of(matter))


def _blocks(desk: Desk, erased: Sequence[Erased]) -> int:
    """Return how many blocks stand that may have what is erased."""
    keys = {(one.device, one.purpose, one.key_id) for one in erased}
    return sum(
        (device, purpose, block.key_id) in keys
        for device, purpose in {key[:2] for key in keys}
        for block in desk.store.blocks(desk.tenant, device, purpose)
    )


def _now(desk: Desk, job: Job) -> Known:
    """Return all that is to go but what comes behind this job."""
    return erasing.known(desk, early(desk) - {job.id})


def _held(desk: Desk, job: Job, plan: Plan) -> Plan:
    """Seal for holds and laws what they want of these rows."""
    return replace(plan, kept=erasing.keep(desk, _now(desk, job)))


def _told_outside(desk: Desk, job: Job, plan: Plan) -> Plan:
    """Write down where no restore of this machine reaches where these rows are."""
    telling.tell_erased(desk, early(desk) - {job.id})
    return plan


def _replaced(desk: Desk, job: Job, plan: Plan) -> Plan:
    """Put remainders in the places of the envelopes, and tell the ledger."""
    erasing.replace(desk, _now(desk, job))
    counts = plan.counts
    body: dict[str, Plain] = {
        "case": job.id,
        "rows": counts.records,
        "envelopes": counts.envelopes,
        "count": counts.devices,
        "reason": _why(plan),
    }
    add_once(desk, "subject-erased", body, ("case",), plan.ledger)
    return plan


def _why(plan: Plan) -> str:
    return ERASED if plan.decided else CAME_BACK


def _scrubbed(desk: Desk, job: Job, plan: Plan) -> Plan | None:
    """Take what was deleted out of the store's log and free pages."""
    return plan if ending.scrubbed(desk, job.begun) else None


def _require_gone(desk: Desk, job: Job) -> None:
    if erasing.standing(desk, _now(desk, job)):
        msg = "an erasure gets no certificate: rows are still there"
        raise StateError(msg)


def _told(desk: Desk, job: Job, plan: Plan) -> Plan:
    """Tell those who were given some of it."""
    receivers.tell(desk, job.id, [*_erased(desk, job.id)], plan.ledger)
    return plan


def _certified(desk: Desk, job: Job, plan: Plan) -> Plan:
    """Look whether all is gone, and sign that it is.

    Raises:
        StateError: something is still there.
    """
    keys = erasing.keys_of(desk, job.id)
    whole = plan.counts, job.begun, plan.kept, plan.decided
    with desk.register.view() as connection:
        lost = cases.find(connection, job.id) is None
    unclaimed = (*UNCLAIMED, UNSEARCHED) if lost else UNCLAIMED
    ended = Ended(job.id, _why(plan), *whole, unclaimed)
    try:
        _require_gone(desk, job)
        checks = verifying.cleared(desk, plan.counts.envelopes, plan.samples)
    except StateError:
        add_once(desk, "checks-failed", {"job": job.id}, ("job",), plan.ledger)
        raise
    certifying.certify(desk, ended, keys, checks)
    return replace(plan, samples=())


Step = Callable[[Desk, Job, Plan], Plan | None]
"""Takes the job one step further; None where that has to wait."""
STEPS: Mapping[str, Step] = {
    "found": _found,
    "held": _held,
    "told-outside": _told_outside,
    REPLACED: _replaced,
    "scrubbed": _scrubbed,
    "told": _told,
    "certified": _certified,
}
"""In their order; a job stands at the last one that is done."""


def again(desk: Desk) -> None:
    """Erase again what came back; end erasures that are over.

    Args:
        desk: what the keeper works with; `ending` is held.

    Raises:
        ServerError: it cannot be done now.
    """
    with desk.register.view() as connection:
        found = erasures.in_force(connection)
        busy = {job.id for job in jobs.unfinished(connection, KIND)}
    waiting = early(desk)
    for one in found:
        keys = erasing.keys_of(desk, one.case)
        over = erasing.outlived(keys, one.before, desk.keyring.live(desk.tenant))
        if one.case not in busy and over:
            with desk.register.transaction() as connection:
                erasures.end(connection, one)
    if not found:
        return
    now = erasing.known(desk, waiting)
    if not erasing.standing(desk, now):
        return
    erasing.keep(desk, now)
    telling.tell_erased(desk, waiting)
    envelopes, rows = erasing.replace(desk, now)
    body: dict[str, Plain] = {"envelopes": envelopes, "rows": rows}
    desk.ledger.add("erased-again", body, desk.clock.latest())
    ending.scrubbed(desk, desk.clock.now())


def look_for_late(desk: Desk) -> None:
    """Erase what is as old as an erasure in force and came after it.

    Args:
        desk: what the keeper works with; `ending` is held.

    Raises:
        ServerError: it cannot be done now.
    """
    _search_all(desk, early(desk))
    again(desk)
