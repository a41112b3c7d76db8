# SPDX-License-Identifier: Apache-2.0
r"""Private keys: in PEM, PGP or SSH2 armour, whole or cut off, and without any.

Rules: from the first dashes to the last ones, or to the end of the text; a key whose
line breaks are \n stands on one line and goes whole; without armour, the first bytes
of its encoding tell.
Not here: public keys and certificates; a line from the middle of a key, alone, which
nothing tells from any other base64.
Source: RFC 7468, RFC 5958 (PKCS#8), RFC 8017 (PKCS#1), OpenSSH's PROTOCOL.key.
"""

import base64
import binascii

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern

NAME = "private_keys"
CLASS = "secret"
PATTERN = (
    rb"-----? ?BEGIN [^\n-]*PRIVATE KEY[^\n-]*-----?(?s:.*?)"
    rb"(?:-----? ?END [^\n-]*-----?|\z)"
    rb"|PuTTY-User-Key-File-[0-9]:(?s:.*)"
    rb"|b3BlbnNzaC1rZXktdjEA[A-Za-z0-9+/=\\]+"
    rb"|LS0tL[A-Za-z0-9+/=]+"
    rb"|(?:MII[A-Za-z0-9+/]{3}IBA|MI[GH][A-Za-z0-9+/]AgE|M[A-Z][A-Za-z0-9]CAQ[AE])"
    rb"[A-Za-z0-9+/=\\]+"
    rb"|<RSAKeyValue>[^\n]*</RSAKeyValue>"
)
NEEDS = (
    b"private key",
    b"putty-user-key-file",
    b"b3blbnnzac1rzxktdjea",
    b"ls0tl",
    b"iba",
    b"age",
    b"caqa",
    b"caqe",
    b"rsakeyvalue",
)
BESIDE = 0
SPREADS = False

_ARMOUR = (b"-", b"PuTTY", b"b3Bl")
_ENCODED = b"LS0tL"
_XML = b"<RSA"
_PRIVATE = LazyPattern(
    rb"(?s)\x30(?:[\x00-\x7f]|\x81.|\x82..|\x83...)\x02\x01[\x00\x01]"
)
"""DER of a sequence whose first member is a version.

A certificate begins with a sequence in a sequence, a public key likewise.
"""
_SHORTEST = 60
"""The shortest key without armour, in base64: one of Ed25519 has 64 letters."""


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept armour, and an encoding that begins as a private key does."""
    del before, after
    if match.startswith(_ARMOUR):
        secret = True
    elif match.startswith(_XML):
        secret = b"<D>" in match or b"<P>" in match
    elif match.startswith(_ENCODED):
        secret = b"PRIVATE KEY" in _decoded(match)
    else:
        secret = len(match) >= _SHORTEST and _PRIVATE.match(_decoded(match)) is not None
    return ((0, len(match), CLASS),) if secret else ()


def _decoded(text: bytes) -> bytes:
    """Return what base64 holds up to its padding or to a line break's backslash."""
    first = text.partition(b"\\")[0]
    try:
        return base64.b64decode(first[: len(first) // 4 * 4])
    except binascii.Error:
        return b""


_BEGIN = "-----BEGIN RSA " + "PRIVATE KEY-----"
_END = "-----END RSA " + "PRIVATE KEY-----"
_BARE = base64.b64encode(
    bytes.fromhex("3082025c020100028181")
    + b"a made-up modulus that opens no door at all"
).decode()
_TWICE = base64.b64encode(f"{_BEGIN}\nMIIEow\n{_END}".encode()).decode()

HITS = (
    (f"a {_BEGIN}\nMIIEow\n{_END} b", "MIIEow"),
    (f"a {_BEGIN}\\nMIIEow\\n{_END} b", "MIIEow"),
    (f"cut off {_BEGIN}\nMIIEow", "MIIEow"),
    (f'{{"key":"{_BEGIN}\\\\nMIIEow"', "MIIEow"),
    ("---- BEGIN SSH2 ENCRYPTED " + "PRIVATE KEY ----\nP2/56wA", "P2/56wA"),
    (f"der {_BARE}", _BARE),
    (f"pem {_TWICE}", _TWICE),
    ("b3BlbnNzaC1rZXktdjEA" + "AAAABG5vbmUAAAAE", "AAAABG5vbmUAAAAE"),
)
MISSES = (
    "-----BEGIN CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----",
    "a private key",
    base64.b64encode(bytes.fromhex("3082025c308201c5a003020102020100")).decode()
    + "AgEA",
)
WORST = "-----BEGIN PRIVATE KEY----"
