# SPDX-License-Identifier: Apache-2.0
"""Raw sockets and makers' names, by scapy: the only file that imports it.

Rules: imported in the sidecar's process alone (`child.py`), after that has put scapy's
settings and caches out of reach; never in promiscuous mode.
Not here: what is sent (`work.py`), giving up the rights (`confined.py`).
"""

import ctypes
import socket
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress

import scapy.arch  # noqa: F401 - fills `conf` with this system's sockets
from scapy.config import conf
from scapy.packet import Raw

from agent.errors import DeniedError, HostError, UnsupportedError
from agent.sidecar.filters import NOTHING, Filter, Instruction
from agent.sidecar.question import NEEDS_RAW, NO_CAPTURE_DRIVER, NO_SUCH_LINK

_ATTACH_FILTER = 26
"""SO_ATTACH_FILTER."""
_PACKET, _MEMBERSHIP, _MULTICAST = 263, 1, 0
"""SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_MR_MULTICAST."""
_DO_NOT_WAIT = 0x40
"""MSG_DONTWAIT, which the socket module has on Linux only."""
_GROUPS = ("0180c200000e", "0180c2000003", "0180c2000000", "01000ccccccc")
"""Where LLDP (nearest bridge, non-TPMR bridge, customer bridge) and CDP are sent."""
_INSTRUCTION = struct.Struct("=HBBI")
_LOCAL = 0x02


class RawLink:
    """One interface, open for frames."""

    def __init__(self, interface: str, filtered: Filter, most: int) -> None:
        """Open it.

        Args:
            interface: its name.
            filtered: the only frames that are seen.
            most: bytes that are seen of each.

        Raises:
            HostError: there is none, it may not be opened, or nothing can open one.
        """
        self._most = most
        if sys.platform == "win32" and not conf.use_pcap:
            raise UnsupportedError(NO_CAPTURE_DRIVER)
        try:
            if sys.platform == "win32":
                self.socket = conf.L2socket(
                    iface=interface, promisc=False, filter=filtered.expression
                )
            else:
                self.socket = conf.L2socket(iface=interface, promisc=False, nofilter=1)
                self._limit(interface, filtered)
        except PermissionError:
            raise DeniedError(NEEDS_RAW) from None
        except (OSError, ValueError, RuntimeError):
            raise HostError(NO_SUCH_LINK) from None

    def _limit(self, interface: str, filtered: Filter) -> None:
        """Have the kernel filter and cut, and hand on what is sent to switches.

        What came before there was a filter is thrown away, while none is let in.
        """
        raw = self.socket.ins
        _attach(raw, NOTHING.program(0))
        with suppress(BlockingIOError):
            while True:
                raw.recv(1, _DO_NOT_WAIT)
        _attach(raw, filtered.program(self._most))
        index = socket.if_nametoindex(interface)
        for group in _GROUPS:
            wanted = struct.pack("iHH8s", index, _MULTICAST, 6, bytes.fromhex(group))
            raw.setsockopt(_PACKET, _MEMBERSHIP, wanted)

    def send(self, frame: bytes) -> None:
        """Send a frame as it is; one that the interface refuses is lost."""
        try:
            self.socket.send(Raw(frame))
        except OSError:  # down, or its queue is full
            return

    def receive(self) -> bytes:
        """Return a frame that waits; empty for one of this machine's own."""
        try:
            _, frame, _ = self.socket.recv_raw(self._most)
        except OSError:  # the interface has gone
            return b""
        return frame or b""


def _attach(raw: socket.socket, program: Sequence[Instruction]) -> None:
    """Give a socket its filter, in the place of the one that it has."""
    code = b"".join(_INSTRUCTION.pack(*item) for item in program)
    kept = ctypes.create_string_buffer(code)
    told = struct.pack("HL", len(program), ctypes.addressof(kept))
    raw.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, told)


def waiting(links: Sequence[RawLink], seconds: float) -> list[RawLink]:
    """Return the links that have a frame, after at most so many seconds."""
    by_socket = {id(link.socket): link for link in links}
    ready = conf.L2socket.select([link.socket for link in links], max(0.0, seconds))
    return [by_socket[id(item)] for item in ready]


def vendor(mac: bytes) -> str:
    """Return who made a network card; empty where its address was drawn at random."""
    if mac[0] & _LOCAL:
        return ""
    text = mac.hex(":")
    name = str(conf.manufdb.lookup(text)[1])
    return "" if name == text else name
