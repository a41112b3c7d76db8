# SPDX-License-Identifier: Apache-2.0
"""What Windows' log System says of a service: what the policy names, and no more.

Rules: the log is a recorded one; what is asked of it is looked at as well.
Not here: the rows in full (`agent/diagnostics/_examples/service_state.py`), Windows
itself (`tests/wine/test_wine_diagnostics.py`).
"""

from pathlib import Path

import pytest

from agent.diagnostics import Case, source
from agent.rows import Reading
from tests.diagnostic_fixture import columns_of, read
from tests.host_fixture import RecordingHost
from wire.catalogue import System

FOUND = source("service_state")
CASE = next(
    case
    for case in FOUND.examples
    if case.example.system is System.WINDOWS and "events" in case.example.facts
)
MANAGER = "Service Control Manager"
BOTH = " or ".join(
    f"(Provider[@Name='{name}'])" for name in (MANAGER, "Spooler", "Print Spooler")
)


def looked(folder: Path, **bounds: object) -> tuple[Reading, RecordingHost]:
    """Read the service's state; return the rows and the machine."""
    columns = columns_of(CASE, FOUND)
    return read(FOUND, CASE, columns, folder, **bounds)  # type: ignore[arg-type]  # of Want


@pytest.mark.parametrize(
    ("events", "identifiers", "queries"),
    [
        (
            None,
            ["7034", "2"],
            [f"*[System[({BOTH})]]"],
        ),
        (
            (f"{MANAGER}/7034", "Kernel-General/1"),
            ["7034"],
            [f"*[System[((Provider[@Name='{MANAGER}'] and EventID=7034))]]"],
        ),
        (("Kernel-General/*",), [], []),
        (("Application/*",), [], []),
    ],
    ids=["all", "one of the manager's", "another's", "another log's"],
)
def test_the_policy_says_which_events(
    events: tuple[str, ...] | None,
    identifiers: list[str],
    queries: list[str],
    tmp_path: Path,
) -> None:
    """An event that the policy does not name is not asked for, and is no row."""
    reading, host = looked(tmp_path, events=events)
    (state, *told) = reading.rows
    assert state.value("name") == "Spooler"
    assert [row.value("event.id") for row in told] == identifiers
    assert host.queries == queries


def test_without_lines_no_log_is_asked(tmp_path: Path) -> None:
    """Nought lines are none, and the log stays shut."""
    quiet = Case(CASE.example, {**CASE.given, "lines": "0"})
    reading, host = read(FOUND, quiet, columns_of(quiet, FOUND), tmp_path)
    assert (len(reading.rows), host.queries) == (1, [])


def test_no_message_is_made_where_none_is_wanted(tmp_path: Path) -> None:
    """With the time alone, an event's text is not even formatted."""
    reading, _ = read(FOUND, CASE, frozenset({"timestamp"}), tmp_path)
    assert [set(row.columns()) for row in reading.rows[1:]] == [{"timestamp"}] * 2
