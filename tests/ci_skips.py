# SPDX-License-Identifier: Apache-2.0
"""In CI no test of faults, packages or Windows is passed over for a false reason.

Rules: where CI is set, such a test that skips has failed, unless its reason is one of a
machine that forbids what the test needs, and that nobody who prepares it can give.
Elsewhere it skips, and says what is missing. A module of them may not skip as a whole.
Not here: what is installed for tests (`packaging/prepare-tests`).
"""

import os
from collections.abc import Generator

import pytest

OF = ("fault", "packaging", "wine")
"""Marks of the tests that this is about."""
HOLDS = (
    # a container that may not mount, or whose kernel boots no second systemd
    "systemd does not boot in systemd-nspawn here",
    "tmpfs cannot be mounted here",
    "overlay cannot be mounted here",
    # one without block devices, or whose kernel cannot be told of an error
    "no disk that falls ill can be had here",
)
"""How reasons begin that are the machine's, not of what is missing on it."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a failure of what should not have been skipped."""
    report = yield
    if (
        os.environ.get("CI")
        and report.skipped
        and any(map(item.get_closest_marker, OF))
    ):
        told = report.longrepr[-1] if isinstance(report.longrepr, tuple) else ""
        reason = str(told).removeprefix("Skipped: ")
        if not reason.startswith(HOLDS):
            report.outcome = "failed"
            report.longrepr = f"skipped in CI, where nothing may be missing: {reason}"
    return report
