# SPDX-License-Identifier: Apache-2.0
"""What a store keeps of enrolment tokens.

Rules: of a token there is its secret's digest, never the secret.
Not here: what is in a token (`wire/token.py`), how it is used (`interface.py`).
"""

from dataclasses import dataclass
from enum import Enum


class TokenFate(Enum):
    """Outcome of using an enrolment token."""

    TAKEN = "taken"
    UNKNOWN = "token-unknown"
    EXPIRED = "token-expired"
    USED = "token-used"


@dataclass(frozen=True, slots=True)
class HeldToken:
    """An enrolment token.

    Attributes:
        digest: of its secret, 32 bytes.
        not_after: its last second.
        uses: how often it still lets a machine in.
    """

    digest: bytes
    not_after: int
    uses: int
