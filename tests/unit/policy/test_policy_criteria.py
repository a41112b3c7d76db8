# SPDX-License-Identifier: Apache-2.0
"""Why data is kept so long is part of the compiled policy, and changes nothing else.

Rules: what a person wrote stands in the signed policy, word for word.
Not here: what is refused (`refusal_terms.py`).
"""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from refusal_cases import GOOD

from agent.__main__ import main
from agent.catalogue import declared
from agent.plan import make_plan
from policies import catalogue
from wire.catalogue import System
from wire.narrowing import intersect, narrow
from wire.policy import POLICY, Criterion, Policy, RetentionClass
from wire.policy_source import compile_policy

DAY = 86_400
REVIEW = int(datetime(2027, 6, 30, tzinfo=UTC).timestamp())
LAW = 'citation = "Example Act, 3"\njurisdiction = "DE"'
NEED = 'owner = "head of support"\nreason = "slow vendor"\nreview = 2027-06-30'
CLASSES = [
    ("purpose", "", RetentionClass("tickets", 30 * DAY), "its purpose needs it"),
    (
        "contract",
        "",
        RetentionClass("tickets", 30 * DAY, Criterion.CONTRACT),
        "while the contract lasts",
    ),
    (
        "legal-obligation",
        LAW,
        RetentionClass(
            "tickets", 30 * DAY, Criterion.LEGAL_OBLIGATION, "Example Act, 3", "DE"
        ),
        "a law asks for it, Example Act, 3 (DE)",
    ),
    (
        "business-need",
        NEED,
        RetentionClass(
            "tickets",
            30 * DAY,
            Criterion.BUSINESS_NEED,
            owner="head of support",
            reason="slow vendor",
            review=REVIEW,
        ),
        "head of support needs it until 2027-06-30T00:00:00Z, slow vendor",
    ),
]


def source(criterion: str, beside: str) -> bytes:
    """Return a policy whose one class has a criterion."""
    words = f'keep = "30d"\ncriterion = "{criterion}"\n{beside}'
    return GOOD.replace('keep = "30d"', words).encode()


def compiled(text: bytes) -> Policy:
    """Compile a policy of today."""
    return compile_policy(text, catalogue(), "policy.toml", date(2026, 11, 24))


@pytest.mark.parametrize(("criterion", "beside", "kept", "words"), CLASSES)
def test_a_criterion_is_compiled_as_it_is_written(
    criterion: str,
    beside: str,
    kept: RetentionClass,
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Who or what stands for a length of time is in the policy, and is explained."""
    policy = compiled(source(criterion, beside))
    (rules,) = policy.purposes
    assert (kept,) == rules.retention
    assert POLICY.decode(POLICY.encode(policy)) == policy
    path = tmp_path / "policy.toml"
    path.write_bytes(source(criterion, beside))
    given = ["--state", str(tmp_path), "explain", "event_logs.message"]
    assert main([*given, "--policy", str(path)]) == 0
    assert f"kept at most 30 days: {words}\n" in capsys.readouterr().out


def test_an_agent_plans_the_same() -> None:
    """What is collected does not depend on why it is kept."""
    plain, need = compiled(GOOD.encode()), compiled(source("business-need", NEED))
    plans = [make_plan(policy, declared(), System.LINUX) for policy in (plain, need)]
    assert plans[0].datasets == plans[1].datasets


def test_a_restriction_keeps_the_criterion() -> None:
    """What a client takes away does not take away who stands for the rest."""
    policy = compiled(source("business-need", NEED))
    (rules,) = narrow(policy, []).purposes
    assert policy.purposes[0].retention == rules.retention


def test_of_two_of_one_age_either_side_chooses_alike() -> None:
    """Which side comes first makes no difference to the criterion."""
    plain, need = compiled(GOOD.encode()), compiled(source("business-need", NEED))
    (one,), (two,) = (
        intersect(plain, need).purposes,
        intersect(need, plain).purposes,
    )
    assert one.retention == two.retention
