# SPDX-License-Identifier: Apache-2.0
"""Secrets in the query of a URL: ?token=..., &sig=...

Rules: the parameter's name stays, its value is removed; names that say little ask
for a value that looks like a secret, so that ?code=404 and ?key=name stay.
Not here: assignments in other text (`secret_assignments.py`).
"""

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.secret_values import is_placeholder, is_telling, is_wordy, trimmed

NAME = "query_secrets"
CLASS = "secret"
PATTERN = (
    rb"(?i:(?:[?&;#]|%3f|%26|\\u0026)(?:amp;)?(?:[a-z0-9_.-]*(?:token|secret|passw(?:or)?d|passwd|pwd|"
    rb"api_?-?key|access_?key|credential|session_?id|jsessionid|phpsessid|auth|signature)|"
    rb"sig|key|code|sid|otp|pin|ticket|assertion|samlresponse|samlrequest|client_assertion|"
    rb"pass|hash|sso|jwt|appid|invite|confirmation|reset|x-amz-[a-z-]+|x-goog-[a-z-]+)"
    rb"(?:=|%3d))[^&?()\s\"'`#;<>|]+"
)
NEEDS = (b"=", b"%3d")
BESIDE = 0
SPREADS = False

_HEAD = LazyPattern(rb"(?i)(?:[?&;#]|%3f|%26|\\u0026)(?:amp;)?([a-z0-9_.-]+?)(=|%3d)")
_NAMELESS = frozenset({b"true", b"false", b"null", b"0", b"1", b"none"})
_SURE = (
    b"token",
    b"secret",
    b"password",
    b"passwd",
    b"pwd",
    b"apikey",
    b"api_key",
    b"credential",
    b"signature",
    b"assertion",
    b"ticket",
    b"sig",
    b"otp",
    b"pin",
    b"pass",
    b"sessionid",
    b"session_id",
    b"phpsessid",
    b"access_key",
    b"api-key",
    b"accesskey",
    b"samlresponse",
    b"samlrequest",
    b"jwt",
)
_PUBLIC = (
    b"x-amz-algorithm",
    b"x-amz-date",
    b"x-amz-expires",
    b"x-amz-signedheaders",
    b"x-goog-algorithm",
    b"x-goog-date",
    b"x-goog-expires",
    b"x-goog-signedheaders",
)
_ENCODED_END = LazyPattern(rb"(?i)%(?:26|22|27|20|0a|3b)")
_APP = b"appid"
_APP_KEY = LazyPattern(rb"[0-9a-f]{32}")
"""OpenWeather's key has the name that others give to a public number."""
_STATUS = 4
"""Digits of a number that is a status and not a code."""


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept any value of a secret's name, and a mixed one of a name that says less."""
    del before, after
    head = _HEAD.match(match)
    if head is None:
        return ()
    start = head.end()
    value = match[start:]
    if head[2] != b"=":
        cut = _ENCODED_END.search(value)
        value = value if cut is None else value[: cut.start()]
    value = trimmed(value)
    name = head[1].lower()
    if value.lower() in _NAMELESS or is_telling(value) or is_placeholder(value):
        return ()
    if name == _APP and _APP_KEY.fullmatch(value) is None:
        return ()
    if name in _PUBLIC:
        return ()
    if not name.endswith(_SURE):
        short = value.isdigit() and len(value) <= _STATUS
        if short or (not value.isdigit() and is_wordy(value, numbered=True)):
            return ()
    return ((start, start + len(value), CLASS),)


HITS = (
    ("GET /cb?code=4f9d2&state=x HTTP/1.1", "4f9d2"),
    ("GET /x?a=1&access_token=abc.def HTTP/1.1", "abc.def"),
    ("https://b.example/o?sv=1&sig=Zm9v%3D", "Zm9v%3D"),
    ("/login;jsessionid=0A1B2C", "0A1B2C"),
    ("/cb#access_token=abc.def&x=1", "abc.def"),
    ("u=https%3A%2F%2Fa.example%2F%3Ftoken%3Dab12cd%26x", "ab12cd"),
    ("/maps?key=Q7w8E9r0T1y2", "Q7w8E9r0T1y2"),
    ("/weather?q=x&appid=3f9d" + "1c7e5ab2" * 3 + "3f9d", "1c7e5ab2"),
    (r"/x?a=1\u0026sig=ab12cd34", "ab12cd34"),
    ("/o?X-Amz-Credential=AB12%2Fus&X-Amz-Signature=ab12cd34", "ab12cd34"),
)
MISSES = (
    "GET /x?page=2&sort=name HTTP/1.1",
    "GET /x?auth=true HTTP/1.1",
    "?token= empty",
    "GET /x?code=404&key=name&hash=main HTTP/1.1",
    "/o?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=3600",
    "/x?token=${TOKEN}&api_key={key}",
    "/x?appid=730&appid=com.example.App2",
)
WORST = "?token=&token"
