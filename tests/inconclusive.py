# SPDX-License-Identifier: Apache-2.0
"""What tests passed and could not judge, said in words at their end.

Rules: a test hands it on as a property, for it may run in a worker.
Not here: when a time cannot be judged (`unhindered.py`).
"""

import pytest

from tests.unhindered import INCONCLUSIVE


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what nobody could judge, if there is anything."""
    lines = [
        f"{report.nodeid}: {line}"
        for report in terminalreporter.getreports("passed")
        for name, line in report.user_properties
        if name == INCONCLUSIVE
    ]
    if lines:
        terminalreporter.section("inconclusive: this machine was too busy to tell")
        terminalreporter.write_line("\n".join(lines))
