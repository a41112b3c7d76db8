# SPDX-License-Identifier: Apache-2.0
"""How fuzzing went: a line for each target, which the tests too tell at their end.

Rules: a test hands its line on as a property, for it may run in a worker.
Not here: the fuzzing (`__main__.py`).
"""

from dataclasses import dataclass, field

import pytest

FUZZED = "fuzzed"
"""The property."""
HEAD = "target           runs  edges begun   new  MiB growth"


@dataclass(frozen=True, slots=True)
class Told:
    """How a run went.

    Attributes:
        name: the target.
        runs: inputs tried.
        ways: edges of our code that were reached.
        memory: MiB at the end.
        growth: MiB more than at the start.
        broken: the report of what broke; empty where nothing did.
        begun: how many inputs it began with.
        found: inputs beyond these that reached something new.
    """

    name: str
    runs: int
    ways: int
    memory: int
    growth: int
    broken: str
    begun: int
    found: frozenset[bytes] = field(repr=False)

    def __str__(self) -> str:
        """Return a line of the table."""
        return (
            f"{self.name:10} {self.runs:10,} {self.ways:6,} {self.begun:5,} "
            f"{len(self.found):5,} {self.memory:4} {self.growth:+6}"
            f"{'  BROKEN' if self.broken else ''}"
        )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of what was fuzzed, if anything was."""
    reports = [*terminalreporter.getreports("passed")]
    reports += terminalreporter.getreports("failed")
    lines = [
        str(line)
        for report in reports
        for name, line in report.user_properties
        if name == FUZZED
    ]
    if lines:
        terminalreporter.section("fuzzed; what is new is listed in build/fuzz")
        terminalreporter.write_line("\n".join([HEAD, *lines]))
