# SPDX-License-Identifier: Apache-2.0
"""Credentials of HTTP: Authorization with any scheme, and a lone Bearer or Basic.

Rules: the scheme stays, what follows it goes; the response of a Digest goes alone.
Not here: headers that are called key or token (`secret_assignments.py`), cookies
(`cookies.py`).
"""

import base64
import binascii

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.secret_values import Demand, is_secret, trimmed

NAME = "secret_headers"
CLASS = "secret"
_QUOTE = rb"(?:\\*[\"'`]|&quot;|%22)"
_SIGN = (
    rb"(?:" + _QUOTE + rb")?\]?[ \t]*(?::|=>|=|,|%3[aA])[ \t]*\[?(?:" + _QUOTE + rb")?"
)
_SCHEMES = (
    rb"(?:bearer|basic|digest|negotiate|ntlm|kerberos|token|apikey|api-key|key|hmac|"
    rb"signature|oauth|jwt|ssws|genie-?key|aws4-hmac-sha256|sharedkey|sharedkeylite|"
    rb"sharedaccesssignature|shared-key|dpop|splunk|plain|pve[a-z]*token|"
    rb"googlelogin|bot|user|client-id|splunktoken|mac|scram-sha-256|vapid)"
)
_TOKEN = rb"[^\s\"'`<>,&\\]+"
PATTERN = (
    rb"(?i:(?:proxy-|x-|http_)?authorization"
    + _SIGN
    + rb"(?:"
    + _SCHEMES
    + rb"[ \t]+)?"
    + _TOKEN
    + rb"|\b(?:bearer|basic|negotiate|ntlm|apikey|ssws)[ \t]+"
    + _TOKEN
    + rb"|\bdigest[ \t]+username=[^\n]+)"
)
NEEDS = (
    b"authorization",
    b"bearer",
    b"basic",
    b"negotiate",
    b"ntlm",
    b"apikey",
    b"ssws",
    b"digest",
)
BESIDE = 2
SPREADS = False

_HEADER = LazyPattern(
    rb"(?i)[a-z_-]*authorization" + _SIGN + rb"(?P<scheme>" + _SCHEMES + rb"[ \t]+)?"
)
_LONE = LazyPattern(rb"(?i)(?P<scheme>[a-z]+)[ \t]+")
_DIGEST = LazyPattern(rb"(?i)\bresponse=\\*\"?([0-9a-f]{32,128})")
_ENCODED = LazyPattern(rb"[A-Za-z0-9+/]+(?![A-Za-z0-9+/_-])")
"""What is glued behind it may be found alone, and then nothing tells what is left."""
_PARAMETERS = (b"realm=", b"error=", b"username=")
_SHORTEST = 4
_SHORTEST_LONE = 8


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Return what follows the scheme."""
    del before, after
    if match[:6].lower() == b"digest":
        return tuple((*one.span(1), CLASS) for one in _DIGEST.finditer(match))
    head = _HEADER.match(match)
    alone = head is None
    head = head or _LONE.match(match)
    if head is None:
        return ()
    start = head.end()
    value = trimmed(match[start:])
    if len(value) < _SHORTEST or (value[:-1].isalpha() and value[-1:] == b"="):
        return ()
    if value.lower().startswith(_PARAMETERS):
        return ()
    scheme = (head["scheme"] or b"").strip().lower()
    counts = _counts_alone(scheme, value) if alone else _counts(scheme, value)
    return ((start, start + len(value), CLASS),) if counts else ()


def _counts(scheme: bytes, value: bytes) -> bool:
    """Tell whether the value of a header is a credential."""
    demand = Demand.ANY if scheme else Demand.TOKEN
    return is_secret(value, demand, tight=True)


def _counts_alone(scheme: bytes, value: bytes) -> bool:
    """Tell whether what follows a lone scheme is a credential and not a word."""
    if scheme == b"basic":
        encoded = _ENCODED.match(value)
        found = b"" if encoded is None else encoded[0]
        try:
            return b":" in base64.b64decode(found + b"=" * (-len(found) % 4))
        except (binascii.Error, ValueError):
            return False
    shown = is_secret(value, Demand.TOKEN, tight=False)
    return shown and len(value) >= _SHORTEST_LONE


HITS = (
    ("Authorization: Bearer abc.def1", "abc.def1"),
    ("Authorization: Basic YTpi", "YTpi"),
    ("{'authorization': 'Basic YTpiYw=='}", "YTpiYw=="),
    ('curl -H "Authorization: token 9f8e7d6c5b" x', "9f8e7d6c5b"),
    (r"{\"Authorization\":[\"Bearer a1b2c3d4\"]}", "a1b2c3d4"),
    ("HTTP_AUTHORIZATION=Bearer a1b2c3d4", "a1b2c3d4"),
    ("sent Bearer a1b2c3d4e5f6", "a1b2c3d4e5f6"),
    ("sent basic YW1lbGllOnMzY3JldA==", "YW1lbGllOnMzY3JldA"),
    ("sent basic YW1lbGllOnMzY3JldA==NO9386011117947 x", "YW1lbGllOnMzY3JldA"),
    ("sent basic YW1lbGllOnMzY3JldA==|192.0.2.7", "YW1lbGllOnMzY3JldA"),
    ("Proxy-Authorization: Negotiate YIIJvwYGKwYB", "YIIJvwYGKwYB"),
    ("Authorization: 9f8e7d6c5b4a", "9f8e7d6c5b4a"),
    (
        'Digest username="a", realm="r", response="' + "0123456789abcdef" * 2 + '"',
        "0123456789abcdef" * 2,
    ),
)
MISSES = (
    "Authorization: required",
    "Basic authentication failed",
    "basic information about bearer tokens",
    'WWW-Authenticate: Bearer realm="intern"',
    "Authorization: Bearer ${TOKEN}",
    "Authorization: Bearer <token>",
    "digest mismatch",
)
WORST = "authorization: basic "
