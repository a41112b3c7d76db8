# SPDX-License-Identifier: Apache-2.0
"""The machines around a machine: asked and listened to only where two have said so.

Rules: a network of namespaces, the program as a person runs it, and the switch's own
view of what was sent.
Not here: the sidecar's process (`tests/unit/sidecar`), frames (the same).
"""

import json
import os
import select
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from link_frames import CDP_SWITCH, LLDP_S2
from segment_fixture import (
    GATEWAY_MAC,
    OFFICE,
    PRINTER_MAC,
    RANGE,
    STRANGER,
    Segment,
    segment,
)

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
COLUMNS = {
    "discovered_hosts": ("host.ip", "host.mac", "vendor"),
    "link_neighbours": (
        "network.interface.name",
        "protocol",
        "chassis_id",
        "port_id",
        "system_name",
        "management_address",
        "vlan",
    ),
    "network_neighbours": ("address", "mac", "state", "is_gateway"),
    "network_routes": ("network.type", "metric"),
}
TEXTS = {"network.interface.name", "port_id"}
HEAD = """format = 1
name = "office"
[purpose.security]
instruction = "as agreed"
readers = ["administrator"]
[purpose.security.retention.short]
keep = "30d"
"""
MAIN = """
import sys
from agent.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
CAPTURE = """
import json, socket, sys, threading, time
from agent.errors import HostError
from agent.host import this_host
from agent.sidecar.seam import capture_headers
seconds, packets = map(int, sys.argv[1:])
found = capture_headers(this_host(), "lan0", "dns", seconds, packets)
print(json.dumps({
    "rows": found.rows,
    "truncated": found.truncated,
    "scapy": any(name.partition(".")[0] == "scapy" for name in sys.modules),
}))
"""
TALKER = """
import socket, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print("ready", flush=True)
while True:
    try:
        sock.sendto(b"hunter2 of ada.lovelace", ("10.77.0.2", 53))
    except OSError:
        pass
"""
FLOOD = """
import sys
from agent.errors import HostError
from agent.sidecar.question import Link, Question, Task, decode_answer
from agent.sidecar.start import run
packets, processor = map(int, sys.argv[1:])
question = Question(
    Task.LISTEN, (Link("lan0"),), 30_000, packets=packets, processor=processor
)
try:
    found = decode_answer(run(question), frozenset())
    print(len(found.rows), found.truncated)
except HostError as problem:
    print(problem.outcome, problem.reason)
