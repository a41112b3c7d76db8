# SPDX-License-Identifier: Apache-2.0
"""The steps of an erasure, and what is done as long as it is in force.

Rules: a job is in the register before its first step; each step may be repeated and is
written down when it is done, so a keeper that is killed goes on where it was; erasures
go in the order in which they came, and beside no destruction; what is as old as one and
comes later, late from a device or out of a backup of the store, is erased again, and of
a restored store before anybody reads it.
Not here: the rows (`erasing.py`), asking for it (`server/keeper/matters/erase.py`).
Source: docs/adr/0028-erasing-one-person.md.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from server.errors import StateError
from server.keeper import case_words, certifying, ending, verifying
from server.keeper.bounds import SAMPLES
from server.keeper.certifying import Ended
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.keeper.rights import erasing, receivers
from server.keeper.rights.erasing import Known
from server.keeper.rights.whose import subject_of
from server.register import cases, erasures, jobs
from server.register.erasures import Erased, Erasure
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
ERASED = "erased"
"""Why there is a certificate."""
UNCLAIMED = ("later-data", "recipients")
"""What an erasure says nothing of: what devices made since, who was given rows."""
_NOTHING = Counts(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job is about, as the register keeps it; its id is the case's.

    Attributes:
        ledger: number of the ledger's newest entry before it.
        decided: what people decided it by.
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
        decided: what people decided it by.
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
        while _step(desk, case):
            pass
        if case in _early(desk):
            return


def _early(desk: Desk) -> set[bytes]:
    """Return the cases of erasures that have taken nothing out yet."""
    with desk.register.view() as connection:
        found = jobs.unfinished(connection, KIND)
    return {job.id for job in found if job.step in {BEGUN, "found"}}


def _step(desk: Desk, number: bytes) -> bool:
    """Take a job one step further; false where it goes no more."""
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
    _search_all(desk, _early(desk) - {job.id})
    now = erasing.known(desk)
    number, erased = now.number(job.id), dict[bytes, list[Erased]]()
    for source, items in now.sources.items():
        mine = [one for at, one in items if at == number]
        if mine:
            erased[source] = mine
    every = [one for mine in erased.values() for one in mine]
    octets, samples = 0, list[bytes]()
    for stored in desk.store.envelopes(
        desk.tenant, bare=lambda one: one.digest not in erased
    ):
        if stored.has_rows and stored.digest in erased:
            octets += len(stored.octets)
            samples.append(stored.octets[-SAMPLE_BYTES:])
    counts = Counts(
        len(erased),
        sum(len(one.places) for one in every),
        octets,
        len({one.device for one in every}),
        _blocks(desk, every),
    )
    step = max(1, len(samples) // SAMPLES)
    return replace(plan, counts=counts, samples=tuple(islice(samples[::step], SAMPLES)))


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
    return erasing.known(desk, _early(desk) - {job.id})


def _held(desk: Desk, job: Job, plan: Plan) -> Plan:
    """Seal for holds and laws what they want of these rows."""
    return replace(plan, kept=erasing.keep(desk, _now(desk, job)))


def _replaced(desk: Desk, job: Job, plan: Plan) -> Plan:
    """Put remainders in the places of the envelopes, and tell the ledger."""
    erasing.replace(desk, _now(desk, job))
    counts = plan.counts
    body: dict[str, Plain] = {
        "case": job.id,
        "rows": counts.records,
        "envelopes": counts.envelopes,
        "count": counts.devices,
    }
    add_once(desk, "subject-erased", body, ("case",), plan.ledger)
    return plan


def _scrubbed(desk: Desk, job: Job, plan: Plan) -> Plan | None:
    """Take what was deleted out of the store's log and free pages."""
    return plan if ending.scrubbed(desk, job.begun) else None


def _require_gone(desk: Desk, job: Job) -> None:
    if erasing.standing(desk, _now(desk, job)):
        msg = "an erasure gets no certificate: rows are still there"
        raise StateError(msg)


def _told(desk: Desk, job: Job, plan: Plan) -> Plan:
    """Tell those who were given some of it."""
    receivers.tell(desk, job.id, _sources(desk, job.id), plan.ledger)
    return plan


def _sources(desk: Desk, case: bytes) -> list[bytes]:
    """Return the digests of the envelopes of which a case erased something."""
    now = erasing.known(desk)
    number = now.number(case)
    return [
        source
        for source, items in now.sources.items()
        if any(at == number for at, _ in items)
    ]


def _certified(desk: Desk, job: Job, plan: Plan) -> Plan:
    """Look whether all is gone, and sign that it is.

    Raises:
        StateError: something is still there.
    """
    keys = erasing.keys_of(desk, job.id)
    whole = plan.counts, job.begun, plan.kept, plan.decided
    ended = Ended(job.id, ERASED, *whole, UNCLAIMED)
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
    "replaced": _replaced,
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
    early = _early(desk)
    for one in found:
        if one.case not in busy and _is_over(desk, one):
            with desk.register.transaction() as connection:
                erasures.end(connection, one)
    if not found:
        return
    now = erasing.known(desk, early)
    if not erasing.standing(desk, now):
        return
    erasing.keep(desk, now)
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
    _search_all(desk, _early(desk))
    again(desk)


def _is_over(desk: Desk, erasure: Erasure) -> bool:
    """Tell whether nothing lives any more that is as old as an erasure."""
    keys = set(erasing.keys_of(desk, erasure.case))
    until = erasure.before + limits.CLOCK_SKEW_SECONDS
    return not any(
        key.key_id in keys or key.start <= until
        for key in desk.keyring.live(desk.tenant)
    )
