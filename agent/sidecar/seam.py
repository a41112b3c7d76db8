# SPDX-License-Identifier: Apache-2.0
"""The one door to the sidecar: fixed verbs, declared columns, named networks.

Rules: what is asked is checked against the verified plan once more, and where the
machine is is looked at once more; interface and addresses are what is found here, never
what a caller says; a scan needs networks whose gateway is named; texts come back, so
that another process can be put behind `answer` without changing a caller.
Not here: the plan's own signature (the caller passes a verified plan's columns), the
child (`child.py`).
"""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network

from agent.budget import (
    CAPTURE_PACKETS,
    CAPTURE_SECONDS,
    LISTEN_SECONDS,
    SCAN_ADDRESSES,
    SCAN_RATE,
    SCAN_SECONDS,
    SIDECAR_LINKS,
    SIDECAR_PACKETS,
)
from agent.errors import DeniedError
from agent.host.interface import Host, SidecarFacts, SidecarVerb
from agent.host.root import placed, qualified
from agent.host.whereabouts import Segment, here
from agent.sidecar.ethernet import HEADERS
from agent.sidecar.filters import CAPTURES
from agent.sidecar.neighbour_frames import COLUMNS as SAID
from agent.sidecar.question import Answer, Link, Question, Task, decode_answer
from agent.sidecar.start import run
from wire.networks import known

DATASETS: Mapping[SidecarVerb, str] = {
    SidecarVerb.SCAN: "discovered_hosts",
    SidecarVerb.LISTEN: "link_neighbours",
}
"""The one dataset that each verb serves."""
COLUMNS: Mapping[SidecarVerb, frozenset[str]] = {
    SidecarVerb.SCAN: frozenset({"host.ip", "host.mac", "vendor"}),
    SidecarVerb.LISTEN: SAID | {"network.interface.name"},
}
"""The only columns that each verb can answer."""
LARGEST = 22
"""Prefix of the largest network that is scanned: SCAN_ADDRESSES and two more."""


def answer(
    host: Host,
    verb: SidecarVerb,
    columns: frozenset[str],
    networks: Sequence[str],
    allowed: frozenset[str],
) -> SidecarFacts:
    """Answer a verb, for columns and on networks that the plan has.

    Args:
        host: this machine.
        verb: what is asked.
        columns: columns asked for.
        networks: the only networks on which it is asked.
        allowed: the verified plan's columns and networks, as `qualified` and
            `placed` write them.

    Raises:
        DeniedError: a column or network is not in the plan, or the machine is not
            there.
        HostError: the sidecar cannot do it, or did not.
    """
    dataset = DATASETS[verb]
    if not columns or not columns <= COLUMNS[verb]:
        reason = "not-a-column-of-this-verb"
        raise DeniedError(reason)
    wanted = {qualified(dataset, column) for column in columns}
    wanted |= {placed(dataset, network) for network in networks}
    if not networks or not wanted <= allowed:
        reason = "not-in-plan"
        raise DeniedError(reason)
    scan = verb is SidecarVerb.SCAN
    if scan and not all(item.gateway for item in known(networks)):
        reason = "network-without-gateway"
        raise DeniedError(reason)
    segments = here(host, networks)[:SIDECAR_LINKS]
    if not segments:
        reason = "on-no-named-network"
        raise DeniedError(reason)
    question, cut = _scan(host, segments) if scan else (_listen(segments), False)
    found = decode_answer(run(question), COLUMNS[verb])
    rows = tuple(
        {name: value for name, value in row.items() if name in columns}
        for row in found.rows
    )
    return SidecarFacts(rows, found.truncated or cut)


def _scan(host: Host, segments: Sequence[Segment]) -> tuple[Question, bool]:
    """Return the question of a scan, and whether it leaves a part of a network out."""
    macs = {
        item.name: address.address.lower()
        for item in host.interfaces()
        for address in item.addresses
        if address.family == "mac"
    }
    links: list[Link] = []
    cut = False
    left = SCAN_ADDRESSES + 2
    for segment in segments:
        range_ = segment.network.range
        if range_.prefixlen < LARGEST:
            range_, cut = IPv4Network((segment.address, LARGEST), strict=False), True
        mac = macs.get(segment.interface)
        if mac is None or range_.num_addresses > left:
            cut = True
            continue
        left -= range_.num_addresses
        address = str(segment.address)
        links.append(Link(segment.interface, mac, address, str(range_)))
    question = Question(
        Task.SCAN,
        tuple(links),
        int(SCAN_SECONDS * 1_000),
        SCAN_RATE,
        SIDECAR_PACKETS,
    )
    return question, cut


def _listen(segments: Sequence[Segment]) -> Question:
    links = dict.fromkeys(Link(segment.interface) for segment in segments)
    return Question(
        Task.LISTEN, tuple(links), int(LISTEN_SECONDS * 1_000), packets=SIDECAR_PACKETS
    )


def capture_headers(
    host: Host, interface: str, name: str, seconds: float, packets: int
) -> Answer:
    """Return the headers of packets that pass an interface: no payload, raw addresses.

    The rows hold addresses as they are, so they go to redaction and nowhere else. No
    command calls this yet: a diagnostic will, after it was authorised and agreed to.

    Args:
        host: this machine.
        interface: one of its own.
        name: of a fixed filter.
        seconds: how long, at most CAPTURE_SECONDS.
        packets: how many, at most CAPTURE_PACKETS.

    Raises:
        DeniedError: there is no such interface or filter, or it asks for more.
        HostError: the sidecar cannot do it, or did not.
    """
    if name not in CAPTURES or interface not in {i.name for i in host.interfaces()}:
        reason = "not-an-interface-or-filter"
        raise DeniedError(reason)
    if not (0 < seconds <= CAPTURE_SECONDS and 0 < packets <= CAPTURE_PACKETS):
        reason = "over-the-limits-of-a-capture"
        raise DeniedError(reason)
    question = Question(
        Task.CAPTURE,
        (Link(interface),),
        int(seconds * 1_000),
        packets=packets,
        filter=name,
    )
    return decode_answer(run(question), HEADERS)
