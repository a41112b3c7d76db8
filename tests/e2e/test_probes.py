# SPDX-License-Identifier: Apache-2.0
"""Probes over real sockets, in networks that are made for it.

Rules: every packet stays in namespaces of the test's own; the diagnostics are asked as
an order asks them, and the probes' own processes answer.
Not here: what is refused before one is started (`tests/unit/sidecar`).
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from segment_fixture import namespace, why_not

from agent.diagnostics import source

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
HERE, ROUTER, THERE = range(3)
ASK = """
import json, sys
from agent.diagnostics import checked, source
from agent.errors import HostError
from agent.host import this_host
from agent.rows import Want
found = source(sys.argv[1])
columns = frozenset(c.name for c in found.dataset.columns) - {"request"}
host = this_host(frozenset(f"{sys.argv[1]}/{name}" for name in columns))
given = checked(found, dict(item.split("=") for item in sys.argv[2:]))
try:
    rows = found.readers[host.system](host, Want(columns), given).rows
except HostError as problem:
    print(json.dumps(problem.reason))
else:
    told = [{n: r.value(n) for n in r.columns()} for r in rows]
    print(json.dumps(told))
"""
RESOLVER = """
import socket
made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
made.bind(("10.78.2.2", 53))
print("ready", flush=True)
while True:
    data, who = made.recvfrom(512)
    end = data.index(b"\\0", 12) + 5
    made.sendto(data[:2] + b"\\x81\\x80\\0\\1\\0\\1\\0\\0\\0\\0" + data[12:end]
        + b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4\\xc0\\0\\2\\7", who)
"""
SERVER = """
import socket
made = socket.create_server(("10.78.2.2", 8443))
print("ready", flush=True)
while True:
    made.accept()[0].close()
"""


@dataclass(frozen=True)
class Way:
    """Three namespaces in a row: a machine, a router with a narrow link, a server."""

    places: tuple[int, int, int]

    def run(self, where: int, *command: str) -> str:
        """Run a command in a namespace and return its output."""
        inside = ["nsenter", "-t", str(self.places[where]), "-n", "--", *command]
        done = subprocess.run(
            inside, capture_output=True, text=True, check=False, timeout=100
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(
        self, name: str, where: int = HERE, **given: str
    ) -> list[dict[str, object]]:
        """Ask a diagnostic on a machine; return its rows, or its reason as one."""
        texts = [f"{key}={text}" for key, text in given.items()]
        told = json.loads(self.run(where, sys.executable, "-c", ASK, name, *texts))
        return [{"reason": told}] if isinstance(told, str) else told

    @contextmanager
    def serving(self, script: str) -> Iterator[None]:
        """Run a program on the server that says when it is ready."""
        command = ["nsenter", "-t", str(self.places[THERE]), "-n", "--"]
        command += [sys.executable, "-c", script]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as speaker:
            assert speaker.stdout is not None
            assert speaker.stdout.readline() == "ready\n"
            try:
                yield
            finally:
                speaker.kill()


def link(way: Way, one: int, two: int, network: str, mtu: str) -> None:
    """Tie two namespaces together, the first with address 1, the other with 2."""
    name, other = f"l{one}{two}", f"l{two}{one}"
    first, second = (str(way.places[item]) for item in (one, two))
    made = ["ip", "link", "add", name, "netns", first, "mtu", mtu, "type", "veth"]
    subprocess.run([*made, "peer", "name", other, "netns", second], check=True)
    for where, link_name, last in ((one, name, "1"), (two, other, "2")):
        way.run(where, "ip", "addr", "add", f"{network}.{last}/24", "dev", link_name)
        way.run(where, "ip", "link", "set", link_name, "mtu", mtu, "up")
        way.run(where, "ip", "link", "set", "lo", "up")


@pytest.fixture(scope="module")
def way() -> Iterator[Way]:
    """Return the three namespaces, or skip with the true reason."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with namespace() as here, namespace() as router, namespace() as there:
        made = Way((here, router, there))
        link(made, HERE, ROUTER, "10.78.1", "1500")
        link(made, ROUTER, THERE, "10.78.2", "1300")
        made.run(HERE, "ip", "route", "add", "default", "via", "10.78.1.2")
        made.run(THERE, "ip", "route", "add", "default", "via", "10.78.2.1")
        made.run(ROUTER, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        yield made


def test_a_connection_is_open_refused_or_goes_nowhere(way: Way) -> None:
    """A service that answers, a port where nobody listens, a network there is none."""
    with way.serving(SERVER):
        (row,) = way.ask("tcp_connect", host="10.78.2.2", port="8443")
    assert (row["outcome"], row["network.peer.address"]) == ("open", "10.78.2.2")
    (row,) = way.ask("tcp_connect", host="10.78.2.2", port="8443")
    assert row["outcome"] == "refused"
    (row,) = way.ask("tcp_connect", host="10.79.0.1")
    assert row["outcome"] in {"network-unreachable", "host-unreachable"}


def test_a_ping_is_answered_with_its_steps(way: Way) -> None:
    """Each question has an answer, one step below what a machine gives it."""
    rows = way.ask("ping", host="10.78.2.2", count="2")
    assert [(row["outcome"], row["sequence"], row["ttl"]) for row in rows] == [
        ("answered", 1, 63),
        ("answered", 2, 63),
    ]


def test_a_ping_without_root_uses_the_kernels_own(way: Way) -> None:
    """Where the kernel lets a group ping, no raw socket is opened."""
    way.run(HERE, "sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
    rows = way.ask("ping", host="10.78.1.2", count="1")
    assert [(row["outcome"], row["ttl"]) for row in rows] == [("answered", 64)]


def test_a_way_is_told_step_by_step(way: Way) -> None:
    """The router, then the server itself."""
    rows = way.ask("traceroute", host="10.78.2.2")
    assert [(r["hop"], r["outcome"], r["network.peer.address"]) for r in rows] == [
        (1, "passed", "10.78.1.2"),
        (2, "reached", "10.78.2.2"),
    ]


def test_a_narrow_link_is_found(way: Way) -> None:
    """The router says what passes, and what passes arrives."""
    rows = way.ask("path_mtu", host="10.78.2.2")
    assert [(row["outcome"], row["mtu"]) for row in rows] == [
        ("narrower", 1300),
        ("reached", 1300),
    ]


def test_a_service_without_tls_says_so(way: Way) -> None:
    """A port that closes on a handshake shows no certificate."""
    with way.serving(SERVER):
        (row,) = way.ask("tls_certificate", host="10.78.2.2", port="8443")
    assert row["outcome"] in {"no-tls", "reset"}
    assert "subject" not in row


def test_headers_are_told_without_content(way: Way) -> None:
    """What passes while it looks, by headers alone: who, to whom, which kind."""
    with ThreadPoolExecutor(1) as aside:
        looking = aside.submit(
            way.ask, "packet_headers", filter="icmp", seconds="8", packets="9"
        )
        while not looking.done():
            way.ask("ping", where=THERE, host="10.78.1.1", count="1", size="1000")
        rows = looking.result()
    assert rows
    if rows[0] == {"reason": "no-scapy"}:
        pytest.skip("needs scapy")
    asked = [row for row in rows if "." in str(row["source.address"])]  # no neighbours'
    assert {row["source.address"] for row in asked} <= {"10.78.2.2", "10.78.1.1"}
    assert {(row["network.transport"], row["length"]) for row in asked} == {
        ("icmp", 1028)
    }
    known = {column.name for column in source("packet_headers").dataset.columns}
    assert all(set(row) <= known for row in rows)


def test_many_machines_at_once_are_not_asked(way: Way) -> None:
    """A multicast address is answered with a reason, and no packet."""
    for name in ("tcp_connect", "ping", "traceroute", "path_mtu", "tls_certificate"):
        assert way.ask(name, host="224.0.0.1") == [{"outcome": "not-one-machine"}]


def test_a_resolver_is_asked(way: Way) -> None:
    """What a resolver says of a name is told beside what the system makes of it."""
    from agent.host.interface import ProbeVerb  # noqa: PLC0415 - for its name

    script = (
        "import json,sys\n"
        "from agent.sidecar.probe_question import Probe\n"
        "from agent.host.interface import ProbeVerb\n"
        "from agent.sidecar.start import run_probe\n"
        "from agent.sidecar.question import decode_answer\n"
        "from agent.sidecar.probe_seam import COLUMNS\n"
        f"verb = ProbeVerb({ProbeVerb.LOOKUP.value!r})\n"
        "probe = Probe(verb, 'www.example.test', record='a', servers='10.78.2.2')\n"
        "rows = decode_answer(run_probe(probe), COLUMNS[verb]).rows\n"
        "print(json.dumps([r for r in rows if r['source'] == 'resolver']))"
    )
    with way.serving(RESOLVER):
        (row,) = json.loads(way.run(HERE, sys.executable, "-c", script))
    assert (row["outcome"], row["answer.address"]) == ("answered", "192.0.2.7")
    assert (row["ttl"], row["server.address"]) == ("60", "10.78.2.2")


def test_a_probe_has_no_rights(way: Way) -> None:
    """While it waits, its process is nobody's and has no capability."""
    script = (
        "import subprocess, sys, time, os, glob\n"
        "from agent.host.interface import ProbeVerb\n"
        "from agent.sidecar.probe_question import Probe, encode_probe\n"
        "probe = Probe(ProbeVerb.PING, '10.78.2.99', count=1, parent=os.getpid())\n"
        "child = subprocess.Popen([sys.executable, '-I', '-m',\n"
        "    'agent.sidecar.probe_child', encode_probe(probe)],\n"
        "    stdout=subprocess.DEVNULL)\n"
        "end = time.monotonic() + 20\n"
        "told = ''\n"
        "while time.monotonic() < end and child.poll() is None:\n"
        "    told = open(f'/proc/{child.pid}/status').read()\n"
        "    if 'Uid:\\t65534' in told: break\n"
        "child.wait()\n"
        "print(told)"
    )
    told = way.run(HERE, sys.executable, "-c", script)
    lines = dict(line.split(":\t", 1) for line in told.splitlines() if ":\t" in line)
    assert lines["Uid"].split() == ["65534"] * 4
    assert {lines[name].strip("0") for name in ("CapEff", "CapPrm", "CapBnd")} == {""}
    assert lines["NoNewPrivs"] == "1"


def test_it_ends_with_who_asked() -> None:
    """A probe whose parent is gone does nothing."""
    script = (
        "from agent.host.interface import ProbeVerb\n"
        "from agent.sidecar.probe_question import Probe, encode_probe\n"
        "print(encode_probe(Probe(ProbeVerb.CONNECT, 'localhost', port=1, parent=1)))"
    )
    argument = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.strip()
    command = [sys.executable, "-I", "-m", "agent.sidecar.probe_child", argument]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (-9, b"")
    assert os.getpid() != 1
