# SPDX-License-Identifier: Apache-2.0
"""Groups of accounts: the form of /etc/group, and the groups that Windows brings.

Rules: passwords of groups are not kept; lines of another form are left out.
Not here: accounts (`user_accounts.py`), who is in a group (`group_members.py`).
Sources: group(5), well-known SIDs of Windows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from agent.collectors._shared.gather import number

_GROUP_FIELDS = 4
ADMINISTRATORS = "S-1-5-32-544"
BUILT_IN = "S-1-5-32-"
WINDOWS_GROUPS = {
    ADMINISTRATORS: "Administrators",
    "S-1-5-32-545": "Users",
    "S-1-5-32-546": "Guests",
    "S-1-5-32-547": "Power Users",
    "S-1-5-32-548": "Account Operators",
    "S-1-5-32-549": "Server Operators",
    "S-1-5-32-550": "Print Operators",
    "S-1-5-32-551": "Backup Operators",
    "S-1-5-32-555": "Remote Desktop Users",
    "S-1-5-32-556": "Network Configuration Operators",
    "S-1-5-32-578": "Hyper-V Administrators",
    "S-1-5-32-580": "Remote Management Users",
}
"""English names, so that machines of all languages report alike."""


@dataclass(frozen=True, slots=True)
class Group:
    """One line of /etc/group."""

    name: bytes
    identifier: int
    members: frozenset[bytes]


def parse_groups(data: bytes) -> Iterator[Group]:
    """Yield the groups of a group file; lines of another form are left out."""
    for raw in data.split(b"\n"):
        fields = raw.split(b":")
        if len(fields) != _GROUP_FIELDS:
            continue
        identifier = number(fields[2])
        if identifier is not None and fields[0]:
            yield Group(fields[0], identifier, frozenset(fields[3].split(b",")))
