# SPDX-License-Identifier: Apache-2.0
"""Values of cookies, and of the session names that servers give them.

Rules: in a Cookie header each value goes and each name stays; in Set-Cookie the
attributes (Path, Expires, ...) stay too; a session id in plain text stays, it is a
number that tells lines of one session from others.
Not here: session ids in URLs (`query_secrets.py`).
Source: RFC 6265; the default names of PHP, Java, ASP.NET, Django, Rails, Express.
"""

from functools import cache

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.secret_values import is_placeholder, is_telling

NAME = "cookies"
CLASS = "secret"
_SESSIONS = (
    rb"phpsessid|jsessionid(?:sso)?|aspsessionid[a-z]*|asp\.net_sessionid|\.aspxauth|"
    rb"\.aspnetcore\.[a-z.]+|connect\.sid|laravel_session|ci_session|_session_id|"
    rb"csrftoken|xsrf-token|remember_(?:user_)?token|koa\.sid|"
    rb"wordpress_logged_in_[a-z0-9]+|wordpress_sec_[a-z0-9]+|rack\.session|"
    rb"_[a-z0-9]+_session|lwsso_cookie_key|smsession|fedauth|rtfa|zm_auth_token|"
    rb"moodlesession[a-z0-9]*|joomla_[a-z_]+|grafana_session|_oauth2_proxy|"
    rb"__host-[a-z0-9_-]+|__secure-[a-z0-9_-]+|ltpatoken2?|nsc_[a-z]+|bigipserver[a-z0-9~_.-]+"
)
_VALUE = rb"[^\s;,\"'<>&]+"
PATTERN = (
    rb"(?i:\b(?:set-)?cookie2?(?:\\*[\"'])?\]?[ \t]*[:=][ \t]*\[?(?:\\*[\"'])?"
    rb"[A-Za-z0-9_.!#$%*+^|~-]+=[^\n\"']*"
    rb"|(?:" + _SESSIONS + rb")(?:=|\\*[\"'][ \t]*[:=][ \t]*\\*[\"'])" + _VALUE + rb")"
)
NEEDS = (
    b"cookie",
    b"sess",
    b"sid",
    b"auth",
    b"token",
    b"__",
    b"rtfa",
    b"joomla",
    b"nsc_",
    b"bigip",
    b"_oauth2_proxy",
    b".aspnetcore",
    b"lwsso",
    b"smsession",
)
BESIDE = 0
SPREADS = False

_HEADER = LazyPattern(
    rb"(?i)(set-)?cookie2?(?:\\*[\"'])?\]?[ \t]*[:=][ \t]*\[?(?:\\*[\"'])?"
)
_PAIR = LazyPattern(rb"([^\s=;,]+)=([^;,\s\\\"]+)")
_ATTRIBUTES = frozenset(
    b"path domain expires max-age samesite version comment port priority".split()
)
_LONE = LazyPattern(rb"(?i)[^=\"'\\]+(?:=|\\*[\"'][ \t]*[:=][ \t]*\\*[\"'])")


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Return the value of each cookie."""
    del before, after
    header = _HEADER.match(match)
    if header is None:
        lone = _LONE.match(match)
        spans = [] if lone is None else [(lone.end(), len(match.rstrip(b".)]}\\")))]
    else:
        spans = [
            pair.span(2)
            for pair in _PAIR.finditer(match, header.end())
            if pair[1].lower() not in _ATTRIBUTES
        ]
    counts = cache(_counts)  # a long line repeats its values; forgotten with it
    return tuple(
        (start, end, CLASS) for start, end in spans if counts(match[start:end])
    )


def _counts(value: bytes) -> bool:
    """Tell whether a value tells anything."""
    return not (is_telling(value) or is_placeholder(value))


HITS = (
    ("Cookie: a=b1; c=d2", "d2"),
    ("Cookie: a=b1; c=d2", "b1"),
    ('"cookie": "sid=abc123; theme=x1"', "abc123"),
    ("Set-Cookie: id=a3fWa; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly", "a3fWa"),
    ("got PHPSESSID=r2t5uvjq435r4q7ib3vtdjq120", "r2t5uvjq435r4q7ib3vtdjq120"),
    ('{"JSESSIONID": "0A1B2C3D"}', "0A1B2C3D"),
    ("ASP.NET_SessionId=abcdefgh12345678; x", "abcdefgh12345678"),
)
MISSES = (
    "session id 4711 opened",
    "Session ID: 0x3e7, SessionId=2",
    "cookie = 0x1a2b3c",
    "bad cookie: invalid",
    "Set-Cookie: Path=/; HttpOnly",
    "syncookies sent",
)
WORST = "cookie: a=b;cookie: a="
