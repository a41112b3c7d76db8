# SPDX-License-Identifier: Apache-2.0
"""IPv6 addresses, also with a zone, a tag or a port glued to them; not times.

Rules: loopback, unspecified and multicast addresses stay: they name nobody.
Not here: MAC addresses (`mac.py`).
"""

import ipaddress

from agent.redaction.detector import Digits, Found

NAME = "ipv6"
CLASS = "ip"
PATTERN = (
    rb"[0-9A-Fa-f:]*::[0-9A-Fa-f:.]*"
    rb"|(?:[0-9A-Fa-f]{1,4}:){6,9}[0-9A-Fa-f.]+"
)
NEEDS = (b":",)
BESIDE = 3
SPREADS = False
DIGITS = Digits.MATCH

_CUTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0))
"""Groups to leave out in front and behind: a glued tag or a port."""
_LABELS = frozenset(b"ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ_")


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept what is an address after a glued tag or port is left out."""
    glued = before[-1:].isalnum() and not before.endswith((b"\\t", b"\\n", b"\\r"))
    text = match.decode("ascii")
    trailing = bool(after) and after[0] in _LABELS
    if after[:1] == b":" and after[1:2].isalnum():
        return ()
    if not any(map(str.isdigit, text)) and not text.startswith("::"):
        return ()
    for front, behind in _CUTS:
        if (glued and not front) or (trailing and not behind):
            continue
        start, end = _cut(text, front, behind)
        address = _parsed(text[start:end])
        if address is not None:
            nameless = (
                address.is_loopback or address.is_unspecified or address.is_multicast
            )
            return () if nameless else ((start, end, CLASS),)
    return ()


def _cut(text: str, front: int, behind: int) -> tuple[int, int]:
    """Return what is left when groups are taken from both ends."""
    start, end = 0, len(text.rstrip("."))
    if not text.endswith("::"):
        end = len(text[:end].rstrip(":"))
    for _ in range(front):
        colon = text.find(":", start)
        if colon < 0:
            return 0, 0
        start = colon if text.startswith("::", colon) else colon + 1
    for _ in range(behind):
        end = max(start, text.rfind(":", start, end))
    return start, end


def _parsed(text: str) -> ipaddress.IPv6Address | None:
    try:
        return ipaddress.IPv6Address(text)
    except ValueError:
        return None


HITS = (
    ("from 2001:db8::1234 port 22", "2001:db8::1234"),
    ("addr fe80::a00:27ff:fe4e:66a1%eth0", "fe80::a00:27ff:fe4e:66a1"),
    ("v6(en0:2001:db8:1:2:3:4:5:6)", "2001:db8:1:2:3:4:5:6"),
    ("ip=[::ffff:192.0.2.4]", "::ffff:192.0.2.4"),
    ("[2001:db8::7]:8080", "2001:db8::7"),
    ("inet6 2001:db8:0:1:2:3:4:5/64", "2001:db8:0:1:2:3:4:5"),
    ("2001:DB8::A: refused", "2001:DB8::A"),
)
MISSES = (
    "at 12:34:56 and 2024-01-01T12:34:56.789",
    "std::vector and Foo::Bar::baz",
    "bound to ::1 and ::",
    "group ff02::fb joined",
    "mac 00:1a:2b:3c:4d:5e",
    "a::b in Perl, dead::beef without a digit",
    "Module::V2::Handler",
    "MD5 00:1a:2b:3c:4d:5e:6f:70:81:92:a3:b4:c5:d6:e7:f8",
    "/0:0:0:0:0:0:0:0:2181:Factory",
)
WORST = "1:2::3:4:5:6:7:8:9::"
