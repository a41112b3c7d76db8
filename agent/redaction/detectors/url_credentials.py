# SPDX-License-Identifier: Apache-2.0
r"""User names and passwords in front of the host of a URL or a data source.

Rules: the password is removed, the user becomes a pseudonym; a lone token before the
at sign is a password; ports, variables and built-in accounts stay.
Not here: secrets in the query (`query_secrets.py`).
"""

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.secret_values import is_placeholder

NAME = "url_credentials"
CLASS = "secret"
PATTERN = (
    rb"(?i:(?::\\*/\\*/|%3a%2f%2f)[^\s/?#\"'@\\<>]+(?:@[^\s/?#\"'@\\<>]+)*@"
    rb"|(?:://|%3a%2f%2f)[^\s/?#\"'@\\<>:%]+(?::|%3a)[^\s\"'@\\<>]+(?:@|%40)"
    rb"|[a-z0-9_.-]+:[^\s\"'@/\\]+@(?:tcp|unix|udp)\("
    rb"|\bthin:[a-z0-9_$#.-]+/[^\s@\"'/]+@)"
)
NEEDS = (b"@", b"%40")
BESIDE = 0
SPREADS = False

_HEAD = LazyPattern(rb"(?i):\\*/\\*/|%3a%2f%2f|^thin:")
_COLON = LazyPattern(rb"(?i):|%3a|/")
_AT = LazyPattern(rb"(?i)(?:@|%40)(?:(?:tcp|unix|udp)\()?\Z")
_PORT = LazyPattern(rb"[0-9]{1,5}(?:[/?#;,)\]].*)?\Z")
_USERS = frozenset({b"git", b"hg", b"svn", b"ssh", b"root", b"anonymous", b"ftp"}) | {
    b"user",
    b"username",
    b"x-access-token",
    b"oauth2",
    b"gitlab-ci-token",
    b"token",
    b"default",
}
_TOKEN = 20
"""A user name alone that is this long is a token."""


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Return the user and the password as two spans."""
    del before, after
    start = max((head.end() for head in _HEAD.finditer(match)), default=0)
    at = _AT.search(match)
    if at is None:
        return ()
    end = at.start()
    colon = _COLON.search(match, start, end)
    if colon is None:
        user = match[start:end]
        if user.lower() in _USERS or is_placeholder(user):
            return ()
        return ((start, end, CLASS if end - start >= _TOKEN else "user"),)
    user, password = match[start : colon.start()], match[colon.end() : end]
    if any(sign in password for sign in b"/?#") and _PORT.match(password):
        return ()
    spans: list[tuple[int, int, str]] = []
    if user and user.lower() not in _USERS and not is_placeholder(user):
        kind = CLASS if len(user) >= _TOKEN and user.isalnum() else "user"
        spans.append((start, colon.start(), kind))
    if password.lower() in _WORDS or (password and not is_placeholder(password)):
        spans.append((colon.end(), end, CLASS))
    return tuple(spans)


_WORDS = frozenset({b"password", b"secret", b"token", b"pass", b"passwd"})
"""Passwords that are placeholders elsewhere, but open a door in a URL."""

HITS = (
    ("https://amelie:s3cr3t!@intern.example/x", "s3cr3t!"),
    ("https://amelie:s3cr3t!@intern.example/x", "amelie"),
    ("postgres://app:p@ss@db:5432/x", "p@ss"),
    ("https://0123456789abcdef0123@git.example/x", "0123456789abcdef0123"),
    (r"https:\/\/amelie:s3cr3t!@intern.example\/x", "s3cr3t!"),
    ("u=https%3A%2F%2Famelie%3As3cr3t%40intern.example", "s3cr3t"),
    ("redis://:s3cr3t@cache:6379/0", "s3cr3t"),
    ("amqp://app:p/s?s@mq:5672/vhost", "p/s?s"),
    ("app:s3cr3t@tcp(db.example:3306)/x", "s3cr3t"),
    ("http://x:80/a?to=https://amelie:s3cr3t@intern.example", "s3cr3t"),
    ("jdbc:oracle:thin:app/s3cr3t@db:1521:x", "s3cr3t"),
    ("https://user:password@intern.example", "password"),
)
MISSES = (
    "https://intern.example/a@b",
    "ssh://git@example/x",
    "see http://x:8000 @something",
    "mail a://b",
    "http://intern.example:8080/users/a@b.example",
    "https://${USER}:${PASSWORD}@intern.example",
    "https://intern.example:443?mail=a@b",
)
WORST = "://a:b:c"
