# SPDX-License-Identifier: Apache-2.0
"""The destruction of keys and of all that is sealed to them, step by step.

Rules: a job is in the register before its first step; each step is safe to repeat and
is written down when it is done, so a keeper that is killed goes on where it was; the
steps of one job, and jobs, never run beside each other; a check that finds something
leaves the job where it is, and there is no certificate.
Not here: which keys are due (`rounds/retention.py`), looking (`verifying.py`), the
certificate (`certifying.py`).
"""

import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, zip_longest

from server.errors import ServerError
from server.keeper import (
    certifying,
    facts,
    holding,
    law_extracts,
    telling,
    verifying,
)
from server.keeper.bounds import (
    COMPACT_SHARE,
    SAMPLES,
    SCRUB_SECONDS,
)
from server.keeper.certifying import Ended
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.register import jobs
from server.register.jobs import Job
from server.store.bounds import SAMPLE_BYTES
from server.store.purging import purged
from wire import limits
from wire.cbor import Plain
from wire.codec import Field, ListOf, Message, Text, Uint, fixed
from wire.papers.certificate import COUNTS, KEPT, Counts, Kept
from wire.papers.decision import DECISIONS, Decided

KIND = "destruction"
BEGUN = "begun"
"""Where a job stands before its first step."""
JOB_BYTES = 16
_NOTHING = Counts(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job is about, as the register keeps it.

    Attributes:
        reason: why, as a slug.
        keys: ids of the keys that end.
        ledger: number of the ledger's newest entry before it.
        counts: what is sealed to them.
        samples: octets of that, to be looked for when it is gone.
        kept: holds and laws for which something was taken out before; None until that
            is done.
        decided: what people decided it by; None where only time did.
    """

    reason: str
    keys: tuple[bytes, ...]
    ledger: int
    counts: Counts = _NOTHING
    samples: tuple[bytes, ...] = ()
    kept: tuple[Kept, ...] | None = None
    decided: tuple[Decided, ...] | None = None


PLAN = Message(
    "plan",
    Plan,
    (
        Field(1, "reason", Text(limits.REASON_CHARS, 1)),
        Field(2, "keys", ListOf(fixed(16), limits.CERTIFICATE_KEYS, 1)),
        Field(3, "ledger", Uint()),
        Field(4, "counts", COUNTS),
        Field(5, "samples", ListOf(fixed(SAMPLE_BYTES), SAMPLES)),
        Field(6, "kept", ListOf(KEPT, limits.KEPT), optional=True),
        Field(7, "decided", DECISIONS, optional=True),
    ),
)


@dataclass(frozen=True, slots=True)
class Work:
    """A job and what it is about."""

    job: Job
    plan: Plan


def begin(
    desk: Desk, keys: Sequence[bytes], reason: str, decided: Sequence[Decided] = ()
) -> bytes:
    """Begin the destruction of keys that no other job ends; returns the job's id.

    Args:
        desk: what the keeper works with.
        keys: their ids, not more than a certificate has room for.
        reason: why, as a slug.
        decided: what people decided it by; none where only time did.

    Raises:
        StateError: the register cannot be written.
    """
    after = desk.ledger.head().index
    plan = Plan(reason, tuple(sorted(keys)), after, decided=tuple(decided) or None)
    number = secrets.token_bytes(JOB_BYTES)
    job = Job(number, KIND, BEGUN, desk.clock.latest(), PLAN.encode(plan))
    with desk.register.transaction() as connection:
        jobs.add(connection, job)
    return number


def under_way(desk: Desk) -> list[Work]:
    """Return the destructions that are not done, the oldest first."""
    with desk.register.view() as connection:
        found = jobs.unfinished(connection, KIND)
    return [Work(job, PLAN.decode(job.body)) for job in found]


def go_on(desk: Desk) -> None:
    """Take all jobs as far as they go; what stops one stops no other.

    Raises:
        ServerError: what stopped the first that was stopped.
    """
    stopped = None
    for work in under_way(desk):
        try:
            while _step(desk, work.job.id):
                pass
        except ServerError as error:
            stopped = stopped or error
    if stopped is not None:
        raise stopped


def _step(desk: Desk, number: bytes) -> bool:
    """Take a job one step further from where it is now; false where it goes no more.

    Whoever else works on it, a round or a person who asks, takes the next step.
    """
    with desk.ending:
        with desk.register.view() as connection:
            job = jobs.find(connection, number)
        if job is None or desk.stopping.is_set():
            return False
        work = Work(job, PLAN.decode(job.body))
        names = (BEGUN, *STEPS)
        name = names[names.index(job.step) + 1]
        after = STEPS[name](desk, work)
        if after is None:
            return False
        with desk.register.transaction() as connection:
            jobs.move(connection, replace(job, step=name, body=PLAN.encode(after)))
            if name == names[-1]:
                jobs.end(connection, number)
        return True


def _counted(desk: Desk, work: Work) -> Plan:
    """Let nothing more come in, and count what is there; it is refused from now on."""
    now = desk.clock.latest()
    for number in work.plan.keys:
        desk.keyring.lower(number, now)
        desk.store.end_key(desk.tenant, number, now)
    uses = [desk.store.sealed_to(desk.tenant, number) for number in work.plan.keys]
    counts = Counts(
        sum(use.envelopes for use in uses),
        sum(use.records for use in uses),
        sum(use.octets for use in uses),
        desk.store.devices_of(desk.tenant, work.plan.keys),
        sum(use.others for use in uses),
    )
    samples = tuple(islice(_spread([use.samples for use in uses]), SAMPLES))
    return replace(work.plan, counts=counts, samples=samples)


def _spread(lists: Sequence[Sequence[bytes]]) -> Iterator[bytes]:
    """Yield the first of each list, then the second of each, and so on."""
    for turn in zip_longest(*lists):
        yield from (item for item in turn if item is not None)


def _planned(desk: Desk, work: Work) -> Plan:
    """Write down what is due, before anything of it is gone."""
    plan = work.plan
    envelopes, samples = plan.counts.envelopes, len(plan.samples)
    _tell(desk, work, "destruction-due", {"envelopes": envelopes, "samples": samples})
    return plan


def _extracted(desk: Desk, work: Work) -> Plan:
    """Take out what holds and laws keep, as long as the keys open it."""
    plan = work.plan
    held = holding.extract_all(desk, plan.keys, plan.ledger)
    laws = law_extracts.extract_all(desk, plan.keys, facts.facts(desk), plan.ledger)
    return replace(plan, kept=(*held, *laws))


def _destroyed(desk: Desk, work: Work) -> Plan:
    """Destroy the keys: from now on nobody opens any copy of what is sealed to them."""
    desk.keyring.destroy(work.plan.keys, work.plan.reason, desk.clock.latest())
    _tell(desk, work, "key-destroyed", {})
    return work.plan


def _told_outside(desk: Desk, work: Work) -> Plan:
    """Write down where no restore of this machine reaches that the keys are dead."""
    telling.tell(desk, work.job.id, work.plan.keys)
    return work.plan


def _deleted(desk: Desk, work: Work) -> Plan | None:
    """Delete what is sealed to them and what announced losses in their time."""
    plan = work.plan
    for _ in _slices(desk, plan.keys):
        if desk.stopping.is_set():
            return None
    counts = plan.counts
    _tell(
        desk,
        work,
        "rows-deleted",
        {
            "envelopes": counts.envelopes,
            "blocks": counts.blocks,
            "records": counts.records,
        },
    )
    return plan


def _slices(desk: Desk, keys: Sequence[bytes]) -> Iterator[object]:
    """Delete slice by slice; yields after each."""
    store, wait = desk.store, desk.stopping.wait
    for number in keys:
        delete = partial(store.delete_ended, desk.tenant, number)
        yield from purged(delete, lambda done: done.rows, wait=wait)
    for dead in desk.keyring.tombstones():
        if dead.key_id not in keys or dead.ticket:  # what tells of losses has no ticket
            continue
        if dead.purpose and dead.retention and dead.end:
            which = (desk.tenant, dead.purpose.value, dead.retention, dead.end)
            announced = partial(store.delete_announced, *which)
            yield from purged(announced, int, wait=wait)


def _scrubbed(desk: Desk, work: Work) -> Plan | None:
    """Take deleted octets out of the store's log; later, while somebody reads."""
    return work.plan if scrubbed(desk, work.job.begun) else None


def scrubbed(desk: Desk, begun: int) -> bool:
    """Take deleted octets out of the store's log; false: to be tried again.

    Args:
        desk: what the keeper works with.
        begun: when the deletion began, in seconds since the epoch.
    """

    def given_back(_: int) -> bool:
        return desk.store.compact(COMPACT_SHARE)

    for _ in purged(given_back, int, wait=desk.stopping.wait):
        if desk.stopping.is_set():
            return False
    if desk.store.scrub(desk.stopping):
        return True
    if desk.clock.now() - begun > SCRUB_SECONDS:
        sys.stderr.write(
            "keeper: a reading that does not end keeps deleted octets in the store's "
            "log: end it, or start serve again\n"
        )
    return False


def _certified(desk: Desk, work: Work) -> Plan:
    """Look whether all is gone, and sign that it is.

    Raises:
        StateError: something is still there.
    """
    plan = work.plan
    ended = Ended(
        work.job.id,
        plan.reason,
        plan.counts,
        work.job.begun,
        plan.kept or (),
        plan.decided or (),
    )
    try:
        checks = verifying.looked(desk, plan.keys, plan.samples)
    except ServerError:
        failed = {"job": work.job.id}
        add_once(desk, "checks-failed", failed, ("job",), plan.ledger)
        raise
    certifying.certify(desk, ended, plan.keys, checks)
    return replace(plan, samples=())


def _tell(desk: Desk, work: Work, act: str, more: Mapping[str, Plain]) -> None:
    plan = work.plan
    body: dict[str, Plain] = {
        "job": work.job.id,
        "reason": plan.reason,
        "keys": list(plan.keys),
        **more,
    }
    add_once(desk, act, body, ("job",), plan.ledger)


Step = Callable[[Desk, Work], Plan | None]
"""Takes the job one step further; None where that has to wait."""
STEPS: Mapping[str, Step] = {
    "counted": _counted,
    "planned": _planned,
    "extracted": _extracted,
    "key-destroyed": _destroyed,
    "told-outside": _told_outside,
    "rows-deleted": _deleted,
    "scrubbed": _scrubbed,
    "certified": _certified,
}
"""In their order; a job stands at the last one that is done."""
