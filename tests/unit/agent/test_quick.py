# SPDX-License-Identifier: Apache-2.0
"""A pass over what is due alone reads the same as a whole one, and steps back for it.

Rules: a real state directory, real passes over this machine.
Not here: the resident's loop (`test_resident_passes.py`), what it costs
(`bench/footprint.py`).
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from device_fixture import enrolled
from installation_fixture import Installation, install, standard

import policies
from agent import quick
from agent import shortcut as shortcut_module
from agent.catalogue import declared
from agent.device import Bench
from agent.figures import Figures
from agent.given import Given
from agent.identity import load
from agent.part import part_of
from agent.passes import Ran, pass_in_child
from agent.plan import Plan, make_plan
from agent.schedule import Due
from agent.shortcut import NAMES, Shortcut
from wire.catalogue import System
from wire.policy import ColumnRule, DatasetRule, Policy
from wire.policy_source import compile_policy
from wire.purposes import Purpose
from wire.trust import Trusted

DAY = 86_400
METRICS: Due = frozenset({(Purpose.PROVISION, "host_metrics")})
USERS: Due = frozenset({(Purpose.ADMINISTRATION, "user_accounts")})
SOFTWARE: Due = frozenset({(Purpose.PROVISION, "software")})


def changed(
    policy: Policy, *, every: int | None = 900, transform: str = "keep"
) -> Policy:
    """Return a policy with another cadence and another transform of its metrics."""

    def column(one: ColumnRule) -> ColumnRule:
        if one.column == "system.uptime":
            return replace(one, transform=transform)
        return one

    def rule(one: DatasetRule) -> DatasetRule:
        if one.dataset not in NAMES:
            return one
        return replace(one, every=every, columns=tuple(map(column, one.columns)))

    purposes = tuple(
        replace(rules, datasets=tuple(map(rule, rules.datasets)))
        for rules in policy.purposes
    )
    return replace(policy, purposes=purposes)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return a collector's keys and bundle; metrics are read every minute."""
    policy = changed(standard(), every=60)
    return install(tmp_path_factory.mktemp("collector"), policy=policy)


@pytest.fixture
def bench(tmp_path: Path, installation: Installation) -> Iterator[Bench]:
    """Return an enrolled device."""
    state = enrolled(tmp_path / "state", installation)
    bench = Bench(state, load(state))
    yield bench
    bench.close()


def trusted_by(bench: Bench) -> Trusted:
    """Return what a device trusts now."""
    trust = bench.obeyed.trust(int(time.time()))
    assert trust is not None
    return trust


def proved(bench: Bench) -> Shortcut:
    """Return what has seen a whole pass go well."""
    trusted_by(bench)
    return Shortcut(bench.obeyed.marks())


def given(bench: Bench) -> Given:
    """Return what a pass of this moment goes by."""
    now = int(time.time())
    return Given(bench.state, bench.who, trusted_by(bench), now, Figures())


def kind(shortcut: Shortcut, bench: Bench, found: Due) -> str:
    """Tell what pass will do for what is due."""
    policy = bench.obeyed.policy(trusted_by(bench))
    part = shortcut.work(bench, policy, found, given(bench))
    if part is None:
        return "whole"
    assert isinstance(part.work, partial)
    return "quick" if part.work.func is quick.work else "part"


def ran(bench: Bench, found: Due) -> Ran:
    """Run what will do for what is due."""
    asked = given(bench)
    policy = bench.obeyed.policy(asked.trust)
    part = proved(bench).work(bench, policy, found, asked)
    assert part is not None
    if part.into is None:
        bench.close()
    return pass_in_child(bench.state, asked.now, part=part)


def test_those_that_may_be_quick_are_those_declared_resident() -> None:
    """The names that are known without the catalogue are the catalogue's."""
    datasets = declared().datasets.values()
    assert {one.name for one in datasets if one.resident} == NAMES


