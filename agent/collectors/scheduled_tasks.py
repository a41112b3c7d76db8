# SPDX-License-Identifier: Apache-2.0
"""Scheduled tasks: what the machine does by itself, when, and whether it went well.

Rules: of a command only its program's name is ever held: arguments, assignments and
folders do not leave the host's side; what a job is fed, its author and its text are
not read; at's files, which hold an environment, are not opened.
Not here: services (`services.py`), user timers of systemd, tasks of a database.
Sources: crontab(5), anacrontab(5), run-parts folders, systemd.timer(5), at's queue;
the Task Scheduler of Windows. When a job of cron is next due, or last was, no file
tells.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from agent.budget import CRONTAB_BYTES, SMALL_FILE_BYTES
from agent.collectors._linux.timers import FOLDERS as UNIT_FOLDERS
from agent.collectors._linux.timers import timers
from agent.collectors._shared.declare import direct, free_text, harmless, quasi
from agent.collectors._shared.gather import number, take, text, there, user_names
from agent.collectors._windows.steps import fields_for, figure, words
from agent.errors import (
    BudgetError,
    DeniedError,
    HostError,
    NotFoundError,
    UnsupportedError,
)
from agent.host import crontabs
from agent.host.command_name import program_of_command
from agent.host.crontabs import first, numbered, parse_crontab
from agent.host.interface import Host, RootVerb
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT, TIME = ValueType.TEXT, ValueType.TIMESTAMP

_WINDOWS_ONLY = (System.WINDOWS,)

DATASET = Dataset(
    "scheduled_tasks",
    Kind.SNAPSHOT,
    "Scheduled tasks: what runs by itself, when, as whom.",
    ("kind", "name", "run_as"),
    (
        free_text("name", "Lets a technician find the task that is meant."),
        harmless("kind", TEXT, "Says who starts it: cron, systemd, Task Scheduler."),
        harmless("enabled", ValueType.BOOLEAN, "Shows tasks that will not run."),
        harmless("schedule", TEXT, "Shows when it is to run."),
        harmless("next_run", TIME, "Shows when it is due."),
        quasi("last_run", TIME, "Shows tasks that have stopped running."),
        replace(
            harmless("last_result", ValueType.INTEGER, "Shows tasks that fail."),
            systems=_WINDOWS_ONLY,
        ),
        direct("run_as", "user", "Shows with whose rights it runs."),
        free_text("program", "Says what it runs, without arguments or folder."),
    ),
)

_CRONTAB, _FOLDER = "/etc/crontab", "/etc/cron.d"
_PARTS: Mapping[str, str] = {
    "/etc/cron.hourly": "@hourly",
    "/etc/cron.daily": "@daily",
    "/etc/cron.weekly": "@weekly",
    "/etc/cron.monthly": "@monthly",
    "/etc/cron.yearly": "@yearly",
    "/etc/periodic/15min": "*/15 * * * *",
    "/etc/periodic/hourly": "@hourly",
    "/etc/periodic/daily": "@daily",
    "/etc/periodic/weekly": "@weekly",
    "/etc/periodic/monthly": "@monthly",
}
"""Folders of programs: Debian's, Red Hat's and openSUSE's, then Alpine's."""
_ANACRONTAB, _ANACRON, _SPOOL = (
    "/etc/anacrontab",
    "/usr/sbin/anacron",
    ("/var/spool/anacron"),
)
_DAEMONS = (
    "/usr/sbin/cron",
    "/usr/sbin/crond",
    "/usr/bin/crond",
    "/usr/lib/systemd/system-generators/systemd-crontab-generator",
)
"""Debian's and openSUSE's, Red Hat's and busybox's, Arch's, systemd-cron: without one
of them nothing of cron's runs."""
_EXECUTABLE = 0o111
_PERIOD_WORDS = 3
_ANACRON_WORDS = 4


