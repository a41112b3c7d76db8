# SPDX-License-Identifier: Apache-2.0
"""When an agent is stuck, and what its service says of it.

Rules: moments are handed in.
Not here: the loop itself (`test_hosted.py`).
"""

from dataclasses import replace

import pytest

from agent.budget import STILL_SECONDS
from agent.delivery.shipping import Link, start
from agent.progress import Progress, kept, told

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
