# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Local groups of this Windows machine and who is in them.

Rules: the members of this machine's own groups only; Windows may ask the domain what a
member of it is called; comments of groups are not read.
Not here: what a group allows (`agent/collectors/group_members.py`).
Source: NetLocalGroupEnum level 0, NetLocalGroupGetMembers level 2.
"""

import sys
from collections.abc import Iterator, Mapping

import pywintypes
import win32api
import win32net
import win32security

from agent.errors import UnsupportedError
from wire.values import Value

if sys.platform != "win32":
    reason = "agent.host.windows_groups is for Windows"
    raise ImportError(reason)

_MEMBERS_LEVEL = 2
"""LOCALGROUP_MEMBERS_INFO_2: SID, kind of account, DOMAIN\\name."""


def members(fields: frozenset[str]) -> Iterator[Mapping[str, Value]]:
    """Yield one row for each member of each local group.

    Raises:
        UnsupportedError: the system tells no groups, as Wine; every Windows has some.
    """
    computer = win32api.GetComputerName().lower()
    resume, told = 0, False
    while True:
        groups, _, resume = win32net.NetLocalGroupEnum(None, 0, resume)
        for group in groups:
            told = True
            name = str(group["name"])
            sid = _sid(name) if "group_sid" in fields else None
            for member in _members(name, computer):
                yield {"group": name, "group_sid": sid, **member}
        if not resume:
            break
    if not told:
        reason = "no-local-groups"
        raise UnsupportedError(reason)


def _members(group: str, computer: str) -> Iterator[Mapping[str, Value]]:
    resume = 0
    while True:
        try:
            found, _, resume = win32net.NetLocalGroupGetMembers(
                None, group, _MEMBERS_LEVEL, resume
            )
        except pywintypes.error:  # removed since, or not ours to ask
            return
        for member in found:
            domain, _, name = str(member["domainandname"]).rpartition("\\")
            yield {
                "member": name or None,
                "member_sid": str(
                    win32security.ConvertSidToStringSid(member["sid"]),
                ),
                "domain": None if domain.lower() == computer else domain or None,
                "usage": int(member["sidusage"]),
            }
        if not resume:
            return


def _sid(group: str) -> str | None:
    try:
        sid, _, _ = win32security.LookupAccountName(None, group)
    except pywintypes.error:
        return None
    return str(win32security.ConvertSidToStringSid(sid))
