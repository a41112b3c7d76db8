# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (where it asks for win32)
"""POSIX access lists: which further users may use a file, as Linux keeps it.

Rules: a list that is made here names users alone, and the file's group and everybody
else have nothing; one that is added to stays what it was for all others; what cannot be
read counts as a list of strangers.
Not here: which users (`server/users.py`), which files (`server/apart/places.py`).
Source: include/uapi/linux/posix_acl_xattr.h, acl(5).
"""

import os
import stat
import struct
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from server.users import User, find

READ, WRITE, EXECUTE = 4, 2, 1
_ACCESS = "system.posix_acl_access"
_DEFAULT = "system.posix_acl_default"
_VERSION = struct.Struct("<I")
_ENTRY = struct.Struct("<HHI")
_VERSION_TWO = 2
_OWNER, _USER, _GROUP, _GROUPS, _MASK, _OTHERS = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_BOUND = (_USER, _GROUP, _GROUPS)
"""What the mask bounds."""
_NOBODY = 0xFFFFFFFF
Place = Path | int
"""Of a file or a directory: its path, or a descriptor of it."""
Rights = Mapping[int, int]
"""User's number > bits of READ, WRITE and EXECUTE."""


def give(place: Place, owner: int, rights: Rights) -> None:
    """Let further users use a file or a directory, and nobody else.

    Args:
        place: of it; no link.
        owner: bits of its owner.
        rights: of the others.

    Raises:
        OSError: the file system keeps no lists, or refuses.
    """
    _set(place, _ACCESS, _octets(owner, rights))


def hand_down(place: Place, rights: Rights) -> None:
    """Let further users use whatever is made in a directory from now on.

    Args:
        place: of the directory.
        rights: none for what is made to be its maker's alone.

    Raises:
        OSError: the file system keeps no lists, or refuses.
    """
    if rights:
        _set(place, _DEFAULT, _octets(READ | WRITE | EXECUTE, rights))
    else:
        _drop(place, _DEFAULT)


def take(place: Place) -> None:
    """Take every list from a file or a directory."""
    _drop(place, _ACCESS)
    _drop(place, _DEFAULT)  # a file has none


def add(handle: int, users: Collection[int]) -> None:
    """Let further users read an open file; who may use it already goes on.

    Args:
        handle: of the file.
        users: their numbers.

    Raises:
        OSError: the file system keeps no lists, or refuses.
    """
    entries = _effective(handle)
    lines = [one for one in entries if one[0] != _USER or one[2] not in users]
    may = {number: permits for tag, permits, number in entries if tag == _USER}
    lines += [(_USER, may.get(user, 0) | READ, user) for user in users]
    _set(handle, _ACCESS, _bounded(lines))


def drop(handle: int, users: Collection[int]) -> None:
    """Take users out of the list of an open file; where none is left it has a mode.

    Args:
        handle: of the file.
        users: their numbers.

    Raises:
        OSError: the file system refuses.
    """
    if sys.platform == "win32" or not is_shared(handle):
        return
    lines = [
        one for one in _effective(handle) if one[0] != _USER or one[2] not in users
    ]
    if any(tag in {_USER, _GROUPS} for tag, _, _ in lines):
        _set(handle, _ACCESS, _bounded(lines))
        return
    group = next((permits for tag, permits, _ in lines if tag == _GROUP), 0)
    mode = stat.S_IMODE(os.fstat(handle).st_mode)
    _drop(handle, _ACCESS)  # which leaves the mask in the mode, where the group was
    os.fchmod(handle, mode & ~stat.S_IRWXG | group << 3)


def admits(path: Path, user: int, groups: Collection[int]) -> bool:
    """Tell whether a file lets a user read it, as the kernel decides it; see acl(5).

    Args:
        path: of the file; of a link it is the file that it names.
        user: the user's number.
        groups: numbers of the groups that the user is in.

    Raises:
        OSError: it cannot be looked at.
    """
    found = path.stat()
    entries = _effective(path)
    if user == found.st_uid:
        return found.st_mode & stat.S_IRUSR != 0
    for tag, permits, number in entries:
        if tag == _USER and number == user:
            return permits & READ != 0
    theirs = [
        permits
        for tag, permits, number in entries
        if (tag == _GROUP and found.st_gid in groups)
        or (tag == _GROUPS and number in groups)
    ]
    if theirs:
        return any(permits & READ for permits in theirs)
    return found.st_mode & stat.S_IROTH != 0


