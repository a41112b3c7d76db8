# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent status`: identity, policy, spool, clock and outcomes, at a glance.

Rules: works while the service runs, as the agent's user; sends nothing; what the disk
does not give of the spool is said, and all else is shown.
Not here: what left (`ledger.py`), what would leave (`preview.py`).
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.clock import CONTACTED, load_clock
from agent.collectors import names
from agent.commands._tables import moment, size
from agent.delivery.courier import failing
from agent.device import Device, at_work, can_name, time_of
from agent.effective import effective_policy
from agent.enrol_file import find
from agent.errors import AgentError, NotEnrolledError, StateError, UnreadError
from agent.fared import recall
from agent.governor.strikes import struck_out
from agent.identity import Identity, load, trusted
from agent.outcome import WORDS, Outcome
from agent.printable import printable
from agent.state import State, state_at
from wire.errors import WireError
from wire.release import __version__

_ILL = "the disk does not give all of the spool"
_ATTENTION = 1
"""Exit code where something needs a person."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(options: argparse.Namespace) -> int:
    """Show the status.

    Returns:
        0 where data can be collected, 1 where something needs a person.

    Raises:
        AgentError: not enrolled, or the state cannot be read.
    """
    state = state_at(options.state)
    try:
        who = load(state)
    except NotEnrolledError as problem:
        waits = _unenrolled(state, options.settings.directory)
        raise NotEnrolledError(waits or str(problem)) from None
    try:
        with at_work(state, who, mend=False) as device:
            facts = _facts(device)
    except UnreadError as problem:
        facts = _without_spool(state, who, str(problem))
    known = frozenset(names())
    outcomes = [item for item in recall(state) if item.collector in known]
    if options.json:
        fared = {
            item.collector: {"outcome": item.outcome, "reason": item.reason}
            for item in outcomes
        }
        sys.stdout.write(json.dumps({**facts, "datasets": fared}, indent=1) + "\n")
    else:
        for name, value in facts.items():
            if value == "":
                continue
            sys.stdout.write(f"{name.replace('_', ' '):<18}{_shown(name, value)}\n")
        for line in _told(outcomes):
            sys.stdout.write(line + "\n")
    return 0 if not facts["attention"] else _ATTENTION


def _unenrolled(state: State, configuration: Path) -> str:
    """Return what a machine waits for that is to enrol by itself; empty for nothing."""
    try:
        if find(state, configuration) is None:
            return ""
        why = failing(state)
    except StateError as problem:
        why = str(problem)
    why = why or "enrol.toml is here, and discreet-agent run enrols with it"
    return f"this machine is not enrolled yet: {why}"


def _facts(device: Device) -> dict[str, str | int | None]:
    """Return what there is to say, in order."""
    now = time_of(device)
    spool = device.spool.facts()
    clock = load_clock(device.spool)
    facts: dict[str, str | int | None] = {
        "device": device.who.device.hex(),
        "tenant": device.who.tenant.hex(),
        "collector": device.who.url,
        "enrolled": device.who.enrolled,
        "last_contact": device.spool.value(CONTACTED),
        "failing": failing(device.state),
        "time": now,
        "clock_offset": clock.offset,
        **_policy(device, now),
        "struck_out": ", ".join(struck_out(device.state.strikes, now, __version__)),
        "waiting": spool.waiting,
        "unconfirmed": spool.received,
        "refused": spool.refused,
        "spool_octets": spool.octets,
        "oldest_waiting": spool.oldest,
        "envelopes_so_far": spool.sequence,
        "confirmed_through": spool.marked,
        "unread": device.unread,
    }
    if device.unread and not facts["attention"]:
        facts["attention"] = _ILL
    if facts["struck_out"] and not facts["attention"]:
        facts["attention"] = (
            f"{facts['struck_out']}: not read for now, for reading it has ended the "
            "agent's pass twice; tell who maintains the agent"
        )
    return facts


def _without_spool(
    state: State, who: Identity, unread: str
) -> dict[str, str | int | None]:
    """Return what there is to say where the disk does not give what the spool says."""
    now = int(time.time())
    return {
        "device": who.device.hex(),
        "tenant": who.tenant.hex(),
        "collector": who.url,
        "enrolled": who.enrolled,
        "failing": failing(state),
        "struck_out": ", ".join(struck_out(state.strikes, now, __version__)),
        "attention": _ILL,
        "unread": unread,
    }


def _policy(device: Device, now: int) -> dict[str, str | int | None]:
    """Return the policy's facts; `attention` says why nothing is collected."""
    try:
        trust = trusted(device.state, device.who, now)
        policy = effective_policy(device.state, trust.policy.policy)
    except (WireError, StateError, AgentError) as problem:
        return {"policy": None, "attention": str(problem)}
    attention = ""
    if not can_name(device, trust, now):
        attention = "no pseudonym keys yet: what needs them is withheld"
    times = device.spool.passes()
    last = max(
        (
            times.get((rules.purpose.value, rule.dataset), 0)
            for rules in policy.purposes
            for rule in rules.datasets
        ),
        default=0,
    )
    return {
        "policy": policy.name,
        "policy_version": trust.policy.version,
        "policy_for": trust.policy.target or "every device",
        "policy_ends": trust.policy.not_after,
        "restricted_here": "yes" if policy != trust.policy.policy else "no",
        "purposes": ", ".join(rules.purpose.value for rules in policy.purposes),
        "last_pass": last or None,
        "attention": attention,
    }


_TIMES = {
    "enrolled",
    "last_contact",
    "time",
    "policy_ends",
    "last_pass",
    "oldest_waiting",
}


def _told(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield how the datasets fared when they were last read, in words."""
    by_outcome: dict[str, list[str]] = {}
    for item in sorted(outcomes, key=lambda item: item.collector):
        reason = f" ({item.reason})" if item.reason else ""
        by_outcome.setdefault(item.outcome, []).append(f"{item.collector}{reason}")
    for outcome, words in WORDS.items():
        if listed := by_outcome.get(outcome):
            yield f"{words}: {', '.join(map(printable, listed))}"


def _shown(name: str, value: str | int | None) -> str:
    if value is None:
        return "none" if name in {"policy", "oldest_waiting"} else "never"
    if name in _TIMES:
        told = moment(int(value))
        age = int(time.time()) - int(value)
        if name == "oldest_waiting" and age > 0:
            told += f" ({age} s ago)"
        return told
    if name == "spool_octets":
        return size(int(value))
    return f"{value} s" if name == "clock_offset" else str(value)
