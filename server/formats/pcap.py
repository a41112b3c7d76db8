# SPDX-License-Identifier: Apache-2.0
"""Packet headers as a capture file that tcpdump and Wireshark open.

Rules: a packet is made of the columns of its row and of nothing else: addresses are
what policy and redaction have made of them, the same all through a capture, and there
is no content to be had; lengths are those that the packet had, and what was not
recorded is zero. A file is of one capture.
Not here: catching packets (`agent/sidecar`), what a column becomes (`wire/transforms`).
Source: the pcap file format (draft-ietf-opsawg-pcap), RFC 791, RFC 8200, RFC 9293.
"""

import ipaddress
import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from server.errors import UsageError
from server.formats.tables import OBSERVED, About, Table, instant
from wire.transforms.vendor_only import LOCAL

DATASET = "packet_headers"
ENDING = ".pcap"
_REQUEST = "request"
_NEEDED = frozenset({"milliseconds", "type"})
"""Columns without which rows are no packets."""
_MAGIC, _MAJOR, _MINOR, _ETHERNET, _MOST = 0xA1B2_C3D4, 2, 4, 1, 65_535
_LATEST = 0xFFFF_FFFF * 1_000
"""Milliseconds since the epoch that the format has room for."""
_FILE = struct.Struct("<IHHiIII")
_PACKET = struct.Struct("<IIII")
_IPV4, _IPV6, _ARP, _TAG = 0x0800, 0x86DD, 0x0806, 0x8100
_NUMBERS = {"tcp": 6, "udp": 17, "icmp": 1, "icmp6": 58}
_UNKNOWN = {_IPV4: 255, _IPV6: 59}
"""Reserved, and no next header: what stands behind a later piece was not recorded."""
_FLAGS = ("fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr")
_IPV4_BYTES, _IPV6_BYTES, _UDP_BYTES = 20, 40, 8
_ENDS = ("source", "destination")
_MAC_BYTES, _MAKER_BYTES = 6, 3
_ADDRESS_BYTES = {_IPV4: 4, _ARP: 4, _IPV6: 16}
_SHAPED = re.compile("ip[46]_([0-9a-f]{8}|[0-9a-f]{32})")
"""A stand-in that keeps the shape of networks: an address of as many bits."""
_WITH_MAKER = re.compile("mac_([0-9a-f]{6})_[0-9a-z]+")
_RESERVED = {4: b"\xf0", 16: b"\xfd" + bytes(7)}
"""Where nobody has an address (240.0.0.0/4, and a network of nobody's): for other
stand-ins, which are words."""
_NO_MAKER = b"\x02"
"""Begins the address of a card of which not even the maker is told."""

_Record = Mapping[str, object]


def write(tables: Iterable[Table], about: About, out: BinaryIO) -> None:
    """Write one capture; see `tables.Format`.

    Raises:
        UsageError: the rows are no packets, or of several captures.
    """
    out.write(_FILE.pack(_MAGIC, _MAJOR, _MINOR, 0, 0, _MOST, _ETHERNET))
    for table in tables:
        if _NEEDED - {column.name for column in table.columns}:
            msg = (
                "the rows are no packets: ask for SELECT * FROM packet_headers WHERE "
                "request = '...'"
            )
            raise UsageError(msg)
        records = _of_one(table.records())
        began, names = _began(records, about), Names()
        records.sort(key=lambda record: _number(record, "milliseconds"))
        for record in records:
            frame, length = packet(record, names)
            passed = began + _number(record, "milliseconds")
            seconds, left = divmod(min(passed, _LATEST), 1_000)
            out.write(_PACKET.pack(seconds, left * 1_000, len(frame), length))
            out.write(frame)


def _of_one(records: Iterable[_Record]) -> list[_Record]:
    """Return the packets of a capture.

    Raises:
        UsageError: there are several captures.
    """
    found: list[_Record] = []
    for record in records:
        found.append(record)
        if record.get(_REQUEST) != found[0].get(_REQUEST):
            msg = "a capture file is of one request: add WHERE request = '...'"
            raise UsageError(msg)
    return found


def _began(records: Iterable[_Record], about: About) -> int:
    """Return when a capture began, in milliseconds: it was sealed at its end."""
    observed, last = about.made, 0
    for record in records:
        last = max(last, _number(record, "milliseconds"))
        found = instant(record.get(OBSERVED))
        observed = observed if found is None else int(found.timestamp())
    return max(observed * 1_000 - last, 0)


def packet(record: _Record, names: "Names") -> tuple[bytes, int]:
    """Return the headers of a packet, and how long it was on its way.

    Args:
        record: its row.
        names: what stands for whom in this capture.
    """
    kind = _kind(record)
    cards = [names.card(record.get(f"{end}.mac")) for end in _ENDS]
    head = cards[1] + cards[0]
    if record.get("vlan") is not None:
        head += struct.pack(">HH", _TAG, _number(record, "vlan") & 0xFFF)
    head += struct.pack(">H", kind)
    size = _ADDRESS_BYTES.get(kind, 0)
    ends = [names.address(record.get(f"{end}.address"), size) for end in _ENDS if size]
    if kind == _ARP:
        body = _arp(record, cards[0], ends)
        return head + body, len(head) + len(body)
    if not size or record.get("network.type") is None:
        return head, len(head)
    inner = _transport(record)
    bare = _IPV4_BYTES if kind == _IPV4 else _IPV6_BYTES
    length = min(max(_number(record, "length"), bare + len(inner)), _MOST)
    outer = (_ipv4 if kind == _IPV4 else _ipv6)(record, length, b"".join(ends))
    return head + outer + inner, len(head) + length


