# SPDX-License-Identifier: Apache-2.0
"""Tests of what one policy takes more and what less than another."""

from dataclasses import replace

import pytest

from server.policy_changes import Change, Sort, What, changes
from wire.policy import (
    ColumnRule,
    DatasetRule,
    Policy,
    PurposeRules,
    RetentionClass,
)
from wire.purposes import Purpose

DAY = 86_400
RULE = DatasetRule("users", "short", 3_600, (ColumnRule("name", "mask(4)"),))
RULES = PurposeRules(
    Purpose.SUPPORT,
    "contract",
    ("technician",),
    (),
    (RetentionClass("short", DAY), RetentionClass("long", 9 * DAY)),
    (RULE,),
)
POLICY = Policy("p", (RULES,))


def taking(**fields: object) -> Policy:
    """Return the policy with another rule for its dataset."""
    rules = replace(RULES, datasets=(replace(RULE, **fields),))  # type: ignore[arg-type]
    return Policy("p", (rules,))


def said(before: Policy, after: Policy) -> list[tuple[Sort, What]]:
    """Return sort and thing of each difference."""
    return [(one.sort, one.what) for one in changes(before, after)]


def test_the_same_policy_differs_in_nothing() -> None:
    """Two policies that say the same have no difference."""
    assert changes(POLICY, Policy("q", (RULES,))) == []


@pytest.mark.parametrize(
    ("transform", "sort"),
    [
        ("keep", Sort.LOOSER),
        ("mask(8)", Sort.LOOSER),
        ("mask(2)", Sort.STRICTER),
        ("pseudonymise", Sort.OTHER),
        ("drop", Sort.GONE),
    ],
)
def test_a_column_is_compared_by_its_transform(transform: str, sort: Sort) -> None:
    """A column is looser or stricter as transforms are ordered; dropped, it is gone."""
    after = taking(columns=(ColumnRule("name", transform),))
    assert said(POLICY, after) == [(sort, What.COLUMN)]


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"retention": "long"}, What.KEPT),
        ({"every": 60}, What.EVERY),
        ({"networks": ("a", "b")}, What.NETWORKS),
        ({"events": ("4624", "4625")}, What.EVENTS),
    ],
)
def test_terms_are_looser_one_way_and_stricter_the_other(
    fields: dict[str, object], what: What
) -> None:
    """Longer, oftener, in more places or of more events is looser; back, stricter."""
    limited = {name: value for name, value in (("networks", ("a",)),) if name in fields}
    limited |= {name: ("4624",) for name in ("events",) if name in fields}
    before, after = taking(**limited), taking(**fields)
    assert said(before, after) == [(Sort.LOOSER, what)]
    assert said(after, before) == [(Sort.STRICTER, what)]


def test_no_limit_is_the_loosest() -> None:
    """A list of networks that comes is stricter, one that goes is looser."""
    limited = taking(networks=("a",))
    assert said(POLICY, limited) == [(Sort.STRICTER, What.NETWORKS)]
    assert said(limited, POLICY) == [(Sort.LOOSER, What.NETWORKS)]
    other = taking(networks=("b",))
    assert said(limited, other) == [(Sort.OTHER, What.NETWORKS)]


def test_read_on_request_only_is_stricter_than_any_clock() -> None:
    """What is read on request alone takes less than what is read by the clock."""
    asked = taking(every=None)
    assert said(POLICY, asked) == [(Sort.STRICTER, What.EVERY)]
    assert said(asked, POLICY) == [(Sort.LOOSER, What.EVERY)]


def test_a_whole_purpose_is_told_column_by_column() -> None:
    """What a purpose brings is new with its columns and readers; without it, gone."""
    nothing = Policy("p", ())
    new = changes(nothing, POLICY)
    assert (
        Change(Sort.NEW, What.COLUMN, "support", "users", "name", "", "mask(4)") in new
    )
    assert {one.what for one in new} == {What.COLUMN, What.READER}
    assert {one.sort for one in changes(POLICY, nothing)} == {Sort.GONE}


def test_what_takes_more_comes_first() -> None:
    """A difference that takes more stands before those that take less."""
    rules = replace(RULES, readers=("auditor",), basis="law", recipients=("acme",))
    found = changes(POLICY, Policy("p", (rules,)))
    assert [(one.sort, one.what, one.name) for one in found] == [
        (Sort.NEW, What.READER, "auditor"),
        (Sort.NEW, What.RECIPIENT, "acme"),
        (Sort.OTHER, What.BASIS, ""),
        (Sort.GONE, What.READER, "technician"),
    ]
