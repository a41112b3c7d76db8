# SPDX-License-Identifier: Apache-2.0
"""JSON web tokens: parts in base64url with dots between them, the first one JSON.

Rules: the first part must decode to a JSON object, so that other texts which begin
with eyJ stay; so must a token that is once more in base64.
Not here: opaque tokens (`token_prefixes.py`).
Source: RFC 7519, RFC 7515 (signed: three parts), RFC 7516 (encrypted: five).
"""

import base64
import binascii

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern

NAME = "jwt"
CLASS = "secret"
PATTERN = (
    rb"(?:eyJ|eyA|eyI|ewo|ew0)[A-Za-z0-9_=+/%-]+(?:\.[A-Za-z0-9_=+/%-]*)+"
    rb"|ZX(?:lK|lB|cK|cw)[A-Za-z0-9_=+/-]+"
)
NEEDS = (b"eyj", b"eya", b"eyi", b"ewo", b"ew0", b"zxlk", b"zxlb", b"zxck", b"zxcw")
BESIDE = 0
SPREADS = False

_PARTS = 5
"""Most parts of a token: those of an encrypted one."""
_TWICE = b"ZX"
_INNER = LazyPattern(rb"(?:eyJ|eyA|eyI|ewo|ew0)[A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]+")


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept a first part that is a JSON object."""
    del before, after
    if match.startswith(_TWICE):
        inner = _INNER.match(_decoded(match))
        whole = inner is not None and _is_header(inner[0].partition(b".")[0])
        return ((0, len(match), CLASS),) if whole else ()
    parts = match.split(b".")
    if not any(parts[1:]) or not _is_header(parts[0]):
        return ()
    end = len(b".".join(parts[:_PARTS]).rstrip(b"."))
    return ((0, end, CLASS),)


def _decoded(part: bytes) -> bytes:
    """Return what a part holds; nothing when it is not in base64."""
    bare = part.replace(b"%3D", b"").rstrip(b"=").translate(_STANDARD)
    try:
        return base64.b64decode(bare + b"=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


_STANDARD = bytes.maketrans(b"-_", b"+/")


def _is_header(part: bytes) -> bool:
    """Tell whether a part holds a JSON object."""
    import json  # noqa: PLC0415 - start-up: few logs hold a token

    try:
        return isinstance(json.loads(_decoded(part)), dict)
    except (ValueError, RecursionError):
        return False


_TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln"  # noqa: S105 - an example that opens nothing
_SPACED = "eyAiYWxnIjogIm5vbmUiIH0.eyJzdWIiOiIxIn0.c2ln"
_AGAIN = base64.b64encode(_TOKEN.encode()).decode()

HITS = (
    (f"jwt {_TOKEN} end", _TOKEN),
    (f"got {_TOKEN[:-4]}", _TOKEN[:-5]),
    (f"got {_SPACED}", _SPACED),
    (f"got {_AGAIN}", _AGAIN),
    (rf"\t{_TOKEN}\n", _TOKEN),
    (f"a%3D{_TOKEN}%26", _TOKEN),
)
MISSES = ("eyJAAAA.eyJBBB", "the eyJ prefix", "eyJhbGciOiJub25lIn0 alone", "ZXlKfoobar")
WORST = "eyJa.eyJ"
