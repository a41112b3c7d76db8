# SPDX-License-Identifier: Apache-2.0
"""The filters that a sidecar's sockets may have: compiled, so that none can be made up.

Rules: a filter passes what it says and never more than the start of a packet.
Not here: attaching one (`links.py`).
Source: each is what `tcpdump -y EN10MB -ddd EXPRESSION` of tcpdump 4.99 prints, with
our own length in the place of its 262144 (a test compiles them anew).
"""

from collections.abc import Mapping
from dataclasses import dataclass

Instruction = tuple[int, int, int, int]
_PASS = 6
"""BPF_RET of a constant."""
_WHOLE = 262_144
"""What tcpdump lets pass of a packet."""
FRAME_BYTES = 1_522
"""A whole frame of Ethernet with a tag of its network."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: in words for Npcap, compiled for Linux."""

    expression: str
    compiled: tuple[Instruction, ...]

    def program(self, most: int) -> tuple[Instruction, ...]:
        """Return the compiled filter that passes at most so many bytes."""
        return tuple(
            (code, yes, no, most if code == _PASS and value == _WHOLE else value)
            for code, yes, no, value in self.compiled
        )


NEIGHBOURS = Filter(
    "ether proto 0x88cc or ether dst 01:00:0c:cc:cc:cc",
    (
        (40, 0, 0, 12),
        (21, 4, 0, 35020),
        (32, 0, 0, 2),
        (21, 0, 3, 214748364),
        (40, 0, 0, 0),
        (21, 0, 1, 256),
        (6, 0, 0, 262144),
        (6, 0, 0, 0),
    ),
)
"""LLDP and CDP."""
REPLIES = Filter(
    "arp", ((40, 0, 0, 12), (21, 0, 1, 2054), (6, 0, 0, 262144), (6, 0, 0, 0))
)

CAPTURES: Mapping[str, Filter] = {
    "arp": REPLIES,
    "icmp": Filter(
        "icmp or icmp6",
        (
            (40, 0, 0, 12),
            (21, 0, 2, 2048),
            (48, 0, 0, 23),
            (21, 6, 7, 1),
            (21, 0, 6, 34525),
            (48, 0, 0, 20),
            (21, 3, 0, 58),
            (21, 0, 3, 44),
            (48, 0, 0, 54),
            (21, 0, 1, 58),
            (6, 0, 0, 262144),
            (6, 0, 0, 0),
        ),
    ),
    "dhcp": Filter(
        "udp port 67 or udp port 68",
        (
            (40, 0, 0, 12),
            (21, 0, 7, 34525),
            (48, 0, 0, 20),
            (21, 0, 18, 17),
            (40, 0, 0, 54),
            (21, 15, 0, 67),
            (21, 14, 0, 68),
            (40, 0, 0, 56),
            (21, 12, 11, 67),
            (21, 0, 12, 2048),
            (48, 0, 0, 23),
            (21, 0, 10, 17),
            (40, 0, 0, 20),
            (69, 8, 0, 8191),
            (177, 0, 0, 14),
            (72, 0, 0, 14),
            (21, 4, 0, 67),
            (21, 3, 0, 68),
            (72, 0, 0, 16),
            (21, 1, 0, 67),
            (21, 0, 1, 68),
            (6, 0, 0, 262144),
            (6, 0, 0, 0),
        ),
    ),
    "dns": Filter(
        "port 53",
        (
            (40, 0, 0, 12),
            (21, 0, 8, 34525),
            (48, 0, 0, 20),
            (21, 2, 0, 132),
            (21, 1, 0, 6),
            (21, 0, 17, 17),
            (40, 0, 0, 54),
            (21, 14, 0, 53),
            (40, 0, 0, 56),
            (21, 12, 13, 53),
            (21, 0, 12, 2048),
            (48, 0, 0, 23),
            (21, 2, 0, 132),
            (21, 1, 0, 6),
            (21, 0, 8, 17),
            (40, 0, 0, 20),
            (69, 6, 0, 8191),
            (177, 0, 0, 14),
            (72, 0, 0, 14),
            (21, 2, 0, 53),
            (72, 0, 0, 16),
            (21, 0, 1, 53),
            (6, 0, 0, 262144),
            (6, 0, 0, 0),
        ),
    ),
    "connections": Filter(
        "tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0",
        (
            (40, 0, 0, 12),
            (21, 0, 8, 2048),
            (48, 0, 0, 23),
            (21, 0, 6, 6),
            (40, 0, 0, 20),
            (69, 4, 0, 8191),
            (177, 0, 0, 14),
            (80, 0, 0, 27),
            (69, 0, 1, 7),
            (6, 0, 0, 262144),
            (6, 0, 0, 0),
        ),
    ),
}
"""What may be captured, by name: addresses, errors, names and openings of connections;
never a whole conversation."""
