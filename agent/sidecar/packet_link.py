# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Raw sockets of Linux: one interface, filtered and cut by the kernel.

Rules: imported in the sidecar's process alone (`child.py`); never in promiscuous mode;
a socket has its filter before it hears anything.
Not here: what is sent (`work.py`), giving up the rights (`confined.py`), Windows
(`links.py`).
Source: packet(7), linux/if_packet.h, linux/filter.h.
"""

import ctypes
import errno
import select
import socket
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress

from agent.errors import DeniedError, HostError
from agent.sidecar.filters import Filter, Instruction
from agent.sidecar.question import NEEDS_RAW, NO_SUCH_LINK

if sys.platform == "win32":
    reason = "agent.sidecar.packet_link is for Linux"
    raise ImportError(reason)

_DENIED = frozenset({errno.EPERM, errno.EACCES, errno.EAFNOSUPPORT})
"""The last one of a unit that leaves no such sockets (RestrictAddressFamilies)."""
_ATTACH_FILTER = 26
"""SO_ATTACH_FILTER."""
_PACKET, _MEMBERSHIP, _MULTICAST, _AUXILIARY = 263, 1, 0, 8
"""SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_MR_MULTICAST, PACKET_AUXDATA."""
_NO_KIND, _EVERY_KIND = 0, 0x0003
"""A socket of no kind hears nothing until it is bound; ETH_P_ALL, without which nothing
that is sent is seen."""
_GROUPS = ("0180c200000e", "0180c2000003", "0180c2000000", "01000ccccccc")
"""Where LLDP (nearest bridge, non-TPMR bridge, customer bridge) and CDP are sent."""
_INSTRUCTION = struct.Struct("=HBBI")
_BESIDE = struct.Struct("=IIIHHHH")
"""tpacket_auxdata: status, length, what is seen, two offsets, tag and its kind."""
_TAGGED, _KIND_TOLD = 1 << 4, 1 << 6
"""TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID."""
_USUAL_TAG = 0x8100
_MACS = 12
"""Bytes of a frame before a tag."""


class PacketLink:
    """One interface, open for frames."""

    def __init__(
        self, interface: str, filtered: Filter, most: int, *, own: bool = False
    ) -> None:
        """Open it; as `links.RawLink` has it, but for `own`.

        Args:
            interface: its name.
            filtered: what may pass.
            most: octets of each frame.
            own: whether frames that this machine sends are seen too.

        Raises:
            HostError: there is none, or it may not be opened.
        """
        self._most, self._own = most, own
        try:
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, _NO_KIND)
            _attach(self.socket, filtered.program(most))
            self.socket.bind((interface, _EVERY_KIND))
            self._hear(interface)
        except OSError as problem:
            if problem.errno in _DENIED:
                raise DeniedError(NEEDS_RAW) from None
            raise HostError(NO_SUCH_LINK) from None

    def _hear(self, interface: str) -> None:
        """Have the kernel tell tags, and hand on what is sent to switches."""
        self.socket.setsockopt(_PACKET, _AUXILIARY, 1)
        index = socket.if_nametoindex(interface)
        for group in _GROUPS:
            wanted = struct.pack("iHH8s", index, _MULTICAST, 6, bytes.fromhex(group))
            self.socket.setsockopt(_PACKET, _MEMBERSHIP, wanted)

    def fileno(self) -> int:
        """Return what can be waited for."""
        return self.socket.fileno()

    def send(self, frame: bytes) -> None:
        """Send a frame as it is; one that the interface refuses is lost."""
        with suppress(OSError):  # down, or its queue is full
            self.socket.send(frame)

    def receive(self) -> bytes:
        """Return a frame that waits; empty for one that is not to be seen."""
        try:
            frame, beside, _, sender = self.socket.recvmsg(
                self._most, socket.CMSG_LEN(_BESIDE.size)
            )
        except OSError:  # the interface has gone
            return b""
        if sender[2] == socket.PACKET_OUTGOING and not self._own:
            return b""
        return _whole(frame, beside)


def _whole(frame: bytes, beside: Sequence[tuple[int, int, bytes]]) -> bytes:
    """Return a frame with the tag of its network, which the kernel has taken out."""
    for level, kind, octets in beside:
        told = (level, kind, len(octets)) == (_PACKET, _AUXILIARY, _BESIDE.size)
        if told:
            status, _, _, _, _, tag, tag_kind = _BESIDE.unpack(octets)
            if status & _TAGGED:
                first = tag_kind if status & _KIND_TOLD else _USUAL_TAG
                return frame[:_MACS] + struct.pack(">HH", first, tag) + frame[_MACS:]
    return frame


def _attach(raw: socket.socket, program: Sequence[Instruction]) -> None:
    """Give a socket its filter, in the place of the one that it has."""
    code = b"".join(_INSTRUCTION.pack(*item) for item in program)
    kept = ctypes.create_string_buffer(code)
    told = struct.pack("HL", len(program), ctypes.addressof(kept))
    raw.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, told)


def waiting(links: Sequence[PacketLink], seconds: float) -> list[PacketLink]:
    """Return the links that have a frame, after at most so many seconds."""
    return select.select(links, [], [], max(0.0, seconds))[0]
