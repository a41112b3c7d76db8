# SPDX-License-Identifier: Apache-2.0
"""Services: what the machine starts by itself, and whether it runs.

Rules: descriptions, command lines and environments of units are not read; the part of
a unit's name after @ is apart, for it may hold a person's name; nor are the accounts
and programs of Windows' services.
Not here: processes (`processes.py`), timers (`scheduled_tasks.py`).
Sources: systemctl(1) list-units and list-unit-files; systemd.unit(5) folders;
the service control manager of Windows.
"""

import re
from collections.abc import Container, Iterator, Mapping

from agent.budget import UNIT_FILE_BYTES
from agent.collectors._linux.unit_files import MASK, find_units
from agent.collectors._shared.declare import (
    free_text,
    harmless,
    only_linux,
    only_windows,
)
from agent.collectors._shared.gather import take, text, there
from agent.collectors._windows.steps import fields_for, figure, words
from agent.errors import HostError, NotFoundError, UnsupportedError
from agent.host.interface import Host, Program
from agent.host.windows_door import windows
from agent.host.windows_named import Source as WindowsSource
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "services",
    Kind.SNAPSHOT,
    "Services: which are there, which start by themselves, which have failed.",
    ("name", "instance"),
    (
        harmless("name", TEXT, "Says which service it is."),
        only_linux(free_text("instance", "Tells copies of one service apart.", "drop")),
        harmless("state", TEXT, "Shows services that have failed."),
        only_linux(harmless("sub_state", TEXT, "Says how far a start has come.")),
        harmless("start_type", TEXT, "Shows services that would not start again."),
        only_windows(free_text("display_name", "Says what it is to a person.")),
        only_windows(
            harmless("exit_code", ValueType.COUNT, "Says why a service has stopped.")
        ),
    ),
)

