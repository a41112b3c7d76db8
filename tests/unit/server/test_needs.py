# SPDX-License-Identifier: Apache-2.0
"""A business need does not lapse unseen.

Rules: a real installation with the shipped policy and a need of its own.
Not here: what lapses with it (`test_keeping.py`).
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from keeper_fixture import Room

from server.authority import open_authority
from server.keeper.rounds import needs
from wire.policy import Criterion, Policy
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
DAY = 86_400
TOLD = (
    "keeper: the need to keep metrics of provision {}, and its older data with it: let "
    "its owner look, and publish the policy with a new review\n"
)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Make one whose metrics are a business need, reviewed in a hundred days."""
    made = Room(tmp_path)
    day = made.site.now - made.site.now % DAY
    with open_authority(made.site.layout) as authority:
        policy = with_need(authority.policy().policy, day + 100 * DAY)
        authority.publish(policy, made.site.now, "a test")
    yield made
    made.close()


def with_need(policy: Policy, review: int) -> Policy:
    """Return a policy whose metrics somebody needs."""
    needed = {
        "criterion": Criterion.BUSINESS_NEED,
        "owner": "service design",
        "reason": "quarters are compared",
        "review": review,
    }
    return replace(
        policy,
        purposes=tuple(
            replace(
                rules,
                retention=tuple(
                    replace(kept, **needed) if kept.name == "metrics" else kept  # type: ignore[arg-type]  # names of its fields
                    for kept in rules.retention
                ),
            )
            if rules.purpose is Purpose.PROVISION
            else rules
            for rules in policy.purposes
        ),
    )


@pytest.mark.parametrize(
    ("days", "told"),
    [(0, ""), (70, ""), (71, "lapses in 29 days"), (99, "lapses in 1 days")],
)
def test_a_need_is_told_a_month_before_it_lapses(
    room: Room, capsys: pytest.CaptureFixture[str], days: int, told: str
) -> None:
    """Nothing is said before; then each day how many are left."""
    day = room.site.now - room.site.now % DAY
    with room.keeper() as desk:
        capsys.readouterr()
        needs.turn(desk, max(room.site.now, day + days * DAY + 1))
    assert capsys.readouterr().err == (TOLD.format(told) if told else "")
