# SPDX-License-Identifier: Apache-2.0
"""Narrowing only ever takes away: provider, client and endpoint in any order.

Rules: the laws hold for any policy that a signed message could bring, also for one
with unknown names or a column named twice.
Not here: the order of two transforms (`test_transforms.py`), the TOML of a
restriction (`tests/unit/policy`).
"""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.policy.policy_order import more, no_more_events

from policies import PRESETS, catalogue, preset
from wire.catalogue import Column
from wire.errors import TransformError
from wire.narrowing import NarrowedColumn, Restriction, intersect, narrow
from wire.policy import (
    ColumnRule,
    Criterion,
    DatasetRule,
    Policy,
    PurposeRules,
    RetentionClass,
)
from wire.policy_check import refuse_column
from wire.policy_source import compile_policy
from wire.purposes import Purpose
from wire.transforms import check_call
from wire.transforms.call import DROP, parse_call
from wire.transforms.order import is_stricter, meet

pytestmark = pytest.mark.slow
SLOW = [HealthCheck.too_slow]
"""Whole policies take a while to draw, the more so on a busy machine."""
LAW = settings(max_examples=100, suppress_health_check=SLOW)
CATALOGUE = catalogue()
TEXTS = (
    "keep",
    "drop",
    "mask",
    "mask(4)",
    "truncate(3)",
    "truncate(8)",
    "pseudonymise",
    "pseudonymise_prefix",
    "scrub",
    "scrub_prefix",
    "shorten_path",
    "shorten_path(1)",
    "shorten_path(2)",
    "shorten_address(16,64)",
    "shorten_address(24,48)",
    "shorten_address(32,128)",
    "vendor_only",
    "bucket(2)",
    "bucket(900)",
    "bucket(3600)",
    "bucket(7)",
)
NAMES = {
    "devices": ("host.name", "boot_time", "device.model.name"),
    "network_interfaces": ("host.ip", "host.mac"),
    "file_systems": ("system.filesystem.mountpoint",),
    "event_logs": ("message", "user.id"),
}
NETWORKS = (
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.0.0/16 via 02:00:00:00:00:01",
    "10.1.2.0/24 via 02:00:00:00:00:02",
    "10.1.2.0/24",
    "192.168.1.0/24",
    "10.0.0.0/8 via 02:00:00:00:00:01",
    "everywhere",
)
"""Nested, disjoint, with and without a gateway, and words that mean nothing."""
EVENTS = ("*/*", "*/6", "sshd/*", "sshd/6", "System/7036", "kernel/*", "every one")
"""Nested, disjoint, and words that mean nothing."""
PURPOSES = (Purpose.PROVISION, Purpose.SUPPORT)
CLASSES = ("brief", "long", "middle")


def _fits(text: str, column: Column) -> bool:
    try:
        check_call(parse_call(text), column)
    except TransformError:
        return False
    return True


def _column(dataset: str, name: str) -> Column:
    found = CATALOGUE.datasets[dataset].column(name)
    assert found is not None
    return found


CALLS = {
    (dataset, name): [text for text in TEXTS if _fits(text, _column(dataset, name))]
    for dataset, names in NAMES.items()
    for name in names
}


@st.composite
def column_rules(draw: st.DrawFn, dataset: str) -> tuple[ColumnRule, ...]:
    """Draw columns of a dataset: some twice, some with words that mean nothing."""
    names = draw(st.lists(st.sampled_from(NAMES[dataset]), min_size=1, max_size=4))
    hostile = ["launder", "", "bucket", "keep(5)", "Keep", "shorten_address(24)"]
    return tuple(
        ColumnRule(
            name,
            draw(
                st.sampled_from(CALLS[dataset, name])
                | st.sampled_from(CALLS[dataset, name])
                | st.sampled_from(hostile)
            ),
        )
        for name in names
    )


