# SPDX-License-Identifier: Apache-2.0
"""What counts as the name of a machine where a text says that one stands.

Rules: localhost, numbers, addresses and words that name nobody stay.
Not here: where names stand (`detectors/hosts_in_context.py` and its neighbours).
"""

from agent.redaction.detector import Found
from agent.redaction.windows_names import is_authority, is_share

HOST = "host"
WORD = rb"[a-z0-9_][a-z0-9_.-]*"
"""A name of a machine, in any case."""

_LOCAL = frozenset({b"localhost", b"localhost.localdomain", b"last", b"message"})
_NAMELESS = _LOCAL | frozenset(
    b"window font iis target command workgroup builtin nt unknown none null nil kernel "
    b"last message from "
    b"to the and with for at is a an in on not http https tcp udp unix ip host name "
    b"info warn warning error debug notice true false yes no any all chrome firefox "
    b"safari version applewebkit gecko mozilla php apache openssl curl java python "
    b"-- - ? repeated inet addr".split()
)


def accept_host(match: bytes, start: int, end: int, sure: bool) -> Found:  # noqa: FBT001 - Accept is called by place
    """Return each name that is no number, no address and not nobody's."""
    spans: list[tuple[int, int, str]] = []
    for name in match[start:end].split(b" "):
        if sure or not _of_share(match, end, name.rstrip(b".-")):
            spans.extend(_accept_one(name, start, sure=sure))
        start += len(name) + 1
    return tuple(spans)


def _accept_one(name: bytes, start: int, *, sure: bool) -> Found:
    """Return the name unless it is a number, an address or nobody's."""
    name = name.rstrip(b".-")
    nameless = _LOCAL if sure else _NAMELESS
    if not sure and is_authority(name):
        return ()
    if name.lower() in nameless or not name.strip(b"0123456789.-_:"):
        return ()
    return ((start, start + len(name), HOST),)


def _of_share(match: bytes, end: int, name: bytes) -> bool:
    return match[end : end + 1] == b"$" and is_share(name)
