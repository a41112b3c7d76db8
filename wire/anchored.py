# SPDX-License-Identifier: Apache-2.0
"""What a collector's ledger was, as its devices write it into theirs.

Rules: the collector cannot take it back: a device writes down what it is told and
judges nothing; who compares the two ledgers sees whether one goes on from the other.
Not here: anchors as the collector keeps them (`server/anchors.py`).
Source: docs/spec/keeper.md, "Anchor".
"""

from dataclasses import dataclass

from wire.codec import Field, Message, Uint, fixed
from wire.crypto.signing import PUBLIC_BYTES, SIGNATURE_BYTES

ACT = "collector-anchored"
"""A device's own act: it was told another one than the last."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """An anchor of a collector's ledger.

    Attributes:
        size: number of entries that it stands for.
        root: root of the tree over them, 32 bytes.
        public: the keeper's key.
        signature: of the checkpoint's text by that key.
    """

    size: int
    root: bytes
    public: bytes
    signature: bytes


ANCHORED = Message(
    "anchored",
    Anchored,
    (
        Field(1, "size", Uint()),
        Field(2, "root", fixed(32)),
        Field(3, "public", fixed(PUBLIC_BYTES)),
        Field(4, "signature", fixed(SIGNATURE_BYTES)),
    ),
)
