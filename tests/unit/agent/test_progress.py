# SPDX-License-Identifier: Apache-2.0
"""When an agent is stuck, and what its service says of it.

Rules: moments are handed in.
Not here: the loop itself (`test_hosted.py`).
"""

import errno
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from agent.budget import STILL_SECONDS
from agent.delivery.shipping import Link, start
from agent.errors import StateError
from agent.progress import Progress, excused, kept, told
from agent.state import State, read

LINK = replace(start(0.0, 0.0), not_before=0.0)


def waited(progress: Progress, *, waits: bool, sent: int = 0) -> bool:
    """Look for as long as it may wait; tell whether things move at its end."""
    step = STILL_SECONDS / 10
    for turn in range(11):
        progress.queue(turn * step, sent, waits=waits)
    return progress.moves(10 * step)


def test_what_waits_without_a_reason_is_stuck() -> None:
    """Envelopes that nothing keeps, and of which none leaves, are found out."""
    assert not waited(Progress(), waits=True)
    assert waited(Progress(), waits=False)


def test_what_leaves_moves() -> None:
    """One envelope that leaves is enough: the rest is a backlog."""
    progress = Progress()
    progress.queue(0.0, 0, waits=True)
    progress.queue(STILL_SECONDS - 1, 1, waits=True)
    assert progress.moves(STILL_SECONDS + 1)
    progress.queue(STILL_SECONDS + 2, 1, waits=True)
    assert progress.moves(STILL_SECONDS + 3)


def test_passes_that_crash_one_after_another_are_stuck() -> None:
    """A pass that ends well, or not for a reason that has a name, begins it anew."""
    progress = Progress()
    progress.passed(0.0, crashed=True)
    progress.passed(STILL_SECONDS - 1, crashed=True)
    assert progress.moves(STILL_SECONDS - 1)
    assert not progress.moves(STILL_SECONDS)
    progress.passed(STILL_SECONDS, crashed=False)
    assert progress.moves(2 * STILL_SECONDS)


@pytest.mark.parametrize(
    ("link", "may_ship", "sentence"),
    [
        (LINK, True, "at work"),
        (LINK, False, "no valid policy is here: nothing is collected"),
        (
            replace(LINK, failures=2, reason="unreachable"),
            True,
            "the collector is not reached (unreachable); data stays here",
        ),
        (
            replace(LINK, failures=1, reason="failed", unwritable=True),
            True,
            "the disk takes nothing: discreet-agent doctor says what to do",
        ),
        (
            replace(LINK, stopped="revoked"),
            True,
            "the collector refuses this device (revoked); data stays here",
        ),
    ],
)
def test_a_reason_has_a_name(link: Link, sentence: str, *, may_ship: bool) -> None:
    """What keeps envelopes here is told, and no start anew is tried for it."""
    assert told(link, may_ship=may_ship) == sentence
    assert kept(link, 1.0, may_ship=may_ship) is (sentence != "at work")


def test_a_moment_that_was_set_is_a_reason() -> None:
    """Before the collector wants to be asked, or while the disk refuses, all waits."""
    assert kept(replace(LINK, not_before=9.0), 8.0, may_ship=True)
    assert not kept(replace(LINK, not_before=9.0), 9.0, may_ship=True)
    assert kept(replace(LINK, unwritable=True), 8.0, may_ship=True)


def test_a_crash_is_not_forgotten_while_passes_rest() -> None:
    """A rest has a name; the next crash after it is the second one, and not a first."""
    progress, later = Progress(), STILL_SECONDS + 60
    progress.passed(0.0, crashed=True)
    for moment in (60.0, later):
        progress.rests(moment)
        assert progress.moves(moment)
    progress.passed(later, crashed=True)
    assert not progress.moves(later)
    progress.rests(later + 1)  # what that crash has taken is owed too
    assert not progress.moves(later + 1)


def test_a_pass_that_ends_well_after_a_rest_forgets_a_crash() -> None:
    """The crash before a rest is made good as any other."""
    progress, later = Progress(), STILL_SECONDS + 60
    progress.passed(0.0, crashed=True)
    progress.rests(60.0)
    progress.passed(later, crashed=False)
    progress.passed(later + 60, crashed=True)
    assert progress.moves(later + 60)


def test_an_ill_disk_is_a_reason_for_a_while() -> None:
    """A process that sees a disk ill for long may see what is mounted no more."""
    progress, ill = Progress(), StateError("the spool cannot be opened")
    assert progress.failed(ill, 10.0)
    assert progress.failed(ill, STILL_SECONDS + 9)
    assert progress.moves(STILL_SECONDS + 9)
    assert progress.failed(ill, STILL_SECONDS + 10)
    assert not progress.moves(STILL_SECONDS + 10)


def test_one_turn_that_does_not_fail_begins_it_anew() -> None:
    """A disk that takes something now and then is used as it is."""
    progress, ill = Progress(), StateError("the spool cannot be opened")
    progress.failed(ill, 0.0)
    progress.turned()
    progress.failed(ill, STILL_SECONDS - 1)
    assert progress.moves(STILL_SECONDS)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_what_the_process_has_used_up_is_no_reason(number: int) -> None:
    """However it is worded further up: a start anew has descriptors and memory."""
    problem = StateError("mark.cbor cannot be read in the state directory")
    problem.__cause__ = OSError(number, "")
    assert not excused(problem)
    assert not excused(OSError(number, ""))


def test_memory_that_sqlite_lacks_is_no_reason() -> None:
    """SQLite tells it by a number of its own."""
    problem = StateError("the spool cannot be opened")
    problem.__cause__ = sqlite3.OperationalError("out of memory")
    problem.__cause__.sqlite_errorcode = sqlite3.SQLITE_NOMEM
    assert not excused(problem)


def test_a_defect_is_no_reason_and_a_disk_is_one(tmp_path: Path) -> None:
    """What cannot be read is of the machine, and not of the process."""
    assert not excused(ZeroDivisionError())
    state = State(tmp_path)
    state.mark.mkdir()
    with pytest.raises(StateError) as refused:
        read(state.mark, 1)
    assert excused(refused.value)
