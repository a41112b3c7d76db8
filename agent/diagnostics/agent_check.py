# SPDX-License-Identifier: Apache-2.0
"""Agent check: what the agent can do on this machine, and how it fares itself.

Rules: a check of the machine asks for something and looks only at whether an answer
came, and nothing of the answer is told; one of the agent tells a level and a number.
Not here: the agent's own checks (`agent/own_looks.py`), how each dataset fared
(`agent_health`), the collector's side.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec

from agent.collectors._linux.journal import has_journal
from agent.collectors._shared.declare import harmless
from agent.collectors._shared.gather import take, text, there
from agent.diagnostics import Case, Reader
from agent.diagnostics._shared.declare import asked_for
from agent.errors import BudgetError, HostError
from agent.host.interface import Host, Program
from agent.host.windows_door import windows
from agent.host.windows_interface import Channel
from agent.host.windows_named import Source
from agent.rows import Example, Reading, Want
from wire.catalogue import System, ValueType
from wire.diagnostics import Checked
from wire.release import __version__
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = asked_for(
    "agent_check",
    "What the agent can do on this machine, and why not.",
    (
        harmless("check", TEXT, "Says what was tried."),
        harmless("outcome", TEXT, "Says whether it can be done."),
        harmless("reason", TEXT, "Says what to do about it."),
        harmless("value", ValueType.COUNT, "Says how much, where a check counts."),
    ),
)

_YES, _NO = "yes", "no"
_Check = tuple[str, Callable[[Host], object]]
_COMMON: tuple[_Check, ...] = (
    ("interfaces", lambda host: host.interfaces()),
    ("gateways", lambda host: host.gateways()),
    ("neighbours", lambda host: host.neighbours()),
    ("sessions", lambda host: host.sessions()),
)
_WINDOWS: tuple[_Check, ...] = (
    ("services", lambda host: windows(host).ask(Source.SERVICES, frozenset({"name"}))),
    (
        "event-log",
        lambda host: windows(host).events(Channel.SYSTEM, None, 1, messages=False),
    ),
)


def _tried(host: Host, check: _Check) -> dict[str, Value]:
    name, ask = check
    try:
        ask(host)
    except BudgetError:
        raise
    except HostError as problem:
        return {"check": name, "outcome": _NO, "reason": problem.reason}
    return {"check": name, "outcome": _YES}


def _said(name: str, *, there: bool) -> dict[str, Value]:
    return {"check": name, "outcome": _YES if there else _NO}


def _effective(host: Host) -> bool:
    """Tell whether the agent has root's rights."""
    for line in text(host.read_part("/proc/self/status", 0, 4_096)).split("\n"):
        if line.startswith("Uid:"):
            return line.split()[2:3] == ["0"]
    return False


def _linux(host: Host) -> Iterator[dict[str, Value]]:
    yield _said("root", there=_effective(host))
    yield _said("journal", there=has_journal(host))
    yield _said("systemd", there=there(host, "/run/systemd/system"))
    for program in Program:
        name = program.value.rpartition("/")[2]
        yield _said(f"program-{name}", there=there(host, program.value))


def _rows(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    yield {"check": "release", "outcome": _YES, "reason": __version__}
    linux = host.system is System.LINUX
    for check in (*_COMMON, *(() if linux else _WINDOWS)):
        want.check()
        yield _tried(host, check)
    if linux:
        yield from _linux(host)
    else:  # on Linux packets are read without it
        yield _said("scapy", there=find_spec("scapy") is not None)
    yield from want.own()


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each check."""
    del given
    return take(want, _rows(host, want) if want.columns else ())


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}


def _expected(*rows: Mapping[str, Value]) -> tuple[Mapping[str, Value], ...]:
    return ({"check": "release", "outcome": _YES, "reason": __version__}, *rows)


def _scapy() -> Mapping[str, Value]:
    return _said("scapy", there=find_spec("scapy") is not None)


def _plain(*names: str, outcome: str = _YES) -> tuple[Mapping[str, Value], ...]:
    return tuple({"check": name, "outcome": outcome} for name in names)


_PROGRAMS = tuple(f"program-{p.value.rpartition('/')[2]}" for p in Program)

EXAMPLES = (
    Case(
        Example(
            System.LINUX,
            "A machine of root's without anything.",
            rows=_expected(
                *_plain("interfaces", "gateways", "neighbours", "sessions", "root"),
                *_plain("journal", "systemd", *_PROGRAMS, outcome=_NO),
            ),
            files={"/proc/self/status": b"Name:\tx\nUid:\t1000\t0\t0\t0\n"},
            facts={"interfaces": (), "gateways": (), "neighbours": (), "sessions": ()},
        ),
        {},
    ),
    Case(
        Example(
            System.LINUX,
            "No table of routes, and no root.",
            rows=_expected(
                *_plain("interfaces"),
                {"check": "gateways", "outcome": _NO, "reason": "not-found"},
                *_plain("neighbours", "sessions"),
                *_plain("root", "journal", "systemd", *_PROGRAMS, outcome=_NO),
            ),
            files={"/proc/self/status": b"Uid:\t7\t7\t7\t7\n"},
            facts={"interfaces": (), "neighbours": (), "sessions": ()},
        ),
        {},
    ),
    Case(
        Example(
            System.WINDOWS,
            "A system log without an event.",
            rows=_expected(
                *_plain("interfaces", "gateways", "neighbours", "sessions", "services"),
                *_plain("event-log"),
                _scapy(),
            ),
            facts={"services": (), "events": {"System": ()}},
        ),
        {},
    ),
    Case(
        Example(
            System.WINDOWS,
            "No event log.",
            rows=_expected(
                *_plain("interfaces", "gateways", "neighbours", "sessions", "services"),
                {"check": "event-log", "outcome": _NO, "reason": "no-event-log"},
                _scapy(),
            ),
        ),
        {},
    ),
)
