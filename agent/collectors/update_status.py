# SPDX-License-Identifier: Apache-2.0
"""Update status: how many updates wait, as known when, and is a restart due.

Rules: one row for each package manager; nothing is fetched; from the logs of updates
only a time is taken.
Not here: which updates they are (`patches.py`).
Sources: the package managers' lists and logs; on Windows the Update Agent, the results
of Auto Update in the registry, and the keys that ask for a restart.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC

from agent.collectors._linux.restart import restart_reasons
from agent.collectors._linux.updates import Manager, present, read_updates
from agent.collectors._linux.upgrade_logs import last_update
from agent.collectors._shared.clock import Clock, local_clock
from agent.collectors._shared.declare import harmless, quasi
from agent.collectors._shared.gather import take
from agent.collectors._windows.steps import figure, registry, words
from agent.errors import BudgetError, DeniedError, HostError, NotFoundError
from agent.host.interface import Host
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT, COUNT, TIMESTAMP = ValueType.TEXT, ValueType.COUNT, ValueType.TIMESTAMP

DATASET = Dataset(
    "update_status",
    Kind.SNAPSHOT,
    "How well the machine is kept up to date, and whether a restart is due.",
    ("package_manager",),
    (
        harmless("package_manager", TEXT, "Says which tool installs updates."),
        harmless("pending", COUNT, "Shows machines that fall behind."),
        harmless("pending_security", COUNT, "Shows open security holes."),
        quasi("lists_time", TIMESTAMP, "Says how old the knowledge of updates is."),
        quasi("update_time", TIMESTAMP, "Shows machines that no longer update."),
        harmless("pending_reboot", ValueType.BOOLEAN, "Shows updates not in force."),
        harmless("pending_reboot_reason", TEXT, "Says what the restart is for."),
    ),
)

_COUNTS = ("pending", "pending_security")
_REBOOT = ("pending_reboot", "pending_reboot_reason")
_WAITING = frozenset({"pending", "downloaded"})
_RESULTS = (
    "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update"
    "\\Results"
)
_WINDOWS = "windows"
_LAST = "LastSuccessTime"
_REASONS = {
    "servicing": "component-servicing",
    "updates": "windows-update",
    "renames": "file-renames",
}


def count(rows: Iterable[Mapping[str, Value]]) -> dict[str, Value]:
    """Return how many updates wait: packages, and holes that they would close.

    A patch that zypper lists beside its packages counts as a hole, not as an update
    more; its packages say nothing of security.
    """
    pending = security = 0
    for row in rows:
        if row.get("install_state") in _WAITING:
            known = row.get("security")
            pending += row.get("package_manager") != "zypper" or known is None
            security += known is True
    return {"pending": pending, "pending_security": security}


def _reboot(reasons: list[str]) -> dict[str, Value]:
    return {
        "pending_reboot": bool(reasons),
        "pending_reboot_reason": ",".join(reasons) or None,
    }


def _newest(host: Host, paths: Iterable[str]) -> int | None:
    """Return when the newest of the paths was written."""
    found: list[int] = []
    for path in paths:
        with suppress(NotFoundError, DeniedError):
            found.append(host.facts(path).modified)
    return max(found, default=None)


def _row(host: Host, want: Want, manager: Manager) -> dict[str, Value]:
    row: dict[str, Value] = {"package_manager": manager.name}
    lists = manager.lists(host) if want.any("lists_time", *_COUNTS) else ()
    if lists and want.any(*_COUNTS):
        columns = {"install_state"}
        columns |= {"security"} if "pending_security" in want else set()
        asked = replace(want, columns=frozenset(columns))
        row |= count(read_updates(host, asked, manager))
    if "lists_time" in want:
        row["lists_time"] = _newest(host, lists)
    if "update_time" in want:
        clock = local_clock(host, want.now)
        row["update_time"] = last_update(host, manager.name, clock)
    return row


def _linux(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    found = present(host)
    reboot = _reboot(restart_reasons(host)) if want.any(*_REBOOT) else {}
    for manager in [item for item in found if item.lists(host)] or found[:1]:
        yield {**_row(host, want, manager), **reboot}


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each package manager that has lists, else for the first."""
    return take(want, _linux(host, want) if want.columns else ())


def parse_result(value: Value) -> int | None:
    """Return the time of LastSuccessTime, which Auto Update writes in UTC."""
    return Clock(UTC, 0).seconds((words(value) or "").encode())


def _results(host: Host, name: str, field: str) -> int | None:
    """Return a time from the registry, or from the Update Agent of newer systems."""
    key = f"{_RESULTS}\\{name}"
    found = parse_result(registry(host, key, _LAST).get(_LAST))
    if found is not None:
        return found
    try:
        rows = windows(host).ask(Source.UPDATE_TIMES, frozenset({field}))
    except BudgetError:
        raise
    except HostError:
        return None
    return next((figure(row.get(field)) for row in rows), None)


def _windows_counts(host: Host, want: Want) -> dict[str, Value]:
    from agent.collectors._windows import patches as windows_patches  # noqa: PLC0415 - Linux has no use of it

    fields = {"severity", "categories"} if "pending_security" in want else set()
    try:
        return count(windows_patches.waiting(host, frozenset(fields)))
    except BudgetError:
        raise
    except HostError:  # the rest of the row is worth having
        return {}


def _windows_row(host: Host, want: Want) -> Mapping[str, Value]:
    row: dict[str, Value] = {"package_manager": _WINDOWS}
    if want.any(*_COUNTS):
        row |= _windows_counts(host, want)
        want.check()
    if "lists_time" in want:
        row["lists_time"] = _results(host, "Detect", "searched")
    if "update_time" in want:
        row["update_time"] = _results(host, "Install", "installed")
    if want.any(*_REBOOT):
        told = windows(host).ask(Source.PENDING_RESTART, frozenset(_REASONS))
        row |= _reboot([_REASONS[n] for row in told for n in _REASONS if row.get(n)])
    return row


def read_windows(host: Host, want: Want) -> Reading:
    """Read the one row of Windows Update."""
    return take(want, (_windows_row(host, want),) if want.columns else ())


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}