def _few(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...] | None]:
    lists = st.lists(st.sampled_from(names), min_size=1, max_size=3)
    return st.none() | lists.map(tuple)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Draw a policy as a signed message could bring it."""
    networks, events = _few(NETWORKS), _few(EVENTS)
    roles = st.lists(st.sampled_from(("a", "b", "c")), unique=True).map(tuple)
    kept = st.tuples(st.integers(1, 4), st.none() | st.sampled_from(Criterion))
    found = []
    for purpose in draw(st.lists(st.sampled_from(PURPOSES), unique=True)):
        ages = draw(st.dictionaries(st.sampled_from(CLASSES), kept))
        datasets = draw(st.lists(st.sampled_from(sorted(NAMES)), unique=True))
        rules = tuple(
            DatasetRule(
                name,
                draw(st.sampled_from(CLASSES)),
                draw(st.none() | st.integers(1, 4)),
                draw(column_rules(name)),
                draw(networks),
                draw(events),
            )
            for name in datasets
        )
        retention = tuple(RetentionClass(name, *of) for name, of in ages.items())
        basis = draw(st.sampled_from(("one", "two", "three")))
        found.append(
            PurposeRules(purpose, basis, draw(roles), draw(roles), retention, rules)
        )
    return Policy(draw(st.sampled_from(("one", "two", "three"))), tuple(found))


@st.composite
def restrictions(draw: st.DrawFn) -> Restriction:
    """Draw a restriction."""
    where = st.sampled_from(sorted(CALLS))
    narrowed = []
    for place in draw(st.lists(where, max_size=3)):
        call = parse_call(draw(st.sampled_from(CALLS[place])))
        narrowed.append(NarrowedColumn(*place, call))
    return Restriction(
        frozenset(draw(st.sets(st.sampled_from(PURPOSES), max_size=1))),
        frozenset(draw(st.sets(st.sampled_from(sorted(NAMES)), max_size=1))),
        frozenset(draw(st.sets(where, max_size=2))),
        tuple(narrowed),
        events=draw(_few(EVENTS) | st.just(())),
    )


def _without_ages(policy: Policy) -> Policy:
    purposes = tuple(
        replace(
            rules,
            retention=(),
            datasets=tuple(replace(rule, retention="") for rule in rules.datasets),
        )
        for rules in policy.purposes
    )
    return replace(policy, purposes=purposes)


@LAW
@given(policies(), st.lists(restrictions(), max_size=3))
def test_narrow_gives_no_more(policy: Policy, limits: list[Restriction]) -> None:
    """A narrowed policy has nothing that the policy lacks."""
    assert more(narrow(policy, limits), policy) == []


@LAW
@given(policies(), restrictions())
def test_what_is_denied_is_gone(policy: Policy, limit: Restriction) -> None:
    """No denied purpose, dataset or column is left."""
    left = narrow(policy, [limit])
    assert not {rules.purpose for rules in left.purposes} & limit.purposes
    rules = [item for found in left.purposes for item in found.datasets]
    assert not {item.dataset for item in rules} & limit.datasets
    columns = {(item.dataset, rule.column) for item in rules for rule in item.columns}
    assert not columns & limit.columns


@LAW
@given(policies(), restrictions())
def test_what_is_narrowed_is_narrow(policy: Policy, limit: Restriction) -> None:
    """Each column that is left is at least as strict as every limit set for it."""
    weaker = [
        (rule, item)
        for found in narrow(policy, [limit]).purposes
        for dataset in found.datasets
        for rule in dataset.columns
        for item in limit.narrowed
        if (dataset.dataset, rule.column) == (item.dataset, item.column)
        and not is_stricter(parse_call(rule.transform), item.call)
    ]
    assert weaker == []


@LAW
@given(policies(), restrictions())
def test_no_event_beyond_what_is_allowed(policy: Policy, limit: Restriction) -> None:
    """Each event that is left is among those that the machine's owner allows."""
    left = [
        text
        for found in narrow(policy, [limit]).purposes
        for item in found.datasets
        if item.dataset == "event_logs" and limit.events is not None
        for text in item.events or ("*/*",)
        if not any(no_more_events(text, than) for than in limit.events)
    ]
    assert left == []