def test_it_is_planned_as_in_a_whole_pass() -> None:
    """Columns, transforms, retention and cadence are those of the whole plan."""
    source = policies.preset("full")
    full = compile_policy(source, policies.catalogue(), "full.toml")
    part = quick.planned(full, full, System.LINUX, NAMES).datasets
    whole = make_plan(full, declared(), System.LINUX).datasets
    assert part == tuple(item for item in whole if item.dataset.name in NAMES)
    assert len(part) > 1


def test_what_is_changed_before_it_leaves_is_not_quick() -> None:
    """A policy that wants another transform than keep has a whole pass."""
    coarse = changed(standard(), transform="bucket(60)")
    assert quick.planned(standard(), standard(), System.LINUX, NAMES).datasets
    assert quick.planned(coarse, coarse, System.LINUX, NAMES).datasets == ()


@pytest.mark.parametrize("name", ["minimal", "standard", "full"])
@pytest.mark.parametrize("count", [1, 7, None])
def test_a_part_is_of_the_whole_plan(name: str, count: int | None) -> None:
    """What is planned for what is due alone is what the whole plan has of it."""
    policy = compile_policy(policies.preset(name), policies.catalogue(), name)
    whole = make_plan(policy, declared(), System.LINUX)
    pairs = {(item.purpose, item.dataset.name) for item in whole.datasets[:count]}
    part = part_of(policy, policy, System.LINUX, pairs)
    assert part.datasets == whole.datasets[:count]
    assert part.disabled == whole.disabled


def test_what_cannot_be_read_is_told_by_a_part_as_by_the_whole_plan() -> None:
    """A name that nobody knows, or that only an order asks for, is never loaded."""
    policy = standard()
    rule = replace(policy.purposes[0].datasets[0], every=900)
    names = "_shared.declare", "no_such_dataset", "ping"
    rules = tuple(replace(rule, dataset=name) for name in names)
    odd = replace(policy, purposes=(replace(policy.purposes[0], datasets=rules),))
    pairs = {(odd.purposes[0].purpose, name) for name in names}
    part = part_of(odd, odd, System.LINUX, pairs)
    assert part == make_plan(odd, declared(), System.LINUX)
    assert len(part.unplanned) == len(names)


def test_a_restriction_permits_nothing_in_a_part() -> None:
    """A rule that is refused as the provider wrote it is not planned when narrowed."""
    told = standard()
    pair = next(
        (rules.purpose, rule.dataset)
        for rules in told.purposes
        for rule in rules.datasets
        if rule.dataset == "host_metrics"
    )
    asked_seldom = changed(told, every=900)
    asked_never = changed(told, every=None)
    assert part_of(asked_seldom, told, System.LINUX, {pair}).datasets
    assert part_of(asked_never, told, System.LINUX, {pair}).datasets == ()


@pytest.mark.slow
def test_a_quick_pass_reads_seals_and_spools(bench: Bench) -> None:
    """One record is in the spool, and the dataset has its turn behind it."""
    done = ran(bench, METRICS)
    told = [(one.collector, one.outcome) for one in done.report.outcomes]
    assert told == [("host_metrics", "ok")]
    assert (done.report.sealed.records, done.report.sealed.envelopes) == (1, 1)
    with bench.at_work() as device:
        assert set(device.spool.passes()) == {("provision", "host_metrics")}
        assert device.spool.facts().waiting == 1


@pytest.mark.slow
def test_a_part_reads_what_is_due_and_nothing_else(bench: Bench) -> None:
    """Two datasets that are due are read, sealed and remembered; no other is."""
    done = ran(bench, METRICS | USERS)
    told = {one.collector for one in done.report.outcomes if one.outcome == "ok"}
    assert told == {"host_metrics", "user_accounts"}
    assert not done.report.withheld
    with bench.at_work() as device:
        read = {("provision", "host_metrics"), ("administration", "user_accounts")}
        assert set(device.spool.passes()) == read


