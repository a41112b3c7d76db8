# SPDX-License-Identifier: Apache-2.0
"""The statement's criteria as types: what makes each one, and its words.

Rules: what a policy says is compared with the criterion that it is.
Not here: until when that keeps something (`test_keeping.py`).
"""

import pytest

from server.keeper.criteria import (
    AnyCriterion,
    BusinessNeed,
    ContractDuration,
    LegalObligation,
    LimitationPeriod,
    PurposeNeed,
    criterion_of,
)
from tests.unit.server.keeping_room import (
    DAY,
    kept,
)
from wire.policy import (
    Criterion,
    RetentionClass,
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (kept(30), PurposeNeed()),
        (kept(30, Criterion.CONTRACT), ContractDuration()),
        (
            kept(30, Criterion.LEGAL_OBLIGATION, citation="Act 1", jurisdiction="XX"),
            LegalObligation("Act 1", "XX"),
        ),
        (
            kept(30, Criterion.LIMITATION, citation="Act 2", jurisdiction="XX"),
            LimitationPeriod("Act 2", "XX"),
        ),
        (
            kept(30, Criterion.BUSINESS_NEED, owner="o", reason="r", review=9 * DAY),
            BusinessNeed("o", "r", 9 * DAY),
        ),
        (
            kept(30, Criterion.BUSINESS_NEED, owner="o", reason="r", review=999 * DAY),
            BusinessNeed("o", "r", 371 * DAY),
        ),
    ],
)
def test_a_criterion_is_a_type(said: RetentionClass, expected: AnyCriterion) -> None:
    """What a policy says becomes one of the statement's criteria; a need has a year."""
    assert criterion_of(said, 5 * DAY) == expected


def test_each_criterion_has_its_words() -> None:
    """A person reads why in words, with statute and jurisdiction where one counts."""
    law, period = LegalObligation("Act 1", "XX"), LimitationPeriod("Act 2", "XX")
    assert [
        one.words() for one in (PurposeNeed(), ContractDuration(), law, period)
    ] == [
        "the purpose needs it",
        "the client is a client",
        "Act 1 (XX) asks for it",
        "claims may come until Act 2 (XX) bars them",
    ]


def test_a_need_that_lacks_all_has_lapsed() -> None:
    """A policy of an older form that names a need and no more keeps nothing by it."""
    found = criterion_of(kept(30, Criterion.BUSINESS_NEED), 5 * DAY)
    law = criterion_of(kept(30, Criterion.LEGAL_OBLIGATION), 5 * DAY)
    assert (found, law) == (BusinessNeed("", "", 0), LegalObligation("", ""))
