# SPDX-License-Identifier: Apache-2.0
"""Secrets in the query of a URL: ?token=..., &sig=...

Rules: the parameter's name stays, its value is removed.
Not here: assignments in other text (`secret_assignments.py`).
"""

from agent.redaction.detector import Found

NAME = "query_secrets"
CLASS = "secret"
PATTERN = (
    rb"(?i:[?&;](?:amp;)?(?:[a-z0-9_.-]*(?:token|secret|passw(?:or)?d|passwd|pwd|api_?key|apikey|"
    rb"access_?key|signature|credential|session_?id|jsessionid|phpsessid|auth)|sig|key|code|"
    rb"sid|otp|pin|ticket|assertion|samlresponse|x-amz-[a-z-]+)=)[^&\s\"'#;<>]+"
)
NEEDS = (b"=",)
BESIDE = 0
SPREADS = False

_NAMELESS = frozenset({b"true", b"false", b"null", b"0", b"1", b"none"})


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept any value that is not a plain yes or no."""
    del before, after
    start = match.index(b"=") + 1
    if match[start:].lower() in _NAMELESS:
        return ()
    return ((start, len(match), CLASS),)


HITS = (
    ("GET /cb?code=4f9d2&state=x HTTP/1.1", "4f9d2"),
    ("GET /x?a=1&access_token=abc.def HTTP/1.1", "abc.def"),
    ("https://b.example/o?sv=1&sig=Zm9v%3D", "Zm9v%3D"),
    ("/login;jsessionid=0A1B2C", "0A1B2C"),
)
MISSES = (
    "GET /x?page=2&sort=name HTTP/1.1",
    "GET /x?auth=true HTTP/1.1",
    "?token= empty",
)
WORST = "?token=&token"
