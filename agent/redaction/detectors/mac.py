# SPDX-License-Identifier: Apache-2.0
"""MAC addresses with colons, dashes or dots, Infiniband ones and frame headers.

Rules: the zero and the broadcast address stay; a fingerprint of 16 pairs is none.
Not here: twelve bare digits, which only the dictionary can know.
"""

from agent.redaction.detector import Digits, Found

NAME = "mac"
CLASS = "mac"
PATTERN = (
    rb"[0-9A-Fa-f]{1,2}(?:[:-][0-9A-Fa-f]{1,2}){5,19}"
    rb"|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}"
)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 4
SPREADS = False
DIGITS = Digits.MATCH

_PAIRS = frozenset({6, 8, 14, 20})
"""Ethernet, EUI-64, an Ethernet frame header, Infiniband."""
_NAMELESS = frozenset({b"0", b"f"})
_ESCAPES = (b"\\t", b"\\n", b"\\r")


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept the right number of pairs, with one separator, standing alone."""
    if after[:1].isalnum() or (before[-1:].isalnum() and not before.endswith(_ESCAPES)):
        return ()
    separator = b"." if b"." in match else b"-" if b"-" in match else b":"
    if before[-1:] == separator or (after[:1] == separator and after[1:2].isalnum()):
        return ()
    pairs = match.split(separator)
    digits = match.replace(separator, b"").lower()
    if not digits.isalnum() or frozenset(
        digits[i : i + 1] for i in range(len(digits))
    ) in (
        {b"0"},
        {b"f"},
    ):
        return ()
    dotted = separator == b"."
    if not dotted and (len(pairs) not in _PAIRS or _ragged(pairs, separator)):
        return ()
    return ((0, len(match), CLASS),)


def _ragged(pairs: list[bytes], separator: bytes) -> bool:
    """Tell whether single digits show that this is something else."""
    short = sum(len(pair) == 1 for pair in pairs)
    return short > 0 and (separator == b"-" or short > len(pairs) // 2)


HITS = (
    ("ether 00:1a:2b:3c:4d:5e txqueuelen", "00:1a:2b:3c:4d:5e"),
    ("HWaddr 00-1A-2B-3C-4D-5E", "00-1A-2B-3C-4D-5E"),
    ("ARP 8:0:27:fc:ad:56", "8:0:27:fc:ad:56"),
    ("port 001a.2b3c.4d5e", "001a.2b3c.4d5e"),
    ("IN=eth0 MAC=00:1a:2b:3c:4d:5e:00:1a:2b:3c:4d:5f:08:00 SRC", "00:1a:2b:3c:4d:5e"),
    ("id 02:1a:2b:ff:fe:3c:4d:5e", "02:1a:2b:ff:fe:3c:4d:5e"),
)
MISSES = (
    "at 2024-01-02 12:34:56",
    "nobody has 00:00:00:00:00:00 or ff:ff:ff:ff:ff:ff",
    "SHA 00:1a:2b:3c:4d:5e:6f:70:81:92:a3:b4:c5:d6:e7:f8",
    "range 1-2-3-4-5-6",
    "uuid 1b4e28ba-2fa1-11d2-883f-0016d3cca427",
)
WORST = "aa:bb:cc:dd:ee:"
