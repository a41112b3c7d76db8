# SPDX-License-Identifier: Apache-2.0
"""Answers that no authenticator gives: nonsense, and real ones with something changed.

Rules: whatever comes is taken or refused, and nothing breaks.
Not here: real answers that are wrong in one thing (`test_access_entering.py`).
"""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from access_room import NOW, AccessRoom
from authenticator_fixture import Authenticator, octets, text
from hypothesis import given, settings
from hypothesis import strategies as st

from server.access import passkey_rows
from server.access.actions import Role
from server.access.passkeys import (
    challenge_of,
    made,
    passkey_of,
    proved,
    to_make,
    to_use,
)
from server.access.refusals import RefusedError


@pytest.fixture
def room(tmp_path: Path) -> Iterator[AccessRoom]:
    """Make an empty register."""
    here = AccessRoom(tmp_path)
    yield here
    here.close()


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.text(max_size=300),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda below: (
                st.lists(below, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["id", "rawId", "type", "response", "clientDataJSON", "x"]
                    ),
                    below,
                    max_size=5,
                )
            ),
            max_leaves=12,
        ).map(json.dumps),
    )
)
def test_nonsense_is_refused(answer: str) -> None:
    """Whatever a stranger sends in place of an answer is refused; nothing breaks."""
    for look in (challenge_of, passkey_of):
        with pytest.raises(RefusedError):
            look(answer)


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature"])
def test_no_changed_bit_is_a_proof(room: AccessRoom, part: str) -> None:
    """An answer with one bit changed, wherever it is signed, signs nobody in."""
    _, device = room.person(Role.TECHNICIAN)
    with room.register.reading() as connection:
        passkey = passkey_rows.find(connection, device.id)
    assert passkey is not None
    place, challenge = room.door.place, bytes(32)
    answer = json.loads(device.use(to_use(place, challenge)))
    whole = octets(answer["response"][part])
    proved(place, json.dumps(answer), challenge, passkey, device.handle)
    for index in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[index // 8] ^= 1 << index % 8
        answer["response"][part] = text(bytes(changed))
        with pytest.raises(RefusedError):
            proved(place, json.dumps(answer), challenge, passkey, device.handle)


def test_a_damaged_passkey_breaks_nothing(room: AccessRoom) -> None:
    """A new passkey with any octet changed is taken or refused, and breaks nothing."""
    device, place, challenge = Authenticator(), room.door.place, bytes(32)
    number, _ = room.invite(Role.TECHNICIAN)
    entry = room.entry(number)
    assert entry is not None
    answer = json.loads(device.make(to_make(place, entry, [], challenge)))
    whole = octets(answer["response"]["attestationObject"])
    refused = 0
    for index, value in itertools.product(range(len(whole)), (0x00, 0x7F, 0xFF)):
        changed = bytearray(whole)
        changed[index] ^= value or 1
        answer["response"]["attestationObject"] = text(bytes(changed))
        try:
            made(place, json.dumps(answer), challenge, number, NOW)
        except RefusedError:
            refused += 1
    assert refused > len(whole)