_RUNNING = "/run/systemd/system"
_LIST = ("--type=service", "--plain", "--no-legend", "--no-pager", "--full")
UNITS = ("list-units", "--all", *_LIST)
UNIT_FILES = ("list-unit-files", *_LIST)
_FOLDERS = ("/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
_SUFFIX = ".service"
_TEMPLATE = "@.service"
"""A template does not run; its instances do, and take its start type."""
_INSTALL = b"[Install]"
_STATE_COLUMNS = ("state", "sub_state")
_UNIT_WORDS = 4
_WINDOWS_FIELDS = {
    "name": "name",
    "state": "state",
    "start_type": "start",
    "display_name": "display",
    "exit_code": "exit",
}
_AUTOMATIC = 2
_DELAYED = "automatic-delayed"
_NEVER_STARTED = 1077
"""ERROR_SERVICE_NEVER_STARTED, which is no reason."""
_WINDOWS_STATES: Mapping[int | None, str] = {
    1: "stopped",
    2: "starting",
    3: "stopping",
    4: "running",
    5: "continuing",
    6: "pausing",
    7: "paused",
}
_WINDOWS_STARTS: Mapping[int | None, str] = {
    0: "boot",
    1: "system",
    2: "automatic",
    3: "manual",
    4: "disabled",
}
"""winsvc.h: dwCurrentState and dwStartType."""
_SIGN_IN = re.compile(r"_[0-9a-f]{4,8}\Z")
"""Per-user services carry the number of their session, anew at each sign-in."""


def parse_units(data: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield name, state and sub-state of each service that list-units shows."""
    for raw in data.split(b"\n"):
        words = raw.lstrip(b" *\xe2\x97\x8f").split(None, _UNIT_WORDS)
        if len(words) < _UNIT_WORDS or words[1] == b"not-found":
            continue
        name = text(words[0])
        if name.endswith(_SUFFIX):
            yield name, text(words[2]), text(words[3])


def parse_unit_files(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield name and start type of each service that list-unit-files shows."""
    for raw in data.split(b"\n"):
        words = raw.split()
        if len(words) > 1 and words[0].endswith(_SUFFIX.encode()):
            yield text(words[0]), text(words[1])


def split_name(unit: str) -> tuple[str, str | None]:
    """Return a unit's name without its instance, and the instance."""
    stem = unit.removesuffix(_SUFFIX)
    name, at, instance = stem.partition("@")
    return f"{name}{at}{_SUFFIX}", instance or None


def _ask_systemd(host: Host, want: Want) -> dict[str, dict[str, Value]]:
    found: dict[str, dict[str, Value]] = {}
    start_types: dict[str, str] = {}
    if "start_type" in want or not want.any(*_STATE_COLUMNS):
        files = host.run(Program.SYSTEMCTL, *UNIT_FILES)
        start_types.update(parse_unit_files(files))
        found.update(
            (unit, {"start_type": kind})
            for unit, kind in start_types.items()
            if not unit.endswith(_TEMPLATE)
        )
    if want.any(*_STATE_COLUMNS):
        for unit, state, sub_state in parse_units(host.run(Program.SYSTEMCTL, *UNITS)):
            template = split_name(unit)[0]
            found[unit] = {
                "state": state,
                "sub_state": sub_state,
                "start_type": start_types.get(unit) or start_types.get(template),
            }
    return found


def _read_folders(host: Host, want: Want) -> dict[str, dict[str, Value]]:
    """Return the services on disk, for a machine whose systemd does not run."""
    folders = [folder for folder in _FOLDERS if there(host, folder)]
    if not folders:
        reason = "no-systemd"
        raise UnsupportedError(reason)
    units = find_units(host, folders, (_SUFFIX,), wants="start_type" in want)
    found: dict[str, dict[str, Value]] = {}
    for name, path in units.paths.items():
        want.check()
        found[name] = {}
        if "start_type" in want:
            enabled = name in units.wanted
            found[name]["start_type"] = _start_type(host, path, enabled=enabled)
    return found


def _start_type(host: Host, path: str, *, enabled: bool) -> str | None:
    """Return what systemctl would call the start type of a unit file."""
    if enabled:
        return "enabled"
    try:
        masked = host.link(path) == MASK
    except NotFoundError:  # a plain file
        masked = False
    else:
        if not masked:
            return "alias"
    if masked:
        return "masked"
    try:
        data = host.read(path, UNIT_FILE_BYTES)
    except HostError:
        return None
    return "disabled" if _INSTALL in data else "static"


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each service."""
    running = there(host, _RUNNING)
    found = _ask_systemd(host, want) if running else _read_folders(host, want)
    named = ((*split_name(unit), found[unit]) for unit in sorted(found))
    return take(
        want,
        (
            {"name": name, "instance": instance, **values}
            for name, instance, values in named
        ),
    )


def base_name(name: str, known: Container[str]) -> str:
    """Return a service's name without the number of one sign-in."""
    stem = _SIGN_IN.sub("", name)
    return stem if stem in known else name


def parse_service(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the columns of a service of Windows, but for its name."""
    start, exit_code = figure(row.get("start")), figure(row.get("exit"))
    delayed = start == _AUTOMATIC and row.get("delayed") is True
    display = words(row.get("display"))
    return {
        "state": _WINDOWS_STATES.get(figure(row.get("state"))),
        "start_type": _DELAYED if delayed else _WINDOWS_STARTS.get(start),
        "display_name": _SIGN_IN.sub("", display) if display else None,
        "exit_code": None if exit_code == _NEVER_STARTED else exit_code,
    }


def _windows_services(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    fields = fields_for(want, _WINDOWS_FIELDS) | {"name"}
    if "start_type" in want:
        fields |= {"delayed"}
    rows = windows(host).ask(WindowsSource.SERVICES, fields)
    known = {words(row.get("name")) or "" for row in rows}
    seen: set[str] = set()
    for row in rows:
        name = base_name(words(row.get("name")) or "", known)
        if name in seen or not name:
            continue
        seen.add(name)
        yield {"name": name, **parse_service(row)}


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each service that is no driver."""
    return take(want, _windows_services(host, want) if want.columns else ())


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

EXAMPLES = (
    Example(
        System.LINUX,
        "systemd 252 runs; one service failed, one is an instance for a person.",
        rows=(
            {
                "name": "backup@.service",
                "instance": "ada",
                "state": "active",
                "sub_state": "running",
                "start_type": "disabled",
            },
            {
                "name": "cups.service",
                "state": "failed",
                "sub_state": "failed",
                "start_type": "enabled",
            },
            {"name": "rescue.service", "start_type": "static"},
        ),
        files={f"{_RUNNING}/": b""},
        programs={
            " ".join(("systemctl", *UNITS)): b"backup@ada.service loaded active "
            b"running Backup of Ada Lovelace\n"
            b"  cups.service    loaded    failed failed CUPS Scheduler\n"
            b"gone.service not-found inactive dead gone.service\n",
            " ".join(("systemctl", *UNIT_FILES)): b"backup@.service disabled enabled\n"
            b"cups.service           enabled  enabled\nrescue.service static -\n",
        },
    ),
    Example(
        System.LINUX,
        "A container without a running systemd: unit files tell what would start.",
        rows=(
            {"name": "cron.service", "start_type": "enabled"},
            {"name": "getty@.service", "start_type": "disabled"},
            {"name": "mask.service", "start_type": "masked"},
            {"name": "sshd.service", "start_type": "alias"},
            {"name": "static.service", "start_type": "static"},
        ),
        files={
            "/usr/lib/systemd/system/cron.service": b"[Install]\n",
            "/usr/lib/systemd/system/getty@.service": b"[Unit]\n[Install]\n",
            "/usr/lib/systemd/system/static.service": b"\xff\xfe\0",
            "/usr/lib/systemd/system/cron.timer": b"[Install]\n",
        },
        links={
            "/etc/systemd/system/multi-user.target.wants/cron.service": "/usr/lib/x",
            "/etc/systemd/system/sshd.service": "/usr/lib/systemd/system/ssh.service",
            "/etc/systemd/system/mask.service": "/dev/null",
        },
    ),
    Example(
        System.LINUX,
        "Junk from systemctl is no service.",
        rows=(
            {
                "name": "\ufffd.service",
                "state": "\ufffd",
                "sub_state": "-",
            },
        ),
        files={f"{_RUNNING}/": b""},
        programs={
            " ".join(("systemctl", *UNITS)): b"\xff.service x \xff - y\n\0\n.. . . .\n",
            " ".join(("systemctl", *UNIT_FILES)): b"\n.service\n\xff\xff \xff\n",
        },
    ),
    Example(
        System.WINDOWS,
        "Two services, and one that each sign-in has its own copy of.",
        rows=(
            {
                "name": "Spooler",
                "state": "running",
                "start_type": "automatic",
                "display_name": "Print Spooler",
                "exit_code": 0,
            },
            {
                "name": "BITS",
                "state": "stopped",
                "start_type": "automatic-delayed",
                "exit_code": 1067,
            },
            {
                "name": "CDPUserSvc",
                "state": "stopped",
                "start_type": "automatic",
                "display_name": "Connected Devices Platform User Service",
            },
        ),
        facts={
            "services": (
                {
                    "name": "Spooler",
                    "state": 4,
                    "start": 2,
                    "delayed": False,
                    "display": "Print Spooler",
                    "exit": 0,
                },
                {"name": "BITS", "state": 1, "start": 2, "delayed": True, "exit": 1067},
                {
                    "name": "CDPUserSvc",
                    "state": 1,
                    "start": 2,
                    "display": "Connected Devices Platform User Service_3f2a1",
                    "exit": 1077,
                },
                {"name": "CDPUserSvc_3f2a1", "state": 4, "start": 2},
            )
        },
    ),
    Example(
        System.WINDOWS,
        "Numbers that Windows does not have, and a name that only looks like a copy.",
        rows=(
            {"name": "odd_12345"},
            {"name": "other", "state": "paused", "start_type": "manual"},
        ),
        facts={
            "services": (
                {"name": "odd_12345", "state": 99, "start": "x", "exit": -1},
                {"name": "other", "state": 7, "start": 3, "delayed": True},
                {"name": "", "state": 4, "start": 2},
            )
        },
    ),
)
