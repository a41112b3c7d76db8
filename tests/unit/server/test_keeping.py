# SPDX-License-Identifier: Apache-2.0
"""Until when data is kept: the longest of laws and holds, and what purposes still need.

Rules: each promise is a key, what was promised of it, and a literal second.
Not here: random histories against the issue's words (`tests/model/keeping`).
"""

from dataclasses import replace

import pytest

from server.epochs import shortened
from server.keeper.keeping import (
    OPEN_END,
    Facts,
    From,
    Hold,
    Promise,
    extract_ends,
    promises,
)
from tests.unit.server.keeping_room import (
    DAY,
    HOLD,
    KEY,
    LAW,
    STATE,
    TIME,
    USER,
    days,
    kept,
    kept_until,
)
from wire.policy import (
    Criterion,
    Policy,
    PolicyStatement,
    PurposeRules,
    RetentionClass,
)
from wire.purposes import Purpose


def test_the_class_keeps_a_key_for_its_age() -> None:
    """A key dies its class's maximum age after its key period."""
    found = kept_until(KEY, (90, kept(30)))
    assert (found.key_dies, days(found)) == (140 * DAY, [("maximum-age", 140)])


def test_a_shorter_promise_counts_at_once() -> None:
    """A policy that shortens a class while the key lives shortens the key's life."""
    found = kept_until(KEY, (90, kept(30)), (120, kept(10)))
    assert found.key_dies == 120 * DAY


def test_a_longer_promise_counts_for_later_keys_only() -> None:
    """A class that a policy lengthens keeps older keys no longer than was promised."""
    assert kept_until(KEY, (90, kept(30)), (120, kept(90))).key_dies == 140 * DAY


def test_a_class_that_no_policy_names_any_more_keeps_its_end() -> None:
    """What a policy drops dies at the last time that was known for it."""
    assert kept_until(replace(KEY, maximum_age=0)).key_dies == 140 * DAY


def test_no_key_outlives_its_purposes_maximum() -> None:
    """Where nothing else is known, the purpose's maximum counts."""
    key = replace(
        KEY, purpose=Purpose.SUPPORT, maximum_age=0, until=900 * DAY, created=0
    )
    assert kept_until(key, (90, kept(300))).key_dies == 200 * DAY


def test_a_key_whose_end_has_begun_stays_due() -> None:
    """A destruction that has begun is not undone by a longer reason."""
    assert kept_until(replace(KEY, until=50 * DAY)).key_dies == 50 * DAY


def test_the_contracts_end_ends_every_key() -> None:
    """Off-boarding ends data of all purposes when its window is over."""
    found = kept_until(KEY, (90, kept(30)), contract_ends=101 * DAY, window=7 * DAY)
    assert days(found) == [("contract", 108), ("maximum-age", 140)]


def test_a_contract_that_ends_later_shortens_nothing() -> None:
    """The contract is one limit among others: the first that comes counts."""
    assert kept_until(KEY, (90, kept(30)), contract_ends=200 * DAY).key_dies == (
        140 * DAY
    )


def test_a_business_need_lapses_after_its_review() -> None:
    """From the day after its review a need keeps nothing."""
    need = kept(30, Criterion.BUSINESS_NEED, owner="o", reason="r", review=120 * DAY)
    assert days(kept_until(KEY, (90, need))) == [
        ("business-need", 121),
        ("maximum-age", 140),
    ]


def test_a_lapsed_need_leaves_the_key_period_alone() -> None:
    """A need that lapses within the key period ends the key with its period."""
    need = kept(30, Criterion.BUSINESS_NEED, owner="o", reason="r", review=105 * DAY)
    assert days(kept_until(KEY, (90, need))) == [("epoch", 110), ("maximum-age", 140)]


def test_a_reviewed_need_goes_on() -> None:
    """A policy with a new review keeps what is not destroyed yet."""
    old = kept(30, Criterion.BUSINESS_NEED, owner="o", reason="r", review=115 * DAY)
    new = kept(30, Criterion.BUSINESS_NEED, owner="o", reason="r", review=130 * DAY)
    assert kept_until(KEY, (90, old), (114, new)).key_dies == 131 * DAY


