# SPDX-License-Identifier: Apache-2.0
r"""What counts as the name of an account where a text says that one stands.

Rules: built-in accounts, plain numbers and words that name nobody stay; of DOMAIN\name
both are names.
Not here: where names stand (`detectors/users_in_context.py` and its neighbours).
"""

import re

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.ordinary import BUILT_IN_ACCOUNTS
from agent.redaction.windows_names import is_authority, is_built_in

USER = "user"
WORD = rb"[^\s\"'`,;:()\[\]{}<>=|]+"
"""A name of an account, without quotes and brackets."""

_BUILT_IN = frozenset(name.encode("ascii") for name in BUILT_IN_ACCOUNTS)
_NAMELESS = _BUILT_IN | frozenset(
    b"the a an is was not and or for from to in on at with by - ? (unknown) mode space "
    b"service session sessions manager id ids name names account accounts data input "
    b"agent interface error exceeded request requests level group groups list table "
    b"database db process does has logged unknown uid= password authentication "
    b"were are have will can cannot could should must that this which who whose "
    b"ldap saml radius kerberos certificate "
    b"credentials profile profiles registry code key keys client found".split()
)
_EXTENSION = LazyPattern(rb"(?i)\buser \[")
"""Where a number is a person's telephone on the desk."""
_DOMAIN = LazyPattern(rb"(?P<domain>[^\\]+)\\{1,8}(?P<name>[^\\]+)\Z")
_NOT_DOMAINS = LazyPattern(
    rb"(?i)(?:nt authority|authority|service|host|manager|policy|package|nt service|"
    rb"builtin|font driver host|window manager|hk[a-z]+|"
    rb"registry|system|software|windows|program files|users|device|machine|"
    rb"iis apppool)\Z"
)
_OBJECT = LazyPattern(
    rb"@(?:[0-9a-f]{5,}|v[0-9.]+|[0-9]+|tty[0-9]*|localhost)\Z", re.IGNORECASE
)


def accept_user(match: bytes, start: int, end: int, sure: bool) -> Found:  # noqa: FBT001 - Accept is called by place
    """Return the name, and the domain before it, unless nobody is meant."""
    if match[end : end + 1] == b"@":
        return _accept_at(match, start, end)
    parts: list[tuple[int, int, str]] = []
    for part in match[start:end].split(b","):
        parts.extend(_accept_one(match, start, start + len(part), sure=sure))
        start += len(part) + 1
    return tuple(parts)


def _accept_one(match: bytes, start: int, end: int, *, sure: bool) -> Found:
    """Return one name, and the domain before it, unless nobody is meant."""
    start += len(match[start:end]) - len(match[start:end].lstrip(b" "))
    name = match[start:end].rstrip(b".!?\\ \t")
    if b"\t" in name:  # it was an escape that only looks like one: CONTOSO\tim
        return ()
    found = _DOMAIN.match(name)
    spans: list[tuple[int, int, str]] = []
    if found is not None:
        if _NOT_DOMAINS.match(found["domain"]) or is_authority(found["domain"]):
            return ()
        if len(found["domain"]) > 1:
            spans.append((start, start + found.end("domain"), "host"))
        start += found.start("name")
        name = found["name"]
    nameless = _BUILT_IN if sure else _NAMELESS
    if name.lower() in nameless or is_built_in(name):
        return tuple(spans)
    if not name.strip(b"0123456789-+*.%_/#:;=, {}[]()") and not (
        name.isdigit() and _EXTENSION.search(match)
    ):
        return tuple(spans)
    spans.append((start, start + len(name), USER))
    return tuple(spans)


def _accept_at(match: bytes, start: int, end: int) -> Found:
    """Return user and host of user@host, unless it is an object or a unit."""
    if _OBJECT.search(match) or match.endswith((b"service", b"slice", b"socket")):
        return ()
    spans: list[tuple[int, int, str]] = []
    if match[start:end].lower() not in _NAMELESS:
        spans.append((start, end, USER))
    spans.append((end + 1, len(match), "host"))
    return tuple(spans)
