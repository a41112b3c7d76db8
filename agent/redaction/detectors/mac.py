# SPDX-License-Identifier: Apache-2.0
"""MAC addresses in every notation, Infiniband ones, frame headers and client ids.

Rules: the zero and the broadcast address stay; a fingerprint of 16 pairs is none; a
number of six bytes without separators needs a word beside it.
Not here: the machine's own, which the dictionary knows bare (`identities.py`).
"""

from agent.redaction.detector import Digits, Found
from agent.redaction.escapes import LONGEST, escape_end
from agent.redaction.lazily import LazyPattern

NAME = "mac"
CLASS = "mac"
PATTERN = (
    rb"[0-9A-Fa-f]{1,2}(?::[0-9A-Fa-f]{1,2}){5,19}"
    rb"|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5,19}"
    rb"|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}"
    rb"|(?i:\b(?:mac|hwaddr|ether|bssid|lladdr|physical address|hardware address|"
    rb"clientid|calling-station-id|called-station-id)"
    rb"[a-z_]*[\\\"' :=]+(?:[0-9a-f]{6}-?[0-9a-f]{6}|"
    rb"[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4})\b)"
    rb"|\b(?:en|wl|ww)x[0-9a-f]{12}\b|dev(?:_[0-9A-F]{2}){6}"
)
NEEDS: tuple[bytes, ...] = ()
BESIDE = LONGEST
SPREADS = False
DIGITS = Digits.MATCH

_PAIRS = frozenset({6, 8})
"""Ethernet, EUI-64."""
_INFINIBAND = 20
"""So many as a SHA-1 fingerprint has, but with the prefix of a link in the middle."""
_SIX = 6
_FRAME = 14
"""Destination, source and type, as netfilter prints the head of a frame."""
_CLIENT_ID = 7
"""An address after its type, 01 (RFC 2132, option 61)."""
_UNIQUE_IDS = {b"00:01:00:01": 14, b"00:03:00:01": 10}
"""DHCP unique identifiers (RFC 8415): the time of birth and the address, or only it."""
_NAMELESS = (frozenset(b"0"), frozenset(b"fF"))
_DIGITS = tuple(b"%c" % digit for digit in b"0123456789abcdefABCDEF")
_KEYED = LazyPattern(rb"[A-Fa-f]:")
_BARE = LazyPattern(
    rb"[0-9A-Fa-f]{6}-?[0-9A-Fa-f]{6}\Z|(?:[0-9A-Fa-f]{4}-){2}[0-9A-Fa-f]{4}\Z"
)
_BLUETOOTH = b"dev_"


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept the right number of pairs, with one separator, standing alone."""
    if match.startswith(_BLUETOOTH):
        return ((len(_BLUETOOTH), len(match), CLASS),)
    bare = _BARE.search(match)
    if bare is not None:
        return _checked(match, bare.start(), len(match))
    separator = b"." if b"." in match else b"-" if b"-" in match else b":"
    start = _start(match, before, separator)
    continued = after[:1] == separator and after[1:2] in _DIGITS
    if start is None or continued or after[:1].isalnum():
        return ()
    return tuple(
        (start + first, start + last, kind)
        for first, last, kind in _grouped(match[start:], separator)
    )


def _grouped(match: bytes, separator: bytes) -> Found:
    """Return the addresses in groups of digits with one separator."""
    groups = match.split(separator)
    if separator == b".":
        return _checked(match, 0, len(match))
    return () if _is_ragged(groups) else _paired(match, groups)


def _start(match: bytes, before: bytes, separator: bytes) -> int | None:
    """Return where the first group starts: behind an escape or a word's last letter."""
    escaped = escape_end(before, match)
    if escaped is not None:
        return escaped
    last = before[-1:]
    if last == separator:
        return None if before[-2:-1] in _DIGITS else 0
    head = match.find(separator)
    if last.isalnum():
        return head + 1 if separator == b":" else None
    return head + 1 if _KEYED.match(match) and match.count(b":") == _SIX else 0


def _paired(match: bytes, pairs: list[bytes]) -> Found:
    """Return the addresses among pairs of digits."""
    count = len(pairs)
    if _UNIQUE_IDS.get(match[:11].replace(b"-", b":")) == count:
        return ((0, len(match), CLASS),)
    if count in _PAIRS or (count == _INFINIBAND and b":fe:80:00:" in match.lower()):
        return _checked(match, 0, len(match))
    if count == _CLIENT_ID and pairs[0].lstrip(b"0") == b"1":
        return _checked(match, len(pairs[0]) + 1, len(match))
    if count == _FRAME:
        first = sum(map(len, pairs[:_SIX])) + _SIX
        second = first + sum(map(len, pairs[_SIX : 2 * _SIX])) + _SIX
        return _checked(match, 0, first - 1) + _checked(match, first, second - 1)
    return ()


