# SPDX-License-Identifier: Apache-2.0
"""What a grant permits, and each reason for which it permits nothing.

Rules: one thing is wrong at a time.
Not here: random grants and records (`tests/model/sharing`).
"""

from dataclasses import replace

import pytest

import policies
from policies import catalogue
from server.keeper.sharing.permitted import Permission, Registered, permitted
from wire.papers.grant import Grant
from wire.papers.recipient import Recipient, RecipientRole, recipient_digest
from wire.papers.scope import DatasetScope, Scope
from wire.policy import ColumnRule, DatasetRule, Policy, PurposeRules
from wire.policy_source import compile_policy
from wire.purposes import Purpose

NOW = 1_800_000_000
PURPOSE = Purpose.SECURITY
RECIPIENT = Recipient(
    bytes(16),
    "soc",
    1,
    RecipientRole.MONITORING,
    "agreement 1",
    NOW + 10,
    (PURPOSE,),
    "DE",
    None,
    "soc@example.org",
    bytes(1216),
    bytes(32),
)
SCOPE = Scope(
    (PURPOSE,),
    (),
    (
        DatasetScope("logins", ("user.name", "device", "device_label", "terminal")),
        DatasetScope("services", ("name",)),
        DatasetScope("event_logs", ("device", "observed")),
    ),
    0,
    NOW,
)
POLICY = Policy(
    "test",
    (
        PurposeRules(
            PURPOSE,
            "basis",
            (),
            ("soc",),
            (),
            (
                DatasetRule(
                    "logins",
                    "short",
                    60,
                    (ColumnRule("timestamp", "keep"), ColumnRule("user.name", "keep")),
                ),
                DatasetRule(
                    "event_logs", "short", 60, (ColumnRule("message", "scrub"),)
                ),
            ),
        ),
    ),
)


def granted(recipient: Recipient = RECIPIENT) -> Grant:
    """Return a grant to a recipient."""
    return Grant(
        bytes(16),
        bytes(16),
        recipient.name,
        recipient_digest(recipient),
        "watch logins",
        PURPOSE,
        SCOPE,
        1000,
        "contract",
        NOW - 10,
        NOW + 10,
        "jsonl",
        (),
    )


def judged(
    recipient: Recipient = RECIPIENT,
    *,
    policy: Policy = POLICY,
    suspended: bool = False,
    now: int = NOW,
    revoked: bool = False,
) -> Permission:
    """Return what a grant to a recipient permits; data may go to Germany."""
    registered = Registered(recipient, suspended)
    grant = granted(recipient)
    return permitted(grant, registered, policy, ("DE",), now, revoked=revoked)


def test_what_grant_and_policy_both_name_is_permitted() -> None:
    """A column needs both; ours need another column, and no label can be granted."""
    assert judged() == Permission({"logins": frozenset({"user.name", "device"})})


def test_nobody_registered_gets_nothing() -> None:
    """A grant to a name that the register has not is refused."""
    found = permitted(granted(), None, POLICY, ("DE",), NOW)
    assert (found.refused, dict(found.columns)) == ("no-recipient", {})
    assert found.sentence == (
        "nobody of this name is registered: add the recipient first"
    )


@pytest.mark.parametrize(
    ("recipient", "refused"),
    [
        (replace(RECIPIENT, agreement_until=NOW - 1), "recipient-expired"),
        (replace(RECIPIENT, purposes=(Purpose.SUPPORT,)), "purpose-not-granted"),
        (replace(RECIPIENT, name="vendor"), "not-in-policy-recipients"),
        (replace(RECIPIENT, country="US"), "country"),
        (replace(RECIPIENT, role=RecipientRole.PAYMENT), "payment-gets-nothing"),
        (replace(RECIPIENT, role=RecipientRole.ACQUIRER), "acquirer"),
    ],
)
def test_a_recipient_who_may_not_have_it_gets_nothing(
    recipient: Recipient, refused: str
) -> None:
    """Expired, of another purpose, not named, too far, a payer or an acquirer."""
    assert judged(recipient) == Permission(refused=refused)


def test_a_recipient_elsewhere_needs_what_makes_it_lawful() -> None:
    """Standard clauses, named in the entry, let data go to another country."""
    clauses = replace(RECIPIENT, country="US", transfer_tool="standard clauses")
    assert judged(clauses) == judged()


def test_what_changed_since_is_refused() -> None:
    """Suspended, replaced, revoked, too early or over: nothing is permitted."""
    newer = Registered(replace(RECIPIENT, version=2))
    found = permitted(granted(), newer, POLICY, ("DE",), NOW)
    assert [
        judged(suspended=True).refused,
        found.refused,
        judged(revoked=True).refused,
        judged(now=NOW - 11).refused,
        judged(replace(RECIPIENT, agreement_until=NOW + 99), now=NOW + 11).refused,
    ] == [
        "recipient-suspended",
        "other-recipient",
        "grant-revoked",
        "grant-early",
        "grant-over",
    ]


def test_the_last_second_counts() -> None:
    """An agreement and a grant hold through the second at which they end."""
    assert judged(now=NOW + 10) == judged() == judged(now=NOW - 10)


def test_a_policy_without_the_columns_permits_nothing() -> None:
    """A policy that collects nothing of it permits nothing, and says so."""
    (rules,) = POLICY.purposes
    bare = replace(POLICY, purposes=(replace(rules, datasets=()),))
    assert judged(policy=bare) == Permission(refused="no-columns")


@pytest.mark.parametrize("name", policies.PRESETS)
def test_payment_processors_get_nothing_of_any_preset(name: str) -> None:
    """However a grant is written and a policy names it, it is empty."""
    policy = compile_policy(policies.preset(name), catalogue(), f"{name}.toml")
    every = {
        rules.purpose: tuple(
            DatasetScope(one.dataset, tuple(rule.column for rule in one.columns))
            for one in rules.datasets
        )
        for rules in policy.purposes
    }
    named = replace(
        policy,
        purposes=tuple(replace(one, recipients=("soc",)) for one in policy.purposes),
    )
    payer = replace(RECIPIENT, role=RecipientRole.PAYMENT, purposes=tuple(Purpose))
    for purpose, datasets in every.items():
        grant = replace(
            granted(payer), purpose=purpose, scope=replace(SCOPE, datasets=datasets)
        )
        found = permitted(grant, Registered(payer), named, ("DE",), NOW)
        assert found == Permission(refused="payment-gets-nothing")
    assert every