@LAW
@given(policies(), st.lists(restrictions(), max_size=3))
def test_narrow_is_idempotent(policy: Policy, limits: list[Restriction]) -> None:
    """Saying no twice is saying no."""
    once = narrow(policy, limits)
    assert narrow(once, limits) == once


@LAW
@given(policies(), restrictions(), restrictions())
def test_order_of_restrictions_does_not_matter(
    policy: Policy, client: Restriction, local: Restriction
) -> None:
    """Client first or endpoint first, together or one after the other: the same."""
    both = narrow(policy, [client, local])
    assert narrow(policy, [local, client]) == both
    assert narrow(narrow(policy, [client]), [local]) == both
    assert narrow(narrow(policy, [local]), [client]) == both


@LAW
@given(policies(), policies())
def test_intersect_gives_no_more_than_either(first: Policy, second: Policy) -> None:
    """What both allow is nothing that one of them lacks."""
    both = intersect(first, second)
    assert (more(both, first), more(both, second)) == ([], [])


@LAW
@given(policies(), policies())
def test_intersect_is_commutative(first: Policy, second: Policy) -> None:
    """It does not matter who is asked first."""
    assert intersect(first, second) == intersect(second, first)


@LAW
@given(policies())
def test_intersect_is_idempotent(policy: Policy) -> None:
    """A policy and itself is that policy, in its canonical form."""
    canonical = narrow(policy, [])
    assert intersect(canonical, canonical) == canonical


@LAW
@given(policies(), policies(), policies())
def test_intersect_is_associative_but_for_ages(
    first: Policy, second: Policy, third: Policy
) -> None:
    """The grouping of three policies does not matter for what is taken, and how."""
    left = intersect(intersect(first, second), third)
    right = intersect(first, intersect(second, third))
    assert _without_ages(left) == _without_ages(right)


@LAW
@given(policies(), policies(), restrictions(), st.permutations(range(3)))
def test_provider_client_and_endpoint_only_take_away(
    provider: Policy, client: Policy, local: Restriction, order: list[int]
) -> None:
    """In whatever order the three are asked, the result is below each of them."""
    steps = [
        lambda policy: intersect(policy, provider),
        lambda policy: intersect(policy, client),
        lambda policy: narrow(policy, [local]),
    ]
    start = provider if order[0] != 1 else client
    result = start
    for step in order:
        result = steps[step](result)
    assert more(result, provider) == []
    assert more(result, client) == []
    assert more(result, narrow(provider, [local])) == []


@LAW
@given(policies(), policies(), st.lists(restrictions(), max_size=2))
def test_result_is_canonical(
    first: Policy, second: Policy, limits: list[Restriction]
) -> None:
    """A result is sorted and holds nothing unused, dropped or twice."""
    result = narrow(intersect(first, second), limits)
    for rules in result.purposes:
        used = {item.retention for item in rules.datasets}
        assert {item.name for item in rules.retention} == used
        for item in rules.datasets:
            names = [rule.column for rule in item.columns]
            assert names == sorted(names)
            assert set(Counter(names).values()) == {1}
            assert DROP.name not in {rule.transform for rule in item.columns}
    assert narrow(result, []) == result


@pytest.mark.parametrize("name", PRESETS)
def test_a_compiled_policy_is_canonical_already(name: str) -> None:
    """What the compiler makes is what narrowing by nothing makes."""
    policy = compile_policy(preset(name), CATALOGUE, name)
    assert narrow(policy, []) == policy


@pytest.mark.parametrize("purpose", Purpose)
def test_narrowing_never_undoes_what_a_purpose_needs(purpose: Purpose) -> None:
    """Where a purpose may take a column, it may take it under any limit on it."""
    undone = []
    for dataset in CATALOGUE.datasets.values():
        for column in dataset.columns:
            calls = [parse_call(text) for text in TEXTS if _fits(text, column)]
            undone += [
                (dataset.name, column.name, first, second)
                for first in calls
                if refuse_column(purpose, dataset, column, first) is None
                for second in calls
                if refuse_column(purpose, dataset, column, meet(first, second))
            ]
    assert undone == []
