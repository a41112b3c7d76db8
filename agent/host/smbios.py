# SPDX-License-Identifier: Apache-2.0
"""The root side's reading of SMBIOS: the memory modules, and nothing else of it.

Rules: of the table, which also holds serial numbers and passwords' states, only the
asked columns of memory devices leave; the parser never raises on any bytes.
Not here: what is made of the values (`agent/collectors/memory_modules.py`).
Source: DMTF DSP0134 3.6, sections 6.1 and 7.18 (memory device, type 17).
"""

from collections.abc import Iterator

from agent.budget import SMBIOS_BYTES, TEXT_BYTES
from agent.host.interface import Host

TABLE = "/sys/firmware/dmi/tables/DMI"
"""All structures, one after the other; mode 0400."""
COLUMNS = frozenset(
    {
        "slot",
        "bank",
        "size",
        "form_factor",
        "type",
        "max_speed",
        "configured_speed",
        "ecc",
        "vendor_name",
        "model",
        "serial",
        "asset_tag",
    }
)

_HEAD = 4
_MEMORY_DEVICE = 17
_END = 127
_UNKNOWN = 0xFFFF
_EXTENDED = 0x7FFF
"""A size or speed that stands in a longer field of its own."""
_KIB_UNIT = 0x8000
_KIB, _MIB = 1 << 10, 1 << 20
_TEXTS = {
    "slot": 0x10,
    "bank": 0x11,
    "vendor_name": 0x17,
    "serial": 0x18,
    "asset_tag": 0x19,
    "model": 0x1A,
}
"""Where a structure says which of its strings is meant."""
_SPEEDS = {"max_speed": (0x15, 0x54), "configured_speed": (0x20, 0x58)}
"""Million transfers a second: a word, and the longer field of SMBIOS 3.3."""
_FORMS = {
    3: "SIMM",
    5: "chip",
    6: "DIP",
    8: "proprietary card",
    9: "DIMM",
    11: "row of chips",
    12: "RIMM",
    13: "SODIMM",
    14: "SRIMM",
    15: "FB-DIMM",
    16: "die",
    17: "CAMM",
}
_TYPES = {
    3: "DRAM",
    7: "RAM",
    15: "SDRAM",
    18: "DDR",
    19: "DDR2",
    20: "DDR2 FB-DIMM",
    24: "DDR3",
    26: "DDR4",
    27: "LPDDR",
    28: "LPDDR2",
    29: "LPDDR3",
    30: "LPDDR4",
    31: "non-volatile",
    32: "HBM",
    33: "HBM2",
    34: "DDR5",
    35: "LPDDR5",
    36: "HBM3",
}


def parse_memory_devices(data: bytes) -> Iterator[dict[str, str]]:
    """Yield what the table says of each place for a memory module."""
    for body, strings in _structures(data):
        if body[0] == _MEMORY_DEVICE:
            yield _memory_device(body, strings)


def _structures(data: bytes) -> Iterator[tuple[bytes, list[bytes]]]:
    """Yield each whole structure with its strings, up to the end or the first cut."""
    at = 0
    while at + _HEAD <= len(data):
        length = data[at + 1]
        body = data[at : at + length]
        end = data.find(b"\0\0", at + length)
        if length < _HEAD or len(body) < length or end < 0 or body[0] == _END:
            return
        yield body, data[at + length : end].split(b"\0")
        at = end + 2


def _memory_device(body: bytes, strings: list[bytes]) -> dict[str, str]:
    total, width = _word(body, 0x08), _word(body, 0x0A)
    found = {
        "size": _size(body),
        "form_factor": _FORMS.get(_byte(body, 0x0E)),
        "type": _TYPES.get(_byte(body, 0x12)),
        "ecc": None if _UNKNOWN in (total, width) or not width else str(total > width),
        **{column: _string(body, at, strings) for column, at in _TEXTS.items()},
        **{column: _speed(body, *at) for column, at in _SPEEDS.items()},
    }
    return {column: value for column, value in found.items() if value}


def _number(body: bytes, at: int, width: int) -> int:
    """Return a field; 0, which means not known, where the structure is too short."""
    field = body[at : at + width]
    return int.from_bytes(field, "little") if len(field) == width else 0


def _byte(body: bytes, at: int) -> int:
    return _number(body, at, 1)


def _word(body: bytes, at: int) -> int:
    return _number(body, at, 2)


def _size(body: bytes) -> str | None:
    """Return the bytes of a module; 0 for an empty place, None where not known."""
    size = _word(body, 0x0C)
    if size == _UNKNOWN or len(body) <= 0x0D:  # noqa: PLR2004 - the field's last byte
        return None
    if size == _EXTENDED:
        return str((_number(body, 0x1C, 4) & 0x7FFFFFFF) * _MIB)
    unit = _KIB if size & _KIB_UNIT else _MIB
    return str((size & _EXTENDED) * unit)


def _speed(body: bytes, at: int, longer: int) -> str | None:
    speed = _word(body, at)
    if speed == _UNKNOWN:
        speed = _number(body, longer, 4)
    return str(speed) if speed else None


def _string(body: bytes, at: int, strings: list[bytes]) -> str | None:
    index = _byte(body, at)
    if not 1 <= index <= len(strings):
        return None
    return strings[index - 1][:TEXT_BYTES].decode("utf-8", "replace").strip() or None


def read_memory_modules(host: Host, columns: frozenset[str]) -> list[dict[str, str]]:
    """Return the asked columns of each place for a memory module."""
    data = host.read(TABLE, SMBIOS_BYTES)
    return [
        {column: value for column, value in device.items() if column in columns}
        for device in parse_memory_devices(data)
    ]
