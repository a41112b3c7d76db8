# SPDX-License-Identifier: Apache-2.0
"""What loading the collectors of an inventory loads with them.

Rules: seen in a process of its own, for this one has loaded all of it.
Not here: what the collectors say (`tests/contract/test_collectors.py`).
"""

import subprocess
import sys

import pytest

from agent.collectors import collector
from wire.errors import CatalogueError

APART = (
    "batteries",
    "certificates",
    "crashes",
    "disk_encryption",
    "disk_health",
    "event_counts",
    "event_logs",
    "event_templates",
    "host_metrics",
    "logins",
    "patches",
    "peripherals",
    "scheduled_tasks",
    "security_products",
    "security_settings",
    "software",
    "update_status",
)
_SCRIPT = """
import sys
from agent.collectors import collector
for name in sys.argv[1:]:
    collector(name)
inside = [n for n in sys.modules if n.startswith("agent.collectors._examples")]
parsers = {"patches", "peripherals", "batteries", "uninstall", "appx", "settings",
    "events", "load", "log", "logs", "logins", "crashes"}
windows = {f"agent.collectors._windows.{name}" for name in parsers}
print(*sorted({*inside, *(windows & sys.modules.keys())}))
"""


def test_a_pass_loads_no_examples_and_no_readers_of_windows() -> None:
    """Collectors of an inventory leave to their files what a pass has no use for."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *APART],
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize("name", APART)
def test_examples_apart_are_found(name: str) -> None:
    """Examples in a file of their own are the collector's, each once."""
    titles = [example.title for example in collector(name).examples]
    assert len(titles) >= 4
    assert len(titles) == len(set(titles))


def test_no_collector_of_that_name() -> None:
    """A name without a file is an error of the one who asks."""
    with pytest.raises((ModuleNotFoundError, CatalogueError)):
        collector("no_such_dataset")
