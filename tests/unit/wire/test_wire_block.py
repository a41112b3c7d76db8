# SPDX-License-Identifier: Apache-2.0
"""A block opens to what was sealed, or is refused by a class of the wire."""

from dataclasses import replace

import pytest

from tests.vectors import world
from wire import block, body
from wire.block import BlockContent, BlockHeader, BlockState
from wire.crypto.sealing import key_id
from wire.errors import BodyError, OpenError, WireError
from wire.purposes import Purpose

KEY, SIGNER = world.opening("support"), world.signing("gate")
SOFTWARE = world.software()
ROWS = len(SOFTWARE.records)
HEADER = BlockHeader(
    block.VERSION,
    1,
    bytes(16),
    bytes(16),
    Purpose.SUPPORT,
    "kept",
    key_id(KEY.public),
    bytes(16),
    *(1, 9, 9),
    bytes(32),
    world.NOW,
)
STATE = BlockState(
    *(9, world.NOW, world.NOW, ROWS + 3),
    block.numbers_of(range(2, ROWS + 2)),
    block.longs_of([world.NOW] * ROWS),
)
CONTENT = BlockContent(
    (SOFTWARE.dataset.name,),
    (STATE,),
    block.longs_of([1, 9]),
    body.encode([SOFTWARE], [], "support"),
)


def opened(content: BlockContent) -> block.OpenBlock:
    """Seal and open."""
    octets = block.seal(HEADER, content, KEY.public, SIGNER)
    return block.unseal(*block.read(octets, SIGNER.public), KEY)


def test_what_was_sealed_opens() -> None:
    """Rows come back with their numbers and times, and the sources left shut."""
    found = opened(CONTENT)
    (state,) = found.states
    assert state.numbers == tuple(range(2, ROWS + 2))
    assert state.observed == (world.NOW,) * ROWS
    assert (state.table.rows, state.following) == (ROWS, ROWS + 3)
    assert found.replaced == (1, 9)


@pytest.mark.parametrize(
    "content",
    [
        replace(CONTENT, states=()),
        replace(CONTENT, replaced=b"\x01"),
        replace(CONTENT, states=(replace(STATE, following=ROWS),)),
        replace(CONTENT, states=(replace(STATE, numbers=bytes(4 * ROWS)),)),
        replace(CONTENT, states=(replace(STATE, numbers=b""),)),
        replace(CONTENT, states=(replace(STATE, observed=b""),)),
        replace(CONTENT, body=body.encode([world.changes()], [], "support")),
    ],
)
def test_content_that_contradicts_itself_is_refused(content: BlockContent) -> None:
    """Tables, numbers and times that do not fit each other are no state."""
    with pytest.raises(BodyError):
        opened(content)


def test_every_flipped_bit_is_refused() -> None:
    """No octet of a block can change unseen."""
    octets = block.seal(HEADER, CONTENT, KEY.public, SIGNER)
    for at in range(0, len(octets), 7):
        wrong = octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]
        with pytest.raises(WireError):
            block.read(wrong, SIGNER.public)


def test_another_header_or_key_does_not_open() -> None:
    """Data key and content are bound to the header that was sealed, and to its key."""
    octets = block.seal(HEADER, CONTENT, KEY.public, SIGNER)
    found, header = block.read(octets, SIGNER.public)
    moved = block.BLOCK_HEADER.encode(replace(HEADER, last=8))
    with pytest.raises(OpenError):
        block.unseal(replace(found, header=moved), header, KEY)
    with pytest.raises(OpenError):
        block.unseal(found, header, world.opening("security"))
