# SPDX-License-Identifier: Apache-2.0
"""One pass in its child: loads what it needs, runs the pipeline, reports counts.

Rules: the parent holds no open spool while a child runs; what comes back is counts,
slugs and sentences; a child that crashes or hangs loses nothing, for its transaction
did not happen.
Not here: the pass itself (`pipeline.py`), when (`schedule.py`).
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass

from agent import errors
from agent.budget import CHILD_REPORT_BYTES, PASS_SECONDS
from agent.collectors import declared
from agent.effective import effective_policy
from agent.host import this_host
from agent.host.child import Ended, in_child
from agent.host.interface import Host
from agent.identity import Identity, load, pseudonym_keys, trusted
from agent.outcome import Outcome
from agent.pipeline import Agent, PassReport, run_pass
from agent.plan import Plan, make_plan
from agent.schedule import due
from agent.sealing import Sealed
from agent.spool import open_spool
from agent.state import State, marked_at
from wire import cbor
from wire.cbor import Plain
from wire.errors import WireError
from wire.trust import Trusted

_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Ran:
    """A pass and what it cost.

    Attributes:
        report: counts and outcomes.
        seconds: processor time of the child.
        memory: its largest resident set, bytes.
    """

    report: PassReport
    seconds: float
    memory: int


def pass_in_child(
    state: State, now: int, *, everything: bool = False, host: Host | None = None
) -> Ran:
    """Run one pass over what is due, in a child.

    Args:
        state: the state directory; no spool of it may be open in this process.
        now: signed time, seconds since the epoch.
        everything: read all that is planned, due or not.
        host: another machine than this one, for tests.

    Raises:
        AgentError: as the child met it, or the child crashed or was killed.
    """
    ended = in_child(
        lambda: _work(state, now, everything=everything, host=host),
        PASS_SECONDS,
        CHILD_REPORT_BYTES,
    )
    return Ran(_decoded(ended), ended.seconds, ended.memory)


def load_plan(
    state: State, now: int, host: Callable[[frozenset[str]], Host]
) -> tuple[Identity, Trusted, Plan, Host]:
    """Return who this is, what is trusted, the plan in force and the machine.

    Args:
        state: the state directory.
        now: signed time.
        host: makes the machine for the plan's columns.

    Raises:
        AgentError: not enrolled, or a local file is wrong.
        WireError: the bundle is not one to obey.
    """
    who = load(state)
    trust = trusted(state, who, now)
    catalogue = declared()
    policy = effective_policy(state, trust.policy.policy, catalogue)
    system = host(frozenset()).system
    plan = make_plan(policy, catalogue, system)
    return who, trust, plan, host(plan.allowed())


def _work(state: State, now: int, *, everything: bool, host: Host | None) -> bytes:
    try:
        return cbor.encode(_encoded(_run(state, now, everything, host)))
    except WireError as problem:
        return cbor.encode({"error": "TrustError", "sentence": str(problem)})
    except errors.AgentError as problem:
        name = type(problem).__name__
        return cbor.encode({"error": name, "sentence": str(problem)})


def _run(state: State, now: int, everything: bool, host: Host | None) -> PassReport:  # noqa: FBT001 - private, from one place
    make = this_host if host is None else lambda _: host
    who, trust, plan, machine = load_plan(state, now, make)
    keys = pseudonym_keys(state, who, trust.root)
    spool = open_spool(state.spool, now, marked_at(state))
    try:
        policy = effective_policy(state, trust.policy.policy)
        wanted = due(policy, who.device, spool.last_pass, now)
        items = [
            item
            for item in plan.datasets
            if everything or (item.purpose, item.dataset.name) in wanted
        ]
        return run_pass(Agent(who, trust, keys, plan, machine), spool, items, now)
    finally:
        spool.close()


def _encoded(report: PassReport) -> dict[int | str, Plain]:
    outcomes: list[Plain] = []
    for item in report.outcomes:
        cells = list(astuple(item))
        cells[3] = round(item.duration * _MICROSECONDS)
        outcomes.append(cells)
    return {
        "outcomes": outcomes,
        "sealed": list(astuple(report.sealed)),
        "withheld": report.withheld,
        "more": report.more,
    }


def _decoded(ended: Ended) -> PassReport:
    """Return the child's report, or raise what it met."""
    if not ended.report:
        why = "took too long and was ended" if ended.timed_out else "crashed"
        msg = f"the pass {why}; nothing was lost, it runs again at its next time"
        raise errors.AgentError(msg)
    found = cbor.decode(ended.report, CHILD_REPORT_BYTES + 1)
    if not isinstance(found, dict):
        msg = "the pass answered something else than a report"
        raise errors.AgentError(msg)
    if "error" in found:
        kind = getattr(errors, str(found["error"]), errors.AgentError)
        raise kind(str(found["sentence"]))
    outcomes: list[Outcome] = []
    for cells in _list(found["outcomes"]):
        name, outcome, reason, duration, *rest = _list(cells)
        rows, skipped, withheld = (_number(cell) for cell in rest[:3])
        seconds = _number(duration) / _MICROSECONDS
        outcomes.append(
            Outcome(
                str(name),
                str(outcome),
                str(reason),
                seconds,
                rows,
                skipped,
                withheld,
                rest[3] is True,
            )
        )
    sealed = Sealed(*(_number(cell) for cell in _list(found["sealed"])))
    return PassReport(
        tuple(outcomes), sealed, _number(found["withheld"]), found["more"] is True
    )


def _list(found: Plain) -> list[Plain]:
    return found if isinstance(found, list) else []


def _number(found: Plain) -> int:
    return found if isinstance(found, int) else 0
