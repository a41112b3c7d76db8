# SPDX-License-Identifier: Apache-2.0
"""Private keys in PEM or PGP armour, whole or cut off.

Rules: from the first dashes to the last ones, or to the end of the text.
Not here: public keys and certificates, which stay.
"""

from agent.redaction.detector import Found

NAME = "private_keys"
CLASS = "secret"
PATTERN = (
    rb"-----BEGIN [^\n-]*PRIVATE KEY[^\n-]*-----(?s:.*?)"
    rb"(?:-----END [^\n-]*-----|\z)"
    rb"|PuTTY-User-Key-File-[0-9]:(?s:.*)"
)
NEEDS = (b"private key", b"putty-user-key-file")
BESIDE = 0
SPREADS = False


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept every match: nothing else begins so."""
    del before, after
    return ((0, len(match), CLASS),)


_BEGIN = "-----BEGIN RSA " + "PRIVATE KEY-----"
_END = "-----END RSA " + "PRIVATE KEY-----"

HITS = (
    (f"a {_BEGIN}\nMIIEow\n{_END} b", "MIIEow"),
    (f"a {_BEGIN}\\nMIIEow\\n{_END} b", "MIIEow"),
    (f"cut off {_BEGIN}\nMIIEow", "MIIEow"),
)
MISSES = ("-----BEGIN CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----", "a private key")
WORST = "-----BEGIN PRIVATE KEY----"
