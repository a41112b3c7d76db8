# SPDX-License-Identifier: Apache-2.0
r"""What counts as the name of an account where a text says that one stands.

Rules: built-in accounts, plain numbers, paths and words that name nobody stay; of
DOMAIN\name both are names; HOST$ is a machine's.
Not here: where names stand (`detectors/users_in_context.py` and its neighbours).
"""

import re

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.ordinary import BUILT_IN_ACCOUNTS
from agent.redaction.windows_names import account_spans, is_authority, is_built_in
from agent.redaction.wrapping import unwrapped

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
    b"ldap saml radius kerberos certificate login cron uid cn "
    b"credentials profile profiles registry code key keys client found".split()
)
_EXTENSION = LazyPattern(rb"(?i)\buser \[")
"""Where a number is a person's telephone on the desk."""
_DISTINGUISHED = LazyPattern(rb"(?i)(?:uid|cn)=[^,]+,")
_AT_ADDRESS = LazyPattern(rb"@(?:[0-9]{1,3}\.){3}[0-9]{1,3}\Z|@\[")
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
    if match[end : end + 1] == b"=":  # the next key, behind an escaped tab
        cut = match.rfind(b"\\", start, end)
        end = cut if cut > start else end
    if _DISTINGUISHED.match(match, start, end):
        return account_spans(match[start:end], start)
    parts: list[tuple[int, int, str]] = []
    for part in match[start:end].split(b","):
        parts.extend(_accept_one(match, start, start + len(part), sure=sure))
        start += len(part) + 1
    return tuple(parts)


def _accept_one(match: bytes, start: int, end: int, *, sure: bool) -> Found:
    """Return one name, and the domain before it, unless nobody is meant."""
    first, last = unwrapped(match[start:end])
    start, end = start + first, start + last
    start += len(match[start:end]) - len(match[start:end].lstrip(b" "))
    name = match[start:end].rstrip(b".!?@/\\ \t")
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
    address = _AT_ADDRESS.search(name)  # others find it
    if address is not None:
        name = name[: address.start()]
    nameless = _BUILT_IN if sure else _NAMELESS
    if name.lower() in nameless or is_built_in(name) or name[:1] in (b"/", b"*"):
        return tuple(spans)
    if name.lower() == b"user" and match.startswith(b" [", end):  # for user [amelie]
        return tuple(spans)
    if not name.strip(b"0123456789-+*.%_/#:;=, {}[]()") and not (
        name.isdigit() and _EXTENSION.search(match)
    ):
        return tuple(spans)
    machine = name.removesuffix(b"$")
    kind = USER if machine in (name, b"") else "host"
    spans.append((start, start + len(machine or name), kind))
    return tuple(spans)


def _accept_at(match: bytes, start: int, end: int) -> Found:
    """Return user and host of user@host, unless it is an object or a unit."""
    if _OBJECT.search(match) or match.endswith((b"service", b"slice", b"socket")):
        return ()
    spans: list[tuple[int, int, str]] = []
    if match[start:end].lower() not in _NAMELESS:
        spans.append((start, end, USER))
    if match[end + 1 :].strip(b"0123456789."):  # others find an address
        spans.append((end + 1, len(match), "host"))
    return tuple(spans)
