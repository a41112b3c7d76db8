# SPDX-License-Identifier: Apache-2.0
"""Single cases of narrowing that a law hits too seldom.

Rules: one promise, one policy, one result.
Not here: the laws (`tests/property/test_narrowing.py`).
"""

from dataclasses import replace

from refusal_cases import GOOD, TWO

from policies import catalogue
from wire.narrowing import intersect, narrow, parse_restriction
from wire.policy import Policy, PurposeRules, RetentionClass
from wire.policy_source import compile_policy

CATALOGUE = catalogue()
POLICY = compile_policy(TWO.encode(), CATALOGUE, "policy.toml")


def _rules(policy: Policy) -> PurposeRules:
    (rules,) = policy.purposes
    return rules


def _narrowed(text: str) -> Policy:
    return narrow(POLICY, [parse_restriction(text.encode(), "local.toml", CATALOGUE)])


def _with(**changes: object) -> Policy:
    return Policy("acme", (replace(_rules(POLICY), **changes),))


def test_an_undeclared_age_is_no_age() -> None:
    """A dataset whose class one side does not declare is not kept by the other's."""
    other = _with(retention=(RetentionClass("elsewhere", 86_400),))
    assert intersect(POLICY, other).purposes == ()
    assert intersect(other, POLICY).purposes == ()


def test_nobody_reads_what_two_sides_give_to_different_roles() -> None:
    """A purpose without a common reader is not collected."""
    assert intersect(POLICY, _with(readers=("auditor",))).purposes == ()


def test_of_two_names_of_a_class_the_shorter_stays() -> None:
    """Each dataset is kept under the class that ends first."""
    datasets = tuple(
        replace(rule, retention="brief") for rule in _rules(POLICY).datasets
    )
    brief = _with(retention=(RetentionClass("brief", 86_400),), datasets=datasets)
    assert _rules(intersect(POLICY, brief)).retention == brief.purposes[0].retention


def test_the_longer_interval_stays() -> None:
    """Who wants it seldom is heard."""
    rare = tuple(replace(rule, every=86_400) for rule in _rules(POLICY).datasets)
    both = intersect(POLICY, _with(datasets=rare))
    assert {rule.every for rule in _rules(both).datasets} == {86_400}


def test_an_empty_restriction_changes_nothing() -> None:
    """An empty file forbids nothing."""
    assert _narrowed("") == POLICY


def test_a_denied_purpose_is_gone() -> None:
    """Nothing is collected for it, whatever it would have been."""
    assert _narrowed('deny = ["purpose:support"]').purposes == ()


def test_a_denied_dataset_is_gone() -> None:
    """The other one stays."""
    rules = _rules(_narrowed('deny = ["dataset:event_logs"]'))
    assert [rule.dataset for rule in rules.datasets] == ["processes"]


def test_a_denied_column_is_gone() -> None:
    """The others of its dataset stay."""
    rules = _rules(_narrowed('deny = ["column:event_logs.message"]'))
    names = [item.column for item in rules.datasets[0].columns]
    assert names == ["host.name", "timestamp"]


def test_a_limit_that_cannot_be_compared_drops() -> None:
    """A stand-in and a mask have nothing in common, so nothing leaves."""
    rules = _rules(_narrowed('[narrow]\n"event_logs.host.name" = "mask(4)"'))
    names = [item.column for item in rules.datasets[0].columns]
    assert names == ["message", "timestamp"]


def test_a_limit_weaker_than_the_policy_changes_nothing() -> None:
    """A restriction cannot give back what the policy takes away."""
    assert _narrowed('[narrow]\n"event_logs.host.name" = "keep"') == POLICY


def test_both_names_tell_the_origin() -> None:
    """The name and the basis of a common policy tell whose they are."""
    mine = compile_policy(GOOD.encode(), CATALOGUE, "policy.toml")
    theirs = replace(mine, name="client")
    assert intersect(mine, theirs).name == "acme+client"
