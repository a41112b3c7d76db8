# SPDX-License-Identifier: Apache-2.0
"""Public keys of SSH and WireGuard's keys: one key is one person or one machine.

Rules: the key's body goes, its kind and comment stay for others to judge; a
fingerprint (SHA256:...) stays, for it is made to be shown.
Not here: private keys (`private_keys.py`).
Source: RFC 4253 6.6, OpenSSH's sshd(8) AUTHORIZED_KEYS, wg(8).
"""

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern

NAME = "ssh_keys"
CLASS = "secret"
PATTERN = (
    rb"AAAA(?:B3NzaC1|C3NzaC1|E2VjZHNh|G[A-Za-z0-9]nNr|I[A-Za-z0-9]nNr|K[A-Za-z0-9]nNr)"
    rb"(?:[A-Za-z0-9+/]|\\+/)+=*"
    rb"|(?i:privatekey|presharedkey|private key|preshared key)[ \t]*[=:][ \t]*"
    rb"[A-Za-z0-9+/]+="
)
NEEDS = (b"aaaa", b"privatekey", b"presharedkey", b"private key", b"preshared key")
BESIDE = 0
SPREADS = False

_WIREGUARD = LazyPattern(rb"(?i)p[a-z ]+[ \t]*[=:][ \t]*([A-Za-z0-9+/]{43}=)")
_SHORTEST = 60


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept a body as long as the shortest key."""
    del before, after
    if not match.startswith(b"AAAA"):
        found = _WIREGUARD.fullmatch(match)
        return () if found is None else ((*found.span(1), CLASS),)
    return ((0, len(match), CLASS),) if len(match) >= _SHORTEST else ()


_BODY = "AAAAC3NzaC1lZDI1NTE5" + "AAAAIQx7kPz2mWv9sLr4tYb6nHc1jDf3gKe5uQx7kPz2mW"
_WG = "Qx7kPz2mWv9sLr4tYb6nHc1jDf3gKe5uAb6nHc1jDf3="
HITS = (
    (f"ssh-ed25519 {_BODY} key", _BODY),
    (f"PrivateKey = {_WG}", _WG),
    (f"preshared key: {_WG}", _WG),
)
MISSES = (
    "RSA SHA256:AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 accepted",
    "AAAA record of the name",
    "private key: invalid",
)
WORST = "AAAAB3NzaC1AAAA"
