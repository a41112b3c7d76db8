# SPDX-License-Identifier: Apache-2.0
"""Patches: updates that wait, and those that Windows has installed.

Rules: nothing is fetched: what was last known of updates is compared with what is
installed; who installed an update is not read; apps of a store are left out.
Not here: how old that knowledge is (`update_status.py`), installed packages of Linux
with their dates (`software.py`).
Sources: the package managers' own lists and programs (`_linux/apt.py`,
`_linux/updates.py`); on Windows Win32_QuickFixEngineering and the Windows Update Agent
(`_windows/patches.py`).
"""

from collections.abc import Iterator, Mapping

from agent.collectors._linux.updates import managers, read_updates
from agent.collectors._shared.declare import free_text, harmless, quasi
from agent.collectors._shared.gather import take
from agent.host.interface import Host
from agent.rows import Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "patches",
    Kind.SNAPSHOT,
    "Updates that wait to be installed, and installed updates of Windows.",
    ("package_manager", "uid", "architecture", "version"),
    (
        harmless("uid", TEXT, "Names the update: its KB number or its package."),
        harmless("title", TEXT, "Says in words what the update is for."),
        harmless("version", TEXT, "Says which version the update brings."),
        harmless("current_version", TEXT, "Says which version is to be replaced."),
        harmless("architecture", TEXT, "Tells packages of one name apart."),
        harmless("package_manager", TEXT, "Says which tool installs it."),
        harmless("security", ValueType.BOOLEAN, "Shows open security holes."),
        harmless("severity", TEXT, "Says which holes to close first."),
        harmless("install_state", TEXT, "Tells what waits from what failed."),
        quasi("install_time", ValueType.TIMESTAMP, "Says since when it is there."),
        free_text("source", "Says where it comes from: which repository."),
    ),
)


def _updates(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    for manager in managers(host):
        yield from read_updates(host, want, manager)


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each update that waits."""
    return take(want, _updates(host, want) if want.columns else ())


def read_windows(host: Host, want: Want) -> Reading:
    """Read the same of Windows."""
    from agent.collectors._windows import patches as there  # noqa: PLC0415 - Linux has no use of it

    return there.read_windows(host, want)


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}
