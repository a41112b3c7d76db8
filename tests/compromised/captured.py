# SPDX-License-Identifier: Apache-2.0
"""A collector in an attacker's hands: all of its keys, and what it tells devices.

Rules: it has every key of the installation but the offline root's and the technicians';
the offline root's is used for nothing but to make the installation; what it answers is
signed as a true collector's answer is.
Not here: what it offers (`ways.py`, `situations.py`), sockets (`hostile_gate.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from installation_fixture import Installation

from wire import messages, revocations, signed
from wire.crypto.signing import SigningKey
from wire.doing import Doing
from wire.messages import Answer, Poll
from wire.signed import SignedKind
from wire.trust import BUNDLE, Bundle


@dataclass
class Captured:
    """The collector, and what it answers next.

    Attributes:
        made: the installation.
        now: the time that it tells.
        orders: sealed, to be handed out.
        removals: a signed list to be handed out.
        bundle: to be handed out.
        heard: how orders stand, as devices told.
        polled: how often it was asked.
    """

    made: Installation
    now: int
    orders: Sequence[bytes] = ()
    removals: bytes | None = None
    bundle: bytes | None = None
    heard: dict[bytes, Doing] = field(default_factory=dict)
    polled: int = 0

    def __enter__(self) -> Self:
        """Be an `Asker`."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Have nothing to close."""

    def close(self) -> None:
        """Have nothing to close."""

    def post(self, path: str, body: bytes) -> bytes:
        """Answer a poll, as the agent's own session would bring it."""
        if path != "/v1/poll":
            raise ValueError(path)
        return self.answer(self.hear(body))

    def hear(self, body: bytes) -> Poll:
        """Return a poll; what it tells of orders is kept."""
        poll: Poll = messages.POLL.decode(signed.read(body, SignedKind.POLL).payload)
        self.polled += 1
        self.heard |= {one.order: one for one in poll.doing}
        return poll

    def answer(self, poll: Poll) -> bytes:
        """Return the signed answer to a poll, with all that is to be handed out."""
        whole = Answer(poll.nonce, self.now, self.bundle, None, None)
        told = replace(whole, orders=tuple(self.orders), revocations=self.removals)
        self.orders, self.removals, self.bundle = (), None, None
        payload = messages.ANSWER.encode(told)
        return signed.sign(SignedKind.ANSWER, payload, [self.made.roles.gate])

    def list_of(
        self,
        technicians: Sequence[bytes] = (),
        *,
        tenant: bytes | None = None,
        issued: int | None = None,
        key: SigningKey | None = None,
    ) -> bytes:
        """Return a list of removals that it has signed."""
        made = self.made
        whole = revocations.Revocations(
            made.tenant if tenant is None else tenant,
            self.now if issued is None else issued,
            tuple(sorted(technicians)),
            (),
        )
        payload = revocations.REVOCATIONS.encode(whole)
        signer = made.roles.revocation if key is None else key
        return signed.sign(SignedKind.REVOCATIONS, payload, [signer])

    def bundle_with(self, **changes: object) -> bytes:
        """Return the bundle with parts exchanged."""
        held: Bundle = BUNDLE.decode(self.made.bundle)
        return BUNDLE.encode(replace(held, **changes))  # type: ignore[arg-type]  # its fields

    def online(self) -> dict[str, SigningKey]:
        """Return the keys that it has, by role."""
        roles = self.made.roles
        return {
            "policy": roles.policy,
            "keys": roles.keys,
            "revocation": roles.revocation,
            "gate": roles.gate,
            "store": roles.store,
        }