def test_a_law_keeps_its_columns_alone() -> None:
    """A law's minimum lets its columns outlive the key, and no other."""
    found = kept_until(KEY, (90, kept(30)), minima=(LAW,))
    assert (found.key_dies, found.columns) == (
        140 * DAY,
        {USER: 170 * DAY, TIME: 170 * DAY},
    )
    assert (found.until(USER), found.until(STATE)) == (170 * DAY, 140 * DAY)


def test_a_law_that_asks_for_less_keeps_nothing() -> None:
    """A minimum that is over before the key's end takes nothing along, but is told."""
    found = kept_until(KEY, (90, kept(30)), minima=(replace(LAW, seconds=20 * DAY),))
    assert (dict(found.columns), days(found)) == (
        {},
        [("maximum-age", 140), ("law:accounts", 130)],
    )


def test_a_law_about_another_purpose_keeps_nothing() -> None:
    """A minimum for support does not reach data of security."""
    other = replace(LAW, purposes=frozenset({Purpose.SUPPORT}))
    assert dict(kept_until(KEY, (90, kept(30)), minima=(other,)).columns) == {}


def test_a_law_may_count_from_the_contracts_end() -> None:
    """Such a minimum has no end while the contract runs, and one when it has."""
    law = replace(LAW, starts=From.CONTRACT_END)
    running = kept_until(KEY, (90, kept(30)), minima=(law,))
    over = kept_until(
        KEY, (90, kept(30)), minima=(law,), contract_ends=101 * DAY, window=7 * DAY
    )
    assert (running.until(USER), over.until(USER)) == (OPEN_END, 161 * DAY)


def test_a_hold_keeps_until_its_release() -> None:
    """A held column outlives the key without an end; the key dies on time."""
    found = kept_until(KEY, (90, kept(30)), holds=(HOLD,), minima=(LAW,))
    assert (found.key_dies, found.columns) == (
        140 * DAY,
        {USER: OPEN_END, STATE: OPEN_END, TIME: 170 * DAY},
    )


@pytest.mark.parametrize(
    ("hold", "covers"),
    [
        (HOLD, True),
        (replace(HOLD, since=109 * DAY), True),
        (replace(HOLD, since=110 * DAY), False),
        (replace(HOLD, until=100 * DAY), False),
        (replace(HOLD, until=100 * DAY + 1), True),
        (replace(HOLD, purposes=frozenset({Purpose.SUPPORT})), False),
    ],
)
def test_a_hold_reaches_its_own_time_and_purpose(hold: Hold, *, covers: bool) -> None:
    """A hold takes along nothing of another purpose or another time."""
    assert bool(kept_until(KEY, holds=(hold,)).columns) is covers


@pytest.mark.parametrize(
    ("since", "until", "covers"),
    [(104, 106, True), (109, 200, True), (0, 100, False), (110, 200, False)],
)
def test_a_hold_reaches_what_a_wrong_clock_opened(
    since: int, until: int, *, covers: bool
) -> None:
    """A key that ends before it starts is held where a hold lies between the two."""
    key = replace(KEY, start=110 * DAY, end=100 * DAY)
    hold = replace(HOLD, since=since * DAY, until=until * DAY)
    assert bool(kept_until(key, holds=(hold,)).columns) is covers


def test_each_reason_names_its_clause() -> None:
    """Whoever asks why learns which sentence of the statement allows it."""
    need = kept(
        30, Criterion.BUSINESS_NEED, owner="sales", reason="trends", review=120 * DAY
    )
    found = kept_until(KEY, (90, need), minima=(LAW,), contract_ends=200 * DAY)
    assert [(item.words, item.clause) for item in found.because] == [
        (
            "sales needs it until 1970-05-01: trends",
            "6: ongoing business needs",
        ),
        (
            (
                "logs is kept 30 days after its key period: sales needs it until "
                "1970-05-01: trends"
            ),
            "6: ongoing business needs",
        ),
        (
            "the contract ended, and the time to hand data over with it",
            "6: the duration of our contractual relationship with you",
        ),
        (
            "Example Act 1 (XX) asks for it: at least 60 days",
            "6: unless a longer retention period is required or permitted by law",
        ),
    ]


