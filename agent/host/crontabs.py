# SPDX-License-Identifier: Apache-2.0
"""Tables of cron, and the root side's reading of people's own tables and of at's queue.

Rules: of a command only its program's name leaves; assignments, comments and what a
job is fed are passed over; of at's jobs the files, which hold an environment, are not
opened; the parsers never raise.
Not here: what is made of the values (`agent/collectors/scheduled_tasks.py`).
Sources: crontab(5) of Debian's cron, cronie and busybox; at's `atspool` names.
"""

import re
from collections.abc import Iterator

from agent.budget import CRONTAB_BYTES, CRONTABS, TEXT_BYTES
from agent.errors import BudgetError, DeniedError, HostError, NotFoundError
from agent.host.command_name import program_of_command
from agent.host.interface import Host

TABLES = ("/var/spool/cron/crontabs", "/var/spool/cron/tabs", "/var/spool/cron")
"""Debian and Alpine, openSUSE, Red Hat: the first that is there counts."""
QUEUES = ("/var/spool/cron/atjobs", "/var/spool/atjobs", "/var/spool/at")
"""Debian, openSUSE, Red Hat."""
COLUMNS = frozenset(
    {"name", "kind", "enabled", "schedule", "next_run", "run_as", "program"}
)

_FIELD = (
    rb"(?:[0-9*,/~-]|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed"
    rb"|thu|fri|sat)){1,128}"
)
"""A line that lacks a field would have a person's name, or a command, in its place."""
_NAMED = (
    rb"@(?:annually|daily|every_minute|every_second|hourly|midnight|monthly|reboot"
    rb"|weekly|yearly)"
)
_LINE = re.compile(
    rb"-?((?=[0-9*~])(?:%b[ \t]+){4}%b|%b)[ \t]+(\S.*)" % (_FIELD, _FIELD, _NAMED),
    re.DOTALL,
)
_ASSIGNMENT = re.compile(rb"[\"']?[A-Za-z_]\w*[\"']?[ \t]*=")
_JOB = re.compile(r"[A-Za-z=]([0-9a-f]{5})([0-9a-f]{8})\Z")
_MINUTE = 60


def parse_crontab(data: bytes, *, users: bool) -> Iterator[dict[str, str] | None]:
    """Yield schedule, program and (where lines name one) user of each job.

    Args:
        data: the table.
        users: whether a line names the user before the command.

    Yields:
        The job's values, or None for a line that is no job of a known form.
    """
    for raw in data.split(b"\n"):
        line = raw.strip()
        if not line or line.startswith(b"#") or _ASSIGNMENT.match(line):
            continue
        yield _job(line, users=users)


def _job(line: bytes, *, users: bool) -> dict[str, str] | None:
    found = _LINE.match(line)
    if found is None:
        return None
    job = {"schedule": b" ".join(found[1].split()).decode("ascii")}
    command = found[2]
    if users:
        user, _, command = command.replace(b"\t", b" ").partition(b" ")
        job["run_as"] = _text(user)
    if not command.strip():
        return None
    program = program_of_command(_text(command))
    if program:
        job["program"] = program
    return job


def _text(data: bytes) -> str:
    return data[:TEXT_BYTES].decode("utf-8", "replace").replace("\0", "").strip()


def numbered(name: str, count: int) -> str:
    """Return the name of the nth job of one table."""
    return name if count == 1 else f"{name} ({count})"


def first(host: Host, folders: tuple[str, ...]) -> str | None:
    """Return the first folder that is there; None where there is none."""
    for folder in folders:
        try:
            host.facts(folder)
        except (NotFoundError, DeniedError):
            continue
        return folder
    return None


def read_crontabs(host: Host, columns: frozenset[str]) -> list[dict[str, str]]:
    """Return the asked columns of each job of a person's table and of at's queue."""
    return [
        {column: value for column, value in job.items() if column in columns}
        for job in (*_tables(host), *_queue(host))
    ]


def _tables(host: Host) -> Iterator[dict[str, str]]:
    folder = first(host, TABLES)
    for user in host.list(folder)[:CRONTABS] if folder else ():
        try:
            data = host.read(f"{folder}/{user}", CRONTAB_BYTES)
        except BudgetError:
            raise
        except HostError:  # a folder, removed since, or too large to be a table
            continue
        count = 0
        for job in parse_crontab(data, users=False):
            if job is not None:
                count += 1
                yield {
                    "name": numbered("crontab", count),
                    "kind": "cron",
                    "run_as": user,
                    **job,
                }


def _queue(host: Host) -> Iterator[dict[str, str]]:
    folder = first(host, QUEUES)
    for name in host.list(folder)[:CRONTABS] if folder else ():
        job = parse_at(name)
        if job is None:
            continue
        try:
            job["run_as"] = str(host.facts(f"{folder}/{name}").owner)
        except NotFoundError:  # it has just run
            continue
        yield job


def parse_at(name: str) -> dict[str, str] | None:
    """Return what the name of a file in at's queue says; None for another file."""
    found = _JOB.match(name)
    if found is None:
        return None
    return {
        "name": f"at job {int(found[1], 16)}",
        "kind": "at",
        "enabled": "True",
        "next_run": str(int(found[2], 16) * _MINUTE),
    }
