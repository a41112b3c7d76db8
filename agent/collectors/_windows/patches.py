# SPDX-License-Identifier: Apache-2.0
"""Patches of Windows: installed ones, failed ones, and those known to be missing.

Rules: who installed an update is not read; apps of the store are left out, for whoever
uses them chose them; a later word on an update replaces an earlier one; where one of
the three cannot be asked the others count.
Not here: the columns (`patches.py`), asking (`agent/host/windows_updates.py`),
examples (`_examples/windows_patches.py`).
Sources: Win32_QuickFixEngineering, IUpdateSearcher.QueryHistory and .Search.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from agent.collectors._shared.gather import take
from agent.collectors._windows.steps import figure, words
from agent.errors import BudgetError, HostError
from agent.host.interface import Host
from agent.host.windows_classes import WmiClass
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Reading, Want
from wire.values import Value

MANAGER = "windows"
_KB = re.compile(r"KB[0-9]{5,9}")
_VERSION = re.compile(r"\(Version ([0-9][0-9.]*)\)")
_STORE = re.compile(r"9[A-Z0-9]{11}-")
"""An app's number in the store, before its name."""
_SECURITY_FIX = "Security Update"
_SEVERITIES = frozenset({"critical", "important", "moderate", "low"})
_SECURITY = frozenset(
    {
        "0fa1201d-4330-4fa8-8ae9-b877473b6441",
        "e0789628-ce08-4437-be74-2495b842f43b",
    }
)
"""Categories of security updates and of definitions, as Microsoft numbers them."""
_INSTALLATION, _UNINSTALLATION = 1, 2
_SUCCEEDED = frozenset({2, 3})
_FAILED = frozenset({4, 5})
"""OperationResultCode: succeeded, with errors; failed, aborted."""
_UNIX = 11_644_473_600
_TICKS = 10_000_000
_FILE_TIME = 16
"""Old systems write a date as sixteen digits of a FILETIME."""


