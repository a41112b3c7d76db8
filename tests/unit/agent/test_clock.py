# SPDX-License-Identifier: Apache-2.0
"""The agent's time is its clock, corrected by signed time, and never runs back.

Rules: pure but for what the spool remembers.
Not here: who may tell the time (`test_polling.py`).
"""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import clock
from agent.clock import Clock
from agent.errors import ClockError, TrustError
from agent.spool import open_spool
from wire.errors import ExpiredError, NotYetValidError, SignatureError

TIMES = st.integers(0, 2**40)
CLOCKS = st.builds(Clock, st.integers(-(2**40), 2**40), TIMES)


@given(CLOCKS, TIMES)
def test_time_is_never_before_the_newest_verified(known: Clock, system: int) -> None:
    """Whatever the system's clock says, verified time is not undone."""
    assert clock.corrected(known, system) >= known.floor


@given(CLOCKS, TIMES, TIMES)
def test_an_answer_corrects(known: Clock, system: int, server: int) -> None:
    """After an answer the corrected time is the server's, within the jitter."""
    after = clock.learned(known, system, system, server)
    assert after.floor == max(known.floor, server)
    if server >= known.floor:
        assert abs(clock.corrected(after, system) - server) <= 2


@pytest.mark.slow
@given(CLOCKS, TIMES, st.integers(-1, 1))
def test_jitter_corrects_nothing(known: Clock, system: int, jitter: int) -> None:
    """A clock within the jitter of the server's is left as it is."""
    assert clock.learned(known, system, system, system + jitter).offset == 0


def test_the_way_counts_half() -> None:
    """The answer's time is held against the middle of question and answer."""
    assert clock.learned(Clock(), 1_000, 1_060, 5_030).offset == 4_000


@given(st.lists(st.tuples(TIMES, TIMES), min_size=1))
def test_the_floor_only_rises(answers: list[tuple[int, int]]) -> None:
    """No answer lowers the newest time verified."""
    known = Clock()
    for system, server in answers:
        after = clock.learned(known, system, system, server)
        assert after.floor >= known.floor
        known = after


def test_what_was_learned_is_remembered(tmp_path: Path) -> None:
    """Offset and floor outlive the process, also an offset below zero."""
    spool = open_spool(tmp_path / "spool.sqlite", 1_000)
    known = Clock(-31_536_000, 1_700_000_000)
    clock.store_clock(spool, Clock(), known)
    spool.close()
    again = open_spool(tmp_path / "spool.sqlite", 1_000)
    assert clock.load_clock(again) == known
    again.close()


def test_dates_are_the_clocks_fault_only_before_signed_time() -> None:
    """Only where nothing signed tells the time is the clock named as the reason."""
    for problem in (ExpiredError("x"), NotYetValidError("x")):
        assert isinstance(clock.explain(problem, Clock()), ClockError)
        assert isinstance(clock.explain(problem, Clock(0, 1)), TrustError)
    assert isinstance(clock.explain(SignatureError("x"), Clock()), TrustError)
