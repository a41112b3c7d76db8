# SPDX-License-Identifier: Apache-2.0
"""Hardware's pure parsers: any bytes give values, never an exception.

Rules: bytes in, values out; no host.
Not here: readers on recorded machines (`tests/contract/test_collectors.py`).
"""

from hypothesis import given
from hypothesis import strategies as st

from agent.collectors import batteries


@given(
    part=st.one_of(st.none(), st.integers(0, 2**63 - 1)),
    full=st.one_of(st.none(), st.integers(0, 2**63 - 1)),
)
def test_gauge(part: int | None, full: int | None) -> None:
    """A battery's gauge gives a number that can be, or none."""
    found = batteries.ratio(part, full)
    assert found is None or 0.0 <= found <= 2.0
