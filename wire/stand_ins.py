# SPDX-License-Identifier: Apache-2.0
"""How a stand-in is spelled: `user_7f3k9q2m`.

Rules: nothing is loaded to know one by sight, for most texts have none to be made.
Not here: making them (`wire/pseudonyms.py`).
"""

KEY_BYTES = 32
"""Length of a pseudonym key: the output of the hash."""
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32 in lower case: nothing that reads like another letter."""
CHARS = 8
"""Characters of a stand-in: 40 bits, one accidental pair in a million values."""
PREFIXED = frozenset({"ip", "mac"})
"""Classes of which a stand-in can keep a prefix: a network, a maker."""

_SHOWN = rf"[{ALPHABET}]{{{CHARS}}}"
_PART = rf"[a-z][a-z0-9]{{0,15}}_{_SHOWN}"
STAND_IN = (
    rf"(?:{_PART}(?:[+@]domain_{_SHOWN}|_(?:{_SHOWN}|[0-9]{{3}}))?"
    rf"|ip[0-9]_[0-9a-f]{{32}}|mac_[0-9a-f]{{6}}_{_SHOWN})"
)
"""Pattern of every stand-in, for RE2 and Python."""
