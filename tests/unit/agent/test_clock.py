# SPDX-License-Identifier: Apache-2.0
"""The agent's time is its clock, corrected by signed time, above two floors.

Rules: pure but for what the spool remembers; stories are of answers a poll apart.
Not here: who may tell the time (`test_polling.py`).
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from installation_fixture import Installation

from agent import budget, clock
from agent.clock import Clock, Doubt
from agent.errors import ClockError, TrustError
from agent.spool.spool import open_spool
from wire import cbor, ledger
from wire.errors import ExpiredError, NotYetValidError, SignatureError
from wire.trust import Trusted, check_bundle

TIMES = st.integers(0, 2**40)
DOUBTS = st.builds(Doubt, st.integers(0, 20), st.integers(0, 2**20), TIMES, TIMES)
CLOCKS = st.builds(Clock, st.integers(-(2**40), 2**40), TIMES, TIMES, DOUBTS)
TRUE = 1_800_000_000
"""The true time when a story begins."""
AHEAD = 2_200_000_000
"""What a clock that is twelve years ahead says then."""
HOUR = 3_600


def after(known: Clock, answers: Iterable[tuple[int, int]]) -> Clock:
    """Return the clock after answers: (monotonic moment, server's time)."""
    for moment, told in answers:
        system = TRUE + moment
        known = clock.learned(known, system, system, told, moment)
    return known


def polls(start: int, seconds: int, begin: int) -> list[tuple[int, int]]:
    """Return answers of a clock that says `begin` at `start`, a poll apart."""
    moments = range(start, start + seconds, budget.POLL_SECONDS)
    return [(moment, begin + moment - start) for moment in moments]


@given(CLOCKS, TIMES)
def test_time_is_never_before_a_floor(known: Clock, system: int) -> None:
    """Whatever the system's clock says, the time is before neither floor."""
    assert clock.corrected(known, system) >= max(known.soft, known.hard)


@given(CLOCKS, TIMES, TIMES)
def test_an_answer_corrects(known: Clock, system: int, server: int) -> None:
    """After an answer the corrected time is the server's, within the jitter."""
    now = clock.learned(known, system, system, server, 0)
    if server >= max(known.soft, known.hard):
        assert abs(clock.corrected(now, system) - server) <= 2


@pytest.mark.slow
@given(CLOCKS, TIMES, st.integers(-1, 1))
def test_jitter_corrects_nothing(known: Clock, system: int, jitter: int) -> None:
    """A clock within the jitter of the server's is left as it is."""
    assert clock.learned(known, system, system, system + jitter, 0).offset == 0


def test_the_way_counts_half() -> None:
    """The answer's time is held against the middle of question and answer."""
    assert clock.learned(Clock(), 1_000, 1_060, 5_030, 0).offset == 4_000


@pytest.mark.parametrize("off", [0, 4_000])
@pytest.mark.parametrize("signed", [0, 25, 50])
def test_an_answer_that_was_kept_back_moves_no_clock(off: int, signed: int) -> None:
    """What fits any moment between question and answer leaves the time as it is."""
    told = TRUE + off + signed
    known = clock.learned(Clock(off), TRUE, TRUE + 50, told, 0)
    assert known.offset == off


@given(st.lists(st.tuples(TIMES, TIMES, TIMES), min_size=1, max_size=11))
def test_few_answers_lower_nothing(answers: list[tuple[int, int, int]]) -> None:
    """Eleven answers never lower the soft floor, whatever they tell and when."""
    known = Clock()
    for system, server, moment in answers:
        now = clock.learned(known, system, system, server, moment)
        assert now.soft >= known.soft
        known = now


def test_a_gate_that_was_ahead_once_holds_time_for_hours_only() -> None:
    """One false answer of the far future is undone by six hours of true ones."""
    wrong = after(Clock(), [*polls(0, HOUR, TRUE), (HOUR, AHEAD)])
    early = after(wrong, polls(HOUR + 300, 6 * HOUR, TRUE + HOUR + 300))
    late = after(wrong, polls(HOUR + 300, 6 * HOUR + 1, TRUE + HOUR + 300))
    assert clock.corrected(wrong, TRUE + HOUR) == AHEAD
    assert clock.corrected(early, TRUE + 7 * HOUR) == AHEAD
    assert clock.corrected(late, TRUE + 7 * HOUR + 300) == TRUE + 7 * HOUR + 300


def test_a_gate_that_was_ahead_for_a_day_holds_time_for_hours_only() -> None:
    """A day of false answers is undone in the same six hours."""
    wrong = after(Clock(), polls(0, 24 * HOUR, AHEAD))
    healed = after(wrong, polls(24 * HOUR, 6 * HOUR + 1, TRUE + 24 * HOUR))
    assert wrong.soft == AHEAD + 24 * HOUR - 300
    assert clock.corrected(healed, TRUE + 30 * HOUR) == TRUE + 30 * HOUR


def test_a_hostile_gate_cannot_go_back_before_what_others_signed() -> None:
    """A gate that tells the past for days gets no further than the hard floor."""
    known = Clock(0, TRUE, TRUE - 10 * HOUR)
    held = after(known, polls(0, 72 * HOUR, TRUE - 1_000 * HOUR))
    assert clock.corrected(held, TRUE + 72 * HOUR) == TRUE - 10 * HOUR


def test_a_hostile_gate_that_hurries_costs_hours() -> None:
    """False answers of the future between true ones end with the last of them."""
    known = Clock()
    for day in range(3):
        start = day * 24 * HOUR
        known = after(known, [*polls(start, 3 * HOUR, TRUE + start), (start, AHEAD)])
    start = 60 * HOUR
    healed = after(known, polls(start, 6 * HOUR + 1, TRUE + start))
    assert clock.corrected(known, TRUE) == AHEAD
    assert clock.corrected(healed, TRUE + 66 * HOUR) == TRUE + 66 * HOUR


@pytest.mark.parametrize(
    "answers",
    [
        [(0, TRUE)] * 40,
        polls(0, 6 * HOUR, TRUE),
        [(0, TRUE), (7 * HOUR, TRUE + 7 * HOUR)],
        [*polls(0, 5 * HOUR, TRUE), (5 * HOUR, AHEAD), *polls(5 * HOUR, HOUR, TRUE)],
        [*polls(0, 5 * HOUR, TRUE), *polls(5 * HOUR, 5 * HOUR, TRUE - HOUR)],
    ],
    ids=["at once", "too short", "too few", "contradicted", "running back"],
)
def test_what_is_no_agreement_lowers_nothing(answers: list[tuple[int, int]]) -> None:
    """Answers at once, too few, contradicted or running back leave the soft floor."""
    assert after(Clock(0, AHEAD), answers).soft == AHEAD


def test_agreement_goes_on_over_a_boot() -> None:
    """A machine that is on for four hours a day lowers the floor on its second."""
    first = after(Clock(0, AHEAD), polls(0, 4 * HOUR, TRUE))
    second = after(first, polls(0, 4 * HOUR, TRUE + 24 * HOUR))
    assert first.soft == AHEAD
    assert second.soft < TRUE + 48 * HOUR


def test_a_little_earlier_is_no_doubt() -> None:
    """Within the skew that the collector allows, an earlier answer says nothing."""
    assert clock.learned(Clock(0, TRUE), TRUE, TRUE, TRUE - 900, 0).doubt == Doubt()
    assert clock.learned(Clock(0, TRUE), TRUE, TRUE, TRUE - 901, 7).doubt == (
        Doubt(1, 0, TRUE - 901, 7)
    )


def bundle(installation: Installation, version: int, issued: int) -> Trusted:
    """Return a bundle whose keys are of a version and were issued then."""
    held = check_bundle(installation.bundle, installation.root, None, None)
    keys = replace(held.keys, version=version, issued=issued)
    policy = replace(held.policy, issued=TRUE)
    return replace(held, root=replace(held.root, issued=TRUE), policy=policy, keys=keys)


def test_what_is_trusted_is_a_hard_floor(installation: Installation) -> None:
    """The hard floor is the newest issue of root, policy and keys, and never sinks."""
    known = clock.vouched(Clock(), bundle(installation, 1, TRUE + HOUR))
    assert known.hard == TRUE + HOUR
    assert clock.vouched(known, bundle(installation, 1, TRUE)).hard == TRUE + HOUR


@pytest.mark.parametrize(
    ("version", "hard"), [(1, AHEAD), (2, TRUE + HOUR)], ids=["same", "newer"]
)
def test_a_role_may_take_its_own_word_back(
    installation: Installation, version: int, hard: int
) -> None:
    """A newer version that was issued earlier lowers the hard floor, no other does."""
    held = bundle(installation, 1, AHEAD)
    newer = bundle(installation, version, TRUE + HOUR)
    assert clock.reissued(Clock(0, 0, AHEAD), held, newer).hard == hard


def test_a_floor_of_older_times_outlives_the_bundle(installation: Installation) -> None:
    """Where the bundle that made the floor is lost, no other lowers it."""
    newer = bundle(installation, 9, TRUE)
    for held in (None, bundle(installation, 1, TRUE)):
        assert clock.reissued(Clock(0, 0, AHEAD), held, newer).hard == AHEAD


def test_what_was_learned_is_remembered(tmp_path: Path) -> None:
    """Offset, floors and doubt outlive the process, also an offset below zero."""
    spool = open_spool(tmp_path / "spool.sqlite", 1_000)
    known = Clock(-31_536_000, 1_700_000_000, 1_600_000_000, Doubt(3, 600, TRUE, 9))
    clock.store_clock(spool, Clock(), known)
    spool.close()
    again = open_spool(tmp_path / "spool.sqlite", 1_000)
    assert clock.load_clock(again) == known
    again.close()


def test_the_floor_of_older_releases_is_the_soft_one(tmp_path: Path) -> None:
    """What an older release remembered as its floor can be lowered as well."""
    spool = open_spool(tmp_path / "spool.sqlite", 1_000)
    spool.set_value("clock-floor", AHEAD)
    known = clock.load_clock(spool)
    clock.store_clock(spool, known, replace(known, soft=TRUE))
    again = clock.load_clock(spool)
    spool.close()
    assert (known, again) == (Clock(0, AHEAD), Clock(0, TRUE))


def test_a_lowered_floor_is_in_the_ledger(tmp_path: Path) -> None:
    """That the time went back is written down with both times, in the same commit."""
    spool = open_spool(tmp_path / "spool.sqlite", 1_000)
    clock.store_clock(spool, Clock(0, AHEAD), Clock(0, TRUE))
    ((entry, body, _),), _ = spool.ledger()
    lowered = spool.value(clock.LOWERED)
    spool.close()
    assert ledger.ENTRY.decode(entry).act == "clock-floor-lowered"
    assert cbor.decode(body or b"", 100) == {"from": AHEAD, "to": TRUE}
    assert lowered == TRUE


def test_dates_are_the_clocks_fault_only_before_signed_time() -> None:
    """Only where nothing signed tells the time is the clock named as the reason."""
    for problem in (ExpiredError("x"), NotYetValidError("x")):
        assert isinstance(clock.explain(problem, Clock()), ClockError)
        assert isinstance(clock.explain(problem, Clock(0, 1)), TrustError)
    assert isinstance(clock.explain(SignatureError("x"), Clock()), TrustError)


@pytest.mark.slow
@pytest.mark.parametrize(("passed", "written"), [(60, 0), (119, 0), (120, 120)])
def test_a_little_time_is_not_written_down_for_itself(
    tmp_path: Path, passed: int, written: int
) -> None:
    """An answer that tells of less than two minutes alone costs no commit."""
    spool = open_spool(tmp_path / "spool.sqlite", TRUE)
    first = clock.learned(Clock(), TRUE, TRUE, TRUE, 0)
    assert clock.remember(spool, Clock(), first, TRUE)
    then = TRUE + passed
    later = clock.learned(first, then, then, then, passed)
    assert clock.remember(spool, first, later, then)
    assert spool.value(clock.CONTACTED) == TRUE + written
    assert clock.load_clock(spool).soft == TRUE + written
    spool.close()
