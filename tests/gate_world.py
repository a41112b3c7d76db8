# SPDX-License-Identifier: Apache-2.0
"""An installation and its gate's memory, spoken to without a socket.

Rules: each answer has to be signed by the gate role.
Not here: HTTP and TLS (`tests/e2e/test_gate.py`).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from installation_fixture import Installation
from stranger_fixture import Stranger

from server.gate import protocol
from server.gate.nonces import Nonces
from server.gate.protocol import Post
from server.problems import Problem, Refusal
from server.store.chains import ChainEnd
from wire import messages, signed
from wire.messages import Fate, Mark, Receipt, Result
from wire.signed import SignedKind

STORED = Result(Fate.STORED, "")


@dataclass
class World:
    """An installation and its gate's memory."""

    made: Installation
    post: Post
    nonces: Nonces = field(default_factory=Nonces)

    def introduce(self, octets: bytes) -> messages.Introduction:
        """Introduce, and check who answered."""
        answer = protocol.introduce(self.post, octets, now())
        return messages.INTRODUCTION.decode(
            self.opened(answer, SignedKind.INTRODUCTION)
        )

    def enrol(self, octets: bytes) -> messages.Enrolled:
        """Enrol, and check who answered."""
        answer = protocol.enrol(self.post, self.made.store, self.nonces, octets, now())
        return messages.ENROLLED.decode(self.opened(answer, SignedKind.ENROLLED))

    def poll(self, octets: bytes) -> messages.Answer:
        """Poll, and check who answered."""
        answer = protocol.poll(self.post, self.made.store, self.nonces, octets, now())
        return messages.ANSWER.decode(self.opened(answer, SignedKind.ANSWER))

    def ship(self, octets: bytes) -> Receipt:
        """Ship, and check who answered."""
        store = self.made.store
        admitted = protocol.admit(store, self.nonces, octets, now())
        verdicts = store.put(admitted.envelopes, now())
        answer = protocol.receipt(self.post, admitted, verdicts, now())
        return messages.RECEIPT.decode(self.opened(answer, SignedKind.RECEIPT))

    def opened(self, answer: bytes, kind: SignedKind) -> bytes:
        """Return the payload that the gate role signed."""
        return signed.verified(answer, kind, self.made.roles.gate.public)

    def held(self) -> int:
        """Return how many envelopes are stored."""
        return len(list(self.made.store.envelopes(self.made.tenant)))


def now() -> int:
    """Return the test's time."""
    return int(time.time())


def refused(ask: Callable[[bytes], object], octets: bytes) -> Problem:
    """Return why something is refused."""
    with pytest.raises(Refusal) as caught:
        ask(octets)
    return caught.value.problem


def set_mark(world: World, device: Stranger) -> bytes:
    """Mark all of a device's chain, as the store side does."""
    end = ChainEnd(
        device.tenant,
        device.device,
        device.incarnation,
        device.sequence,
        device.previous,
    )
    mark = Mark(
        end.tenant, end.device, end.incarnation, end.sequence, end.digest, now()
    )
    message = signed.sign(
        SignedKind.MARK, messages.MARK.encode(mark), [world.made.roles.store]
    )
    world.made.store.set_mark(end, message)
    return message
