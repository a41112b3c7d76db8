# SPDX-License-Identifier: Apache-2.0
"""Service state: how one service fares, and what it said last.

Rules: the service is one that the machine itself lists, so a name is never more than a
name; its command line and environment have no code path; which of its words may be read
the policy says, as for every log.
Stated limit: of Windows' logs it is the newest part of System that is looked through,
for what the service says there and what the service control manager says of it; many
services write logs of their own instead, of which none is read.
Not here: all services (`agent/collectors/services.py`), reading the journal
(`agent/collectors/_linux/journal.py`).
Sources: systemctl(1) list-units, list-unit-files and show; journalctl(1); the service
control manager of Windows, and its events 7000 to 7045, whose first value is the
service's display name.
"""

from collections.abc import Iterator, Mapping, Sequence

from agent.budget import LOG_ALIKE_ROWS
from agent.collectors import event_logs, services
from agent.collectors._linux.journal import (
    NAME_FIELDS,
    Question,
    has_journal,
    parse_entry,
)
from agent.collectors._shared.declare import (
    free_text,
    harmless,
    only_linux,
    only_windows,
    quasi,
)
from agent.collectors._shared.gather import number, pick, text, there
from agent.collectors._shared.listed import Listed
from agent.collectors._shared.log_rows import LogRows
from agent.collectors._windows.log import data_of, root_of, system_attribute
from agent.collectors._windows.logs import parse_event
from agent.collectors._windows.steps import fields_for, words
from agent.diagnostics import Reader
from agent.diagnostics._shared.again import columns_of
from agent.diagnostics._shared.declare import asked_for, whole
from agent.errors import DeniedError, NotFoundError, UnsupportedError
from agent.host.interface import Host, Program
from agent.host.windows_door import windows
from agent.host.windows_interface import Channel, EventFacts
from agent.host.windows_named import Source
from agent.host.windows_queries import EventKind
from agent.rows import Reading, Row, Want
from wire.catalogue import System, ValueType
from wire.diagnostics import Checked, Parameter, ParameterType
from wire.values import Value

TEXT, COUNT = ValueType.TEXT, ValueType.COUNT
_NAME = Parameter(
    "service",
    ParameterType.WORD,
    "Which service, as the machine calls it.",
    pattern=r"[A-Za-z0-9_][A-Za-z0-9:_.@\\-]*",
    longest=128,
)

DATASET = asked_for(
    "service_state",
    "How one service fares, and what it said last.",
    (
        harmless("name", TEXT, "Says which service it is."),
        only_linux(free_text("instance", "Tells copies of one service apart.", "drop")),
        harmless("state", TEXT, "Shows a service that has failed."),
        only_linux(harmless("sub_state", TEXT, "Says how far a start has come.")),
        harmless("start_type", TEXT, "Shows a service that would not start again."),
        only_linux(harmless("result", TEXT, "Says why it has stopped.")),
        harmless("exit_code", COUNT, "Says why it has stopped."),
        only_linux(harmless("restarts", COUNT, "Shows a service that keeps falling.")),
        only_linux(
            quasi("since", ValueType.TIMESTAMP, "Says since when it is in this state.")
        ),
        only_windows(free_text("display_name", "Says what it is to a person.")),
        *columns_of(
            event_logs.DATASET,
            "timestamp",
            "severity_number",
            "severity_text",
            "event.id",
            "message",
        ),
    ),
    _NAME,
    whole("lines", "How many of its last log lines.", 0, 200, 30),
)

_SUFFIX = ".service"
_MANAGER = "Service Control Manager"
_SHOWN = {
    "state": "ActiveState",
    "sub_state": "SubState",
    "start_type": "UnitFileState",
    "result": "Result",
    "exit_code": "ExecMainStatus",
    "restarts": "NRestarts",
    "since": "StateChangeTimestampMonotonic",
}
_NUMBERS = frozenset({"exit_code", "restarts"})
_LOG = frozenset(
    {"timestamp", "severity_number", "severity_text", "event.id", "message"}
)
_MICROSECONDS = 1_000_000
_WINDOWS_FIELDS = {
    "state": "state",
    "start_type": "start",
    "display_name": "display",
    "exit_code": "exit",
}


def parse_show(data: bytes, now: float, uptime: float | None) -> dict[str, Value]:
    """Return the columns of what `systemctl show` tells of one unit.

    Args:
        data: NAME=value lines.
        now: seconds since the epoch.
        uptime: seconds since the machine started.
    """
    told = dict(line.partition("=")[::2] for line in text(data).split("\n"))
    found: dict[str, Value] = {}
    for column, name in _SHOWN.items():
        value = told.get(name, "").strip()
        found[column] = number(value) if column in _NUMBERS else value or None
    moved = number(told.get("StateChangeTimestampMonotonic", "").strip())
    found["since"] = None
    if moved and uptime is not None:
        found["since"] = int(now - uptime + moved / _MICROSECONDS)
    return found


def _uptime(host: Host) -> float | None:
    first = host.read_part("/proc/uptime", 0, 64).split(b" ")[0]
    whole_part, _, fraction = first.partition(b".")
    seconds = number(whole_part)
    return None if seconds is None else seconds + (number(fraction) or 0) / 100


