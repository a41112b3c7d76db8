# SPDX-License-Identifier: Apache-2.0
"""What fuzzing began with and what it found is taken by each door.

Rules: the corpora alone, without a fuzzer, so that it is quick.
Not here: finding more (`tests/fault/test_fuzz.py`).
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.seeds import CORPUS, kept, read, seeds, written
from tests.fuzz.targets import TARGETS

MOST_BYTES = 512 * 1024
"""Of all that is kept: a repository has each version of it for ever."""


@pytest.mark.parametrize("name", TARGETS)
def test_every_input_is_taken(name: str) -> None:
    """No input breaks a promise, of those it began with and those it found."""
    begun, found = list(seeds(name)), kept(name)
    assert begun
    assert found
    for octets in (*begun, *found):
        TARGETS[name](octets)


def test_what_is_kept_is_small_and_of_a_door() -> None:
    """A corpus that has grown is to be made anew; one of no target is to go."""
    paths = list(CORPUS.iterdir())
    assert {path.name for path in paths} == {f"{name}.txt" for name in TARGETS}
    assert sum(path.stat().st_size for path in paths) <= MOST_BYTES


@given(st.lists(st.binary()))
def test_written_octets_are_read_again(inputs: list[bytes]) -> None:
    """Text gives back each input, once, whatever octets it has."""
    text = written(inputs)
    assert sorted(read(text)) == sorted(set(inputs))
    assert text.isascii()
    assert text.splitlines() == text.removesuffix("\n").split("\n")
