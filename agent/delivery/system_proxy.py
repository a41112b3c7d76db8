# SPDX-License-Identifier: Apache-2.0
"""The proxy that an operating system's own settings name.

Rules: pure: settings in, a proxy out; a script (PAC) is not run, for the agent runs no
code that it was handed, and is told of; what is exempt is reached directly.
Not here: reading the settings (`agent/host/system_proxy.py`), what goes before them
(`agent/commands/_network.py`).
Source: [MS-GPIE] and WinINET's per-connection options; the binary values of
`Connections` hold version, counter, flags, and two texts, each after its length.
"""

import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from agent.delivery.proxies import Address, Proxy, parse_proxy

_HEAD = struct.Struct("<III")
_LENGTH = struct.Struct("<I")
_USES_PROXY = 0x2
_USES_SCRIPT = 0xC
"""A script that is named, or one that is looked for."""
_TEXT_BYTES = 4_096
_LOCAL = "<local>"


@dataclass(frozen=True, slots=True)
class SystemProxy:
    """One place of settings.

    Attributes:
        server: host:port, or kind=host:port;... ; empty for none.
        bypass: patterns of what is reached directly, separated by semicolons.
        script: whether a script is to name the proxy.
    """

    server: str = field(default="", repr=False)
    bypass: str = ""
    script: bool = False


def read_connection(octets: bytes) -> SystemProxy:
    """Return what a binary value of `Connections` says; nothing where it is cut off.

    Args:
        octets: of `WinHttpSettings` or `DefaultConnectionSettings`.
    """
    with suppress(struct.error, ValueError):
        flags = _HEAD.unpack_from(octets)[2]
        server, place = _text(octets, _HEAD.size)
        bypass, _ = _text(octets, place)
        named = server if flags & _USES_PROXY else ""
        return SystemProxy(named, bypass, bool(flags & _USES_SCRIPT))
    return SystemProxy()


def choose_system(address: Address, found: Sequence[SystemProxy]) -> Proxy | None:
    """Return the proxy to take to an address; None for none.

    Args:
        address: of the collector.
        found: places of settings; the first that names a server counts.

    Raises:
        UsageError: what is named cannot be read.
    """
    for place in found:
        server = _for_https(place.server)
        if server:
            return None if _exempt(address, place.bypass) else parse_proxy(server)
    return None


def _for_https(server: str) -> str:
    """Return the part for https of a text such as http=a:80;https=b:80."""
    if "=" not in server:
        return server.partition(";")[0].strip()
    parts = (part.partition("=") for part in server.split(";"))
    kinds = {kind.strip().lower(): where.strip() for kind, _, where in parts}
    return kinds.get("https", "")


def _exempt(address: Address, bypass: str) -> bool:
    host = address.host.lower().rstrip(".")
    for pattern in (item.strip().lower() for item in bypass.split(";")):
        if pattern == _LOCAL and "." not in host and ":" not in host:
            return True
        bare = pattern.rpartition("://")[2]
        if bare and (
            fnmatchcase(host, bare)
            or fnmatchcase(f"{host}:{address.port}", bare)
            or fnmatchcase(address.authority.lower(), bare)
        ):
            return True
    return False


def _text(octets: bytes, place: int) -> tuple[str, int]:
    """Return the text at a place, and where it ends."""
    (length,) = _LENGTH.unpack_from(octets, place)
    begin = place + _LENGTH.size
    if length > _TEXT_BYTES or begin + length > len(octets):
        msg = "a text is cut off"
        raise ValueError(msg)
    return octets[begin : begin + length].decode("ascii"), begin + length