def parse_date(value: str | None) -> int | None:
    """Return the time of InstalledOn: "1/31/2024", or digits of a FILETIME."""
    if not value:
        return None
    try:
        if len(value) == _FILE_TIME:
            return max(0, int(value, 16) // _TICKS - _UNIX) or None
        day = datetime.strptime(value.partition(" ")[0], "%m/%d/%Y")  # noqa: DTZ007 - next line
        return int(day.replace(tzinfo=UTC).timestamp())
    except (ValueError, OverflowError):
        return None


def parse_fix(row: Mapping[str, Value]) -> dict[str, Value] | None:
    """Return the columns of a fix of the servicing store; None where it has no id."""
    uid = words(row.get("HotFixID"))
    if not uid:
        return None
    found: dict[str, Value] = {"uid": uid, "install_state": "installed"}
    if kind := words(row.get("Description")):
        found["security"] = kind == _SECURITY_FIX
    found["install_time"] = parse_date(words(row.get("InstalledOn")))
    return found


def _named(row: Mapping[str, Value]) -> dict[str, Value] | None:
    """Return what an update is called; None where it is an app, or has no name."""
    title = words(row.get("title")) or ""
    in_title = _KB.search(title)
    listed = (words(row.get("kb")) or "").partition(",")[0]
    number = f"KB{listed.removeprefix('KB')}" if listed else ""
    uid = number or (in_title[0] if in_title else "") or words(row.get("update"))
    if not uid or _STORE.match(title):
        return None
    version = _VERSION.search(title)
    return {
        "uid": uid,
        "title": title or None,
        "version": version[1] if version else None,
    }


def parse_entry(row: Mapping[str, Value]) -> dict[str, Value] | None:
    """Return the columns of an entry of the history.

    Its install_state is None where the update was taken off again; the whole is None
    where nothing came of it, or it is no update.
    """
    named = _named(row)
    operation, result = figure(row.get("operation")), figure(row.get("result"))
    if not named or result not in _SUCCEEDED | _FAILED:
        return None
    if operation == _UNINSTALLATION:
        return {**named, "install_state": None} if result in _SUCCEEDED else None
    if operation != _INSTALLATION:
        return None
    done = result in _SUCCEEDED
    return {
        **named,
        "install_state": "installed" if done else "failed",
        "install_time": figure(row.get("date")) if done else None,
    }


def parse_waiting(row: Mapping[str, Value]) -> dict[str, Value] | None:
    """Return the columns of a missing update; None where it is an app of the store."""
    named = _named(row)
    if not named:
        return None
    severity = (words(row.get("severity")) or "").lower()
    categories = (words(row.get("categories")) or "").lower().split(",")
    return {
        **named,
        "security": severity in _SEVERITIES or not _SECURITY.isdisjoint(categories),
        "severity": severity if severity in _SEVERITIES else None,
        "install_state": "downloaded" if row.get("downloaded") is True else "pending",
    }


@dataclass(slots=True)
class _Known:
    """What was found out so far; `reason` is that of the last source that failed."""

    rows: dict[Value, dict[str, Value]] = field(default_factory=dict)
    asked: int = 0
    failed: int = 0
    reason: HostError | None = None

    def ask(
        self, read: Callable[[], Iterator[Mapping[str, Value]]]
    ) -> list[Mapping[str, Value]]:
        """Return a source's rows; none where it cannot be asked."""
        self.asked += 1
        try:
            return list(read())
        except BudgetError:
            raise
        except HostError as error:
            self.failed += 1
            self.reason = error
            return []


def waiting(host: Host, fields: frozenset[str]) -> Iterator[dict[str, Value]]:
    """Yield the updates that the Update Agent knows to be missing."""
    for row in windows(host).ask(Source.UPDATES, fields | {"title", "kb", "update"}):
        if found := parse_waiting(row):
            yield found


def _fixes(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    asked = {"HotFixID"}
    asked |= {"Description"} if "security" in want else set()
    asked |= {"InstalledOn"} if "install_time" in want else set()
    yield from windows(host).wmi(WmiClass.QUICK_FIXES, frozenset(asked))


def _history(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    asked = {"title", "update", "operation", "result"}
    asked |= {"date"} if "install_time" in want else set()
    yield from windows(host).ask(Source.UPDATE_LOG, frozenset(asked))


def _waiting_fields(want: Want) -> frozenset[str]:
    fields = {"downloaded"} if "install_state" in want else set()
    if want.any("security", "severity"):
        fields |= {"severity", "categories"}
    return frozenset(fields)


def _join(known: _Known, entries: list[Mapping[str, Value]]) -> None:
    """Add the history, newest first, to what the servicing store holds."""
    seen: set[Value] = set()
    for entry in entries:
        found = parse_entry(entry)
        if not found or found["uid"] in seen:
            continue
        uid = found["uid"]
        seen.add(uid)
        fix = known.rows.get(uid)
        if fix is not None:
            added = ("title", "version", "install_time")
            known.rows[uid] = {**fix, **{k: found[k] for k in added if found.get(k)}}
        elif found["install_state"]:
            known.rows[uid] = found


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each installed, failed or missing update."""
    if not want.columns:
        return Reading([])
    known = _Known()
    for row in known.ask(lambda: _fixes(host, want)):
        if fix := parse_fix(row):
            known.rows[fix["uid"]] = fix
    want.check()
    _join(known, known.ask(lambda: _history(host, want)))
    want.check()
    missing = known.ask(lambda: waiting(host, _waiting_fields(want)))
    if known.reason and known.failed == known.asked:
        raise known.reason
    found = {row["uid"] for row in missing}
    rows = [
        row
        for row in known.rows.values()
        if row["install_state"] == "installed" or row["uid"] not in found
    ]
    reading = take(
        want, ({"package_manager": MANAGER, **row} for row in (*rows, *missing))
    )
    return Reading(reading.rows, skipped=known.failed, truncated=reading.truncated)