@pytest.mark.parametrize(
    ("known", "said", "told"),
    [
        (30, kept(10), [10 * DAY]),
        (30, kept(30), []),
        (30, kept(90), []),
        (0, kept(90), [90 * DAY]),
        (30, replace(kept(10), name="other"), []),
    ],
)
def test_a_shorter_promise_is_told_to_the_keyring(
    known: int, said: RetentionClass, told: list[int]
) -> None:
    """A policy shortens the keys of its classes that live, and lengthens none."""
    rules = PurposeRules(Purpose.SECURITY, "b", ("r",), (), (said,), ())
    keys = [
        replace(KEY, maximum_age=known * DAY),
        replace(KEY, key_id=bytes(16), purpose=Purpose.SUPPORT),
    ]
    found = [*shortened(keys, Policy("p", (rules,)))]
    assert found == [(KEY.key_id, age) for age in told]


def test_promises_come_from_every_policy_that_was_signed() -> None:
    """Of each class that any policy named, the last one that did says why."""
    other = replace(kept(5), name="metrics")

    def signed(version: int, *classes: RetentionClass) -> PolicyStatement:
        rules = PurposeRules(Purpose.SECURITY, "b", ("r",), (), classes, ())
        policy = Policy("p", (rules,))
        return PolicyStatement(b"t" * 16, version, version * DAY, 99 * DAY, policy)

    found = promises([signed(1, kept(30), other), signed(2), signed(3, kept(10))])
    assert found == {
        (Purpose.SECURITY, "logs"): Promise(3 * DAY, kept(10)),
        (Purpose.SECURITY, "metrics"): Promise(1 * DAY, other),
    }


def test_a_learned_promise_stays_though_a_later_one_is_longer() -> None:
    """What the keyring was told once counts, whatever the newest policy says."""
    told = replace(KEY, maximum_age=10 * DAY)
    assert kept_until(told, (120, kept(90))).key_dies == 120 * DAY


def test_without_a_window_data_ends_with_the_contract() -> None:
    """The second after the contract is the first without its data."""
    assert kept_until(KEY, contract_ends=105 * DAY).key_dies == 105 * DAY


def test_a_law_that_ends_with_the_key_takes_nothing_along() -> None:
    """A column outlives its key only where something keeps it longer."""
    found = kept_until(KEY, (90, kept(30)), minima=(replace(LAW, seconds=30 * DAY),))
    assert dict(found.columns) == {}


def test_a_need_that_lapses_with_the_period_leaves_the_period() -> None:
    """Where both end in one second it is the period that is named."""
    need = kept(30, Criterion.BUSINESS_NEED, owner="o", reason="r", review=109 * DAY)
    assert days(kept_until(KEY, (90, need)))[0] == ("epoch", 110)


def test_reasons_say_whether_they_keep_at_most_or_at_least() -> None:
    """Laws and holds keep at least so long; all others at most."""
    found = kept_until(KEY, contract_ends=101 * DAY, minima=(LAW,), holds=(HOLD,))
    assert [(item.slug, item.least) for item in found.because] == [
        ("contract", False),
        ("maximum-age", False),
        ("law:accounts", True),
        ("hold:c0", True),
    ]


def test_a_key_that_ends_within_its_period_is_kept_no_day_after_it() -> None:
    """The words never speak of less than no days."""
    (reason,) = kept_until(replace(KEY, until=50 * DAY)).because
    words = "logs is kept 0 days after its key period: the purpose needs it"
    assert reason.words == words


@pytest.mark.parametrize(
    ("holder", "facts", "ends"),
    [
        ("law:accounts", Facts(minima=(LAW,), holds=(HOLD,)), 170 * DAY),
        ("hold:c0", Facts(minima=(LAW,), holds=(HOLD,)), OPEN_END),
        ("hold:c0", Facts(minima=(LAW,)), 0),
        ("law:accounts", Facts(), 0),
        ("law:accounts", Facts(minima=(replace(LAW, seconds=DAY),)), 111 * DAY),
    ],
)
def test_an_extract_is_kept_as_long_as_its_holder(
    holder: str, facts: Facts, ends: int
) -> None:
    """What a law or hold took along ends when that asks no more, or was released."""
    assert extract_ends(holder, KEY, facts) == ends
