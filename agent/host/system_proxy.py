# SPDX-License-Identifier: Apache-2.0
"""Where this operating system keeps its proxy settings, and what they are.

Rules: read when it is asked, never changed; what is not there or not ours to read is no
setting; on Linux there is none but the environment.
Not here: what they mean (`agent/delivery/system_proxy.py`).
"""

import sys
from collections.abc import Sequence

from agent.delivery.system_proxy import SystemProxy, read_connection

if sys.platform == "win32":
    import winreg
    from contextlib import suppress

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
