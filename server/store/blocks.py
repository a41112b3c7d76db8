# SPDX-License-Identifier: Apache-2.0
"""Sealed blocks in a store, and what there is to be folded into them.

Not here: folding (`server/reader/folding.py`), the store itself (`interface.py`).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeldBlock:
    """A sealed block, and what of it an index needs.

    Attributes:
        last: sequence of its last source.
        sources: how many it has.
    """

    tenant: bytes
    device: bytes
    purpose: str
    key_id: bytes
    incarnation: bytes
    last: int
    sources: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class Unfolded:
    """How many data envelopes of a device and purpose stand behind their blocks.

    Of a block that is not used, for its sources are others by now, all of them count.
    """

    device: bytes
    purpose: str
    count: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came into a store since a look.

    Attributes:
        devices: which have new rows of the class that was looked for.
        announced: of which a gap record or a void is new.
        through: where the next look begins.
    """

    devices: frozenset[bytes]
    announced: frozenset[bytes]
    through: int
