# SPDX-License-Identifier: Apache-2.0
"""Group members: who is in which group of this machine, and who has its rights.

Rules: no directory server is asked: a member that is no account of this machine is
told by the name that the machine holds; passwords of groups are not kept; sudoers is
not read: it is free text, and root's alone.
Not here: accounts (`user_accounts.py`), groups of a domain.
Sources: group(5), passwd(5) for the first group of each account; local groups of
Windows and their well-known SIDs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from agent.budget import GROUP_BYTES
from agent.collectors._shared.declare import direct, free_text, harmless, quasi
from agent.collectors._shared.gather import number, take, text, whole
from agent.collectors._shared.groups import (
    ADMINISTRATORS,
    BUILT_IN,
    WINDOWS_GROUPS,
    Group,
    parse_groups,
)
from agent.collectors._windows.steps import PEOPLE, fields_for, figure, words
from agent.errors import NotFoundError, UnsupportedError
from agent.host.interface import Host
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "group_members",
    Kind.SNAPSHOT,
    "Groups and their members: who may administer this machine.",
    ("group", "group.id", "member", "member.id"),
    (
        free_text("group", "Says which group it is; known names are taken out."),
        harmless("group.id", TEXT, "Tells built-in groups apart in any language."),
        direct("member", "user", "Shows accounts that should not be in it."),
        direct("member.id", "user", "Tells accounts apart when names change."),
        harmless("type", TEXT, "Tells people from groups, and local from others."),
        replace(
            quasi(
                "domain", TEXT, "Says whose account it is.", "pseudonymise", "domain"
            ),
            systems=(System.WINDOWS,),
        ),
        harmless("privileged", ValueType.BOOLEAN, "Shows groups with root's rights."),
    ),
)

_GROUP, _PASSWD = "/etc/group", "/etc/passwd"
_PASSWD_FIELDS = 4
_PRIVILEGED = frozenset(
    {
        b"adm",
        b"admin",
        b"disk",
        b"docker",
        b"incus-admin",
        b"kmem",
        b"libvirt",
        b"lxd",
        b"root",
        b"shadow",
        b"sudo",
        b"wheel",
    }
)
"""Groups that have root's rights, can take them, or read what only root may."""


@dataclass(frozen=True, slots=True)
class Account:
    """What /etc/passwd says of an account: its number and its first group."""

    identifier: int
    group: int


def parse_accounts(data: bytes) -> dict[bytes, Account]:
    """Return the accounts of a passwd file; the first of a name counts."""
    found: dict[bytes, Account] = {}
    for raw in data.split(b"\n"):
        fields = raw.split(b":", _PASSWD_FIELDS)
        if len(fields) <= _PASSWD_FIELDS or not fields[0]:
            continue
        identifier, group = number(fields[2]), number(fields[3])
        if identifier is not None and group is not None:
            found.setdefault(fields[0], Account(identifier, group))
    return found


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each member of a group.

    Members are those that /etc/group names, and in groups of rights also the accounts
    whose first group it is.
    """
    if not want.columns:
        return Reading([])
    try:
        data = host.read(_GROUP, GROUP_BYTES)
    except NotFoundError:
        reason = "no-groups"
        raise UnsupportedError(reason) from None
    return take(
        want, _members(parse_groups(data), parse_accounts(whole(host, _PASSWD)))
    )


def _members(
    groups: Iterator[Group], accounts: Mapping[bytes, Account]
) -> Iterator[dict[str, Value]]:
    first: dict[int, set[bytes]] = {}
    for name, account in accounts.items():
        first.setdefault(account.group, set()).add(name)
    for group in groups:
        privileged = group.name in _PRIVILEGED or group.identifier == 0
        names = group.members - {b""}
        if privileged:
            names |= first.get(group.identifier, set())
        for name in sorted(names):
            known = accounts.get(name)
            yield {
                "group": text(group.name),
                "group.id": str(group.identifier),
                "member": text(name).strip() or None,
                "member.id": None if known is None else str(known.identifier),
                "type": "not-local" if known is None else "user",
                "privileged": privileged,
            }


_WINDOWS_FIELDS = {
    "group": "group",
    "group.id": "group_sid",
    "member": "member",
    "member.id": "member_sid",
    "domain": "domain",
}
_USAGE: Mapping[int | None, str] = {
    1: "user",
    2: "group",
    4: "group",
    5: "well-known",
    6: "deleted",
    8: "unknown",
    9: "computer",
}
"""SID_NAME_USE of winnt.h; 4 is a local group."""
_WINDOWS_PRIVILEGED = frozenset(
    {
        ADMINISTRATORS,
        "S-1-5-32-547",  # Power Users
        "S-1-5-32-548",  # Account Operators
        "S-1-5-32-549",  # Server Operators
        "S-1-5-32-550",  # Print Operators
        "S-1-5-32-551",  # Backup Operators
        "S-1-5-32-556",  # Network Configuration Operators
        "S-1-5-32-578",  # Hyper-V Administrators
    }
)


def parse_member(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the values of one member of a local group of Windows."""
    sid = words(row.get("group_sid"))
    member = words(row.get("member_sid"))
    domain = words(row.get("domain")) if (member or "").startswith(PEOPLE) else None
    kind = _USAGE.get(figure(row.get("usage")))
    return {
        "group": WINDOWS_GROUPS.get(sid or "", words(row.get("group"))),
        "group.id": _short(sid),
        "member": words(row.get("member")),
        "member.id": member,
        "type": f"domain-{kind}" if domain and kind in {"user", "group"} else kind,
        "domain": domain,
        "privileged": None if sid is None else sid in _WINDOWS_PRIVILEGED,
    }


