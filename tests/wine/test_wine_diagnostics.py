# SPDX-License-Identifier: Apache-2.0
"""What diagnostics make of the Windows that Wine is, probes' own processes included.

Rules: real answers of Wine's own interfaces and real sockets; only what Wine cannot but
say is expected.
Not here: what a reader makes of recorded answers (`tests/contract`).
"""

import socket
from typing import cast

import pytest
from wine_fixture import Windows

from agent.diagnostics import sources
from wire.catalogue import System

pytestmark = [pytest.mark.wine, pytest.mark.slow]
SCRIPT = """
import json, sys, time
from agent.diagnostics import checked, source
from agent.errors import HostError
from agent.host import this_host
from agent.rows import Want
told = {}
for words in sys.argv[1:]:
    name, *given = words.split()
    found = source(name)
    columns = frozenset(c.name for c in found.dataset.columns) - {"request"}
    host = this_host(frozenset(f"{name}/{column}" for column in columns))
    want = Want(columns, now=time.time(), pause=lambda _: None)
    parameters = checked(found, dict(item.split("=") for item in given))
    try:
        rows = found.readers[host.system](host, want, parameters).rows
        told[name] = [{c: row.value(c) for c in row.columns()} for row in rows]
    except HostError as problem:
        told[name] = problem.reason
print(json.dumps(told))
"""
CONNECT = """
import json, sys
from agent.host.interface import ProbeVerb
from agent.sidecar.probe_question import Probe
from agent.sidecar.probes.connect import answer
rows = [
    answer(Probe(ProbeVerb.CONNECT, host, "ipv4", port=port)).rows[0]
    for host, port in (
        ("127.0.0.1", int(sys.argv[1])), ("127.0.0.1", 9), ("nowhere.invalid", 9)
    )
]
print(json.dumps([[row["outcome"], row.get("network.type")] for row in rows]))
"""
ECHO = """
import json
from agent.host.interface import ProbeVerb
from agent.sidecar.probe_question import Probe
from agent.sidecar.probes import echo_windows
opened = echo_windows.open_handles()
told = {}
for verb, count in ((ProbeVerb.PING, 2), (ProbeVerb.TRACE, 3), (ProbeVerb.PATH_MTU, 0)):
    probe = Probe(verb, "127.0.0.1", "ipv4", count=count, size=56)
    told[verb.value] = list(echo_windows.answer(probe, opened).rows)
print(json.dumps(told))
"""
OF_THE_MACHINE = sorted(
    name
    for name, found in sources().items()
    if System.WINDOWS in found.readers
    and not {"host", "service", "packets"} & {p.name for p in found.asked.parameters}
)


def ask(windows: Windows, *asked: str) -> dict[str, object]:
    """Return the rows of diagnostics, or why there are none."""
    told = windows.told(SCRIPT, *asked)
    assert isinstance(told, dict)
    return told


def test_each_answers_or_says_why_not(windows: Windows) -> None:
    """No reader fails for a cause of its own: rows, or a reason of the Host's."""
    told = ask(windows, *OF_THE_MACHINE)
    assert set(told) == set(OF_THE_MACHINE)
    answered = {name for name, rows in told.items() if isinstance(rows, list)}
    assert {"agent_check", "interface_state", "folder_sizes", "time_sync"} <= answered


def test_a_service_has_its_state_without_a_log(windows: Windows) -> None:
    """Wine has services and no event log: the state is told, and no line of a log."""
    told = ask(windows, "service_state service=rpcss")
    (state,) = cast("list[dict[str, object]]", told["service_state"])
    assert state["name"] == "RpcSs"
    assert state["state"] in {"running", "stopped"}


def test_a_probe_that_keeps_its_rights_asks_nothing(windows: Windows) -> None:
    """Wine removes no privilege: the probe's process looks, sees it, and ends."""
    told = ask(
        *(windows, "tcp_connect host=127.0.0.1 port=1", "dns_lookup host=localhost"),
        *(
            "ping host=127.0.0.1",
            "traceroute host=127.0.0.1",
            "path_mtu host=127.0.0.1",
        ),
    )
    assert told == dict.fromkeys(told, "rights-not-dropped")


def test_a_probe_connects(windows: Windows) -> None:
    """What its process would do: a service that is there, a port and a name without."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        told = windows.told(CONNECT, str(server.getsockname()[1]))
    assert told == [["open", "ipv4"], ["refused", "ipv4"], ["name-not-found", None]]


def test_a_machine_answers_by_windows_own_interface(windows: Windows) -> None:
    """What its process would do: the loopback answers, in one step, at full size."""
    told = windows.told(ECHO)
    assert isinstance(told, dict)
    assert [row["outcome"] for row in told["ping"]] == ["answered", "answered"]
    assert [row["outcome"] for row in told["trace"]] == ["reached"]
    assert told["path-mtu"] == [
        {
            "network.type": "ipv4",
            "network.peer.address": "127.0.0.1",
            "outcome": "reached",
            "mtu": "9216",
        }
    ]
