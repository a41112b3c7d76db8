# SPDX-License-Identifier: Apache-2.0
"""When a spool is looked at as a whole.

Rules: moments and costs are numbers that are handed in.
Not here: what a look finds (`test_spool_open.py`).
"""

import sqlite3

import pytest

from agent.budget import DISK_AGAIN_SECONDS
from agent.errors import StateError
from agent.spool.doubt import Doubt

LARGE = 3.0
"""Seconds of a processor: a queue that is full."""


def error(code: int) -> StateError:
    """Return what is raised where SQLite says so."""
    problem = StateError("the spool cannot be written")
    problem.__cause__ = sqlite3.OperationalError("so it is")
    problem.__cause__.sqlite_errorcode = code
    return problem


def looks(code: int, spent: float, hours: int) -> int:
    """Return how often an ill disk has it looked at, opened as often as it is tried."""
    doubt, count, moment = Doubt(), 0, 1_000.0
    while moment < 1_000.0 + hours * 3_600:
        if doubt.wants(moment):
            doubt.looked(moment, spent, sound=True)
            count += 1
        doubt.raised(error(code))
        moment += DISK_AGAIN_SECONDS
    return count


def test_it_is_looked_at_once() -> None:
    """Opened again without an error it is not looked at again."""
    doubt = Doubt()
    assert doubt.wants(0.0)
    doubt.looked(0.0, LARGE, sound=True)
    assert not doubt.wants(1e9)


@pytest.mark.parametrize(
    "code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_READONLY]
)
def test_a_disk_that_refuses_has_it_looked_at_now_and_then(code: int) -> None:
    """Whatever it refuses, looks at a large queue take no hundredth of a processor."""
    count = looks(code, LARGE, hours=10)
    assert count > 1
    assert count * LARGE / 36_000 < 0.01


def test_a_small_one_is_looked_at_after_each_error() -> None:
    """Where a look costs nothing there is no reason to wait."""
    tries = 3_600 / DISK_AGAIN_SECONDS
    assert looks(sqlite3.SQLITE_IOERR, 0.01, hours=1) == tries


def test_what_says_to_be_damaged_is_looked_at_at_once() -> None:
    """Damage is mended when it is found, however large the queue."""
    doubt = Doubt()
    doubt.looked(0.0, LARGE, sound=True)
    doubt.raised(error(sqlite3.SQLITE_IOERR))
    assert not doubt.wants(1.0)
    doubt.raised(error(sqlite3.SQLITE_CORRUPT))
    assert doubt.wants(1.0)


def test_a_look_that_failed_is_paid_for_as_well() -> None:
    """A disk that refuses in the middle of a look has cost it all the same."""
    doubt = Doubt()
    doubt.looked(0.0, LARGE, sound=False)
    assert not doubt.wants(1.0)
    assert doubt.wants(10_000.0)


def test_damage_is_not_believed_at_once_where_a_disk_broke_a_look_off() -> None:
    """SQLite says so of each page that is refused, and each shipment asks for it."""
    doubt = Doubt()
    doubt.looked(0.0, LARGE, sound=False, ill=True)
    doubt.raised(error(sqlite3.SQLITE_CORRUPT))
    assert not doubt.wants(1.0)
    assert doubt.wants(10_000.0)
    doubt.looked(10_000.0, LARGE, sound=True)
    doubt.raised(error(sqlite3.SQLITE_CORRUPT))
    assert doubt.wants(10_001.0)
