# SPDX-License-Identifier: Apache-2.0
"""Who may ask the sidecar, for what, and where.

Rules: a recorded machine in an office; each refusal comes before a process is started,
for here there is no interface that one could open.
Not here: the process (`test_sidecar_process.py`), the network (`tests/e2e`).
"""

from pathlib import Path

import pytest
from unit.agent.test_whereabouts import (
    ARP,
    HOME_GATEWAY,
    MAC,
    OFFICE_GATEWAY,
    machine,
)

from agent.errors import DeniedError
from agent.host.interface import AddressFacts, InterfaceFacts, SidecarVerb
from agent.host.linux import LinuxHost
from agent.host.root import placed, qualified
from agent.host.whereabouts import segments
from agent.sidecar import seam
from agent.sidecar.question import Link
from agent.sidecar.seam import COLUMNS, DATASETS, answer, capture_headers

SCAN, LISTEN = SidecarVerb.SCAN, SidecarVerb.LISTEN
OFFICE = f"10.1.0.0/24 via {MAC}"
ELSEWHERE = "10.1.0.0/24 via 52:54:00:00:00:01"
IP = frozenset({"host.ip"})
NAME = frozenset({"system_name"})


def plan(*networks: str) -> frozenset[str]:
    """Return all columns of both verbs, on these networks."""
    return frozenset(
        item
        for verb, dataset in DATASETS.items()
        for item in (
            *(qualified(dataset, column) for column in COLUMNS[verb]),
            *(placed(dataset, network) for network in networks),
        )
    )


@pytest.mark.parametrize(
    ("verb", "columns", "networks", "allowed", "reason"),
    [
        (SCAN, IP, [OFFICE], frozenset(), "not-in-plan"),
        (SCAN, IP, [OFFICE], plan(), "not-in-plan"),
        (SCAN, IP, [OFFICE], plan(ELSEWHERE), "not-in-plan"),
        (SCAN, IP, [OFFICE, ELSEWHERE], plan(OFFICE), "not-in-plan"),
        (SCAN, IP, [], plan(OFFICE), "not-in-plan"),
        (
            SCAN,
            IP,
            [OFFICE],
            plan(OFFICE) - {"discovered_hosts/host.ip"},
            "not-in-plan",
        ),
        (SCAN, frozenset(), [OFFICE], plan(OFFICE), "not-a-column-of-this-verb"),
        (SCAN, NAME, [OFFICE], plan(OFFICE), "not-a-column-of-this-verb"),
        (SCAN, IP, ["10.1.0.0/24"], plan("10.1.0.0/24"), "network-without-gateway"),
        (SCAN, IP, [ELSEWHERE], plan(ELSEWHERE), "on-no-named-network"),
        (LISTEN, NAME, ["10.9.0.0/24"], plan("10.9.0.0/24"), "on-no-named-network"),
        (LISTEN, NAME, [OFFICE], plan(), "not-in-plan"),
    ],
)
def test_refused(
    tmp_path: Path,
    verb: SidecarVerb,
    columns: frozenset[str],
    networks: list[str],
    allowed: frozenset[str],
    reason: str,
) -> None:
    """What the plan does not have, where it does not have it, is not even begun."""
    host = machine(tmp_path, OFFICE_GATEWAY)
    with pytest.raises(DeniedError) as told:
        answer(host, verb, columns, networks, allowed)
    assert told.value.reason == reason


@pytest.mark.parametrize(
    ("prefix", "asked", "cut"),
    [
        (24, "10.1.0.0/24", False),
        (22, "10.1.0.0/22", False),
        (16, "10.1.4.0/22", True),
    ],
)
def test_a_large_network_is_asked_in_part(
    tmp_path: Path, prefix: int, asked: str, *, cut: bool
) -> None:
    """Of a network over the bound only our own part is asked, and that is told."""
    own = "10.1.4.7" if cut else "10.1.0.7"
    addresses = (
        AddressFacts("mac", "02:FC:00:00:00:02", None),
        AddressFacts("ipv4", own, prefix),
    )
    facts = InterfaceFacts("eth0", True, 1500, 1000, addresses)  # noqa: FBT003 - it is up
    host = LinuxHost(
        str(tmp_path), facts={"interfaces": (facts,), "gateways": (OFFICE_GATEWAY,)}
    )
    question, left_out = seam._scan(host, segments(host))
    assert question.links == (Link("eth0", "02:fc:00:00:00:02", own, asked),)
    assert (question.rate, left_out) == (12, cut)


@pytest.mark.parametrize("arp", [None, ARP.replace(MAC, "52:54:00:12:34:57")])
def test_a_gateway_that_is_another(tmp_path: Path, arp: str | None) -> None:
    """The same addresses behind another gateway, or one unknown, are another place."""
    host = machine(tmp_path, OFFICE_GATEWAY, arp=arp)
    with pytest.raises(DeniedError) as told:
        answer(host, SCAN, IP, [OFFICE], plan(OFFICE))
    assert told.value.reason == "on-no-named-network"


def test_in_two_places_at_once(tmp_path: Path) -> None:
    """Who is in the office and at home at once scans neither."""
    host = machine(tmp_path, OFFICE_GATEWAY, HOME_GATEWAY)
    with pytest.raises(DeniedError) as told:
        answer(host, SCAN, IP, [OFFICE], plan(OFFICE))
    assert told.value.reason == "on-no-named-network"


@pytest.mark.parametrize(
    ("interface", "name", "seconds", "packets", "reason"),
    [
        ("eth7", "dns", 1, 1, "not-an-interface-or-filter"),
        ("eth0", "tcp port 80", 1, 1, "not-an-interface-or-filter"),
        ("eth0", "dns", 61, 1, "over-the-limits-of-a-capture"),
        ("eth0", "dns", 0, 1, "over-the-limits-of-a-capture"),
        ("eth0", "dns", 1, 2_049, "over-the-limits-of-a-capture"),
    ],
)
def test_a_capture_is_bounded(
    tmp_path: Path,
    interface: str,
    name: str,
    seconds: float,
    packets: int,
    reason: str,
) -> None:
    """Only own interfaces, fixed filters, a minute and so many packets."""
    host = machine(tmp_path, OFFICE_GATEWAY)
    with pytest.raises(DeniedError) as told:
        capture_headers(host, interface, name, seconds, packets)
    assert told.value.reason == reason
