# SPDX-License-Identifier: Apache-2.0
"""What this machine's own file takes away, above all the asking of other machines.

Rules: a real `local.toml`; the policy is as a signed message could bring it.
Not here: narrowing as such (`tests/property/test_narrowing.py`).
"""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.catalogue import declared
from agent.effective import effective_policy
from agent.state import state_at
from wire.policy import ColumnRule, DatasetRule, Policy, PurposeRules, RetentionClass
from wire.purposes import Purpose

OFFICE = "10.1.0.0/24 via 52:54:00:12:34:56"


def policy(*networks: str) -> Policy:
    """Return a policy that reads routes anywhere and asks machines on networks."""
    rules = (
        DatasetRule(
            "discovered_hosts", "kept", 900, (ColumnRule("host.ip", "keep"),), networks
        ),
        DatasetRule("network_routes", "kept", 900, (ColumnRule("metric", "keep"),)),
    )
    security = PurposeRules(
        Purpose.SECURITY,
        "instruction",
        ("reader",),
        (),
        (RetentionClass("kept", 86_400),),
        rules,
    )
    return Policy("p", (security,))


@pytest.mark.parametrize(
    ("local", "found"),
    [
        (None, {}),
        ("", {}),
        ("[discovery]\nallow = []\n", {}),
        ('[discovery]\nallow = ["10.9.0.0/24"]\n', {}),
        ('[discovery]\nallow = ["10.1.0.0/24"]\n', {"discovered_hosts": (OFFICE,)}),
    ],
)
def test_other_machines_are_asked_only_where_local_toml_says(
    tmp_path: Path, local: str | None, found: dict[str, tuple[str, ...]]
) -> None:
    """Silence of the machine's owner, or another network, is a no."""
    state = state_at(tmp_path)
    if local is not None:
        state.restrictions.write_text(local)
    (rules,) = effective_policy(state, policy(OFFICE), declared()).purposes
    asked = {item.dataset: item.networks for item in rules.datasets if item.networks}
    assert asked == found
    assert "network_routes" in {item.dataset for item in rules.datasets}


@pytest.mark.parametrize("local", ["", '[events]\nallow = ["kernel/*"]\n'])
def test_a_restriction_makes_nothing_permitted(tmp_path: Path, local: str) -> None:
    """What is refused as it stands stays out, though narrowed it would be in order."""
    state = state_at(tmp_path)
    state.restrictions.write_text(local)
    columns = (ColumnRule("message", "scrub"),)
    rule = DatasetRule("event_logs", "kept", 900, columns)
    (rules,) = policy().purposes
    forged = Policy("p", (replace(rules, datasets=(*rules.datasets, rule)),))
    (left,) = effective_policy(state, forged, declared()).purposes
    assert {item.dataset for item in left.datasets} == {"network_routes"}