def test_it_waits_for_a_whole_pass_that_went_well(bench: Bench) -> None:
    """Nobody has yet seen this policy and these restrictions do: not quick."""
    assert kind(Shortcut(), bench, METRICS) == "whole"
    assert kind(proved(bench), bench, METRICS) == "quick"


def test_a_quick_pass_that_fails_is_followed_by_a_whole_one(bench: Bench) -> None:
    """What a quick pass cannot read waits for no more than the next one."""
    shortcut = proved(bench)
    shortcut.ended(bench.obeyed.marks(), part=True, well=True)
    assert kind(shortcut, bench, METRICS) == "quick"
    shortcut.ended(bench.obeyed.marks(), part=True, well=False)
    assert kind(shortcut, bench, METRICS) == "whole"


def test_with_what_else_is_due_it_is_not_quick(bench: Bench) -> None:
    """One dataset that is not quick, and nothing of the pass is."""
    shortcut = proved(bench)
    assert kind(shortcut, bench, SOFTWARE) == "part"
    assert kind(shortcut, bench, METRICS | SOFTWARE) == "part"


def test_a_new_restriction_makes_it_whole(bench: Bench) -> None:
    """`local.toml` that came since is judged by a whole pass first."""
    shortcut = proved(bench)
    bench.state.restrictions.write_text('deny = ["purpose:support"]\n')
    assert kind(shortcut, bench, METRICS) == "whole"


def test_a_new_bundle_makes_it_whole(bench: Bench) -> None:
    """A bundle that came since is obeyed in whole first."""
    shortcut, state = proved(bench), bench.state
    octets = state.bundle.read_bytes()
    state.bundle.unlink()
    state.bundle.write_bytes(octets)
    assert kind(shortcut, bench, METRICS) == "whole"


def test_what_comes_seldom_is_never_quick(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The preset `standard` reads metrics too seldom to keep anything ready."""
    made = install(tmp_path_factory.mktemp("collector"), policy=standard())
    state = enrolled(tmp_path / "state", made)
    bench = Bench(state, load(state))
    assert kind(proved(bench), bench, METRICS) == "part"


def test_what_comes_often_is_planned_before_the_fork(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for as long as the same is due, and it is what the child would plan."""
    monkeypatch.setattr(shortcut_module, "PREPARED_SECONDS", DAY)
    shortcut = proved(bench)
    first, again = (prepared(shortcut, bench, METRICS | USERS) for _ in range(2))
    policy = bench.obeyed.policy(trusted_by(bench))
    assert first == part_of(policy, policy, System.LINUX, METRICS | USERS)
    assert again is first
    assert prepared(shortcut, bench, USERS) != first


def test_what_comes_seldom_is_planned_by_the_child(bench: Bench) -> None:
    """Nothing of it stays loaded, also where something else of the pass comes often."""
    shortcut = proved(bench)
    assert prepared(shortcut, bench, USERS) is None
    assert prepared(shortcut, bench, METRICS | USERS) is None


@pytest.mark.slow
def test_a_part_that_was_planned_before_reads_the_same(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read and sealed is what is read without."""
    monkeypatch.setattr(shortcut_module, "PREPARED_SECONDS", DAY)
    done = ran(bench, METRICS | USERS)
    told = {one.collector for one in done.report.outcomes if one.outcome == "ok"}
    assert told == {"host_metrics", "user_accounts"}


def prepared(shortcut: Shortcut, bench: Bench, found: Due) -> Plan | None:
    """Return the plan that a pass's child is handed; None where it makes its own."""
    policy = bench.obeyed.policy(trusted_by(bench))
    part = shortcut.work(bench, policy, found, given(bench))
    assert part is not None
    assert isinstance(part.work, partial)
    *_, plan = part.work.args
    assert plan is None or isinstance(plan, Plan)
    return plan