def _checked(match: bytes, start: int, end: int) -> Found:
    """Return the span unless it is the address of nobody or of everybody."""
    digits = frozenset(match[start:end]) - frozenset(b":-.")
    if any(digits <= nameless for nameless in _NAMELESS):
        return ()
    return ((start, end, CLASS),)


def _is_ragged(pairs: list[bytes]) -> bool:
    """Tell whether single digits show that this is something else."""
    short = sum(len(pair) == 1 for pair in pairs)
    return short > len(pairs) // 2


HITS = (
    ("ether 00:1a:2b:3c:4d:5e txqueuelen", "00:1a:2b:3c:4d:5e"),
    ("HWaddr 00-1A-2B-3C-4D-5E", "00-1A-2B-3C-4D-5E"),
    ("ARP 8:0:27:fc:ad:56", "8:0:27:fc:ad:56"),
    ("port 001a.2b3c.4d5e", "001a.2b3c.4d5e"),
    ("IN=eth0 MAC=00:1a:2b:3c:4d:5e:00:1a:2b:3c:4d:5f:08:00 SRC", "00:1a:2b:3c:4d:5e"),
    ("IN=eth0 MAC=00:1a:2b:3c:4d:5e:00:1a:2b:3c:4d:5f:08:00 SRC", "00:1a:2b:3c:4d:5f"),
    ("id 02:1a:2b:ff:fe:3c:4d:5e", "02:1a:2b:ff:fe:3c:4d:5e"),
    ('"mac": "001A2B3C4D5E"', "001A2B3C4D5E"),
    ("mac_address=001a2b-3c4d5e", "001a2b-3c4d5e"),
    ("MAC: 001a-2b3c-4d5e", "001a-2b3c-4d5e"),
    ("renamed from eth0 to enx001a2b3c4d5e", "001a2b3c4d5e"),
    ("/org/bluez/hci0/dev_00_1A_2B_3C_4D_5E/fd1", "00_1A_2B_3C_4D_5E"),
    ("Option 61: 01:00:1a:2b:3c:4d:5e", "00:1a:2b:3c:4d:5e"),
    ("DUID 00:01:00:01:2a:3b:4c:5d:00:1a:2b:3c:4d:5e", "00:1a:2b:3c:4d:5e"),
    ("BSS 00:1a:2b:3c:4d:5e(on wlan0)", "00:1a:2b:3c:4d:5e"),
    (r"{\"bssid\":\"00:1a:2b:3c:4d:5e\"}", "00:1a:2b:3c:4d:5e"),
    ("mac:00:1a:2b:3c:4d:5e, HWaddr:00:1a:2b:3c:4d:5f", "00:1a:2b:3c:4d:5e"),
    ("mac:00:1a:2b:3c:4d:5e, HWaddr:00:1a:2b:3c:4d:5f", "00:1a:2b:3c:4d:5f"),
    ("interface:8:0:27:fc:ad:56", "8:0:27:fc:ad:56"),
    ("host-00-1A-2B-3C-4D-5E", "00-1A-2B-3C-4D-5E"),
    ("mac%3D00:1a:2b:3c:4d:5e%26", "00:1a:2b:3c:4d:5e"),
    (
        "80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:1a:2b:3c",
        "00:02:c9:03:00:1a:2b:3c",
    ),
    ("BSSID=00:1a:2b:3c:4d:5e,", "00:1a:2b:3c:4d:5e"),
    ("  192.0.2.1   00-1a-2b-3c-4d-5e     dynamic", "00-1a-2b-3c-4d-5e"),
)
MISSES = (
    "at 2024-01-02 12:34:56",
    "nobody has 00:00:00:00:00:00 or ff:ff:ff:ff:ff:ff",
    "SHA 00:1a:2b:3c:4d:5e:6f:70:81:92:a3:b4:c5:d6:e7:f8",
    "SHA1 A0:1a:2b:3c:4d:5e:6f:70:81:92:a3:b4:c5:d6:e7:f8:09:1a:2b:3c",
    "range 1-2-3-4-5-6",
    "uuid 1b4e28ba-2fa1-11d2-883f-0016d3cca427",
    "key 1234-5678-9012 of 0016d3cca427",
    "mac algorithm 0123456789abcdef",
    "address 0x7f8ecc0421f8 and address: 7f8ecc0421f8",
    "10:2F:33-AC-29-C3",
    "00:1A:2B:3C:4D",
)
WORST = "aa:bb:cc:dd:ee:"
