# SPDX-License-Identifier: Apache-2.0
"""IPv4 addresses, leading zeros included; not version numbers, nor masks.

Rules: loopback, unspecified, multicast and netmask addresses stay: they name nobody.
Not here: IPv4 inside IPv6 (`ipv6.py`), the machine's own (`identities.py`).
"""

import re

from agent.redaction.detector import Digits, Found

NAME = "ipv4"
CLASS = "ip"
PATTERN = rb"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}"
NEEDS: tuple[bytes, ...] = ()
BESIDE = 14
SPREADS = False
DIGITS = Digits.MATCH

_OCTET = 255
_NAMELESS = frozenset({0, 127, 255})
_MULTICAST = 224
_SMALL = 16
"""Products rarely reach a major version of 16 with four parts."""
_PRODUCT = re.compile(
    rb"(?i:chrome|safari|firefox|mozilla|openssl|apache|php|curl|wget|java|jdk|jre|"
    rb"version|applewebkit|opera|edge?|opr|trident|gecko|python|nginx|openssh|"
    rb"httpclient|okhttp|agent|client|libwww-perl|microsoft-\w+)/\Z"
)
_VERSION = re.compile(
    rb"(?i:\b(?:v|ver\.?|(?:file|product)?version|release|build|rev\.?|revision|kernel|"
    rb"firmware|driver|assembly|update)[ \"':=(]{0,3})\Z"
)
_PREFIX = re.compile(
    rb"(?i:\\[tnrbf]|ip|ipv4|addr|tcp|udp|from|host|src|dst|to|%[0-9a-f]{2})\Z"
)
_PACKAGE = re.compile(
    rb"(?:-[0-9]+[.~a-z]|\.(?:el|fc|amzn|x86|jar|deb|rpm|tar|zip|tgz)|[~+])"
)


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept four octets that stand alone and are no version."""
    octets = [int(part) for part in match.split(b".")]
    if max(octets) > _OCTET or octets[0] in _NAMELESS or octets[0] >= _MULTICAST:
        return ()
    joined = after[:1].isalnum() or (after[:1] == b"." and after[1:2].isdigit())
    if joined or _is_version(octets, before, after):
        return ()
    return ((0, len(match), CLASS),)


def _is_version(octets: list[int], before: bytes, after: bytes) -> bool:
    """Tell whether what stands beside makes it a version or a part of one."""
    last = before[-1:]
    if last == b"." and not before[-2:-1].isalpha():
        return True
    if last.isalnum() and not _PREFIX.search(before):
        return True
    if _VERSION.search(before) or _PRODUCT.search(before):
        return True
    packaged = last in (b"-", b"_") and _PACKAGE.match(after) is not None
    return packaged and octets[0] < _SMALL


HITS = (
    ("from 203.0.113.9 port 22", "203.0.113.9"),
    ("client=198.51.100.7:443", "198.51.100.7"),
    ("BP-1347369012-198.51.100.7-1444660", "198.51.100.7"),
    ("node-7/198.51.100.7:8020", "198.51.100.7"),
    (r"{\"a\":\"\t198.51.100.7\"}", "198.51.100.7"),
    ("octets 198.051.100.007", "198.051.100.007"),
    ("net 10.20.0.0/16", "10.20.0.0"),
    ("rejected [192.0.2.44], retry", "192.0.2.44"),
    ("http%3A%2F%2F192.0.2.44%2Fx", "192.0.2.44"),
)
MISSES = (
    "listening on 127.0.0.1:53 and 0.0.0.0",
    "netmask 255.255.255.0 group 224.0.0.251",
    "version 10.0.19041.1 of 10.0.1904.1",
    "Chrome/12.0.1.5 Safari",
    "driver v6.1.4.2 loaded",
    'assembly version="6.0.0.0"',
    "libfoo-1.2.3.4-5.el9 installed",
    "oid .1.3.6.1.4.1.2021",
    "part 1.2.3.4.5 of the list",
    "took 300.400.500.600 ms",
)
WORST = "1.1.1.1.1."
