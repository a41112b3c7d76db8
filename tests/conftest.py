# SPDX-License-Identifier: Apache-2.0
"""What holds for every test: in which order they run, and that none races a clock.

Rules: fast tests come first, for they fail soonest; then whatever may take longest; a
fault's short and many tests come last, so that all workers end together. One worker has
a file's tests, for they share what is made for them; faults are given out one by one.
Hypothesis judges what an example does, never how long it takes. A program that a test
runs within itself changes nothing for the tests after it.
Not here: any fixture.
"""

import gc
import os
import tempfile

import pytest
from ci_skips import pytest_runtest_makereport as pytest_runtest_makereport  # noqa: PLC0414 - a hook of all tests
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests import inconclusive
from tests.fuzz import told

settings.register_profile(
    "unhurried",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("unhurried")

UMASK = 0o022
"""What is written for tests is everybody's to read, as on most machines."""
LONG = ("slow", "e2e", "packaging", "wine", "browser", "postgres")
"""Marks of tests that `make check` leaves out, beside faults."""
ALONE = "tests/fault/"


class ByFile(LoadScopeScheduling):
    """Gives each worker a file's tests at a time, or one test of faults."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(ALONE) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Keep the order of the tests."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how fuzzing went, and what could not be judged."""
    told.pytest_terminal_summary(terminalreporter)
    inconclusive.pytest_terminal_summary(terminalreporter)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put fast tests first, then slow ones by how long they may take."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[int, int]:
    """Return a test's place: of one group, what may take longest is before others."""
    if any(item.get_closest_marker(name) for name in LONG):
        most = item.get_closest_marker("timeout")
        return (1, -int(most.args[0])) if most else (2, 0)
    return (3 if item.get_closest_marker("fault") else 0), 0


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Take back what programs of ours did to the whole process."""
    os.umask(UMASK)
    gc.enable()
    tempfile.tempdir = None
