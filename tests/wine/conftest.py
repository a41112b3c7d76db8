# SPDX-License-Identifier: Apache-2.0
"""Gives the tests of this folder Windows Python under Wine.

Rules: prepared once for all of them.
Not here: how (`tests/wine_fixture.py`).
"""

import pytest
from wine_fixture import Windows, prepared


@pytest.fixture(scope="session")
def windows() -> Windows:
    """Return Windows Python, prepared."""
    return prepared()
