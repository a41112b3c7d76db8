# SPDX-License-Identifier: Apache-2.0
"""What switches say of themselves: frames of LLDP and CDP.

Rules: pure; any bytes give a neighbour or none, never an exception; every text is
printable and bounded; what is not understood is left out.
Not here: listening for frames (`listen.py`).
Sources: IEEE 802.1AB-2016 clause 8 and annex D; Cisco's description of CDP version 2.
"""

import socket
import struct
from collections.abc import Iterator, Mapping

COLUMNS = frozenset(
    {
        "protocol",
        "chassis_id",
        "port_id",
        "port_description",
        "system_name",
        "system_description",
        "management_address",
        "vlan",
    }
)
"""All that is taken of a frame."""
TEXT_CHARS = 255
"""Longest text: what one element of LLDP can hold; CDP's may be longer and are cut."""
_ELEMENTS = 128
"""Most elements of one frame: those of a switch have about fifteen."""

_HEAD_BYTES = 14
_VLAN, _LLDP = b"\x81\x00", b"\x88\xcc"
_CDP = bytes.fromhex("aaaa0300000c2000")
"""LLC, SNAP and Cisco's number for CDP."""
_CDP_TO = bytes.fromhex("01000ccccccc")
_MAC_BYTES = 6
_ORGANISATION = b"\x00\x80\xc2\x01"
"""IEEE 802.1's element of the port's own VLAN."""
_VLANS = range(1, 4_095)
_FORMS: Mapping[int, socket.AddressFamily] = {
    4: socket.AF_INET,
    16: socket.AF_INET6,
}


def parse_frame(frame: bytes) -> dict[str, str] | None:
    """Return what a frame says of the machine that sent it; None for other frames."""
    head, body = frame[: _HEAD_BYTES - 2], frame[_HEAD_BYTES - 2 :]
    if body[:2] == _VLAN:
        body = body[4:]
    if len(head) < _HEAD_BYTES - 2:
        return None
    if body[:2] == _LLDP:
        return _lldp(body[2:])
    if head[:6] == _CDP_TO and body[2 : 2 + len(_CDP)] == _CDP:
        size = int.from_bytes(body[:2], "big")
        return _cdp(body[2:][:size][len(_CDP) :])
    return None


def _lldp(data: bytes) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for kind, value in _lldp_elements(data):
        name = _LLDP_TEXTS.get(kind)
        text: str | None = None
        if kind == 1:
            name, text = "chassis_id", _chassis(value)
        elif kind == 2:  # noqa: PLR2004 - the standard's number of this element
            name, text = "port_id", _port(value)
        elif kind == 8:  # noqa: PLR2004 - the standard's number of this element
            size = value[0] if value else 0
            name, text = "management_address", _family_address(value[1 : 1 + size])
        elif kind == 127 and value[:4] == _ORGANISATION:  # noqa: PLR2004 - the standard's
            name, text = "vlan", _vlan(value[4:])
        elif name is not None:
            text = _text(value)
        if name and text:
            found.setdefault(name, text)
    if "chassis_id" not in found:
        return None
    return {"protocol": "lldp", **found}


_LLDP_TEXTS = {4: "port_description", 5: "system_name", 6: "system_description"}


def _lldp_elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and value of each element that is whole, up to the end mark."""
    at = 0
    for _ in range(_ELEMENTS):
        if at + 2 > len(data):
            return
        word = int.from_bytes(data[at : at + 2], "big")
        kind, size = word >> 9, word & 0x1FF
        at += 2
        if kind == 0 or at + size > len(data):
            return
        yield kind, data[at : at + size]
        at += size


def _chassis(value: bytes) -> str | None:
    """Return the chassis: a hardware or network address, or a word of its maker's."""
    kind, rest = value[:1], value[1:]
    if kind == b"\x04":
        return rest.hex(":") if len(rest) == _MAC_BYTES else None
    if kind == b"\x05":
        return _family_address(rest)
    return (
        _text(rest) if kind in {b"\x01", b"\x02", b"\x03", b"\x06", b"\x07"} else None
    )


def _port(value: bytes) -> str | None:
    """Return the port's name; one that is an address of the sender is left out."""
    kind, rest = value[:1], value[1:]
    return (
        _text(rest) if kind in {b"\x01", b"\x02", b"\x05", b"\x06", b"\x07"} else None
    )


def _family_address(value: bytes) -> str | None:
    """Return an address after its family's number: 1 for IPv4, 2 for IPv6."""
    size = {b"\x01": 4, b"\x02": 16}.get(value[:1])
    return _address(value[1:]) if size == len(value) - 1 else None


def _address(value: bytes) -> str | None:
    form = _FORMS.get(len(value))
    if form is None or not any(value):
        return None
    return socket.inet_ntop(form, value)


def _vlan(value: bytes) -> str | None:
    number = int.from_bytes(value[:2], "big") if len(value) >= 2 else 0  # noqa: PLR2004 - two bytes
    return str(number) if number in _VLANS else None


def _cdp(data: bytes) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for kind, value in _cdp_elements(data[4:]):  # version, lifetime and checksum
        name = _CDP_TEXTS.get(kind)
        if name is not None:
            text = _text(value)
        elif kind in {0x0002, 0x0016}:
            name, text = "management_address", _cdp_address(value)
        elif kind == 0x000A:  # noqa: PLR2004 - Cisco's number of this element
            name, text = "vlan", _vlan(value)
        else:
            continue
        if text:
            found.setdefault(name, text)
    if "chassis_id" not in found:
        return None
    found.setdefault("system_name", found["chassis_id"])
    return {"protocol": "cdp", **found}


_CDP_TEXTS = {
    0x0001: "chassis_id",
    0x0003: "port_id",
    0x0005: "system_description",
    0x0014: "system_name",
}


def _cdp_elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and value of each element that is whole."""
    at = 0
    for _ in range(_ELEMENTS):
        if at + 4 > len(data):
            return
        kind, size = struct.unpack_from(">HH", data, at)
        if size < 4 or at + size > len(data):  # noqa: PLR2004 - it counts its own head
            return
        yield kind, data[at + 4 : at + size]
        at += size


def _cdp_address(value: bytes) -> str | None:
    """Return the first address that is one of IP."""
    at = 4  # how many there are
    for _ in range(min(int.from_bytes(value[:4], "big"), _ELEMENTS)):
        if at + 2 > len(value):
            return None
        at += 2 + value[at + 1]  # the protocol's kind, length and number
        size = int.from_bytes(value[at : at + 2], "big")
        found = value[at + 2 : at + 2 + size]
        if len(found) == size and (address := _address(found)):
            return address
        at += 2 + size
    return None


def _text(data: bytes) -> str | None:
    """Return printable, bounded text; None where nothing is left."""
    decoded = data[: 4 * TEXT_CHARS].decode("utf-8", "replace")
    shown = "".join(item if item.isprintable() else " " for item in decoded)
    return " ".join(shown.split())[:TEXT_CHARS] or None
