# SPDX-License-Identifier: Apache-2.0
"""JSON web tokens: three parts in base64url, the first one JSON.

Rules: the first part must decode to a JSON object, so that other texts which begin
with eyJ stay.
Not here: opaque tokens (`token_prefixes.py`).
"""

import base64
import binascii
import json

from agent.redaction.detector import Found

NAME = "jwt"
CLASS = "secret"
PATTERN = rb"eyJ[A-Za-z0-9_=-]+(?:\.[A-Za-z0-9_=-]*)+"
NEEDS = (b"eyj",)
BESIDE = 0
SPREADS = False


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept a first part that is a JSON object."""
    del before, after
    head = match.partition(b".")[0].rstrip(b"=")
    padded = head + b"=" * (-len(head) % 4)
    try:
        header = json.loads(base64.urlsafe_b64decode(padded))
    except (binascii.Error, ValueError, RecursionError):
        return ()
    return ((0, len(match), CLASS),) if isinstance(header, dict) else ()


_TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln"  # noqa: S105 - an example that opens nothing

HITS = (
    (f"jwt {_TOKEN} end", _TOKEN),
    (f"got {_TOKEN[:-4]}", _TOKEN[:-5]),
)
MISSES = ("eyJAAAA.eyJBBB", "the eyJ prefix")
WORST = "eyJa.eyJ"
