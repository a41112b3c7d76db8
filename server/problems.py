# SPDX-License-Identifier: Apache-2.0
"""Why the gate refuses a request, as RFC 9457 problem documents.

Rules: slugs are stable; a detail says what to do and quotes nothing from the request;
each answer carries the server's time, so a device with a wrong clock learns it.
Not here: refusals of single envelopes (they are in the receipt, `server/gate`).
"""

import json
from enum import Enum

from wire.errors import LimitError, SignatureError, VersionError, WireError

MEDIA_TYPE = "application/problem+json"
URN = "urn:discreet:problem:"


class Problem(Enum):
    """All problems: slug, status, title, and what to do."""

    MALFORMED = (
        "malformed",
        400,
        "The request is not well-formed",
        "Send the message that this address takes as application/cbor.",
    )
    TOO_LARGE = (
        "too-large",
        413,
        "The request is too large",
        "Send fewer envelopes in one shipment.",
    )
    UNKNOWN_VERSION = (
        "unknown-version",
        400,
        "The message is of an unknown version",
        "Install releases of agent and collector that know each other.",
    )
    BAD_SIGNATURE = (
        "bad-signature",
        401,
        "The signature does not verify",
        "Sign the message with the key that the device enrolled with.",
    )
    UNKNOWN_DEVICE = (
        "unknown-device",
        401,
        "The device is not enrolled here",
        "Enrol the device with a token of this collector.",
    )
    REVOKED = (
        "revoked",
        403,
        "The device is revoked",
        "Ask the operator why; a new enrolment needs a new token and a new key.",
    )
    QUARANTINED = (
        "quarantined",
        403,
        "The device is quarantined",
        "Its spool was cloned or restored: enrol this machine anew with a new key.",
    )
    GONE = (
        "gone",
        410,
        "The device has said farewell",
        "Enrol this machine anew with a new key: its old one is no longer accepted.",
    )
    WRONG_IDENTITY = (
        "wrong-identity",
        403,
        "The message names another device than its key",
        "Speak for the device that holds the key only.",
    )
    CLOCK_SKEW = (
        "clock-skew",
        409,
        "The stated time is too far from the server's",
        "Take the time from server_time and send again; set the machine's clock.",
    )
    REPLAY = (
        "replay",
        409,
        "The message was seen before",
        "Sign a new message with a fresh nonce.",
    )
    TOKEN_UNKNOWN = (
        "token-unknown",
        401,
        "The enrolment token is unknown",
        "Copy the token again, or ask the operator for a new one.",
    )
    TOKEN_EXPIRED = (
        "token-expired",
        401,
        "The enrolment token has expired",
        "Ask the operator for a new token.",
    )
    TOKEN_USED = (
        "token-used",
        401,
        "The enrolment token is used up",
        "Ask the operator for a new token.",
    )
    OVERLOADED = (
        "overloaded",
        503,
        "The collector cannot take more now",
        "Send again after the time that Retry-After names.",
    )
    OVER_QUOTA = (
        "over-quota",
        429,
        "The device sends more than its share",
        "Send again after the time that Retry-After names.",
    )
    INTERNAL = (
        "internal",
        500,
        "The collector failed",
        "Send again later; if it stays, ask the operator to look at the log.",
    )
    NOT_FOUND = (
        "not-found",
        404,
        "There is nothing at this address",
        "Look at /openapi.json for the addresses that exist.",
    )
    METHOD_NOT_ALLOWED = (
        "method-not-allowed",
        405,
        "The address does not take this method",
        "Use the method that the Allow header names.",
    )

    def __init__(self, slug: str, status: int, title: str, detail: str) -> None:
        self.slug = slug
        self.status = status
        self.title = title
        self.detail = detail

    @property
    def type(self) -> str:
        """Return the URN that identifies the problem."""
        return URN + self.slug

    def document(self, now: int) -> bytes:
        """Return the problem document.

        Args:
            now: the server's time, seconds since the epoch.
        """
        return json.dumps(
            {
                "type": self.type,
                "title": self.title,
                "status": self.status,
                "detail": self.detail,
                "server_time": now,
            }
        ).encode()


class Refusal(Exception):  # noqa: N818 - the refusal is the gate's answer, not its fault
    """A request is refused.

    Attributes:
        problem: which problem it is.
        whose: tenant and device of who asks; None where no signature says so.
    """

    def __init__(
        self, problem: Problem, whose: tuple[bytes, bytes] | None = None
    ) -> None:
        """Carry a problem to the door."""
        super().__init__(problem.slug)
        self.problem = problem
        self.whose = whose


def by_slug(slug: str) -> Problem:
    """Return the problem of a slug; KeyError where there is none."""
    return _BY_SLUG[slug]


def of_wire(error: WireError) -> Problem:
    """Return the problem that a refusal by the wire package is."""
    for kind, problem in _OF_WIRE:
        if isinstance(error, kind):
            return problem
    return Problem.MALFORMED


_BY_SLUG = {problem.slug: problem for problem in Problem}
_OF_WIRE: tuple[tuple[type[WireError], Problem], ...] = (
    (LimitError, Problem.TOO_LARGE),
    (VersionError, Problem.UNKNOWN_VERSION),
    (SignatureError, Problem.BAD_SIGNATURE),
)
