# SPDX-License-Identifier: Apache-2.0
"""What a monitor says of itself: its EDID.

Rules: pure, never raises; what has no EDID header or is cut short tells nothing.
Not here: which monitors there are (`peripherals.py`).
Source: VESA Enhanced EDID 1.4, section 3.
"""

from agent.collectors._shared.gather import text
from wire.values import Value

EDID_BYTES = 128
"""The first block; extensions hold timings, which nobody asks for."""
_HEADER = b"\x00\xff\xff\xff\xff\xff\xff\x00"
_LETTER = 64
"""The maker's three letters are 5 bits each, counted from the one before A."""
_LETTERS = 26
_DESCRIPTORS = (54, 72, 90, 108)
_DESCRIPTOR_BYTES = 18
_TEXT_AT = 5
_NAME, _SERIAL = 0xFC, 0xFF
_FIRST_YEAR = 1990
_NO_SERIALS = frozenset({0, 0x01010101, 0xFFFFFFFF})
"""Numbers of makers that do not number."""


def parse_edid(data: bytes) -> dict[str, Value]:
    """Return maker, product, serial number and year of a monitor."""
    if len(data) < EDID_BYTES or not data.startswith(_HEADER):
        return {}
    number = int.from_bytes(data[12:16], "little")
    plain = None if number in _NO_SERIALS else str(number)
    return {
        "vendor_id": _maker(int.from_bytes(data[8:10], "big")),
        "product_id": data[11:9:-1].hex(),
        "product_name": _described(data, _NAME),
        "serial": _described(data, _SERIAL) or plain,
        "manufacture_year": _FIRST_YEAR + data[17] if data[17] else None,
    }


def _maker(packed: int) -> str | None:
    """Return the three letters of a maker; None where they are no letters."""
    places = [packed >> shift & 0x1F for shift in (10, 5, 0)]
    if not all(1 <= place <= _LETTERS for place in places):
        return None
    return "".join(chr(_LETTER + place) for place in places)


def _described(data: bytes, kind: int) -> str | None:
    """Return the text of a display descriptor of a kind."""
    head = bytes((0, 0, 0, kind))
    for start in _DESCRIPTORS:
        found = data[start : start + _DESCRIPTOR_BYTES]
        if found.startswith(head):
            value = text(found[_TEXT_AT:].partition(b"\n")[0]).strip()
            if value:
                return value
    return None
