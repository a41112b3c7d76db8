# SPDX-License-Identifier: Apache-2.0
"""Who may read what: every refusal has its slug, and a grant names what is shown."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import catalogue, preset
from server.access.actions import Action, Role
from server.access.model import Held, Person
from server.console.device import _FORM
from server.errors import DeniedError
from server.reader.grants import Asker, Wish, decide
from server.reader.question import parse
from wire.policy_source import compile_policy
from wire.purposes import RULES, Purpose

POLICY = compile_policy(preset("standard"), catalogue(), "standard")
WISH = Wish("ann", "support", "the printer is gone", "T-1", 60, Action.READ)
NOW = 1_700_000_000


def refusal(wish: Wish, *roles: str) -> str:
    """Return the slug with which a wish is refused."""
    with pytest.raises(DeniedError) as caught:
        decide(wish, roles, POLICY, NOW)
    assert caught.value.exit_code == 6
    return caught.value.reason


def test_a_role_of_the_policy_may_read_for_its_purpose() -> None:
    """A technician gets support for as long as was asked, and no longer."""
    grant = decide(replace(WISH, minutes=7), ["technician"], POLICY, NOW)
    assert (grant.role, grant.purpose) == ("technician", Purpose.SUPPORT)
    assert grant.until == NOW + 7 * 60


@pytest.mark.parametrize("roles", [(), ("administrator",), ("aggregator",), ("root",)])
def test_another_role_may_not(roles: tuple[str, ...]) -> None:
    """Whoever has none of the purpose's roles is refused, whatever else they have."""
    assert refusal(WISH, *roles) == "no-reader-role"


def test_nobody_reads_improvement() -> None:
    """No role, not even the aggregator's own, lets a person open improvement."""
    wish = replace(WISH, purpose="improvement")
    every = {role for rules in POLICY.purposes for role in rules.readers}
    assert refusal(wish, *sorted(every)) == "no-person-may-read"


@pytest.mark.parametrize("purpose", ["communication", "account", "compliance"])
def test_a_purpose_that_collects_nothing_cannot_be_read(purpose: str) -> None:
    """What is never collected is refused by name."""
    assert refusal(replace(WISH, purpose=purpose)) == "purpose-collects-nothing"


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"purpose": "curiosity"}, "unknown-purpose"),
        ({"purpose": ""}, "unknown-purpose"),
        ({"purpose": "SUPPORT"}, "unknown-purpose"),
        ({"reason": ""}, "no-reason"),
        ({"reason": " \u00a0"}, "no-reason"),
        ({"reason": "a\nb"}, "reason-not-readable"),
        ({"reason": "a\u202eb"}, "reason-not-readable"),
        ({"reason": "x" * 301}, "reason-not-readable"),
        ({"ticket": "x" * 65}, "reason-not-readable"),
        ({"ticket": "\x1b[2J"}, "reason-not-readable"),
        ({"minutes": 0}, "too-long"),
        ({"minutes": -1}, "too-long"),
        ({"minutes": 61}, "too-long"),
    ],
)
def test_a_wish_out_of_bounds_is_refused(change: dict[str, object], slug: str) -> None:
    """Purpose, reason, ticket and minutes each have their own refusal."""
    wish = replace(WISH, **change)  # type: ignore[arg-type]  # one field of each type
    assert refusal(wish, "technician") == slug


@pytest.mark.parametrize(
    ("fields", "action"),
    [
        ({}, Action.READ),
        ({"sql": "SELECT 1"}, Action.READ),
        ({"form": _FORM}, Action.READ),
        ({"form": "jsonl"}, Action.EXPORT_TABLES),
        ({"form": "made-up"}, Action.EXPORT_TABLES),
        ({"form": "syslog", "to": "siem.example:6514"}, Action.EXPORT_TABLES),
        ({"sql": "SELECT 1", "file": True}, Action.EXPORT_TABLES),
        ({"form": _FORM, "file": True}, Action.EXPORT_TABLES),
        ({"job": "account"}, Action.ACCOUNT),
    ],
)
def test_a_question_is_the_act_that_it_is_one_way_to(
    fields: dict[str, object], action: Action
) -> None:
    """What is shown is read; what leaves in a file or for a machine is exported."""
    asked = {"purpose": "support", "reason": "the printer is gone", **fields}
    assert parse(asked, "ann").wish.action is action


def test_an_act_is_decided_by_its_own_line_of_the_table() -> None:
    """Whom the policy lets read may not, by that, do what the table gives to others."""
    wish = replace(WISH, action=Action.DIAGNOSE_APPROVE)
    assert refusal(wish, "technician") == "no-role"
    held = Held(Role.TECHNICIAN, None, frozenset({Purpose.SUPPORT}))
    asker = Asker(Person("ann", held=(held,), trained_until=NOW + 1), b"o" * 16)
    with pytest.raises(DeniedError) as caught:
        decide(wish, ["technician"], POLICY, NOW, asker)
    assert caught.value.reason == "step-up"
    assert decide(WISH, ["technician"], POLICY, NOW, asker).role == "technician"


def test_a_policy_without_the_purpose_grants_nothing() -> None:
    """What the policy in force does not collect is not opened either."""
    minimal = replace(POLICY, purposes=())
    with pytest.raises(DeniedError) as caught:
        decide(WISH, ["technician"], minimal, NOW)
    assert caught.value.reason == "purpose-not-in-policy"


def test_a_grant_names_the_columns_of_its_purpose_only() -> None:
    """Support sees logs and answers, and nothing of what security collects."""
    columns = decide(WISH, ["technician", "security"], POLICY, NOW).columns
    known = catalogue().datasets
    answers = {name for name in known if known[name].diagnostic}
    assert set(columns) == {"crashes", "event_logs", "processes"} | answers
    assert "message" in columns["event_logs"]


def test_a_dropped_column_is_not_granted() -> None:
    """A column that the policy names only to drop it is not among a grant's."""
    source = preset("standard").replace(b'message = "scrub"', b'message = "drop"')
    policy = compile_policy(source, catalogue(), "own")
    columns = decide(WISH, ["technician"], policy, NOW).columns
    assert "message" not in columns["event_logs"]
    assert "timestamp" in columns["event_logs"]


@given(
    st.sampled_from(list(Purpose)),
    st.sets(st.sampled_from(["technician", "administrator", "security", "x"])),
    st.integers(-5, 100),
    st.text(max_size=8),
)
def test_a_grant_is_never_more_than_the_policy(
    purpose: Purpose, roles: set[str], minutes: int, reason: str
) -> None:
    """Whatever is asked: a reader's role, a reason, an hour at most, or nothing."""
    wish = Wish("ann", purpose.value, reason, "", minutes, Action.READ)
    try:
        grant = decide(wish, sorted(roles), POLICY, NOW)
    except DeniedError:
        return
    rules = POLICY.rules(purpose)
    assert rules is not None
    assert RULES[purpose].collects
    assert purpose is not Purpose.IMPROVEMENT
    assert grant.role in roles & set(rules.readers)
    assert NOW < grant.until <= NOW + 3_600
    assert grant.reason.strip()
    assert {rule.dataset for rule in rules.datasets} == set(grant.columns)