def _unit(host: Host, name: str) -> str:
    """Return the unit of a name, as the machine lists it.

    Raises:
        UnsupportedError: systemd does not run this machine.
        NotFoundError: there is no such service.
    """
    if not there(host, "/run/systemd/system"):
        reason = "no-systemd"
        raise UnsupportedError(reason)
    wanted = name if name.endswith(_SUFFIX) else name + _SUFFIX
    units = services.parse_units(host.run(Program.SYSTEMCTL, *services.UNITS))
    files = services.parse_unit_files(host.run(Program.SYSTEMCTL, *services.UNIT_FILES))
    if wanted in {unit for unit, _, _ in units} | {unit for unit, _ in files}:
        return wanted
    reason = "no-such-service"
    raise NotFoundError(reason)


def _state(host: Host, want: Want, unit: str) -> Row:
    stem, instance = services.split_name(unit)
    values: dict[str, Value] = {"name": stem, "instance": instance}
    asked = sorted({_SHOWN[name] for name in want.columns & _SHOWN.keys()})
    if asked:
        shown = host.run(
            Program.SYSTEMCTL, "show", f"--property={','.join(asked)}", "--", unit
        )
        uptime = _uptime(host) if "since" in want else None
        values |= parse_show(shown, want.now, uptime)
    return pick(want, values)


def of_unit(unit: str, matches: Sequence[str]) -> tuple[str, ...]:
    """Return what an entry has to have: the unit, and one of the groups of matches."""
    mine = f"_SYSTEMD_UNIT={unit}"
    found = [mine]
    for part in matches:
        found += [part, mine] if part == "+" else [part]
    return tuple(found)


def _lines(host: Host, want: Want, unit: str, most: int) -> Iterator[Row]:
    if not most or not want.any(*_LOG) or not has_journal(host):
        return
    matches = Listed(want.events).journal()
    if matches is None:
        return
    beside = frozenset(NAME_FIELDS if "message" in want else ())
    columns = (want.columns & _LOG) | {"service.name", "event.id"}
    question = Question(columns, matches=of_unit(unit, matches), beside=beside)
    kept = LogRows(want)
    data = host.run(Program.JOURNALCTL, *question.arguments(most))
    for raw in data.split(b"\n"):
        want.check()
        found = parse_entry(raw) if raw else None
        if found is not None:
            kept.take(*found[:2])
    yield from kept.rows()


def read_linux(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row of the service's state, then one for each of its log lines."""
    if not want.columns:
        return Reading([])
    want.check()
    unit = _unit(host, given.text("service"))
    rows = [_state(host, want, unit), *_lines(host, want, unit, given.number("lines"))]
    return Reading(rows[: want.rows], truncated=len(rows) > want.rows)


def is_of(event: EventFacts, called: frozenset[str]) -> bool:
    """Tell whether a service has reported an event, or Windows one of the service.

    Args:
        event: of the log System.
        called: what the service is called, in small letters.
    """
    root = root_of(event)
    if root is None:
        return False
    provider = system_attribute(root, "Provider", "Name") or ""
    about = provider == _MANAGER and any(
        value.lower() in called for _, value in data_of(root)
    )
    return about or provider.lower() in called


def _events(host: Host, want: Want, called: Sequence[str], most: int) -> Iterator[Row]:
    """Yield what the log System has of a service, where the policy names it."""
    if not most or not want.any(*_LOG):
        return
    kinds = Listed(want.events).kinds(Channel.SYSTEM)
    if kinds is None:
        return
    only = [
        EventKind(name, kind.identifier)
        for kind in kinds or (EventKind(),)
        for name in (_MANAGER, *called)
        if kind.provider in {"", name}
    ]
    if not only:
        return
    text = "message" in want
    try:
        found = windows(host).events(
            Channel.SYSTEM, None, LOG_ALIKE_ROWS, messages=text, only=only
        )
    except (DeniedError, NotFoundError, UnsupportedError):  # as without a journal
        return
    names = frozenset(name.lower() for name in called)
    kept = LogRows(want)
    for event in [one for one in found if is_of(one, names)][-most:]:
        want.check()
        told = parse_event(event, text=text)
        if told is not None:
            kept.take(*told)
    yield from kept.rows()


def read_windows(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row of the service's state, then one for each event of it."""
    if not want.columns:
        return Reading([])
    want.check()
    fields = fields_for(want, _WINDOWS_FIELDS) | {"name"}
    if "start_type" in want:
        fields |= {"delayed"}
    if want.any(*_LOG):  # by which the service control manager names it
        fields |= {"display"}
    wanted = given.text("service").lower()
    for row in windows(host).ask(Source.SERVICES, fields):
        name = words(row.get("name")) or ""
        if name.lower() == wanted:
            values = {"name": name, **services.parse_service(row)}
            shown = words(row.get("display"))
            called = (name, shown) if shown else (name,)
            events = _events(host, want, called, given.number("lines"))
            rows = [pick(want, values), *events]
            return Reading(rows[: want.rows], truncated=len(rows) > want.rows)
    reason = "no-such-service"
    raise NotFoundError(reason)


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}
