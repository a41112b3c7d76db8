# SPDX-License-Identifier: Apache-2.0
"""What signs on a page: a passkey that the browser asks, or a key in a file.

Rules: a key that was unlocked signs what a person agreed to on a page that shows it,
and nothing else.
Not here: pages (`page.py`), keys (`keys.py`), what an assertion means (`browsing.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from technician import browsing
from technician.keys import Passkey
from technician.serving import Answer
from wire.crypto.signing import SigningKey
from wire.orders import Proof
from wire.proofs import sign_request


@dataclass(frozen=True, slots=True)
class Signer:
    """What signs.

    Attributes:
        credential: of a passkey, which the browser looks for; empty for a key file.
        proof: takes the browser's answer and the challenge; returns the proof.
    """

    credential: bytes
    proof: Callable[[Answer, bytes], Proof]


def by_passkey(passkey: Passkey) -> Signer:
    """Return a passkey, whose answer the browser brings."""

    def proof(answer: Answer, challenge: bytes) -> Proof:
        return browsing.proof_of(answer, passkey, challenge)

    return Signer(passkey.credential, proof)


def by_key(key: SigningKey) -> Signer:
    """Return a key of a file, of which the browser's answer says yes alone."""

    def proof(answer: Answer, challenge: bytes) -> Proof:
        del answer
        return sign_request(key, challenge)

    return Signer(b"", proof)
