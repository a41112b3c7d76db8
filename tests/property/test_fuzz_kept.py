# SPDX-License-Identifier: Apache-2.0
"""What fuzzing began with and what it found is taken by each door.

Rules: the corpora alone, without a fuzzer, so that it is quick.
Not here: finding more (`tests/fault/test_fuzz.py`).
"""

import pytest

from tests.fuzz.seeds import kept, seeds
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_every_input_is_taken(name: str) -> None:
    """No input of the corpus breaks a promise, and there are some."""
    inputs = [*seeds(name), *kept(name)]
    for octets in inputs:
        TARGETS[name].one(octets)
    assert len(inputs) >= 3
