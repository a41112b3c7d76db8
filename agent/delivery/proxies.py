# SPDX-License-Identifier: Apache-2.0
"""The way to the collector: its address, and the HTTP proxy in between, if any.

Rules: an explicit setting goes before the environment, `direct` switches proxies off;
only plain HTTP proxies with CONNECT, so that TLS ends at the collector; a proxy's
password is in no repr and no message.
Not here: the socket (`transport.py`).
Source: the common reading of https_proxy and no_proxy (curl, Go net/http).
"""

import base64
import ipaddress
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.errors import NetworkError, UsageError

DIRECT = "direct"
"""The setting that means no proxy, whatever the environment says."""
SYSTEM = "system"
"""The setting that means what the operating system's own settings name."""
_HTTPS_PORT = 443
_PROXY_PORT = 3128
_PORTS = 65_535
_PLAIN = re.compile(r"https://([A-Za-z0-9.-]+)(?::([1-9][0-9]{0,4}))?/?\Z")
"""An address as nearly all are, of which nobody need load what reads URLs."""
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z")
_NAME_CHARS = 253
"""Longest name of a host: RFC 1035's 255 octets as text."""
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])[ \r]")
_GRANTED = range(200, 300)
_MUST_SIGN_IN = 407
_FORBIDDEN = 403
_ELSEWHERE = frozenset({301, 302, 303, 307, 308, 511})
"""How a captive portal answers what it does not let through."""
SIGN_IN = (
    "this network wants somebody to sign in first: open a browser here and do so; "
    "data stays here and is sent later"
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the collector listens."""

    host: str
    port: int

    @property
    def authority(self) -> str:
        """Return host and port as HTTP writes them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy; `credentials` is user:password in base 64, or empty."""

    host: str
    port: int
    credentials: str = field(default="", repr=False)


def parse_url(url: str) -> Address:
    """Read the collector's address.

    Raises:
        UsageError: it is not https://host or https://host:port.
    """
    msg = "the collector's address must look like https://host or https://host:port"
    plain = _PLAIN.match(url)
    if plain is not None and _is_name(plain[1]) and int(plain[2] or 0) <= _PORTS:
        return Address(plain[1].lower(), int(plain[2] or 0) or _HTTPS_PORT)
    parts = _split(url, msg)
    extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme != "https" or extra or parts.password:
        raise UsageError(msg)
    return Address(*_place(parts, _HTTPS_PORT, msg))


def parse_proxy(text: str) -> Proxy:
    """Read a proxy's address: http://[user:password@]host[:port], or host:port.

    Raises:
        UsageError: it is not one, or it is of a kind that is not supported.
    """
    msg = "the proxy must look like http://host:port or http://user:password@host:port"
    parts = _split(text if "://" in text else f"http://{text}", msg)
    if parts.scheme == "https":
        kind = "proxies reached over https are not supported: use its http port"
        raise UsageError(kind)
    if parts.scheme != "http" or parts.path.strip("/") or parts.query:
        raise UsageError(msg)
    host, port = _place(parts, _PROXY_PORT, msg)
    user = urllib.parse.unquote(parts.username or "")
    secret = f"{user}:{urllib.parse.unquote(parts.password or '')}" if user else ""
    return Proxy(host, port, base64.b64encode(secret.encode()).decode())


def choose(
    address: Address, setting: str | None, environment: Mapping[str, str]
) -> Proxy | None:
    """Return the proxy to take to an address, or None for none.

    Args:
        address: of the collector.
        setting: what a person configured; None or empty leaves it to the environment.
        environment: variables, of which https_proxy and no_proxy count (also in
            capitals; the small one goes first).

    Raises:
        UsageError: the proxy's address cannot be read.
    """
    if setting:
        return None if setting.lower() == DIRECT else parse_proxy(setting)
    named = _variable(environment, "https_proxy")
    if not named or exempt(address, _variable(environment, "no_proxy")):
        return None
    return parse_proxy(named)


def has_variable(environment: Mapping[str, str]) -> bool:
    """Tell whether the environment names a proxy."""
    return bool(_variable(environment, "https_proxy"))


def exempt(address: Address, rules: str) -> bool:
    """Tell whether no_proxy names an address.

    Args:
        address: of the collector.
        rules: `*`, or hosts, domains, addresses, networks, each with or without a
            port, separated by commas.
    """
    return any(_matches(address, rule.strip().lower()) for rule in rules.split(","))


def connect_request(address: Address, proxy: Proxy) -> bytes:
    """Return the bytes that ask a proxy for a tunnel."""
    lines = [f"CONNECT {address.authority} HTTP/1.1", f"Host: {address.authority}"]
    if proxy.credentials:
        lines.append(f"Proxy-Authorization: Basic {proxy.credentials}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def check_connected(head: bytes) -> None:
    """Require that a proxy granted the tunnel.

    Args:
        head: what it answered, up to and with the empty line.

    Raises:
        NetworkError: it did not, and why.
    """
    found = _STATUS.match(head)
    status = int(found[1]) if found else 0
    if status in _GRANTED:
        return
    if status == _MUST_SIGN_IN:
        msg = "the proxy wants a user and password: name them in the proxy setting"
    elif status in _ELSEWHERE:
        msg = SIGN_IN
    elif status == _FORBIDDEN:
        msg = "the proxy forbids the collector's address: ask who runs it to allow it"
    elif status:
        msg = f"the proxy cannot reach the collector (it answered {status})"
    else:
        msg = (
            "what answers at the proxy's address is no HTTP proxy: check host and port"
        )
    raise NetworkError(msg)


def _variable(environment: Mapping[str, str], name: str) -> str:
    return (environment.get(name) or environment.get(name.upper()) or "").strip()


def _split(text: str, msg: str) -> "urllib.parse.SplitResult":
    try:
        return urllib.parse.urlsplit(text.strip())
    except ValueError:
        raise UsageError(msg) from None


def _place(
    parts: "urllib.parse.SplitResult", default: int, msg: str
) -> tuple[str, int]:
    """Return host and port, checked so that they may stand in a header."""
    try:
        host, port = parts.hostname or "", parts.port or default
    except ValueError:
        raise UsageError(msg) from None
    if not _is_name(host) and _address(host) is None:
        raise UsageError(msg)
    return host, port


def _is_name(host: str) -> bool:
    labels = host.removesuffix(".").split(".")
    return len(host) <= _NAME_CHARS and all(_LABEL.match(label) for label in labels)


def _address(text: str) -> "ipaddress.IPv4Address | ipaddress.IPv6Address | None":
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None


def _matches(address: Address, rule: str) -> bool:
    if rule == "*":
        return True
    if "/" in rule:
        return _in_network(address.host, rule)
    host, port = _rule_parts(rule)
    if not host or (port and port != str(address.port)):
        return False
    literal = _address(address.host)
    if literal is not None:
        return literal == _address(host)
    bare = host.lstrip("*").lstrip(".")
    name = address.host.lower().rstrip(".")
    return bool(bare) and (name == bare or name.endswith("." + bare))


def _rule_parts(rule: str) -> tuple[str, str]:
    """Return host and port of a rule; an IPv6 address has brackets or no port."""
    if rule.startswith("["):
        host, _, rest = rule[1:].partition("]")
        return host, rest.removeprefix(":")
    if rule.count(":") > 1:
        return rule, ""
    host, _, port = rule.partition(":")
    return host, port


def _in_network(host: str, rule: str) -> bool:
    literal = _address(host)
    try:
        return literal is not None and literal in ipaddress.ip_network(
            rule, strict=False
        )
    except ValueError:
        return False
