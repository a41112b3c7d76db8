# SPDX-License-Identifier: Apache-2.0
"""What is obeyed is checked once for as long as its files stay as they are.

Rules: a real state directory with a bundle that a collector signed.
Not here: the checks (`test_trust.py`), what a restriction takes away.
"""

import os
import time
from pathlib import Path

import pytest

from agent.errors import StateError
from agent.identity import load
from agent.obeyed import Obeyed, mark
from agent.state import State
from wire.purposes import Purpose

YEAR = 366 * 86_400


@pytest.fixture
def obeyed(state: State) -> Obeyed:
    """Return what remembers nothing yet."""
    return Obeyed(state, load(state))


def test_an_unchanged_bundle_is_checked_once(obeyed: Obeyed) -> None:
    """The second look gives what the first one has made."""
    now = int(time.time())
    first = obeyed.trust(now)
    assert first is not None
    assert obeyed.trust(now) is first
    assert obeyed.policy(first) is obeyed.policy(first)


def test_its_dates_are_looked_at_every_time(obeyed: Obeyed) -> None:
    """What was trusted a moment ago is not once its time is over, nor before it."""
    now = int(time.time())
    assert obeyed.trust(now) is not None
    assert obeyed.trust(now + YEAR) is None
    assert obeyed.trust(now - YEAR) is None
    assert obeyed.trust(now) is not None


def test_a_changed_bundle_is_checked(obeyed: Obeyed, state: State) -> None:
    """A bundle of the same size in which one bit differs is not obeyed."""
    now, octets = int(time.time()), bytearray(state.bundle.read_bytes())
    assert obeyed.trust(now) is not None
    octets[len(octets) // 2] ^= 1
    state.bundle.write_bytes(octets)
    assert obeyed.trust(now) is None
    state.bundle.unlink()
    assert obeyed.trust(now) is None


def test_a_bundle_behind_a_link_is_read_every_time(
    obeyed: Obeyed, state: State
) -> None:
    """Where a link leads may change, and nothing of it tells."""
    aside = state.bundle.rename(state.directory / "aside")
    state.bundle.symlink_to(aside)
    now = int(time.time())
    first = obeyed.trust(now)
    assert first is not None
    assert obeyed.trust(now) is not first


def test_a_restriction_counts_from_the_next_look(obeyed: Obeyed, state: State) -> None:
    """`local.toml` that comes, changes, is wrong or goes away is seen at once."""
    trust = obeyed.trust(int(time.time()))
    assert trust is not None
    whole = obeyed.policy(trust)
    state.restrictions.write_text('deny = ["purpose:support"]\n')
    assert obeyed.policy(trust).rules(Purpose.SUPPORT) != whole.rules(Purpose.SUPPORT)
    state.restrictions.write_text("deny = 7\n")
    for _ in range(2):  # what fails is not remembered
        with pytest.raises(StateError):
            obeyed.policy(trust)
    state.restrictions.unlink()
    assert obeyed.policy(trust) == whole


def test_what_cannot_be_told_apart_has_no_mark(tmp_path: Path) -> None:
    """A file has a mark that changes with it; none is empty; a folder has no mark."""
    file = tmp_path / "file"
    assert mark(file) == ()
    file.write_bytes(b"one")
    before = mark(file)
    assert before
    file.write_bytes(b"two")
    os.utime(file, ns=(1, 1))
    assert mark(file) not in {before, (), None}
    assert mark(tmp_path) is None