@dataclass(slots=True)
class _Seen:
    """What could not be told: lines of no known form, sources of other people."""

    skipped: int = 0


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each job of cron, anacron and at, and each timer.

    Raises:
        UnsupportedError: the machine has no scheduler.
    """
    if not want.columns:
        return Reading([])
    sources = (
        _CRONTAB,
        _FOLDER,
        *_PARTS,
        _ANACRONTAB,
        *crontabs.TABLES,
        *UNIT_FOLDERS,
    )
    if not any(there(host, path) for path in sources):
        reason = "no-scheduler"
        raise UnsupportedError(reason)
    seen = _Seen()
    reading = take(want, _jobs(host, want, seen))
    return replace(reading, skipped=seen.skipped)


def _jobs(host: Host, want: Want, seen: _Seen) -> Iterator[Mapping[str, Value]]:
    enabled = "enabled" in want and any(there(host, path) for path in _DAEMONS)
    yield from _tables(host, seen, enabled=enabled)
    yield from _parts(host, want, seen, enabled=enabled)
    yield from _anacron(host, want, seen)
    yield from _of_people(host, want, seen, enabled=enabled)
    yield from timers(host, want)


def _tables(host: Host, seen: _Seen, *, enabled: bool) -> Iterator[dict[str, Value]]:
    """Yield the jobs of the tables whose lines name a user."""
    for path in (_CRONTAB, *(f"{_FOLDER}/{name}" for name in _listed(host, seen))):
        data = _table(host, path, seen)
        count = 0
        for job in parse_crontab(data, users=True):
            if job is None:
                seen.skipped += 1
                continue
            count += 1
            yield {
                "name": numbered(path, count),
                "kind": "cron",
                "enabled": enabled,
                **job,
            }


def _listed(host: Host, seen: _Seen) -> Iterator[str]:
    """Yield the tables of cron.d; cron passes over those that have a dot."""
    return (name for name in _names(host, _FOLDER, seen) if "." not in name)


def _names(host: Host, folder: str, seen: _Seen) -> Sequence[str]:
    try:
        return host.list(folder)
    except DeniedError:
        seen.skipped += 1
        return ()
    except NotFoundError:
        return ()


def _table(host: Host, path: str, seen: _Seen) -> bytes:
    try:
        return host.read(path, CRONTAB_BYTES)
    except NotFoundError:
        return b""
    except BudgetError:
        raise
    except HostError:  # not ours, a folder, or too large to be a table
        seen.skipped += 1
        return b""


def _parts(
    host: Host, want: Want, seen: _Seen, *, enabled: bool
) -> Iterator[dict[str, Value]]:
    """Yield the programs of the folders that run as a whole."""
    for folder, schedule in _PARTS.items():
        for name in _names(host, folder, seen):
            if name.startswith("."):
                continue
            runs = enabled and _executable(host, f"{folder}/{name}")
            yield {
                "name": f"{folder}/{name}",
                "kind": "cron",
                "enabled": runs if "enabled" in want else None,
                "schedule": schedule,
                "run_as": "root",
                "program": name,
            }


def _executable(host: Host, path: str) -> bool:
    try:
        return bool(host.facts(path).mode & _EXECUTABLE)
    except (NotFoundError, DeniedError):
        return False


def _anacron(host: Host, want: Want, seen: _Seen) -> Iterator[dict[str, Value]]:
    if not there(host, _ANACRONTAB):
        return
    enabled = "enabled" in want and there(host, _ANACRON)
    for job in parse_anacrontab(_table(host, _ANACRONTAB, seen)):
        if job is None:
            seen.skipped += 1
            continue
        yield {
            **job,
            "kind": "anacron",
            "enabled": enabled,
            "run_as": "root",
            "last_run": _last(host, str(job["name"])) if "last_run" in want else None,
        }


def parse_anacrontab(data: bytes) -> Iterator[dict[str, Value] | None]:
    """Yield name, schedule and program of each job; None for a line of no such form."""
    for raw in data[:SMALL_FILE_BYTES].split(b"\n"):
        line = raw.strip()
        if not line or line.startswith(b"#"):
            continue
        fields = line.split(None, _PERIOD_WORDS)
        period = text(fields[0])
        if len(fields) == _ANACRON_WORDS and (schedule := _period(period)):
            yield {
                "name": text(fields[2]),
                "schedule": schedule,
                "program": program_of_command(text(fields[3])),
            }
        elif b"=" not in line:
            yield None


def _period(period: str) -> str | None:
    """Return how often a job of anacron runs, in one form."""
    days = number(period)
    if days is not None:
        return f"every {days} days" if days != 1 else "@daily"
    known = period in {"@daily", "@weekly", "@monthly", "@yearly", "@annually"}
    return period if known else None


def _last(host: Host, job: str) -> int | None:
    """Return when anacron last ran a job: it then writes a file of the job's name."""
    if "/" in job:
        return None
    try:
        return host.facts(f"{_SPOOL}/{job}").modified
    except (NotFoundError, DeniedError):
        return None