def copy(source: Path, target: Path) -> None:
    """Give a file the list that another one has, if it has one.

    Raises:
        OSError: the file system refuses.
    """
    found = _get(source, _ACCESS)
    if found is not None:
        _set(target, _ACCESS, found)


def hands_down(folder: Path) -> bool:
    """Tell whether what is made in a directory is for further users."""
    return _get(folder, _DEFAULT) is not None


def is_shared(place: Place) -> bool:
    """Tell whether a file has a list of further users."""
    return _get(place, _ACCESS) is not None


def only_ours(handle: int) -> bool:
    """Tell whether all who may use an open file are users of the collector.

    Args:
        handle: of the file; its mode gives everybody else nothing.
    """
    octets = _get(handle, _ACCESS)
    ours = {found for user in User if (found := find(user)) is not None}
    return octets is not None and all(
        not permits or tag in {_OWNER, _MASK} or (tag == _USER and number in ours)
        for tag, permits, number in _entries(octets)
    )


def _octets(owner: int, rights: Rights) -> bytes:
    mask = 0
    for permits in rights.values():
        mask |= permits
    return _listed(
        [
            (_OWNER, owner, _NOBODY),
            *((_USER, permits, user) for user, permits in rights.items()),
            (_GROUP, 0, _NOBODY),
            (_MASK, mask, _NOBODY),
            (_OTHERS, 0, _NOBODY),
        ]
    )


def _listed(lines: list[tuple[int, int, int]]) -> bytes:
    order = sorted(lines, key=lambda one: (one[0], one[2]))
    return _VERSION.pack(_VERSION_TWO) + b"".join(_ENTRY.pack(*one) for one in order)


def _bounded(lines: list[tuple[int, int, int]]) -> bytes:
    """Return a list with a mask that takes nothing from anybody."""
    mask = 0
    for tag, permits, _ in lines:
        mask |= permits if tag in _BOUND else 0
    return _listed([*lines, (_MASK, mask, _NOBODY)])


def _effective(place: Place) -> list[tuple[int, int, int]]:
    """Return a file's lines as they count, without a mask; or those of its mode."""
    octets = _get(place, _ACCESS)
    if octets is None:
        mode = os.stat(place).st_mode  # noqa: PTH116 - may be a descriptor
        return [
            (tag, mode >> shift & (READ | WRITE | EXECUTE), _NOBODY)
            for tag, shift in ((_OWNER, 6), (_GROUP, 3), (_OTHERS, 0))
        ]
    entries = _entries(octets)
    mask = next((permits for tag, permits, _ in entries if tag == _MASK), ~0)
    return [
        (tag, permits & mask if tag in _BOUND else permits, number)
        for tag, permits, number in entries
        if tag != _MASK
    ]


def _entries(octets: bytes) -> list[tuple[int, int, int]]:
    """Return tag, bits and user of each line; one of a stranger if it is no list."""
    rest = octets[_VERSION.size :]
    if (
        octets[: _VERSION.size] != _VERSION.pack(_VERSION_TWO)
        or len(rest) % _ENTRY.size
    ):
        return [(_GROUP, READ, _NOBODY)]
    return list(_ENTRY.iter_unpack(rest))


def _get(place: Place, name: str) -> bytes | None:
    if sys.platform == "win32":
        return None
    try:
        return os.getxattr(place, name)
    except OSError:  # none, or a file system that keeps none
        return None


def _set(place: Place, name: str, octets: bytes) -> None:
    if sys.platform != "win32":
        # a descriptor is no link, and system calls want it said
        os.setxattr(place, name, octets, follow_symlinks=isinstance(place, int))


def _drop(place: Place, name: str) -> None:
    if sys.platform != "win32" and _get(place, name) is not None:
        os.removexattr(place, name, follow_symlinks=isinstance(place, int))
