# SPDX-License-Identifier: Apache-2.0
"""A machine of which somebody was erased shows what one shows that never had them.

Rules: the stories that `make fault` plays two thousand of; here are the first.
Not here: the stories (`tests/model/erasing`).
"""

import pytest

from tests.model.erasing.__main__ import piece


@pytest.mark.slow
def test_the_erased_were_never_there() -> None:
    """No reading, with blocks or without, tells the two machines apart."""
    acts, wrong = piece(0, 60)
    assert wrong == []
    assert min(acts["replaced"], acts["again"], acts["compared"], acts["blocks"]) > 0
