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
_SEQUENCE = 0x30
_LONG_FORM = 0x80
_VERSIONS = (b"\x02\x01\x00", b"\x02\x01\x01")
_HEAD = 32
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
        secret = b"PRIVATE KEY" in _decoded(match[:96])
    else:
        secret = len(match) >= _SHORTEST and _is_private(_decoded(match[:_HEAD]))
    return ((0, len(match), CLASS),) if secret else ()


def _decoded(text: bytes) -> bytes:
    whole = text[: len(text) // 4 * 4]
    try:
        return base64.b64decode(whole, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_private(head: bytes) -> bool:
    """Tell whether DER begins with a sequence whose first member is a version.

    A certificate begins with a sequence in a sequence, a public key likewise.
    """
    if len(head) < len(b"\x30\x82\x00\x00\x02\x01\x00") or head[0] != _SEQUENCE:
        return False
    more = head[1] - _LONG_FORM if head[1] > _LONG_FORM else 0
    return head[2 + more : 5 + more] in _VERSIONS


_BEGIN = "-----BEGIN RSA " + "PRIVATE KEY-----"
_END = "-----END RSA " + "PRIVATE KEY-----"
_BARE = base64.b64encode(
    bytes.fromhex("3082025c020100028181") + bytes(range(90))
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