def _kind(record: _Record) -> int:
    try:
        return int(str(record.get("type")), 16) & 0xFFFF
    except ValueError:
        return _IPV6 if record.get("network.type") == "ipv6" else _IPV4


def _ipv4(record: _Record, length: int, ends: bytes) -> bytes:
    head = struct.pack(
        *(">BBHHHBBH", 0x45, 0, length, 0, 0, _octet(record, "ttl")),
        *(_protocol(record, _IPV4), 0),
    )
    head += ends
    total = sum(struct.unpack(">10H", head))
    while total > _MOST:
        total = (total & _MOST) + (total >> 16)
    return head[:10] + struct.pack(">H", total ^ _MOST) + head[12:]


def _ipv6(record: _Record, length: int, ends: bytes) -> bytes:
    head = struct.pack(
        *(">IHBB", 6 << 28, length - _IPV6_BYTES),
        *(_protocol(record, _IPV6), _octet(record, "ttl")),
    )
    return head + ends


def _arp(record: _Record, card: bytes, ends: Sequence[bytes]) -> bytes:
    operation = _number(record, "operation") & 0xFFFF
    head = struct.pack(">HHBBH", 1, _IPV4, _MAC_BYTES, len(ends[0]), operation)
    return head + card + ends[0] + bytes(_MAC_BYTES) + ends[1]


def _transport(record: _Record) -> bytes:
    """Return the header of what a packet brings, as far as it was recorded."""
    name = record.get("network.transport")
    if name in {"icmp", "icmp6"} and record.get("icmp.type") is not None:
        told = _octet(record, "icmp.type"), _octet(record, "icmp.code")
        return bytes(told) + bytes(6)
    if record.get("source.port") is None or name not in {"tcp", "udp"}:
        return b""
    ports = struct.pack(
        *(">HH", _number(record, "source.port") & 0xFFFF),
        _number(record, "destination.port") & 0xFFFF,
    )
    if name == "udp":
        bare = _IPV6_BYTES if _kind(record) == _IPV6 else _IPV4_BYTES
        length = max(_number(record, "length") - bare, _UDP_BYTES) & 0xFFFF
        return ports + struct.pack(">HH", length, 0)
    on = str(record.get("tcp.flags") or "").split(",")
    flags = sum(1 << bit for bit, word in enumerate(_FLAGS) if word in on)
    return ports + struct.pack(">IIBBHHH", 0, 0, 5 << 4, flags, 0, 0, 0)


def _protocol(record: _Record, kind: int) -> int:
    name = str(record.get("network.transport"))
    if name in _NUMBERS:
        return _NUMBERS[name]
    if record.get("protocol") is None:
        return _UNKNOWN[kind]
    return _octet(record, "protocol")


@dataclass(slots=True)
class Names:
    """Addresses of a capture for stand-ins that are words: the same word, the same one.

    Attributes:
        known: the words so far, each with its number.
    """

    known: dict[str, int] = field(default_factory=dict)

    def address(self, told: object, size: int) -> bytes:
        """Return an address, or the first one of a network; zeros where none is told.

        Args:
            told: an address, a network, or a stand-in of `wire/pseudonyms.py`.
            size: octets of it.
        """
        text = str(told or "")
        with suppress(ValueError):
            packed = ipaddress.ip_address(text.partition("/")[0]).packed
            return packed if len(packed) == size else bytes(size)
        if found := _SHAPED.fullmatch(text):
            packed = bytes.fromhex(found[1])
            return packed if len(packed) == size else bytes(size)
        if not text:
            return bytes(size)
        return _RESERVED[size] + self._number(text, size - len(_RESERVED[size]))

    def card(self, told: object) -> bytes:
        """Return a card's address: its maker, and what tells cards apart."""
        text = str(told or "")
        if found := _WITH_MAKER.fullmatch(text):
            maker = bytes.fromhex(found[1])
            return maker + self._number(text, _MAC_BYTES - len(maker))
        with suppress(ValueError):
            known = bytes.fromhex(text.replace(":", "").replace("-", ""))
            if len(known) in {_MAC_BYTES, _MAKER_BYTES}:
                return known.ljust(_MAC_BYTES, b"\0")
        if text in {"", LOCAL}:
            return _NO_MAKER.ljust(_MAC_BYTES, b"\0")
        return _NO_MAKER + self._number(text, _MAC_BYTES - len(_NO_MAKER))

    def _number(self, text: str, size: int) -> bytes:
        number = self.known.setdefault(text, len(self.known) + 1)
        return (number % (1 << 8 * size)).to_bytes(size, "big")


def _octet(record: _Record, name: str) -> int:
    return min(_number(record, name), 0xFF)


def _number(record: _Record, name: str) -> int:
    """Return a number that is not negative; 0 where there is none."""
    value = record.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0
    try:
        return max(int(value), 0)
    except (ValueError, OverflowError):
        return 0
