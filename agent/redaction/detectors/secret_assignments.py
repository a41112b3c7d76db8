# SPDX-License-Identifier: Apache-2.0
"""Values given to names such as password, token or Authorization.

Rules: the name stays, the value is removed whole, quoted or not; words that only tell
about a secret (password: required) stay.
Not here: tokens that show by their own shape (`token_prefixes.py`).
"""

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern

NAME = "secret_assignments"
CLASS = "secret"
_NAMES = (
    rb"[a-z0-9_.-]*(?:passw(?:or)?d|passwd|passphrase|pwd|secret|token|api[_-]?key|"
    rb"access[_-]?key|private[_-]?key|account[_-]?key|shared[_-]?key|credentials?|"
    rb"auth[_-]?key|community|kennwort|passwort|motdepasse|psk)[a-z0-9_.]*"
)
_VALUE = (
    rb"(?:\"(?:[^\"\\\n]|\\[^\n])*\"|'(?:[^'\\\n]|\\[^\n])*'|"
    rb"\\\"(?:[^\"\\\n]|\\[^\"\n])*\\\"|[^\s\"',;&]+)"
)
PATTERN = (
    rb"(?i:"
    + _NAMES
    + rb"(?:\\?[\"'])?\]?[ \t]*(?:=>|:=|=|:)[ \t]*(?:bearer |basic )?"
    + _VALUE
    + rb"|(?:authorization|x-api-key|x-auth-token|cookie|set-cookie)"
    rb"(?:\\?[\"'])?[ \t]*[:=][^\n]*"
    rb"|\b(?:bearer|basic)[ \t]+[a-z0-9._~+/=-]{16,}"
    rb"|--?(?:[a-z0-9-]*-)?(?:password|passwd|passphrase|token|secret|api-?key)[ \t]+"
    + _VALUE
    + rb"|identified by[ \t]+"
    + _VALUE
    + rb")"
)
NEEDS = (
    b"pass",
    b"pwd",
    b"secret",
    b"token",
    b"key",
    b"credential",
    b"community",
    b"kennwort",
    b"psk",
    b"author",
    b"cookie",
    b"bearer",
    b"basic",
    b"identified",
)
BESIDE = 2
SPREADS = False

_HEADER = LazyPattern(
    rb"(?i)(?:authorization|x-api-key|x-auth-token|cookie|set-cookie)"
    rb"(?:\\?[\"'])?[ \t]*[:=][ \t]*(?:\\?[\"'])?"
    rb"(?:(?:bearer|basic|digest|negotiate|ntlm|token)[ \t]+)?"
)
_LONE = LazyPattern(rb"(?i)(?:bearer|basic)[ \t]+")
_ASSIGNED = LazyPattern(
    rb"(?i)(?P<name>" + _NAMES + rb")(?:\\?[\"'])?\]?[ \t]*(?:=>|:=|=|:)[ \t]*"
    rb"(?:bearer |basic )?"
)
_FLAG = LazyPattern(rb"(?i)(?:--?[a-z0-9-]+|identified by)[ \t]+")
_ABOUT = LazyPattern(
    rb"(?i)(?:[^\n]*[_.-])?(?:length|len|count|policy|age|expir\w*|type|name|file|path|url|"
    rb"enabled|required|changed|set|hint|min|max|size|format|limit|id|lastset|provider|"
    rb"store|strength|attempts?|retries|uses|method|dir|reset|manager|mode)\Z"
)
_TELLING = frozenset(
    b"true false null none nil yes no on off required missing invalid expired failed "
    b"accepted incorrect wrong empty changed unchanged not is was for must cannot "
    b"will has have and or the a an enabled disabled unknown set unset reset ok "
    b"authentication checking error denied login user unexpected public "
    b"expected <none> <null> (null) {} [] - n/a undefined".split()
)
_CLOSERS = b")]}>.,"


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Return the value, without its quotes."""
    del after
    start = _value_start(match, before)
    if start is None:
        return ()
    end = len(match)
    for quote in (b'\\"', b'"', b"'"):
        if match.startswith(quote, start) and match.endswith(quote, start + len(quote)):
            start, end = start + len(quote), end - len(quote)
            break
    value = match[start:end]
    if value.strip(_CLOSERS).lower() in _TELLING or not value.strip(b"*.x- \t"):
        return ()
    return ((start, end, CLASS),)


def _value_start(match: bytes, before: bytes) -> int | None:
    """Return where the value begins; None when the name is only about a secret."""
    header = _HEADER.match(match)
    if header is not None:
        return header.end()
    assigned = _ASSIGNED.match(match)
    if assigned is not None:
        name = assigned["name"]
        shell = name.lower() in (b"pwd", b"oldpwd")
        path = match[assigned.end() :].startswith((b"/", b"\\", b"C:", b"c:"))
        if (shell and path) or _ABOUT.match(name) or before.endswith(b"://"):
            return None
        return assigned.end()
    lone = _LONE.match(match) or _FLAG.match(match)
    return None if lone is None else lone.end()


HITS = (
    ("password=hunter2 next", "hunter2"),
    ('"db_password": "hunter2"', "hunter2"),
    ("DB_PASSWORD='a b c'", "a b c"),
    ("api_key: 9f8e7d6c5b", "9f8e7d6c5b"),
    ("Authorization: Bearer abc.def", "abc.def"),
    ("Authorization: Basic YTpi", "YTpi"),
    ("Cookie: a=b; c=d", "c=d"),
    ("mysqldump --password hunter2", "hunter2"),
    ("aws_secret_access_key = wJalr/XUtn", "wJalr/XUtn"),
    (r"{\"token\":\"abc123def\"}", "abc123def"),
    ("CREATE USER x IDENTIFIED BY 'hunter2'", "hunter2"),
    ("password=a<b>c", "a<b>c"),
    ("snmp community: private7", "private7"),
)
MISSES = (
    "Failed password for root",
    "password: required",
    "password=******",
    "password_length=12 token_count=7",
    "PWD=/var/tmp ; COMMAND=/bin/ls",
    "token: expected ';'",
    "password_file: /etc/x",
)
WORST = "password_password."
