# SPDX-License-Identifier: Apache-2.0
"""Why an order is not obeyed: a slug for the wire, a sentence for people.

Rules: a slug names one check and stays; the device tells the slug, whoever shows it
tells the sentence.
Not here: the checks (`wire/authorisation.py`, `agent/orders/judging.py`).
"""

from enum import Enum


class Refusal(Enum):
    """One reason; the value is its slug."""

    MALFORMED = "malformed"
    WRONG_TENANT = "wrong-tenant"
    WRONG_DEVICE = "wrong-device"
    WRONG_INCARNATION = "wrong-incarnation"
    UNKNOWN_DIAGNOSTIC = "unknown-diagnostic"
    WRONG_PURPOSE = "wrong-purpose"
    NOT_IN_POLICY = "not-in-policy"
    BAD_PARAMETERS = "bad-parameters"
    OVER_CAPS = "over-caps"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    VALID_TOO_LONG = "valid-too-long"
    SEEN_BEFORE = "seen-before"
    CANCELLED = "cancelled"
    UNKNOWN_TECHNICIAN = "unknown-technician"
    TECHNICIAN_REMOVED = "technician-removed"
    REVOCATIONS_STALE = "revocations-stale"
    BAD_PROOF = "bad-proof"
    NOT_BY_WHO_ASKS = "not-by-who-asks"
    MAY_NOT_ASK = "may-not-ask"
    SAME_PERSON = "same-person"
    MAY_NOT_APPROVE = "may-not-approve"
    NOT_APPROVED = "not-approved"
    NO_TICKET_KEY = "no-ticket-key"
    FORBIDDEN_HERE = "forbidden-here"


SENTENCES = {
    Refusal.MALFORMED: "it is no order that this release can read",
    Refusal.WRONG_TENANT: "it is for another tenant",
    Refusal.WRONG_DEVICE: "it is for another device",
    Refusal.WRONG_INCARNATION: "the device has a new spool since: ask again",
    Refusal.WRONG_PURPOSE: "diagnostics are for support alone",
    Refusal.UNKNOWN_DIAGNOSTIC: "the device's release has no such diagnostic",
    Refusal.NOT_IN_POLICY: "the policy in force on the device does not name it",
    Refusal.BAD_PARAMETERS: "its parameters are not what the diagnostic takes",
    Refusal.OVER_CAPS: "it asks for more than the diagnostic may cost or tell",
    Refusal.NOT_YET_VALID: "it was issued later than now: set the clock of who asks",
    Refusal.EXPIRED: "its time is over: ask again",
    Refusal.VALID_TOO_LONG: "a request is good for 24 hours at most",
    Refusal.SEEN_BEFORE: "the device has had it before: ask anew",
    Refusal.UNKNOWN_TECHNICIAN: "no technician whom the root names signed it",
    Refusal.TECHNICIAN_REMOVED: "a technician who signed it has been removed",
    Refusal.REVOCATIONS_STALE: "the device has no fresh list of removed technicians",
    Refusal.CANCELLED: "it was taken back",
    Refusal.BAD_PROOF: "a signature under it does not verify",
    Refusal.NOT_BY_WHO_ASKS: "it names another than who signed it",
    Refusal.MAY_NOT_ASK: "who signed it may approve, and may not ask",
    Refusal.NOT_APPROVED: "it is sensitive and needs a second person's signature",
    Refusal.SAME_PERSON: "nobody approves what they ask themselves",
    Refusal.MAY_NOT_APPROVE: "who signed second may ask, and may not approve",
    Refusal.NO_TICKET_KEY: "no key of its ticket came with it that the collector's key "
    "role vouches for: send it anew",
    Refusal.FORBIDDEN_HERE: "a person at the machine has forbidden it",
}
"""What each says to a person, after "not obeyed: "."""
