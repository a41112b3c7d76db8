# SPDX-License-Identifier: Apache-2.0
"""All that the local page shows, gathered from the agent's own files.

Rules: names, rules and requests, never a value that was read; what cannot be read is
said in a sentence and hides nothing else; nothing is changed.
Not here: how it looks (`page.py`), who may see it (`door.py`).
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from agent.catalogue import declared
from agent.device import at_work, time_of
from agent.effective import effective_policy
from agent.errors import AgentError, NotEnrolledError
from agent.host import this_host
from agent.identity import Identity, load, trusted
from agent.orders.consent import Consents, consents
from agent.orders.told import Told, people_of, told_of
from agent.plan import Plan, make_plan
from agent.spool.order import HeldOrder
from agent.state import State
from wire.catalogue import Catalogue
from wire.errors import WireError
from wire.policy import Policy
from wire.technicians import Technician

REQUESTS = 100
"""Requests shown: the newest."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The policy in force.

    Attributes:
        policy: after this machine's own restrictions.
        plan: what of it this machine does.
        name: of the policy.
        version: of the signed statement.
        until: its last second.
        restricted: whether this machine restricts it itself.
        consents: what this machine has settled of diagnostics.
    """

    policy: Policy
    plan: Plan
    name: str
    version: int
    until: int
    restricted: bool
    consents: Consents


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page shows.

    Attributes:
        made: when, by the agent's time.
        device: its number, in hex; empty where it is not enrolled.
        url: of the collector.
        catalogue: what could be collected at all.
        signed: the policy; None where none is in force.
        trouble: why none is, as a sentence.
        requests: the newest first.
        people: the technicians, by their key's identity.
        waiting: envelopes that are still here.
    """

    made: int
    device: str
    url: str
    catalogue: Catalogue
    signed: Signed | None
    trouble: str = ""
    requests: tuple[Told, ...] = ()
    people: Mapping[bytes, Technician] | None = None
    waiting: int = 0


def facts(state: State) -> Facts:
    """Return what there is to show.

    Args:
        state: the state directory, of this process's own user.

    Raises:
        StateError: it cannot be read.
    """
    catalogue = declared()
    try:
        who = load(state)
    except NotEnrolledError as problem:
        return Facts(int(time.time()), "", "", catalogue, None, str(problem))
    now, held, people, waiting = _remembered(state, who)
    signed, trouble = None, ""
    try:
        signed = _signed(state, who, catalogue, now)
    except (AgentError, WireError) as problem:
        trouble = str(problem)
    requests = tuple(told_of(one, who) for one in reversed(held))
    whose = who.device.hex(), who.url
    return Facts(now, *whose, catalogue, signed, trouble, requests, people, waiting)


def _remembered(
    state: State, who: Identity
) -> tuple[int, Sequence[HeldOrder], Mapping[bytes, Technician], int]:
    """Return the time, the newest requests, who may ask, and how much waits."""
    if not state.spool.exists():  # it has not begun to work
        return int(time.time()), (), {}, 0
    with at_work(state, who, mend=False) as device:
        now = time_of(device)
        held = device.spool.orders()[-REQUESTS:]
        return now, held, people_of(device, now), device.spool.facts().waiting


def _signed(state: State, who: Identity, catalogue: Catalogue, now: int) -> Signed:
    trust = trusted(state, who, now)
    policy = effective_policy(state, trust.policy.policy, catalogue)
    settled = Consents()
    with suppress(WireError):
        settled = consents(state)
    return Signed(
        policy,
        make_plan(policy, catalogue, this_host().system),
        trust.policy.policy.name,
        trust.policy.version,
        trust.policy.not_after,
        state.restrictions.exists(),
        settled,
    )
