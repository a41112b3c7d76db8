# SPDX-License-Identifier: Apache-2.0
"""What devices said last: what costs a flush of the disk, and what does not."""

from dataclasses import replace

import pytest

from server.gate.said import Said
from server.store.chains import Heard
from wire.doing import Doing, OrderState

SAID = Heard(b"t" * 16, b"d" * 16, "1", "linux", b"i" * 16, 7, 5, 70, b"queue", 1_000)


def test_the_same_words_are_not_written_again() -> None:
    """A device whose own time alone goes on has said nothing new, for a while."""
    said = Said(seconds=240)
    said.wrote(SAID, 1_000)
    later = replace(SAID, stated=1_050)
    assert [said.again(later, now) for now in (1_050, 1_239, 1_240)] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    "other",
    [
        replace(SAID, device=b"e" * 16),
        replace(SAID, agent="2"),
        replace(SAID, incarnation=b"j" * 16),
        replace(SAID, sequence=8),
        replace(SAID, marked=6),
        replace(SAID, accepted=None),
        replace(SAID, queue=b"longer"),
        replace(SAID, doing=(Doing(b"o" * 16, OrderState.RUNNING),)),
    ],
)
def test_other_words_are_written(other: Heard) -> None:
    """Whatever a device says anew reaches the store with its poll."""
    said = Said()
    said.wrote(SAID, 1_000)
    assert not said.again(other, 1_001)


def test_a_clock_that_went_back_writes() -> None:
    """A time before the last writing is no reason to write nothing for long."""
    said = Said()
    said.wrote(SAID, 1_000)
    assert not said.again(SAID, 999)


def test_those_written_last_are_remembered() -> None:
    """What is remembered is bounded; who falls out of it is written once more."""
    said = Said(most=1)
    other = replace(SAID, device=b"e" * 16)
    said.wrote(SAID, 1_000)
    said.wrote(other, 1_000)
    assert (said.again(SAID, 1_001), said.again(other, 1_001)) == (False, True)
