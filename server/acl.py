# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (where it asks for win32)
"""POSIX access lists: which further users may use a file, as Linux keeps it.

Rules: a list names users alone; the file's group and everybody else have nothing; what
cannot be read counts as a list of strangers.
Not here: which users (`server/users.py`), which files (`server/apart/places.py`).
Source: include/uapi/linux/posix_acl_xattr.h, acl(5).
"""

import os
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

from server.users import User, find

READ, WRITE, EXECUTE = 4, 2, 1
_ACCESS = "system.posix_acl_access"
_DEFAULT = "system.posix_acl_default"
_VERSION = struct.Struct("<I")
_ENTRY = struct.Struct("<HHI")
_VERSION_TWO = 2
_OWNER, _USER, _GROUP, _MASK, _OTHERS = 0x01, 0x02, 0x04, 0x10, 0x20
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


def is_shared(path: Path) -> bool:
    """Tell whether a file has a list of further users."""
    return _get(path, _ACCESS) is not None


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
    entries = [
        (_OWNER, owner, _NOBODY),
        *((_USER, rights[user], user) for user in sorted(rights)),
        (_GROUP, 0, _NOBODY),
        (_MASK, mask, _NOBODY),
        (_OTHERS, 0, _NOBODY),
    ]
    return _VERSION.pack(_VERSION_TWO) + b"".join(_ENTRY.pack(*one) for one in entries)


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
