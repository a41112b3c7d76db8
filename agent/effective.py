# SPDX-License-Identifier: Apache-2.0
"""The policy in force: what the bundle says, less what this machine forbids.

Rules: `local.toml` can only take away; one that cannot be read stops collection, for
who cannot read a restriction must not guess it; other machines are asked nothing unless
it says where.
Not here: checking the bundle (`identity.py`), the catalogue's part (`plan.py`).
"""

from collections.abc import Callable
from dataclasses import replace

from agent.errors import StateError
from agent.state import State, read
from wire import limits
from wire.catalogue import Catalogue
from wire.errors import PolicyError
from wire.policy import DatasetRule, Policy
from wire.policy_check import SCANS, refuse_events, refuse_every, refuse_networks
from wire.transforms.call import DROP


def effective_policy(
    state: State, policy: Policy, catalogue: Catalogue | None = None
) -> Policy:
    """Return the policy after this machine's own restrictions.

    Args:
        state: the state directory, where `local.toml` may lie.
        policy: as the bundle brought it, or a preset.
        catalogue: what is declared, to refuse names that are not.

    Raises:
        StateError: `local.toml` is there and cannot be understood.
    """
    source = read(state.restrictions, limits.POLICY_SOURCE_BYTES)
    if source is None:
        if state.restrictions.is_symlink():
            msg = "nothing is collected: local.toml is a link that leads nowhere"
            raise StateError(msg)
        return _asking_nobody(policy)
    from wire.narrowing import (  # noqa: PLC0415 - few machines have a local.toml
        narrow,
        parse_restriction,
    )

    try:
        restriction = parse_restriction(source, state.restrictions.name, catalogue)
    except PolicyError as problem:
        first = str(problem).splitlines()[0]
        msg = f"nothing is collected until local.toml is corrected: {first}"
        raise StateError(msg) from None
    if restriction.discovery is None:
        policy = _asking_nobody(policy)
    return narrow(_permitted(policy, catalogue), [restriction])


def _permitted(policy: Policy, catalogue: Catalogue | None) -> Policy:
    """Return a policy without rules that are refused as they stand.

    A restriction could else make a permitted one of them: it can only take away.
    """
    if catalogue is None:
        return policy
    return _keeping(policy, lambda rule: stands(rule, catalogue))


def stands(rule: DatasetRule, catalogue: Catalogue) -> bool:
    """Tell whether a rule is permitted as it stands.

    Args:
        rule: of a policy, before any restriction.
        catalogue: what is declared; of what it lacks the plan says that it is unknown.
    """
    dataset = catalogue.datasets.get(rule.dataset)
    if dataset is None:
        return True
    columns = [item.column for item in rule.columns if item.transform != DROP.name]
    return not (
        refuse_every(dataset, rule.every)
        or refuse_networks(dataset, rule.networks)
        or refuse_events(dataset, columns, rule.events)
    )


def _asking_nobody(policy: Policy) -> Policy:
    """Return a policy without what is found by asking other machines."""
    return _keeping(policy, lambda rule: rule.dataset not in SCANS)


def _keeping(policy: Policy, may: Callable[[DatasetRule], bool]) -> Policy:
    purposes = tuple(
        replace(rules, datasets=tuple(filter(may, rules.datasets)))
        for rules in policy.purposes
    )
    return replace(policy, purposes=purposes)