def _short(sid: str | None) -> str | None:
    """Return a group's SID without the machine's part, which would identify it."""
    if sid is None or sid.startswith(BUILT_IN):
        return sid
    return sid.rpartition("-")[2] or None


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each member of a local group."""
    if not want.columns:
        return Reading([])
    fields = fields_for(want, _WINDOWS_FIELDS) | {"group", "group_sid"}
    if want.any("type", "domain"):
        fields |= {"usage", "member_sid", "domain"}
    return take(want, map(parse_member, windows(host).ask(Source.GROUPS, fields)))


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

EXAMPLES = (
    Example(
        System.LINUX,
        "Composed: administrators by list and by first group, one of a directory.",
        rows=(
            {
                "group": "root",
                "group.id": "0",
                "member": "root",
                "member.id": "0",
                "type": "user",
                "privileged": True,
            },
            {
                "group": "sudo",
                "group.id": "27",
                "member": "EXAMPLE\\grace",
                "type": "not-local",
                "privileged": True,
            },
            {
                "group": "sudo",
                "group.id": "27",
                "member": "ada",
                "member.id": "1000",
                "type": "user",
                "privileged": True,
            },
            {
                "group": "docker",
                "group.id": "999",
                "member": "eve",
                "member.id": "1001",
                "type": "user",
                "privileged": True,
            },
            {
                "group": "music",
                "group.id": "1005",
                "member": "ada",
                "member.id": "1000",
                "type": "user",
                "privileged": False,
            },
        ),
        files={
            "/etc/passwd": b"root:x:0:0:root:/root:/bin/bash\n"
            b"ada:x:1000:1000:Ada Lovelace:/home/ada:/bin/zsh\n"
            b"eve:x:1001:999::/home/eve:/bin/sh\n",
            "/etc/group": b"root:x:0:\nsudo:x:27:ada,EXAMPLE\\grace\n"
            b"ada:x:1000:\ndocker:x:999:\nmusic:x:1005:ada\n",
        },
    ),
    Example(
        System.LINUX,
        "Composed: junk, empty members, and a group that only has root's number.",
        rows=(
            {
                "group": "\ufffd",
                "group.id": "0",
                "member": "\ufffd",
                "type": "not-local",
                "privileged": True,
            },
        ),
        files={
            "/etc/passwd": b"+::::::\n\xfe:x:y:0\n:x:0:0:\n",
            "/etc/group": b"\xff:x:0:\xff,,\nx:x:one:a\n\n:x:1:a\nsudo:x:27:a:b\n\0",
        },
    ),
    Example(
        System.WINDOWS,
        "Composed in the form of NetLocalGroupGetMembers: German, in a domain.",
        rows=(
            {
                "group": "Administrators",
                "group.id": "S-1-5-32-544",
                "member": "Administrator",
                "member.id": "S-1-5-21-1-2-3-500",
                "type": "user",
                "privileged": True,
            },
            {
                "group": "Administrators",
                "group.id": "S-1-5-32-544",
                "member": "Domain Admins",
                "member.id": "S-1-5-21-9-9-9-512",
                "type": "domain-group",
                "domain": "EXAMPLE",
                "privileged": True,
            },
            {
                "group": "Users",
                "group.id": "S-1-5-32-545",
                "member": "INTERAKTIV",
                "member.id": "S-1-5-4",
                "type": "well-known",
                "privileged": False,
            },
            {
                "group": "Buchhaltung",
                "group.id": "1005",
                "member": "ada",
                "member.id": "S-1-12-1-7-7-7-7",
                "type": "domain-user",
                "domain": "AzureAD",
                "privileged": False,
            },
        ),
        facts={
            "groups": (
                {
                    "group": "Administratoren",
                    "group_sid": "S-1-5-32-544",
                    "member": "Administrator",
                    "member_sid": "S-1-5-21-1-2-3-500",
                    "domain": None,
                    "usage": 1,
                },
                {
                    "group": "Administratoren",
                    "group_sid": "S-1-5-32-544",
                    "member": "Domain Admins",
                    "member_sid": "S-1-5-21-9-9-9-512",
                    "domain": "EXAMPLE",
                    "usage": 2,
                },
                {
                    "group": "Benutzer",
                    "group_sid": "S-1-5-32-545",
                    "member": "INTERAKTIV",
                    "member_sid": "S-1-5-4",
                    "domain": "NT-AUTORIT\u00c4T",
                    "usage": 5,
                },
                {
                    "group": "Buchhaltung",
                    "group_sid": "S-1-5-21-1-2-3-1005",
                    "member": "ada",
                    "member_sid": "S-1-12-1-7-7-7-7",
                    "domain": "AzureAD",
                    "usage": 1,
                },
            )
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: an account that is gone, and a group whose SID is not told.",
        rows=(
            {
                "group": "Administrators",
                "group.id": "S-1-5-32-544",
                "member.id": "S-1-5-21-9-9-9-2044",
                "type": "deleted",
                "privileged": True,
            },
            {"group": "odd\ufffd", "member": "x"},
        ),
        facts={
            "groups": (
                {
                    "group": "Administrators",
                    "group_sid": "S-1-5-32-544",
                    "member": None,
                    "member_sid": "S-1-5-21-9-9-9-2044",
                    "domain": None,
                    "usage": 6,
                },
                {"group": "odd\ufffd\0", "group_sid": None, "member": "x", "usage": 77},
            )
        },
    ),
)
