# SPDX-License-Identifier: Apache-2.0
"""Forged, altered and replayed orders, a few thousand of each run's.

Rules: each is drawn from its seed; what is good beside them stays good.
Not here: a hundred thousand (`python -m tests.model.orders`), one reason at a time
(`test_orders_judging.py`).
"""

import pytest

from tests.model.orders.__main__ import tries

pytestmark = pytest.mark.slow


def test_no_forged_order_is_obeyed() -> None:
    """None runs, for whatever reason it is refused, and no good one is lost."""
    found = tries(4_500)
    assert found["tries"] == 4_500
    assert (found["obeyed"], found["lost"]) == (0, 0)
    assert sum(name.startswith("reason ") for name in found) > 15


def test_a_device_that_trusts_a_server_s_key_is_found() -> None:
    """The same forgeries get through where a server's keys stand for technicians'."""
    assert tries(4_500, trusting=True)["obeyed"] > 0
