# SPDX-License-Identifier: Apache-2.0
"""The agent's log.

Rules: one JSON line an event; no value gets in.
Not here: where a service manager puts it.
"""

import io
import json
import subprocess
import sys

import pytest

from agent.logs import Log


def test_an_event_is_one_line_of_json() -> None:
    """Event, level, time and fields are in one line."""
    file = io.StringIO()
    Log(file, clock=lambda: 12.5).warning("poll-failed", reason="unreachable", tries=3)
    assert json.loads(file.getvalue()) == {
        "event": "poll-failed",
        "level": "warning",
        "reason": "unreachable",
        "timestamp": 12.5,
        "tries": 3,
    }
    assert file.getvalue().count("\n") == 1


@pytest.mark.parametrize(
    "value", ["Ada Lovelace", "10.0.0.1", "fe80::1", "ü", "x" * 99]
)
def test_a_value_is_not_logged(value: str) -> None:
    """What is not a slug or a number does not reach the log, whatever the field."""
    file = io.StringIO()
    Log(file).failure("pass-failed", reason=value)
    assert value not in file.getvalue()
    assert json.loads(file.getvalue())["reason"] == "(withheld)"


def test_the_log_brings_no_asyncio() -> None:
    """Logging costs the resident agent neither asyncio nor rich."""
    script = (
        "import sys, agent.logs as logs; logs.Log().info('started');"
        "heavy = {'asyncio', 'rich', 'logging'} & set(sys.modules); print(heavy);"
        "import structlog; structlog.get_logger()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
