# SPDX-License-Identifier: Apache-2.0
"""The firmware's own table (SMBIOS), as Windows hands it out.

Rules: pure; what has another form ends the walk; what a maker left empty is absent.
Not here: the same facts on Linux, whose kernel reads the table (`devices.py`).
Sources: DMTF DSP0134 (SMBIOS 3.6) 6.1, 7.2, 7.4; RawSMBIOSData of Windows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from agent.collectors._shared.gather import text

_HEADER = 8
_END = b"\0\0"
_SYSTEM, _CHASSIS = 1, 3
_KIND_BITS = 0x7F
"""The highest bit of the chassis type says only that it can be locked."""
_UUID = slice(8, 24)
_NO_UUIDS = frozenset({bytes(16), b"\xff" * 16})


@dataclass(frozen=True, slots=True)
class Structure:
    """One structure: its type, formatted part and strings."""

    kind: int
    formatted: bytes
    strings: tuple[bytes, ...]

    def string(self, offset: int) -> str | None:
        """Return the string that the byte at an offset numbers, from 1 on."""
        index = self.formatted[offset] if offset < len(self.formatted) else 0
        if not 0 < index <= len(self.strings):
            return None
        return text(self.strings[index - 1]).strip() or None


def structures(table: bytes) -> Iterator[Structure]:
    """Yield the structures of a RawSMBIOSData."""
    at = _HEADER
    while at + 4 <= len(table):
        kind, length = table[at], table[at + 1]
        end = table.find(_END, at + length)
        if length < 4 or end < 0:  # noqa: PLR2004 - type, length and handle
            return
        strings = tuple(table[at + length : end].split(b"\0"))
        yield Structure(kind, table[at : at + length], strings)
        at = end + len(_END)


@dataclass(frozen=True, slots=True)
class Firmware:
    """What names the machine; None where the maker left it out."""

    serial: str | None = None
    uuid: str | None = None
    chassis: str | None = None
    asset_tag: str | None = None


def parse_firmware(table: bytes) -> Firmware:
    """Return what the first system and chassis structures say."""
    found: dict[int, Structure] = {}
    for item in structures(table):
        found.setdefault(item.kind, item)
    system, chassis = found.get(_SYSTEM), found.get(_CHASSIS)
    kind = chassis.formatted[5] if chassis and len(chassis.formatted) > 5 else 0  # noqa: PLR2004 - 7.4: its place
    return Firmware(
        system.string(7) if system else None,
        _uuid(system.formatted[_UUID]) if system else None,
        str(kind & _KIND_BITS) if kind else None,
        chassis.string(8) if chassis else None,
    )


def _uuid(field: bytes) -> str | None:
    if len(field) != 16 or field in _NO_UUIDS:  # noqa: PLR2004 - octets of a UUID
        return None
    parts = field[3::-1], field[5:3:-1], field[7:5:-1], field[8:10], field[10:]
    return "-".join(part.hex() for part in parts)  # 7.2.1; uuid costs 3 ms to load