def _of_people(
    host: Host, want: Want, seen: _Seen, *, enabled: bool
) -> Iterator[dict[str, Value]]:
    """Yield the jobs of people's own tables and of at; counted where not ours."""
    columns = want.columns & crontabs.COLUMNS
    folders = (first(host, crontabs.TABLES), first(host, crontabs.QUEUES))
    if not columns or not any(folders):
        return
    try:
        answered = host.ask_root(RootVerb.READ_CRONTABS, columns)
    except DeniedError:
        seen.skipped += sum(folder is not None for folder in folders)
        return
    owners = user_names(host) if "run_as" in want else {}
    for found in answered:
        yield parse_job(found, owners, enabled=enabled)


def parse_job(
    found: Mapping[str, str], owners: Mapping[int, str], *, enabled: bool
) -> dict[str, Value]:
    """Return the typed values of an answered job.

    Args:
        found: as the root side answers.
        owners: names of accounts by their numbers.
        enabled: whether cron is on this machine.
    """
    owner = number(found.get("run_as"))
    return {
        **found,
        "enabled": enabled if "enabled" not in found else True,
        "next_run": number(found.get("next_run")),
        "run_as": found.get("run_as") if owner is None else owners.get(owner),
    }


_WINDOWS_FIELDS = {
    "name": "name",
    "enabled": "enabled",
    "schedule": "triggers",
    "next_run": "next_run",
    "last_run": "last_run",
    "last_result": "last_result",
    "run_as": "run_as",
    "program": "program",
}
_TRIGGERS = {
    "0": "event",
    "1": "once",
    "2": "daily",
    "3": "weekly",
    "4": "monthly",
    "5": "monthly",
    "6": "idle",
    "7": "registration",
    "8": "boot",
    "9": "logon",
    "11": "session-change",
    "12": "custom",
}
"""TASK_TRIGGER_TYPE2 of taskschd.h; 5 is a day of the week of a month."""


def parse_task(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the values of one task of the Task Scheduler."""
    enabled = row.get("enabled")
    triggers = (words(row.get("triggers")) or "").split(",")
    kinds = dict.fromkeys(_TRIGGERS[item] for item in triggers if item in _TRIGGERS)
    return {
        "name": words(row.get("name")),
        "kind": "task-scheduler",
        "enabled": enabled if isinstance(enabled, bool) else None,
        "schedule": ", ".join(kinds) or None,
        "next_run": figure(row.get("next_run")),
        "last_run": figure(row.get("last_run")),
        "last_result": figure(row.get("last_result")),
        "run_as": words(row.get("run_as")),
        "program": words(row.get("program")),
    }


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each task that this account may see."""
    if not want.columns:
        return Reading([])
    fields = fields_for(want, _WINDOWS_FIELDS) | {"name"}
    return take(want, map(parse_task, windows(host).ask(Source.TASKS, fields)))


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}
