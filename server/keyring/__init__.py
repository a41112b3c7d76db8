# SPDX-License-Identifier: Apache-2.0
"""The private purpose keys, in three layers: generation, scopes, secrets.

Rules: see docs/adr/0013-three-layers-of-keys.md; who opens the keyring names where its
master key is.
Not here: which epochs there must be (`server/epochs.py`), opening (`server/reader`).
"""

from server.keyring.epochs import LiveKey
from server.keyring.keyring import Keyring
from server.keyring.master import MasterFiles
from server.keyring.place import create_keyring, open_keyring, opened_when_asked
from server.keyring.schema import case_scope
from server.keyring.scoped import (
    DESTROYED,
    NO_TICKET,
    NOT_CAUGHT_UP,
    NOT_CAUGHT_UP_WORDS,
    OTHER_TICKET,
    OVERDUE,
    ScopedKeys,
)
from server.keyring.tombstones import KeyKind, Tombstone

__all__ = [
    "DESTROYED",
    "NOT_CAUGHT_UP",
    "NOT_CAUGHT_UP_WORDS",
    "NO_TICKET",
    "OTHER_TICKET",
    "OVERDUE",
    "KeyKind",
    "Keyring",
    "LiveKey",
    "MasterFiles",
    "ScopedKeys",
    "Tombstone",
    "case_scope",
    "create_keyring",
    "open_keyring",
    "opened_when_asked",
]
