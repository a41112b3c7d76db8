# SPDX-License-Identifier: Apache-2.0
"""What is left of a destroyed key: what it was for, when and why it died.

Rules: a tombstone has no secret and is never changed.
Not here: destroying keys and keeping tombstones (`server/keyring`).
Source: docs/spec/keyring.md.
"""

from dataclasses import dataclass
from enum import Enum

from wire import limits
from wire.codec import Choice, Field, Message, Text, Uint, fixed
from wire.purposes import Purpose

UNKNOWN = "unknown"
"""The reason of keys that died before reasons were kept."""


class KeyKind(Enum):
    """What a key was for that is of no epoch."""

    HOLD = "hold"
    TICKET = "ticket"
    CASE = "case"
    LAW = "law"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A destroyed key.

    Attributes:
        key_id: 16 bytes.
        destroyed: when, in seconds since the epoch; 0 where that was not kept.
        reason: why, as a slug; `UNKNOWN` where that was not kept.
        generation: the last one under which the key could be unwrapped.
        created: when the key was made; 0 where that was not kept.
        tenant: 16 bytes; this and what follows is None where it was not kept.
        purpose: for which purpose it was.
        retention: retention class within the purpose.
        epoch: number of the epoch.
        start: its first second.
        end: first second after it.
        kind: what it was for, where it was of no epoch.
        ticket: digest of the ticket whose key it was, 16 bytes; `start` and `end` are
            the ticket's then, and `epoch` is 0.
    """

    key_id: bytes
    destroyed: int
    reason: str
    generation: int
    created: int
    tenant: bytes | None = None
    purpose: Purpose | None = None
    retention: str | None = None
    epoch: int | None = None
    start: int | None = None
    end: int | None = None
    kind: KeyKind | None = None
    ticket: bytes | None = None


TOMBSTONE = Message(
    "tombstone",
    Tombstone,
    (
        Field(1, "key_id", fixed(16)),
        Field(2, "destroyed", Uint()),
        Field(3, "reason", Text(limits.REASON_CHARS, 1)),
        Field(4, "generation", Uint()),
        Field(5, "created", Uint()),
        Field(6, "tenant", fixed(16), optional=True),
        Field(7, "purpose", Choice(Purpose), optional=True),
        Field(8, "retention", Text(limits.NAME_CHARS, 1), optional=True),
        Field(9, "epoch", Uint(), optional=True),
        Field(10, "start", Uint(), optional=True),
        Field(11, "end", Uint(), optional=True),
        Field(12, "kind", Choice(KeyKind), optional=True),
        Field(13, "ticket", fixed(16), optional=True),
    ),
)
