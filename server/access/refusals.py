# SPDX-License-Identifier: Apache-2.0
"""Why somebody does not come in: for the log and the ledger, never for strangers."""

from enum import Enum


class Why(Enum):
    """A reason; the value is a stable slug."""

    NO_INVITATION = "no-invitation"
    NO_CHALLENGE = "no-challenge"
    NO_PROOF = "no-proof"
    NO_PERSON = "no-person"
    UNKNOWN_PASSKEY = "unknown-passkey"
    KNOWN_PASSKEY = "known-passkey"
    TOO_MANY = "too-many"
    OTHER_PERSON = "other-person"
    OTHER_KIND = "other-kind"
    COPIED = "copied"
    CROSS_ORIGIN = "cross-origin"
    ATTESTATION = "attestation"
    MALFORMED = "malformed"
    SUSPENDED = "suspended"


class RefusedError(Exception):
    """A proof or an invitation that does not count.

    Attributes:
        why: the reason.
    """

    def __init__(self, why: Why) -> None:
        """Keep the reason."""
        super().__init__(why.value)
        self.why = why
