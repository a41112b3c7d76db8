# SPDX-License-Identifier: Apache-2.0
"""Asks the collector who it is and what time it is, and believes the signature only.

Rules: the answer repeats our nonce and is signed by the gate's key as the newest root
names it, to which an unbroken chain leads from the root held.
Not here: the first root (`enrolment.py`).
"""

import hmac
import os
from collections.abc import Callable

from agent.delivery.asker import Asker
from agent.delivery.transport import INTRODUCE
from wire import signed
from wire.errors import SignatureError
from wire.messages import INTRODUCTION, NONCE_BYTES, Introduction
from wire.signed import SignedKind
from wire.trust import Root, by_identity, next_root


def introduce(
    session: Asker,
    chain: Callable[[tuple[bytes, ...]], Root],
    entropy: Callable[[int], bytes] = os.urandom,
) -> tuple[Introduction, Root]:
    """Ask for the introduction and return it with the root that vouches for it.

    Args:
        session: to the collector; before enrolment, to whoever answers.
        chain: signed roots, oldest first -> the newest one to believe.
        entropy: so many random bytes.

    Raises:
        NetworkError: the collector cannot be reached.
        WireError: the answer is not to be believed.
    """
    nonce = entropy(NONCE_BYTES)
    message = signed.read(session.post(INTRODUCE, nonce), SignedKind.INTRODUCTION)
    introduction = INTRODUCTION.decode(message.payload)
    root = chain(introduction.roots)
    signed.check(message, by_identity(root.gate))
    check_nonce(nonce, introduction.nonce)
    return introduction, root


def check_nonce(ours: bytes, theirs: bytes) -> None:
    """Require that an answer is to this question.

    Raises:
        SignatureError: it answers another.
    """
    if not hmac.compare_digest(ours, theirs):
        msg = "the collector's answer is not to this question"
        raise SignatureError(msg)


def newest(held: Root) -> Callable[[tuple[bytes, ...]], Root]:
    """Return the chain from a root that is held already."""

    def chain(roots: tuple[bytes, ...]) -> Root:
        root = held
        for octets in roots:
            root = next_root(octets, root)
        return root

    return chain
