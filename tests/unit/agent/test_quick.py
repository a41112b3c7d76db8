# SPDX-License-Identifier: Apache-2.0
"""The pass of every minute reads the same as a whole one, and steps back for it.

Rules: a real state directory, a real pass over this machine.
Not here: the resident's loop (`test_resident_passes.py`), what it costs
(`bench/footprint.py`).
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from device_fixture import enrolled
from installation_fixture import Installation, install, standard

import policies
from agent import quick
from agent.catalogue import declared
from agent.device import Bench
from agent.figures import Figures
from agent.identity import load
from agent.passes import pass_in_child
from agent.plan import make_plan
from agent.schedule import Due
from agent.shortcut import NAMES, Shortcut
from wire.catalogue import System
from wire.policy import ColumnRule, DatasetRule, Policy
from wire.policy_source import compile_policy
from wire.purposes import Purpose
from wire.trust import Trusted

METRICS: Due = frozenset({(Purpose.PROVISION, "host_metrics")})
SOFTWARE: Due = frozenset({(Purpose.PROVISION, "software")})


def changed(policy: Policy, *, every: int = 900, transform: str = "keep") -> Policy:
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


def may_be_quick(shortcut: Shortcut, bench: Bench, found: Due) -> bool:
    """Tell whether a pass over what is due may be a quick one."""
    trust = trusted_by(bench)
    policy, now = bench.obeyed.policy(trust), int(time.time())
    return bool(shortcut.work(bench, trust, policy, found, now, Figures()))


def test_those_that_may_be_quick_are_those_declared_resident() -> None:
    """The names that are known without the catalogue are the catalogue's."""
    datasets = declared().datasets.values()
    assert {one.name for one in datasets if one.resident} == NAMES


def test_it_is_planned_as_in_a_whole_pass() -> None:
    """Columns, transforms, retention and cadence are those of the whole plan."""
    source = policies.preset("full")
    full = compile_policy(source, policies.catalogue(), "full.toml")
    part = quick.planned(full, System.LINUX, NAMES).datasets
    whole = make_plan(full, declared(), System.LINUX).datasets
    assert part == tuple(item for item in whole if item.dataset.name in NAMES)
    assert len(part) > 1


def test_what_is_changed_before_it_leaves_is_not_quick() -> None:
    """A policy that wants another transform than keep has a whole pass."""
    coarse = changed(standard(), transform="bucket(60)")
    assert quick.planned(standard(), System.LINUX, NAMES).datasets
    assert quick.planned(coarse, System.LINUX, NAMES).datasets == ()


@pytest.mark.slow
def test_it_reads_seals_and_spools(bench: Bench) -> None:
    """One record is in the spool, and the dataset has its turn behind it."""
    trust, now = trusted_by(bench), int(time.time())
    policy = bench.obeyed.policy(trust)
    work = proved(bench).work(bench, trust, policy, METRICS, now, Figures())
    assert work is not None
    ran = pass_in_child(bench.state, now, quick=work)
    told = [(one.collector, one.outcome) for one in ran.report.outcomes]
    assert told == [("host_metrics", "ok")]
    assert (ran.report.sealed.records, ran.report.sealed.envelopes) == (1, 1)
    with bench.at_work() as device:
        assert device.spool.passes() == {("provision", "host_metrics"): now}
        assert device.spool.facts().waiting == 1


def test_it_waits_for_a_whole_pass_that_went_well(bench: Bench) -> None:
    """Nobody has yet seen this policy and these restrictions do: not quick."""
    assert not may_be_quick(Shortcut(), bench, METRICS)
    assert may_be_quick(proved(bench), bench, METRICS)


def test_a_quick_pass_that_fails_is_followed_by_a_whole_one(bench: Bench) -> None:
    """What a quick pass cannot read waits for no more than the next one."""
    shortcut = proved(bench)
    shortcut.ended(bench.obeyed.marks(), quick=True, well=True)
    assert may_be_quick(shortcut, bench, METRICS)
    shortcut.ended(bench.obeyed.marks(), quick=True, well=False)
    assert not may_be_quick(shortcut, bench, METRICS)


def test_what_else_is_due_makes_it_whole(bench: Bench) -> None:
    """One dataset that is not quick, and nothing of the pass is."""
    shortcut = proved(bench)
    assert not may_be_quick(shortcut, bench, SOFTWARE)
    assert not may_be_quick(shortcut, bench, METRICS | SOFTWARE)


def test_a_new_restriction_makes_it_whole(bench: Bench) -> None:
    """`local.toml` that came since is judged by a whole pass first."""
    shortcut = proved(bench)
    bench.state.restrictions.write_text('deny = ["purpose:support"]\n')
    assert not may_be_quick(shortcut, bench, METRICS)


def test_a_new_bundle_makes_it_whole(bench: Bench) -> None:
    """A bundle that came since is obeyed in whole first."""
    shortcut, state = proved(bench), bench.state
    octets = state.bundle.read_bytes()
    state.bundle.unlink()
    state.bundle.write_bytes(octets)
    assert not may_be_quick(shortcut, bench, METRICS)


def test_what_comes_seldom_is_whole(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The preset `standard` reads metrics too seldom to keep anything ready."""
    made = install(tmp_path_factory.mktemp("collector"), policy=standard())
    state = enrolled(tmp_path / "state", made)
    bench = Bench(state, load(state))
    assert not may_be_quick(proved(bench), bench, METRICS)
