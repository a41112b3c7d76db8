# SPDX-License-Identifier: Apache-2.0
"""What a machine calls itself, of any size and any shape, at the gate.

Rules: a real gate; messages are signed by a device's own key, as a hostile one signs
them; all that a machine says of itself in words is its agent and its system.
Not here: names in what it ships (`test_hostile_texts.py`), other refusals
(`test_gate.py`).
"""

import json

import pytest
from installation_fixture import (
    Installation,
    Reply,
    RunningGate,
)
from stranger_fixture import Stranger, enrolled

from wire import cbor, limits, signed
from wire.signed import SignedKind

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
WORD = "hunter2-"
LARGE = WORD * (limits.MIB // len(WORD))
JUST_OVER = WORD + "x" * (limits.TEXT_CHARS + 1 - len(WORD))
HOSTILE = "\u202e<script>alert(1)</script>\x1b[2J=1+1"
SYSTEM = 6
"""Number of the field of both messages."""


def renamed(stranger: Stranger, message: bytes, kind: SignedKind, name: str) -> bytes:
    """Return a message of a machine with another name, signed anew where that goes."""
    payload = signed.read(message, kind).payload
    fields = cbor.decode(payload)
    assert isinstance(fields, dict)
    other = cbor.encode(fields | {SYSTEM: name})
    if len(other) < limits.MESSAGE_BYTES:
        return stranger.sign(kind, other)
    whole = cbor.decode(message)  # larger than what a signature can be made for
    assert isinstance(whole, dict)
    return cbor.encode({k: other if v == payload else v for k, v in whole.items()})


def refused(reply: Reply) -> bool:
    """Tell whether it is a problem with one sentence, and nothing of the name."""
    told = json.loads(reply.body)
    one = str(told.get("detail") or told["title"])
    assert WORD.encode() not in reply.body
    assert "\n" not in one
    return reply.status in {400, 413} and len(one) < limits.TEXT_CHARS


@pytest.mark.parametrize("name", [LARGE, JUST_OVER], ids=["large", "just-over"])
def test_a_name_without_end_does_not_enrol(
    made: Installation, gate: RunningGate, name: str
) -> None:
    """It is refused in a sentence; its token is still good for an honest machine."""
    secret, stranger = made.token("https://c").secret, Stranger(made.tenant)
    asked = renamed(stranger, stranger.enrol(secret), SignedKind.ENROL, name)
    assert refused(gate.ask("POST", "/v1/enrol", asked))
    assert made.store.device(made.tenant, stranger.device) is None
    assert gate.ask("POST", "/v1/enrol", stranger.enrol(secret)).status == 200


@pytest.mark.parametrize("name", [LARGE, JUST_OVER], ids=["large", "just-over"])
def test_a_name_without_end_is_not_heard(
    made: Installation, gate: RunningGate, name: str
) -> None:
    """A poll with it changes nothing, and the device's next one is answered."""
    device = enrolled(made)
    asked = renamed(device, device.poll(), SignedKind.POLL, name)
    assert refused(gate.ask("POST", "/v1/poll", asked))
    assert gate.ask("POST", "/v1/poll", device.poll()).status == 200
    known = made.store.device(made.tenant, device.device)
    assert known is not None
    assert WORD not in repr(known)


def test_a_name_that_acts_is_a_name(made: Installation, gate: RunningGate) -> None:
    """Short and hostile it is taken as it is, for whoever shows it to make inert."""
    stranger = Stranger(made.tenant)
    secret = made.token("https://c").secret
    asked = renamed(stranger, stranger.enrol(secret), SignedKind.ENROL, HOSTILE)
    assert gate.ask("POST", "/v1/enrol", asked).status == 200
    polled = renamed(stranger, stranger.poll(), SignedKind.POLL, HOSTILE)
    assert gate.ask("POST", "/v1/poll", polled).status == 200
    known = made.store.device(made.tenant, stranger.device)
    assert known is not None
    assert known.system == HOSTILE
