# SPDX-License-Identifier: Apache-2.0
"""Pending updates: which ones wait now, or those that close security holes.

Rules: nothing is fetched and nothing is installed.
Not here: how they are found (`agent/collectors/patches.py`).
"""

from collections.abc import Mapping

from agent.collectors import patches
from agent.diagnostics import Reader
from agent.diagnostics._shared.again import columns_of, read_again
from agent.diagnostics._shared.declare import asked_for, choice
from agent.host.interface import Host
from agent.rows import Reading, Want
from wire.catalogue import System
from wire.diagnostics import Checked
from wire.limits import MIB
from wire.values import Value

DATASET = asked_for(
    "pending_updates",
    "Which updates wait to be installed now.",
    columns_of(
        patches.DATASET,
        "uid",
        "title",
        "version",
        "current_version",
        "architecture",
        "package_manager",
        "security",
        "severity",
        "install_state",
        "source",
    ),
    choice(
        "only", "All of them, or those that close holes.", ("all", "security"), "all"
    ),
    seconds=60,
    processor=20,
    octets=768 * MIB,
)

_WAITING = frozenset({"pending", "downloaded"})


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each update that waits."""
    security = given.text("only") == "security"

    def choose(values: Mapping[str, Value]) -> Mapping[str, Value] | None:
        waits = values.get("install_state") in _WAITING
        return values if waits and (values.get("security") or not security) else None

    return read_again(
        host,
        want,
        patches.DATASET,
        patches.READERS,
        choose,
        frozenset({"install_state", "security"}),
    )


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}
