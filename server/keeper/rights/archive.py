# SPDX-License-Identifier: Apache-2.0
"""A locked ZIP archive that its receiver opens without a program of ours.

Rules: what goes in is compressed as it comes, so no text of it is ever on the disk and
little is in memory; every member is locked; the names of members tell nothing.
Not here: the locking (`wire/crypto/members.py`), what goes in (`exporting.py`).
Source: PKWARE APPNOTE 6.3; WinZip AE-2 for the extra field.
"""

import datetime as dt
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from server.errors import LimitError
from server.keeper.bounds import EXPORT_BYTES
from wire.crypto.members import lock_member

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")
_EXTRA = struct.Struct("<HHH2sBH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = 0x04034B50, 0x02014B50, 0x06054B50
_VERSION = 51
"""Of the format: what encrypts by AES."""
_FLAGS = 0x0801
"""Encrypted; names in UTF-8."""
_AES, _DEFLATED = 99, 8
_AES_FIELD, _AE_2, _AES_256 = 0x9901, 2, 3
_FIRST_YEAR = 1980


@dataclass(slots=True)
class Member:
    """A file of an archive, compressed as it is written.

    Attributes:
        most: bytes that it may take in memory.
        size: bytes that were written.
    """

    most: int = EXPORT_BYTES
    size: int = 0
    _packed: bytearray = field(default_factory=bytearray)
    _packer: "zlib._Compress" = field(
        default_factory=lambda: zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    )

    @property
    def held(self) -> int:
        """Return what it takes in memory."""
        return len(self._packed)

    def write(self, text: str) -> None:
        """Add a text.

        Raises:
            LimitError: more than one export may hold.
        """
        octets = text.encode()
        self.size += len(octets)
        self._packed += self._packer.compress(octets)
        if self.held > self.most:
            msg = "more than one export may hold: ask for it by device"
            raise LimitError(msg)

    def packed(self) -> bytes:
        """End it, and return all of it compressed."""
        return bytes(self._packed + self._packer.flush())


def locked(members: Mapping[str, Member], password: str, made: int) -> bytes:
    """Return the archive.

    Args:
        members: by name; ended with this.
        password: from `draw_password`.
        made: seconds since the epoch.
    """
    out, directory = bytearray(), bytearray()
    extra = _EXTRA.pack(_AES_FIELD, 7, _AE_2, b"AE", _AES_256, _DEFLATED)
    time, day = _moment(made)
    for text, member in members.items():
        name, body = text.encode(), lock_member(member.packed(), password)
        shared = (_VERSION, _FLAGS, _AES, time, day, 0, len(body), member.size)
        place = len(out)
        out += _LOCAL.pack(_LOCAL_MARK, *shared, len(name), len(extra))
        out += name + extra + body
        directory += _CENTRAL.pack(
            _CENTRAL_MARK, _VERSION, *shared, len(name), len(extra), 0, 0, 0, 0, place
        )
        directory += name + extra
    count, at = len(members), len(out)
    end = _END.pack(_END_MARK, 0, 0, count, count, len(directory), at, 0)
    return bytes(out + directory + end)


def _moment(seconds: int) -> tuple[int, int]:
    """Return a moment as archives write it: time and day, in UTC."""
    at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    time = at.hour << 11 | at.minute << 5 | at.second // 2
    return time, (at.year - _FIRST_YEAR) << 9 | at.month << 5 | at.day
