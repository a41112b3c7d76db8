# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Makes the agent's Windows folders, and closes them to others.

Rules: a folder is closed as it is made, not after; one that others made or could write
is not believed: it is set aside, with all that is in it, and one is made anew; nothing
is followed to another place.
Stated limit: Wine keeps of an access list what fits a Unix file's mode, and adds what
is above to a list that is set later; that Windows does neither was not seen.
Not here: who may what (`windows_rights.py`).
Source: CVE-2019-3567, an agent that took a folder which any user had made.
"""

import os
import stat
import sys
from itertools import count
from pathlib import Path

import pywintypes
import win32api
import win32file
import win32security as security

from service.contract import ServiceError
from service.windows_rights import owners

if sys.platform != "win32":
    reason = "service.windows_folders is for Windows"
    raise ImportError(reason)

_WRITES = 0x500D_0056
"""Writing, appending, deleting, taking over: files' own rights and generic ones."""
_CREATOR = "S-1-3-"
"""Stands for whoever makes a file in the folder: nobody by itself."""
_ASIDE = 100
"""Names for what is set aside: this only bounds a defect."""


def make(path: Path, access: str) -> Path | None:
    """Have a folder that can be believed; return where another one was set aside.

    Args:
        path: whose parent is there.
        access: who may what, in Windows' own notation.

    Raises:
        ServiceError: it cannot be made, or what is in its place cannot be moved.
    """
    aside = None
    if os.path.lexists(path) and not is_believed(path):
        aside = _set_aside(path)
    try:
        win32file.CreateDirectory(str(path), _attributes(access))
    except pywintypes.error:
        # there already, and believed a moment ago: is it still
        if not is_believed(path):
            msg = "the data directory cannot be made: look at who may write above it"
            raise ServiceError(msg) from None
        close(path, access)
    return aside


def close(path: Path, access: str) -> None:
    """Give a folder and what is in it an access list.

    Raises:
        ServiceError: the system refuses.
    """
    wanted = _parsed(access)
    kinds = (
        security.DACL_SECURITY_INFORMATION
        | security.PROTECTED_DACL_SECURITY_INFORMATION
    )
    rights = wanted.GetSecurityDescriptorDacl()
    file = security.SE_FILE_OBJECT
    try:
        security.SetNamedSecurityInfo(str(path), file, kinds, None, None, rights, None)
    except pywintypes.error:
        msg = "a folder's access list cannot be set: run it as an administrator"
        raise ServiceError(msg) from None


def is_believed(path: Path) -> bool:
    """Tell whether a folder is one, of an owner and with writers that are known."""
    try:
        attributes = path.lstat().st_file_attributes
        kinds = security.OWNER_SECURITY_INFORMATION | security.DACL_SECURITY_INFORMATION
        found = security.GetNamedSecurityInfo(str(path), security.SE_FILE_OBJECT, kinds)
    except (OSError, pywintypes.error):
        return False
    if attributes & stat.FILE_ATTRIBUTE_REPARSE_POINT:  # it leads elsewhere
        return False
    if not attributes & stat.FILE_ATTRIBUTE_DIRECTORY:
        return False
    known = {*owners(), _this_user()}
    owner = security.ConvertSidToStringSid(found.GetSecurityDescriptorOwner())
    rights = found.GetSecurityDescriptorDacl()
    return owner in known and rights is not None and _writers(rights) <= known


def _writers(rights: "security.PyACL") -> set[str]:
    """Return who else than its maker may change what is in a folder."""
    found = set()
    for index in range(rights.GetAceCount()):
        (kind, _), mask, sid = rights.GetAce(index)[:3]
        if kind == security.ACCESS_ALLOWED_ACE_TYPE and mask & _WRITES:
            found.add(str(security.ConvertSidToStringSid(sid)))
    return {sid for sid in found if not sid.startswith(_CREATOR)}


def _set_aside(path: Path) -> Path:
    """Rename what is in a folder's place: who holds it open holds that, not ours."""
    for number in count(1):
        aside = path.with_name(f"{path.name}.not-ours-{number}")
        if not os.path.lexists(aside):
            break
        if number > _ASIDE:
            aside = path
            break
    try:
        win32file.MoveFileEx(str(path), str(aside), 0)
    except pywintypes.error:
        msg = (
            f"{path} was made by somebody else and is in use: end what uses it, move "
            "it away, and install again"
        )
        raise ServiceError(msg) from None
    return aside


def _attributes(access: str) -> "pywintypes.SECURITY_ATTRIBUTES":
    found = security.SECURITY_ATTRIBUTES()
    found.SECURITY_DESCRIPTOR = _parsed(access)
    return found


def _parsed(access: str) -> "pywintypes.SECURITY_DESCRIPTOR":
    return security.ConvertStringSecurityDescriptorToSecurityDescriptor(
        access, security.SDDL_REVISION_1
    )


def _this_user() -> str:
    """Return who installs: the system, or under Wine the one user that there is."""
    token = security.OpenProcessToken(
        win32api.GetCurrentProcess(), security.TOKEN_QUERY
    )
    sid, _ = security.GetTokenInformation(token, security.TokenUser)
    return str(security.ConvertSidToStringSid(sid))
