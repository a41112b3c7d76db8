# SPDX-License-Identifier: Apache-2.0
"""Frames of Ethernet: the question and answer of ARP, and headers without payload.

Rules: pure; any bytes give values or none, never an exception; of a packet the headers
are read and not one byte behind them.
Not here: sending (`scan.py`), catching (`capture.py`).
Sources: RFC 826; RFC 791, RFC 8200, RFC 9293, RFC 768, RFC 792, RFC 4443.
"""

import socket
import struct

HEADERS = frozenset(
    {
        "milliseconds",
        "source.mac",
        "destination.mac",
        "vlan",
        "type",
        "operation",
        "network.type",
        "source.address",
        "destination.address",
        "ttl",
        "length",
        "protocol",
        "network.transport",
        "source.port",
        "destination.port",
        "tcp.flags",
        "icmp.type",
        "icmp.code",
    }
)
"""All that is told of a packet; `milliseconds` since the capture began."""
ARP = 0x0806
_BROADCAST = b"\xff" * 6
_ARP_HEAD = struct.pack(">HHBB", 1, 0x0800, 6, 4)
_ARP_BYTES = 42
_REQUEST, _REPLY = b"\x00\x01", b"\x00\x02"
_GROUP = 0x01
_ETHERNET = 14
_VLANS = frozenset({0x8100, 0x88A8})
_IPV4, _IPV6 = 0x0800, 0x86DD
_IPV4_BYTES, _IPV6_BYTES = 20, 40
_TCP, _UDP, _ICMP, _ICMP6 = 6, 17, 1, 58
_TRANSPORTS = {_TCP: "tcp", _UDP: "udp", _ICMP: "icmp", _ICMP6: "icmp6"}
_TCP_BYTES, _UDP_BYTES, _ICMP_BYTES = 20, 8, 2
_FLAGS = ("fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr")


def ask(own_mac: bytes, own: bytes, wanted: bytes) -> bytes:
    """Return the frame that asks who has an IPv4 address."""
    return b"".join(
        (
            _BROADCAST,
            own_mac,
            ARP.to_bytes(2, "big"),
            _ARP_HEAD,
            _REQUEST,
            own_mac,
            own,
            bytes(6),
            wanted,
        )
    )


def answered(frame: bytes, own_mac: bytes) -> tuple[bytes, bytes] | None:
    """Return IPv4 and hardware address of a machine that answers us; else None."""
    if len(frame) < _ARP_BYTES or frame[12:14] != ARP.to_bytes(2, "big"):
        return None
    if frame[14:20] != _ARP_HEAD or frame[20:22] != _REPLY:
        return None
    mac, address, to = frame[22:28], frame[28:32], frame[32:38]
    if to != own_mac or mac[0] & _GROUP or not any(mac):
        return None
    return address, mac


def headers(frame: bytes) -> dict[str, str]:
    """Return what the headers of a frame say; a header that is cut says nothing."""
    if len(frame) < _ETHERNET:
        return {}
    found = {"destination.mac": frame[:6].hex(":"), "source.mac": frame[6:12].hex(":")}
    kind, at = int.from_bytes(frame[12:14], "big"), _ETHERNET
    if kind in _VLANS and len(frame) >= at + 4:
        found["vlan"] = str(int.from_bytes(frame[14:16], "big") & 0xFFF)
        kind, at = int.from_bytes(frame[16:18], "big"), at + 4
    found["type"] = f"0x{kind:04x}"
    if kind == _IPV4:
        found |= _ipv4(frame[at:])
    elif kind == _IPV6:
        found |= _ipv6(frame[at:])
    elif kind == ARP and len(frame) >= at + 28:
        found |= {
            "operation": str(int.from_bytes(frame[at + 6 : at + 8], "big")),
            "source.address": socket.inet_ntoa(frame[at + 14 : at + 18]),
            "destination.address": socket.inet_ntoa(frame[at + 24 : at + 28]),
        }
    return found


def _ipv4(data: bytes) -> dict[str, str]:
    if len(data) < _IPV4_BYTES or data[0] >> 4 != 4:  # noqa: PLR2004 - the version
        return {}
    size = (data[0] & 0x0F) * 4
    if not _IPV4_BYTES <= size <= len(data):
        return {}
    found = {
        "network.type": "ipv4",
        "source.address": socket.inet_ntoa(data[12:16]),
        "destination.address": socket.inet_ntoa(data[16:20]),
        "ttl": str(data[8]),
        "length": str(int.from_bytes(data[2:4], "big")),
    }
    later = int.from_bytes(data[6:8], "big") & 0x1FFF
    return found | ({} if later else _transport(data[9], data[size:]))


def _ipv6(data: bytes) -> dict[str, str]:
    if len(data) < _IPV6_BYTES or data[0] >> 4 != 6:  # noqa: PLR2004 - the version
        return {}
    return {
        "network.type": "ipv6",
        "source.address": socket.inet_ntop(socket.AF_INET6, data[8:24]),
        "destination.address": socket.inet_ntop(socket.AF_INET6, data[24:40]),
        "ttl": str(data[7]),
        "length": str(_IPV6_BYTES + int.from_bytes(data[4:6], "big")),
        **_transport(data[6], data[_IPV6_BYTES:]),
    }


def _transport(protocol: int, data: bytes) -> dict[str, str]:
    name = _TRANSPORTS.get(protocol)
    if name is None:
        return {"protocol": str(protocol)}
    found = {"network.transport": name}
    if protocol in {_ICMP, _ICMP6}:
        if len(data) >= _ICMP_BYTES:
            found |= {"icmp.type": str(data[0]), "icmp.code": str(data[1])}
        return found
    if len(data) >= (_TCP_BYTES if protocol == _TCP else _UDP_BYTES):
        source, destination = struct.unpack_from(">HH", data)
        found |= {"source.port": str(source), "destination.port": str(destination)}
        if protocol == _TCP:
            on = [name for bit, name in enumerate(_FLAGS) if data[13] >> bit & 1]
            found["tcp.flags"] = ",".join(on)
    return found
