# SPDX-License-Identifier: Apache-2.0
"""IPv6 addresses, also with a zone, a tag or a port glued to them; not times.

Rules: loopback, unspecified and multicast addresses stay: they name nobody; the zone,
the length of a prefix and a port are no part of the address, so that the same address
has the same stand-in wherever it stands.
Not here: MAC addresses, also of eight pairs (`mac.py`).
"""

import ipaddress
import re

from agent.redaction.detector import Digits, Found
from agent.redaction.escapes import LONGEST, escape_end

NAME = "ipv6"
CLASS = "ip"
PATTERN = (
    rb"[0-9A-Fa-f:]*::[0-9A-Fa-f:.]*"
    rb"|(?:[0-9A-Fa-f]{1,4}:){6,9}[0-9A-Fa-f.]+"
)
NEEDS = (b":",)
BESIDE = LONGEST
SPREADS = False
DIGITS = Digits.MATCH

_CUTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0))
"""Groups to leave out in front and behind: a glued tag or a port."""
_LABELS = frozenset(b"ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ")
_DIGITS = tuple(b"%c" % digit for digit in b"0123456789abcdefABCDEF")
_PORT = re.compile(r":[0-9]{1,5}\Z")
_GLOBAL = re.compile(r"(?i:2[0-9a-f]{3}|f[cd][0-9a-f]{2}|fe80):")
"""First groups that addresses have: what is glued before them is a word."""
_PAIRS = re.compile(r"(?:[0-9A-Fa-f]{2}:){7}[0-9A-Fa-f]{2}\Z")
_GROUP = 4
_SLICE = 2
"""As many groups and digits as a slice of a list has: [1::2]."""
_LETTERS_ONLY = 3
"""Groups without a digit that are still no pair of names in a program."""


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept what is an address after a glued tag or port is left out."""
    if (after[:1] == b":" and after[1:2] in _DIGITS) or match.count(b"::") > 1:
        return ()
    escaped = escape_end(before, match)
    text = match.decode("ascii")
    if text.count(".") == 1:
        text = text.partition(".")[0]
    first = escaped or int(text.startswith(":") and not text.startswith("::"))
    glued = before[-1:].isalnum() and escaped is None and not first
    if glued and text.startswith("::"):
        return ()
    glued = glued and _GLOBAL.match(text) is None
    trailing = bool(after) and after[0] in _LABELS and not text.endswith(":")
    for front, behind in _CUTS:
        if glued != bool(front) or (trailing and not behind):
            continue
        start, end = _cut(text, first, front, behind)
        if behind and not trailing and not _PORT.match(text.rstrip(".:"), end):
            continue
        address = _parsed(text[start:end])
        if address is not None:
            named = _names(address) and _is_written(text[start:end])
            return ((start, end, CLASS),) if named else ()
    return ()


def _cut(text: str, first: int, front: int, behind: int) -> tuple[int, int]:
    """Return what is left when groups are taken from both ends."""
    start, end = first, len(text.rstrip("."))
    if not text.endswith("::"):
        end = len(text[:end].rstrip(":"))
    for _ in range(front):
        colon = text.index(":", start)
        start = colon if text.startswith("::", colon) else colon + 1
    for _ in range(behind):
        end = max(start, text.rfind(":", start, end))
    return start, end


def _parsed(text: str) -> ipaddress.IPv6Address | None:
    try:
        return ipaddress.IPv6Address(text)
    except ValueError:
        return None


def _names(address: ipaddress.IPv6Address) -> bool:
    return not (address.is_loopback or address.is_unspecified or address.is_multicast)


def _is_written(text: str) -> bool:
    """Tell whether it is written as an address and not as a scope in a program."""
    if _PAIRS.match(text):
        return False
    groups = [group for group in text.split(":") if group]
    if not any(map(str.isdigit, text)):
        return len(groups) >= _LETTERS_ONLY
    if len(groups) <= _SLICE and max(map(len, groups)) <= _SLICE:
        return False
    alone = text.startswith("::") and len(groups) == 1
    return not alone or "." in text or len(groups[0]) == _GROUP


HITS = (
    ("from 2001:db8::1234 port 22", "2001:db8::1234"),
    ("addr fe80::a00:27ff:fe4e:66a1%eth0", "fe80::a00:27ff:fe4e:66a1"),
    ("v6(en0:2001:db8:1:2:3:4:5:6)", "2001:db8:1:2:3:4:5:6"),
    ("ip=[::ffff:192.0.2.4]", "::ffff:192.0.2.4"),
    ("[2001:db8::7]:8080", "2001:db8::7"),
    ("inet6 2001:db8:0:1:2:3:4:5/64", "2001:db8:0:1:2:3:4:5"),
    ("2001:DB8::A: refused", "2001:DB8::A"),
    ("[IPv6:2001:db8::1]", "2001:db8::1"),
    ("2001:db8:1:2:3:4:5:6:443 closed", "2001:db8:1:2:3:4:5:6"),
    ("v6(en0+:2001:db8::9, fe80::4)", "2001:db8::9"),
    ("fd00:abcd:ef01::/48 via fe80::1%12", "fe80::1"),
    ("link-local . : fe80::c50d:519f:96a4:e108%12(Preferred)", "fe80::c50d"),
    ("aaaa:bbbb:cccc:dddd:eeee:ffff:abab:cdcd said", "aaaa:bbbb"),
    ("64:ff9b::192.0.2.33", "64:ff9b::192.0.2.33"),
    (r"\"\n2001:db8::4\"", "2001:db8::4"),
    ("http://%5B2001:db8::5%5D/", "2001:db8::5"),
    (r"\\fe80::4\share", "fe80::4"),
    ("IP6 2001:db8::1.51234 > 2001:db8::2.443: Flags", "2001:db8::2"),
    ("addr:2001:db8::1 node:2001:db8::8", "2001:db8::1"),
    ("addr:2001:db8::1 node:2001:db8::8", "2001:db8::8"),
    ("2001:db8:1:2:3:4:5:6:refused", "2001:db8:1:2:3:4:5:6"),
    (r"\u003c2001:db8::4\u003e", "2001:db8::4"),
    ("2001:db8::6. Next", "2001:db8::6"),
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
    "eui 02:1a:2b:ff:fe:3c:4d:5e",
    "SSL routines::bad key share",
    "attrs[1::2] and [::-1]",
    "::ffff:256.0.0.1 and 2001::db8::1 and 12345:db8::1",
    "call Widget::A1 and ::A1(0)",
    "PCI 0000:00:1f.2 and 10:11:12:13",
)
WORST = "1:2::3:4:5:6:7:8:9::"
