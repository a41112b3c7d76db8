# SPDX-License-Identifier: Apache-2.0
"""What several commands need: the time, the policy to speak of, and the plan.

Rules: an enrolled machine speaks of its signed policy, another of a named preset or
file; either is narrowed by this machine's own restrictions.
Not here: showing it.
"""

import argparse
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent.catalogue import declared
from agent.device import at_work, time_of
from agent.effective import effective_policy
from agent.errors import NotEnrolledError, UsageError
from agent.host import this_host
from agent.host.interface import Host
from agent.identity import Identity, current_names, load, pseudonym_keys, trusted
from agent.plan import Plan, make_plan
from agent.printable import printable
from agent.spool.spool import Facts
from agent.state import State, state_at
from wire import limits
from wire.catalogue import Catalogue
from wire.errors import PolicyError
from wire.policy import Policy
from wire.policy_source import compile_policy
from wire.purposes import Purpose

DEFAULT_PRESET = "standard"
Names = Mapping[tuple[Purpose, str], bytes]


@dataclass(frozen=True, slots=True)
class Context:
    """What a command speaks of.

    Attributes:
        policy: in force on this machine, or asked for.
        origin: where it is from, in words.
        catalogue: what this release declares.
        plan: what this machine would do.
        host: this machine, made for the plan's columns.
        keys: the pseudonym key of each class, as far as they are here.
        now: seconds since the epoch.
        queue: the spool in numbers, where there is one and it is spoken of.
    """

    policy: Policy
    origin: str
    catalogue: Catalogue
    plan: Plan
    host: Host
    keys: Names
    now: int
    queue: Facts | None = None


def add_policy_option(parser: argparse.ArgumentParser) -> None:
    """Declare `--policy`."""
    parser.add_argument(
        "--policy",
        metavar="NAME|FILE",
        help="minimal, standard, full or a policy file, instead of the signed policy "
        f"(before enrolment: {DEFAULT_PRESET})",
    )


def context(options: argparse.Namespace) -> Context:
    """Return what a command speaks of.

    Args:
        options: with `state` and `policy`.

    Raises:
        AgentError: the policy is wrong or a local file is.
    """
    state = state_at(options.state)
    catalogue = declared()
    keys: Names = {}
    now = int(time.time())
    queue = None
    if options.policy is not None:
        policy, origin = compiled(options.policy, catalogue)
    elif (who := _enrolled(state)) is not None:
        policy, origin, keys, now, queue = _held(state, who)
    else:
        policy, origin = unenrolled(catalogue)
    policy = effective_policy(state, policy, catalogue)
    plan = make_plan(policy, catalogue, this_host().system)
    return Context(
        policy, origin, catalogue, plan, this_host(plan.allowed()), keys, now, queue
    )


def _enrolled(state: State) -> Identity | None:
    with suppress(NotEnrolledError):
        return load(state)
    return None


def _held(state: State, who: Identity) -> tuple[Policy, str, Names, int, Facts]:
    """Return the signed policy, the names' keys, the corrected time and the queue."""
    with at_work(state, who, mend=False) as device:
        now = time_of(device)
        queue = device.spool.facts()
    trust = trusted(state, who, now)
    keys = current_names(pseudonym_keys(state, who, trust.root), trust, now)
    origin = f"signed policy {trust.policy.policy.name}, version {trust.policy.version}"
    return trust.policy.policy, origin, keys, now, queue


def unenrolled(catalogue: Catalogue) -> tuple[Policy, str]:
    """Return the policy that a machine is shown before it is enrolled, and its name."""
    policy, origin = compiled(DEFAULT_PRESET, catalogue)
    return policy, f"{origin} (this machine is not enrolled)"


def compiled(name: str, catalogue: Catalogue) -> tuple[Policy, str]:
    """Compile a preset or a file.

    Args:
        name: of a preset, or a path.
        catalogue: what this release declares.

    Returns:
        The policy, and where it is from in words.

    Raises:
        UsageError: there is none, or it does not compile.
    """
    from policies import PRESETS, preset  # noqa: PLC0415 - before enrolment only

    if name in PRESETS:
        source, origin = preset(name), f"preset {name}"
    else:
        source, origin = _read(Path(name)), f"file {printable(name)}"
    try:
        return compile_policy(source, catalogue, name), origin
    except PolicyError as problem:
        first, *others = str(problem).splitlines()
        more = f" (and {len(others)} more)" if others else ""
        raise UsageError(first + more) from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limits.POLICY_SOURCE_BYTES + 1)
    except OSError:
        msg = f"{path} cannot be read: name minimal, standard, full or a policy file"
        raise UsageError(msg) from None
