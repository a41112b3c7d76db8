# SPDX-License-Identifier: Apache-2.0
"""Where this operating system keeps its proxy settings, and what they are.

Rules: read when it is asked, never changed; what is not there or not ours to read is no
setting; on Linux there is none but the environment.
Not here: what they mean (`agent/delivery/system_proxy.py`).
Source: WinINET's per-connection options: the binary values of `Connections` hold
version, counter, flags, and two texts, each after its length.
"""

import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

_HEAD = struct.Struct("<III")
_LENGTH = struct.Struct("<I")
_USES_PROXY = 0x2
_USES_SCRIPT = 0xC
"""A script that is named, or one that is looked for."""
_TEXT_BYTES = 4_096


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


def _text(octets: bytes, place: int) -> tuple[str, int]:
    """Return the text at a place, and where it ends."""
    (length,) = _LENGTH.unpack_from(octets, place)
    begin = place + _LENGTH.size
    if length > _TEXT_BYTES or begin + length > len(octets):
        msg = "a text is cut off"
        raise ValueError(msg)
    return octets[begin : begin + length].decode("ascii"), begin + length


if sys.platform == "win32":
    import winreg

    _SETTINGS = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
    _CONNECTIONS = _SETTINGS + r"\Connections"
    _ACCESS = winreg.KEY_READ | winreg.KEY_WOW64_64KEY

    def system_proxies() -> Sequence[SystemProxy]:
        """Return this user's settings, the machine's, and those of its services."""
        user, machine = winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE
        http = _value(machine, _CONNECTIONS, "WinHttpSettings")
        services = read_connection(http if isinstance(http, bytes) else b"")
        return _plain(user), _plain(machine), services

    def _plain(root: int) -> SystemProxy:
        enabled = _value(root, _SETTINGS, "ProxyEnable") == 1
        server = _value(root, _SETTINGS, "ProxyServer")
        bypass = _value(root, _SETTINGS, "ProxyOverride")
        script = _value(root, _SETTINGS, "AutoConfigURL")
        return SystemProxy(
            server if enabled and isinstance(server, str) else "",
            bypass if isinstance(bypass, str) else "",
            bool(script),
        )

    def _value(root: int, path: str, name: str) -> str | int | bytes | None:
        with suppress(OSError), winreg.OpenKeyEx(root, path, 0, _ACCESS) as key:
            value, _ = winreg.QueryValueEx(key, name)
            if isinstance(value, str | int | bytes):
                return value
        return None

else:

    def system_proxies() -> Sequence[SystemProxy]:
        """Return nothing: Linux has the environment."""
        return ()
