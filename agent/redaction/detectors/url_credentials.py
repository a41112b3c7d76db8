# SPDX-License-Identifier: Apache-2.0
"""User names and passwords in front of the host of a URL.

Rules: the password is removed, the user becomes a pseudonym; a lone token before the
at sign is a password.
Not here: secrets in the query (`query_secrets.py`).
"""

from agent.redaction.detector import Found

NAME = "url_credentials"
CLASS = "secret"
PATTERN = rb"://[^\s/?#\"'@\\]+(?:@[^\s/?#\"'@\\]+)*@"
NEEDS = (b"://",)
BESIDE = 0
SPREADS = False

_HEAD = len("://")
_USERS = frozenset({b"git", b"hg", b"svn", b"ssh", b"root", b"anonymous", b"ftp"})
_TOKEN = 20
"""A user name alone that is this long is a token."""


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Return the user and the password as two spans."""
    del before, after
    end = len(match) - 1
    colon = match.find(b":", _HEAD, end)
    if colon < 0:
        if match[_HEAD:end].lower() in _USERS:
            return ()
        return ((_HEAD, end, CLASS if end - _HEAD >= _TOKEN else "user"),)
    spans: list[tuple[int, int, str]] = []
    if colon > _HEAD and match[_HEAD:colon].lower() not in _USERS:
        spans.append((_HEAD, colon, "user"))
    if colon + 1 < end:
        spans.append((colon + 1, end, CLASS))
    return tuple(spans)


HITS = (
    ("https://amelie:s3cr3t!@intern.example/x", "s3cr3t!"),
    ("https://amelie:s3cr3t!@intern.example/x", "amelie"),
    ("postgres://app:p@ss@db:5432/x", "p@ss"),
    ("https://0123456789abcdef0123@git.example/x", "0123456789abcdef0123"),
)
MISSES = (
    "https://intern.example/a@b",
    "ssh://git@example/x",
    "see http://x:8000 @something",
    "mail a://b",
)
WORST = "://a:b:c"
