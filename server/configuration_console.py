# SPDX-License-Identifier: Apache-2.0
"""Where the console is, as config.toml says it; without the table there is none.

Rules: the origin and the domain of its passkeys are pinned here and read from no
request; the domain is the origin's host or a parent of it, never an address.
Not here: the rest of config.toml (`server/configuration.py`).
"""

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from server.configuration_oidc import OidcSettings, read_oidc

HTTPS_PORT = 443
_PORTS = 65_535
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\Z")


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """What `[console]` says.

    Attributes:
        origin: the address of its pages, https only.
        rp_id: the domain that its passkeys are bound to.
        host: address that it listens on.
        port: its port; that of the origin unless something stands before it.
        certificate: directory with `tls.pem` and `tls.key` of a certificate that
            browsers trust; None for one of the collector's own CA.
        oidc: whose word on who somebody is it takes; None for nobody's.
    """

    origin: str
    rp_id: str
    host: str
    port: int
    certificate: Path | None
    oidc: OidcSettings | None = None

    @property
    def name(self) -> str:
        """Return the origin's host, for the certificate."""
        return urlsplit(self.origin).hostname or ""


def read_console(items: object) -> ConsoleSettings | None:
    """Return the checked table `[console]`; None where there is none.

    Raises:
        ValueError: it says something unknown.
        TypeError: host or certificate are no texts.
    """
    match items:
        case {"origin": str(origin), "rp_id": str(rp_id), **more}:
            parts = urlsplit(origin)
            port = more.pop("port", parts.port or HTTPS_PORT)
            host = more.pop("host", "0.0.0.0")  # noqa: S104 - browsers come from elsewhere
            directory = more.pop("certificate", "")
            oidc = read_oidc(more.pop("oidc", None))
            domain = parts.hostname or ""
            fits = (
                origin == f"https://{parts.netloc}"
                and parts.netloc == parts.netloc.lower()
                and "@" not in parts.netloc
                and _is_domain(rp_id)
                and f".{domain}".endswith(f".{rp_id}")
                and parts.port != HTTPS_PORT
            )
            if not isinstance(port, int) or not 0 <= port <= _PORTS:
                raise ValueError
            if not isinstance(host, str) or not isinstance(directory, str):
                raise TypeError
            if not fits or more:
                raise ValueError
            certificate = Path(directory) if directory else None
            if certificate is not None and not certificate.is_absolute():
                raise ValueError
            return ConsoleSettings(origin, rp_id, host, port, certificate, oidc)
        case {**none} if not none:
            return None
    raise ValueError


def _is_domain(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return _DOMAIN.match(name) is not None
    return False
