# SPDX-License-Identifier: Apache-2.0
"""The proxy that an operating system's own settings name.

Rules: pure: settings in, a proxy out; a script (PAC) is not run, for the agent runs no
code that it was handed, and is told of; what is exempt is reached directly.
Not here: reading the settings (`agent/host/system_proxy.py`), what goes before them
(`agent/commands/_network.py`).
Source: WinINET's own reading of ProxyServer and ProxyOverride.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from agent.delivery.proxies import Address, Proxy, parse_proxy
from agent.host.system_proxy import SystemProxy

_LOCAL = "<local>"


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
