# SPDX-License-Identifier: Apache-2.0
"""What holds for every test: in which order they run, and that none races a clock.

Rules: fast tests come first, for they fail soonest; then whatever may take longest, so
that two workers end together; Hypothesis judges what an example does, never how long it
takes, which is the machine's affair.
Not here: any fixture.
"""

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "unhurried",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("unhurried")

LONG = ("slow", "e2e", "fault", "packaging", "wine", "browser", "postgres")
"""Marks of tests that `make check` leaves out."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put fast tests first, then slow ones by how long they may take."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[bool, int]:
    if not any(item.get_closest_marker(name) for name in LONG):
        return False, 0
    most = item.get_closest_marker("timeout")
    return True, -int(most.args[0]) if most else 0
