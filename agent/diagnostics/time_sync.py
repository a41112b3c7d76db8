# SPDX-License-Identifier: Apache-2.0
"""Time sync: is the clock right, and what keeps it so.

Rules: nothing is asked of a time server and nothing set.
Not here: the kernel's call (`agent/host/kernel_clock.py`).
Sources: adjtimex(2), names of running programs, systemd-timesyncd's file; the settings
of Windows' time service.
"""

from collections.abc import Mapping

from agent.collectors import processes, services
from agent.collectors._shared.declare import (
    harmless,
    only_linux,
    only_windows,
    quasi,
)
from agent.collectors._shared.gather import pick
from agent.collectors._windows.steps import registry, words
from agent.diagnostics import Case, Reader
from agent.diagnostics._shared.declare import asked_for
from agent.diagnostics._shared.probed import typed
from agent.errors import BudgetError, DeniedError, HostError, NotFoundError
from agent.host.interface import Host, ProbeVerb
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Example, Reading, Want
from wire.catalogue import System, ValueType
from wire.diagnostics import Checked
from wire.values import Value

TEXT = ValueType.TEXT
_KERNEL = (
    only_linux(
        harmless("synchronised", ValueType.BOOLEAN, "Shows a clock that runs freely.")
    ),
    only_linux(
        harmless("offset", ValueType.DOUBLE_SECONDS, "Shows how far it is corrected.")
    ),
    only_linux(
        harmless("error.maximum", ValueType.DOUBLE_SECONDS, "Shows how far it may be.")
    ),
)

DATASET = asked_for(
    "time_sync",
    "Whether the clock is right, and what keeps it so.",
    (
        *_KERNEL,
        harmless("daemon", TEXT, "Says which program keeps the time."),
        only_linux(
            quasi("last_sync", ValueType.TIMESTAMP, "Shows when it was last set.")
        ),
        only_windows(harmless("source", TEXT, "Tells a domain's time from others'.")),
        only_windows(harmless("state", TEXT, "Shows a service that does not run.")),
    ),
)

_DAEMONS = ("chronyd", "ntpd", "openntpd", "systemd-timesyn", "systemd-timesyncd")
_SYNCHRONISED = "/run/systemd/timesync/synchronized"
_SETTINGS = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\W32Time\\Parameters"
_SERVICE = "W32Time"
_SOURCES = {
    "nosync": "none",
    "ntp": "servers",
    "nt5ds": "domain",
    "allsync": "domain-and-servers",
}


def _kernel(host: Host, want: Want) -> dict[str, Value]:
    """Return what the kernel says; nothing where it does not tell."""
    types = {column.name: column.type for column in _KERNEL}
    wanted = want.columns & types.keys()
    if not wanted:
        return {}
    try:
        (row,) = host.ask_probe(ProbeVerb.CLOCK, wanted, {}).rows
    except (BudgetError, DeniedError):
        raise
    except (HostError, ValueError):
        return {}
    return {name: typed(text, types[name]) for name, text in row.items()}


def _daemon(host: Host, want: Want) -> str | None:
    name = "process.executable.name"
    asked = Want(frozenset({name}), want.now, deadline=want.deadline)
    found = processes.READERS[host.system](host, asked)
    running = {str(row.value(name)) for row in found.rows}
    return next((daemon for daemon in _DAEMONS if daemon in running), None)


def read_linux(host: Host, want: Want, given: Checked) -> Reading:
    """Read the one row of the clock."""
    del given
    if not want.columns:
        return Reading([])
    want.check()
    values = _kernel(host, want)
    if "daemon" in want:
        values["daemon"] = _daemon(host, want)
    if "last_sync" in want:
        try:
            values["last_sync"] = host.facts(_SYNCHRONISED).modified
        except (NotFoundError, DeniedError):
            values["last_sync"] = None
    return Reading([pick(want, values)])


def read_windows(host: Host, want: Want, given: Checked) -> Reading:
    """Read the one row of the time service."""
    del given
    if not want.columns:
        return Reading([])
    want.check()
    values: dict[str, Value] = {"daemon": _SERVICE}
    if "source" in want:
        kind = words(registry(host, _SETTINGS, "Type").get("Type")) or ""
        values["source"] = _SOURCES.get(kind.lower())
    if "state" in want:
        rows = windows(host).ask(Source.SERVICES, frozenset({"name", "state"}))
        mine = (row for row in rows if row.get("name") == _SERVICE)
        values["state"] = next(
            (services.parse_service(row)["state"] for row in mine), None
        )
    return Reading([pick(want, values)])


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

EXAMPLES = (
    Case(
        Example(
            System.LINUX,
            "chrony keeps it.",
            rows=(
                {
                    "synchronised": True,
                    "offset": -0.000012,
                    "error.maximum": 0.025,
                    "daemon": "chronyd",
                },
            ),
            files={"/proc/9/stat": b"9 (chronyd) S " + b"0 " * 25 + b"\n"},
            facts={
                "probe": {
                    "clock": (
                        {
                            "synchronised": "True",
                            "offset": "-0.000012",
                            "error.maximum": "0.025",
                        },
                    )
                }
            },
        ),
        {},
    ),
    Case(
        Example(
            System.LINUX,
            "A container whose kernel does not tell, and nobody keeps the time.",
            rows=({},),
            files={"/proc/1/stat": b"1 (init) S " + b"0 " * 25 + b"\n"},
        ),
        {},
    ),
    Case(
        Example(
            System.WINDOWS,
            "A member of a domain.",
            rows=({"daemon": "W32Time", "source": "domain", "state": "running"},),
            facts={
                "registry": {_SETTINGS: {"Type": "NT5DS"}},
                "services": ({"name": "W32Time", "state": 4},),
            },
        ),
        {},
    ),
    Case(
        Example(
            System.WINDOWS,
            "A service that does not run, of a kind that we do not know.",
            rows=({"daemon": "W32Time", "state": "stopped"},),
            facts={
                "registry": {_SETTINGS: {"Type": "odd"}},
                "services": ({"name": "W32Time", "state": 1},),
            },
        ),
        {},
    ),
)
