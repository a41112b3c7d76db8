# SPDX-License-Identifier: Apache-2.0
"""Timers of systemd: when they are due, what they start, when they last did.

Rules: of the started service only its user and its program's name are read, and only
where one of them is wanted; when a timer last ran is known of those that systemd keeps
a stamp of (Persistent=true).
Not here: cron (`scheduled_tasks.py`).
Sources: systemd.timer(5), systemd.service(5).
"""

import re
from collections.abc import Iterator, Mapping

from agent.collectors._linux.unit_files import Units, find_units, unit_settings
from agent.collectors._shared.gather import there
from agent.errors import DeniedError, NotFoundError
from agent.host.command_name import program_of_start
from agent.host.interface import Host
from agent.rows import Want
from wire.values import Value

FOLDERS = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
STAMPS = "/var/lib/systemd/timers"
KIND = "systemd-timer"

_TIMER, _SERVICE = ".timer", ".service"
_STARTS = (
    "OnActiveSec",
    "OnBootSec",
    "OnCalendar",
    "OnStartupSec",
    "OnUnitActiveSec",
    "OnUnitInactiveSec",
)
_WORDS = (
    "annually|anually|daily|hourly|infinity|minutely|monthly|quarterly|semiannually"
    "|weekly|yearly|bi-annually|biannually|(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sun"
    "|sat(?:ur)?)(?:day)?|[uµ]s(?:ec)?|ms(?:ec)?|s(?:ec(?:onds?)?)?|m(?:in(?:utes?)?)?"
    "|h(?:r|ours?)?|d(?:ays?)?|w(?:eeks?)?|months?|y(?:ears?)?|utc|gmt"
)
_AREAS = (
    "Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific"
)
_WHEN = re.compile(
    rf"(?:[0-9 *,/:.~+-]|(?<![A-Za-z])(?i:{_WORDS})(?![A-Za-z])"
    rf"|(?<![A-Za-z])(?:{_AREAS})(?:/[A-Z][A-Za-z_]*){{1,2}}){{1,128}}\Z"
)
"""A calendar event or a span of time; anything else is not understood."""
_SERVICE_COLUMNS = ("program", "run_as")


def timers(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    """Yield the wanted values of each timer that can run."""
    folders = [folder for folder in FOLDERS if there(host, folder)]
    units = find_units(host, folders, (_TIMER, _SERVICE), wants=True)
    listed = {name for name in units.paths if name.endswith(_TIMER)}
    listed |= {
        name
        for name in units.wanted
        if name.endswith(_TIMER) and template(name) in units.paths
    }
    for name in sorted(listed):
        want.check()
        if name.endswith(f"@{_TIMER}"):  # a template does not run, its instances do
            continue
        yield _timer(host, want, units, name)


def template(name: str) -> str:
    """Return the unit that an instance is made of; the name itself for any other."""
    stem, dot, suffix = name.rpartition(".")
    prefix, at, _ = stem.partition("@")
    return f"{prefix}@{dot}{suffix}" if at else name


def _timer(host: Host, want: Want, units: Units, name: str) -> Mapping[str, Value]:
    values: dict[str, Value] = {
        "name": name,
        "kind": KIND,
        "enabled": name in units.wanted,
    }
    if want.any("schedule", *_SERVICE_COLUMNS):
        own = name if name in units.paths else template(name)
        schedule, unit = _about(unit_settings(host, units, own, "Timer"))
        values["schedule"] = schedule
        if want.any(*_SERVICE_COLUMNS):
            service = unit or name.removesuffix(_TIMER) + _SERVICE
            values |= _service(host, units, service)
    if "last_run" in want:
        values["last_run"] = _stamp(host, name)
    return values


def _about(settings: Iterator[tuple[str, str]]) -> tuple[str | None, str | None]:
    """Return when a timer is due, and the unit it names; an empty value clears."""
    found: list[tuple[str, str]] = []
    unit = None
    for name, value in settings:
        if name == "Unit":
            unit = value or None
        elif name in _STARTS and not value:
            found = [item for item in found if item[0] != name]
        elif name in _STARTS and _WHEN.match(value):
            found.append((name, value))
    return "; ".join(f"{name}={value}" for name, value in found) or None, unit


def _service(host: Host, units: Units, service: str) -> Mapping[str, Value]:
    """Return whose rights a service has, and the name of its program."""
    own = service if service in units.paths else template(service)
    if own not in units.paths:
        return {}
    user, program = "root", None
    for name, value in unit_settings(host, units, own, "Service"):
        if name == "User":
            user = value or "root"
        elif name == "ExecStart":
            program = (program or program_of_start(value)) if value else None
    return {"run_as": user, "program": program}


def _stamp(host: Host, name: str) -> int | None:
    try:
        return host.facts(f"{STAMPS}/stamp-{name}").modified
    except (NotFoundError, DeniedError):
        return None
