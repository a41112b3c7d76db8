# SPDX-License-Identifier: Apache-2.0
"""A poll mends a wrong clock, by signed time and by nothing else.

Rules: real TLS and a real spool; the collector or the device has the wrong time.
Not here: the floors of a clock (`test_clock.py`), what else a poll brings
(`test_polling.py`).
"""

import time
from pathlib import Path

import pytest
from collector_fixture import problem
from installation_fixture import YEAR, Installation
from test_polling import held, joined

from agent import clock
from agent.delivery import polling
from agent.delivery.outside import Outside
from agent.errors import Problem, TrustError
from wire.crypto.signing import SigningKey
from wire.signed import SignedKind

pytestmark = pytest.mark.slow  # real TLS and commits that reach the disk


def test_a_wrong_clock_is_corrected(installation: Installation, tmp_path: Path) -> None:
    """A poll's signed time corrects the clock; the next poll states that time."""
    with joined(installation, tmp_path) as (collector, device, ask):
        ask(held(device), drift=-YEAR)
        ask(held(device), drift=-YEAR)
        known = clock.load_clock(device.spool)
    assert abs(known.offset - YEAR) < 10
    assert abs(collector.heard[1].time - time.time()) < 10


def test_a_collector_that_was_ahead_is_heard_again(
    installation: Installation, tmp_path: Path
) -> None:
    """After a collector's clock was ahead for a while, devices state the right time."""
    with joined(installation, tmp_path) as (collector, device, ask):
        collector.drift = YEAR
        ask(held(device))
        collector.drift = 0
        ask(None)
        ask(None)
    assert abs(collector.heard[-1].time - time.time()) < 10


def test_skew_is_mended_by_signed_time_only(
    installation: Installation, tmp_path: Path
) -> None:
    """A refusal's unsigned time changes nothing; signed time does."""
    drift = 2 * YEAR  # the system's clock, ahead; what was learned is forgotten
    with joined(installation, tmp_path) as (collector, device, ask):
        clock.store_clock(device.spool, clock.load_clock(device.spool), clock.Clock())
        collector.refusals = {"/v1/poll": [problem("clock-skew", 409)]}
        with pytest.raises(Problem):
            ask(held(device), drift=drift)
        assert clock.load_clock(device.spool) == clock.Clock()
        with polling.open_session(device.who, None) as session:
            known = polling.resynchronise(
                session, device, None, Outside(lambda: time.time() + drift)
            )
        assert clock.load_clock(device.spool) == known
    assert abs(clock.corrected(known, time.time() + drift) - time.time()) < 10


def test_false_time_is_refused(installation: Installation, tmp_path: Path) -> None:
    """An introduction by another key tells no time."""
    with joined(installation, tmp_path) as (collector, device, _):
        before = clock.load_clock(device.spool)
        collector.drift = YEAR
        collector.keys = {SignedKind.INTRODUCTION: SigningKey.generate()}
        with (
            polling.open_session(device.who, None) as session,
            pytest.raises(TrustError),
        ):
            polling.resynchronise(session, device, None)
        assert clock.load_clock(device.spool) == before