"""


LISTENS = """
from agent.sidecar.question import Link, Question, Task
from agent.sidecar.start import run
run(Question(Task.LISTEN, (Link("lan0"),), 60_000, packets=1_000))
"""


@pytest.fixture(scope="module")
def office() -> Iterator[Segment]:
    """Return a network of a machine, a switch, a gateway and a printer."""
    with segment() as built:
        yield built


def policy(place: Path, networks: dict[str, str]) -> Path:
    """Write a policy of what is near, on a network each; "" is for anywhere."""
    lines = [HEAD]
    for dataset, network in networks.items():
        head = f"purpose.security.dataset.{dataset}"
        lines.append(f'[{head}]\nretention = "short"\nevery = "6h"\n')
        if network:
            lines.append(f'only_on_networks = ["{network}"]\n')
        lines.append(f"[{head}.columns]\n")
        lines += [
            f'"{column}" = "{"scrub" if column in TEXTS else "keep"}"\n'
            for column in COLUMNS[dataset]
        ]
    path = place / "office.toml"
    path.write_text("".join(lines))
    return path


def previewed(
    office: Segment, place: Path, networks: dict[str, str], local: str = ""
) -> dict[str, tuple[str, str, list[dict[str, object]]]]:
    """Run `preview` on the machine; return outcome, reason and rows by dataset."""
    state = place / "state"
    state.mkdir(mode=0o700)
    if local:
        (state / "local.toml").write_text(local)
    given = ("preview", "--json", "--rows", "99", "--policy")
    path = policy(place, networks)
    told = office.python(office.machine, MAIN, "--state", str(state), *given, str(path))
    return {
        item["dataset"]: (item["outcome"], item["reason"], item["rows"])
        for item in json.loads(told)["datasets"]
    }


HALF = '[discovery]\nallow = ["10.77.0.0/29"]\n'
ALLOWED = f'[discovery]\nallow = ["{RANGE}"]\n'


def test_who_answers_is_found(office: Segment, tmp_path: Path) -> None:
    """Where policy and machine allow it, each address is asked for, at most twice."""
    with office.asked() as asked:
        found = previewed(office, tmp_path, {"discovered_hosts": OFFICE}, ALLOWED)
    outcome, _, rows = found["discovered_hosts"]
    assert outcome == "ok"
    assert sorted(rows, key=str) == [
        {"host.ip": "10.77.0.1", "host.mac": GATEWAY_MAC, "vendor": "Intel Corporate"},
        {"host.ip": "10.77.0.9", "host.mac": PRINTER_MAC, "vendor": None},
    ]
    times = Counter(asked)
    answers = {"10.77.0.1": 1, "10.77.0.9": 1}
    silent = {f"10.77.0.{last}": 2 for last in range(1, 15) if last not in {1, 2, 9}}
    assert times == answers | silent


@pytest.mark.parametrize(
    ("network", "local", "expected"),
    [
        (OFFICE, "", None),
        (OFFICE, "[discovery]\nallow = []\n", None),
        (OFFICE, '[discovery]\nallow = ["10.78.0.0/24"]\n', None),
        (OFFICE, HALF, ("not-here", "on-no-named-network", [])),
        (STRANGER, ALLOWED, ("not-here", "on-no-named-network", [])),
    ],
    ids=["silent", "nowhere", "elsewhere", "half-of-it", "another-gateway"],
)
def test_nobody_is_asked(
    office: Segment,
    tmp_path: Path,
    network: str,
    local: str,
    expected: tuple[str, str, list[object]] | None,
) -> None:
    """Unless both name this network and its gateway, no question leaves the machine."""
    networks = {"discovered_hosts": network, "network_routes": ""}
    with office.asked() as asked:
        found = previewed(office, tmp_path, networks, local)
    assert found.get("discovered_hosts") == expected
    assert found["network_routes"][0] == "ok"
    assert asked == []


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (
            LLDP_S2,
            {
                "protocol": "lldp",
                "chassis_id": "00:19:2f:a7:b2:8d",
                "port_id": "Uplink to S1",
                "system_name": "S2.cisco.com",
                "management_address": None,
                "vlan": 1,
            },
        ),
        (
            CDP_SWITCH,
            {
                "protocol": "cdp",
                "chassis_id": "Switch",
                "port_id": "GigabitEthernet0/5",
                "system_name": "Switch",
                "management_address": "192.168.0.1",
                "vlan": 1,
            },
        ),
    ],
    ids=["lldp", "cdp"],
)
def test_a_switch_is_heard(
    office: Segment, tmp_path: Path, frame: bytes, expected: dict[str, object]
) -> None:
    """What a switch says of itself is read, and nothing is asked for it."""
    networks = {"link_neighbours": OFFICE, "network_routes": ""}
    with office.asked() as asked, office.speaking(frame, 0.2):
        found = previewed(office, tmp_path, networks)
    assert found["link_neighbours"] == (
        "ok",
        "",
        [{"network.interface.name": "lan0", **expected}],
    )
    assert found["network_routes"][0] == "ok"
    assert asked == []


def test_neighbours_are_what_the_kernel_knows(office: Segment, tmp_path: Path) -> None:
    """The machines that were spoken to are told, and the gateway marked."""
    found = previewed(office, tmp_path, {"network_neighbours": OFFICE})
    rows = [row for row in found["network_neighbours"][2] if row["is_gateway"]]
    assert rows == [
        {
            "address": "10.77.0.1",
            "mac": GATEWAY_MAC,
            "state": "permanent",
            "is_gateway": True,
        }
    ]


def test_a_capture_has_headers_only(office: Segment) -> None:
    """Addresses and ports are told, no byte of what was said; and not to the agent."""
    command = office.on(office.printer, "python3", "-c", TALKER)
    with office.talking(command):
        told = json.loads(office.python(office.machine, CAPTURE, "20", "25"))
    assert len(told["rows"]) == 25
    assert told["truncated"] is True
    assert told["scapy"] is False
    row = next(row for row in told["rows"] if row["source.mac"] == PRINTER_MAC)
    assert row["source.address"] == "10.77.0.9"
    assert row["destination.port"] == "53"
    assert row["length"] == "51"
    assert "hunter2" not in str(told)
    assert "lovelace" not in str(told)


@pytest.mark.parametrize(
    ("packets", "processor", "expected"),
    [
        ("200", "20", "0 True\n"),
        ("1000000000", "1", "timed-out sidecar-processor-budget\n"),
    ],
)
def test_a_flood_ends_the_sidecar(
    office: Segment, packets: str, processor: str, expected: str
) -> None:
    """Too many frames, or too much work, and it is over: the outcome says so."""
    junk = LLDP_S2[:14] + b"\xff" * 400
    with office.speaking(junk, 0):
        told = office.python(office.machine, FLOOD, packets, processor)
    assert told == expected


def test_a_sidecar_ends_with_its_agent(office: Segment) -> None:
    """An agent that is killed leaves nobody behind who listens."""
    command = office.on(office.machine, sys.executable, "-I", "-c", LISTENS)
    with subprocess.Popen(command) as agent:
        children = Path(f"/proc/{agent.pid}/task/{agent.pid}/children")
        try:
            while not (found := children.read_text().split()):
                assert agent.poll() is None
            status = Path(f"/proc/{found[0]}/status")
            while "Uid:\t65534" not in status.read_text():
                assert agent.poll() is None
            sidecar = os.pidfd_open(int(found[0]))
        finally:
            agent.kill()
    ended, _, _ = select.select([sidecar], [], [], 30)
    os.close(sidecar)
    assert ended == [sidecar]
