# SPDX-License-Identifier: Apache-2.0
"""Raw sockets of Windows, and makers' names, by scapy: the only file that imports it.

Rules: imported in the sidecar's process alone (`child.py`), after that has put scapy's
settings and caches out of reach; never in promiscuous mode.
Not here: what is sent (`work.py`), giving up the rights (`confined.py`), Linux
(`packet_link.py`).
"""

from collections.abc import Sequence

import scapy.arch  # noqa: F401 - fills `conf` with this system's sockets
from scapy.config import conf
from scapy.packet import Raw

from agent.errors import DeniedError, HostError, UnsupportedError
from agent.sidecar.filters import Filter
from agent.sidecar.question import NEEDS_RAW, NO_CAPTURE_DRIVER, NO_SUCH_LINK

_LOCAL = 0x02


class RawLink:
    """One interface, open for frames by Npcap."""

    def __init__(
        self, interface: str, filtered: Filter, most: int, **_ignored: bool
    ) -> None:
        """Open it; this machine's own frames are seen always.

        Args:
            interface: its name.
            filtered: the only frames that are seen.
            most: bytes that are seen of each.

        Raises:
            HostError: there is none, it may not be opened, or nothing can open one.
        """
        self._most = most
        if not conf.use_pcap:
            raise UnsupportedError(NO_CAPTURE_DRIVER)
        try:
            self.socket = conf.L2socket(
                iface=interface, promisc=False, filter=filtered.expression
            )
        except PermissionError:
            raise DeniedError(NEEDS_RAW) from None
        except (OSError, ValueError, RuntimeError):
            raise HostError(NO_SUCH_LINK) from None

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
