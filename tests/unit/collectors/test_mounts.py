# SPDX-License-Identifier: Apache-2.0
"""The mount table as a service sees it.

Rules: tables as systemd makes them for a unit with ProtectSystem=strict.
Not here: what is told of file systems (`tests/contract`).
"""

from agent.collectors._linux.mounts import parse_mounts, parse_writable

MOUNTS = b"""\
/dev/vda1 / ext4 ro,nosuid,relatime 0 0
/dev/vda2 /srv ext4 ro,relatime 0 0
/dev/vda1 /var/lib/discreet-agent ext4 rw,nosuid,relatime 0 0
"""
MOUNTINFO = b"""\
86 85 254:1 / / ro,nosuid,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro
87 86 254:2 / /srv ro,relatime - ext4 /dev/vda2 ro
88 86 254:1 /var/lib/x /var/lib/x rw,relatime - ext4 /dev/vda1 rw
89 86 0:5 / /dev
broken line
"""


def test_what_systemd_protects_from_the_agent_is_not_read_only() -> None:
    """Read-only is told of a file system itself, and not of the agent's mount."""
    assert parse_writable(MOUNTINFO) == {b"/dev/vda1"}
    found = parse_mounts(MOUNTS, parse_writable(MOUNTINFO))
    assert [(one.point, one.read_only) for one in found] == [
        (b"/", False),
        (b"/srv", True),
    ]


def test_without_more_the_table_counts() -> None:
    """Where the kernel tells no more, a mount's own flag is what is told."""
    assert [one.read_only for one in parse_mounts(MOUNTS)] == [True, True]
    assert parse_writable(b"\xff\n - \n - a b rw c") == frozenset()
