# SPDX-License-Identifier: Apache-2.0
"""Random values that a sentence names: using API key 3f9d..., token for x is ...

Rules: up to three words stand between the name and the value; the value must look
as if a machine had drawn it.
Not here: values that are assigned (`secret_assignments.py`, `secret_keys.py`).
"""

from agent.redaction.assignments import names_in, spoken
from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.secret_names import demand_of, may_be_uuid
from agent.redaction.secret_values import (
    Demand,
    is_mixed,
    is_secret,
    is_uuid,
    trimmed,
)

NAME = "secret_mentions"
CLASS = "secret"
_RUN = rb"[A-Za-z0-9_.-]*"
_KEYS = rb"(?:key|token|secret|credential|password|passwd|jwt|auth|bearer)"
_WORDS = rb"(?:[ \t]+[a-z]+){0,3}"
_DRAWN = rb"[A-Za-z0-9_+/=.~-]"
_OPENING = rb"[ \t]+[\"'`(\[<]*"
PATTERN = (
    rb"(?i:" + _RUN + _KEYS + _RUN + _WORDS + _OPENING + _DRAWN * 12 + _DRAWN + rb"*)"
)
NEEDS = (
    b"key",
    b"token",
    b"secret",
    b"credential",
    b"passw",
    b"auth",
    b"jwt",
    b"bearer",
)
BESIDE = 16
SPREADS = False

_TELLS = LazyPattern(rb"(?i)(?P<name>" + _RUN + rb")" + _WORDS + _OPENING)
_SHORTEST = 12


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Return the value that one of the match's names asks for."""
    del after
    for at in names_in(match):
        head = _TELLS.match(match, at)
        if head is None:
            continue
        name = spoken(head["name"], before + match[:at])
        start = head.end()
        end = start + len(trimmed(match[start:]))
        if _counts(name, match[start:end]):
            return ((start, end, CLASS),)
    return ()


def _counts(name: str, value: bytes) -> bool:
    """Tell whether a value is one that a sentence gives away."""
    demand = demand_of(name)
    if demand is None or len(value) < _SHORTEST:
        return False
    if is_uuid(value):
        return may_be_uuid(name)
    if demand is not Demand.RANDOM and is_mixed(value):
        return True
    return is_secret(value, Demand.RANDOM, tight=False)


_KEY = "3f9d1c7e" + "5ab21c7e" + "5ab21c7e5ab2"
HITS = (
    (f"starting with API key {_KEY}.", _KEY),
    (f"token for build is {_KEY}", _KEY),
    (f"loaded credentials ({_KEY})", _KEY),
    (f"with secret '{_KEY}'", _KEY),
    (f"the password of x {_KEY}", _KEY),
    (f"auth token key {_KEY}", _KEY),
)
MISSES = (
    "Failed password for root",
    "the key exchange algorithm curve25519-sha256 was chosen",
    "token bucket filter of default-queue-x7k2p",
    'Secret "default-token-x7k2p" not found',
    "key type asymmetric registered",
    "authentication for job_1445144423722_0020",
)
WORST = "key token a "
