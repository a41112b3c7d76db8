# SPDX-License-Identifier: Apache-2.0
"""The agent's error tree and its stable exit codes.

Rules: one sentence that says what is wrong and what to do; never a value from data.
Not here: wire refusals (`wire/errors.py`).
"""

_WORDS = {
    "bad-signature": "the collector does not accept this device's signature: update "
    "the agent, or run discreet-agent enrol --anew with a new token",
    "clock-skew": "this machine's clock is too far from the collector's: set it, or "
    "wait for the next poll, which corrects it",
    "gone": "this device has said farewell to the collector, so this is a copy of it: "
    "run discreet-agent enrol --anew with a new token",
    "malformed": "the collector could not read this request: update the agent",
    "overloaded": "the collector is busy: data stays here and is sent later",
    "over-quota": "the collector takes no more from this device for now: data stays "
    "here and is sent later",
    "quarantined": "the collector has set this device aside as a possible copy of "
    "another: run discreet-agent enrol --anew with a new token, on each copy",
    "replay": "the collector has seen this request before: it is asked anew",
    "revoked": "the collector has revoked this device: data stays here; ask your "
    "provider",
    "token-expired": "the enrolment token has expired: ask your provider for a new one",
    "token-unknown": "the collector does not know this enrolment token: ask your "
    "provider for a new one",
    "token-used": "the enrolment token was used before: ask your provider for a new "
    "one",
    "too-large": "the collector takes only smaller requests: fewer are sent at once",
    "unknown-device": "the collector does not know this device: data stays here; ask "
    "your provider",
    "unknown-version": "the collector does not know this release's messages: update "
    "whichever of the two is older",
    "wrong-identity": "the collector knows this device under another tenant: run "
    "discreet-agent enrol --anew with a new token",
}
"""What a person is told for each reason; each says what happens or what to do."""


_NO_UPDATE = {
    "altered": "a file of the update repository is not the one that its metadata "
    "names, so it was thrown away; tell who publishes the agent's releases",
    "disk": "the files of the update cannot be written here; free some space, or have "
    "the disk mounted for writing",
    "expired": "the update repository's metadata has expired, so nothing of it is "
    "believed; tell who publishes the agent's releases",
    "missing": "the update repository lacks a file that it must have; tell who "
    "publishes the agent's releases",
    "no-update-root": "update-root.json is not on this machine, so no release can be "
    "verified; an administrator brings it here",
    "no-way-back": "the update repository has no package of the release that runs "
    "here, so it could not be put back; have it published too",
    "not-packaged": "this agent was not installed from a package; update it the way "
    "it was installed",
    "too-long": "a file of the update repository is longer than it may be, so it was "
    "thrown away; tell who publishes the agent's releases",
    "unreadable": "the update repository's metadata cannot be understood; tell who "
    "publishes the agent's releases",
    "unsigned": "the update repository's metadata is not signed by enough of the keys "
    "that it must be signed by; tell who publishes the agent's releases",
    "withdrawn": "the update repository does not offer that release any more; the "
    "next look finds another",
    "wrong-root": "update-root.json on this machine is no root of updates; an "
    "administrator brings the one that the publisher of releases made",
    "wrong-version": "the update repository's metadata is older than what was seen "
    "here, or does not fit together; tell who publishes the agent's releases",
}
"""What a person is told for each reason for which no update is taken."""


class AgentError(Exception):
    """Base of what stops a command; `exit_code` is stable and documented.

    Attributes:
        spent: seconds of processor time of the pass that it ended.
    """

    exit_code = 1
    spent = 0.0


class UsageError(AgentError):
    """A flag, file or setting given by a person is wrong."""

    exit_code = 2


class NotEnrolledError(AgentError):
    """The machine has no identity yet."""

    exit_code = 3


class TrustError(AgentError):
    """A token, certificate, root or signature is not the one pinned."""

    exit_code = 4


class NetworkError(AgentError):
    """The collector cannot be reached; data stays in the spool."""

    exit_code = 5


class RefusedError(AgentError):
    """The collector refused, with a stable reason."""

    exit_code = 6


class Problem(RefusedError):  # noqa: N818 - the word of RFC 9457
    """The collector's refusal of one request, in our own words.

    Attributes:
        slug: the stable reason, e.g. "token-used".
        status: of HTTP.
        retry_after: seconds to stay away; None where it did not say.
        server_time: the collector's clock, unsigned: a hint and no more.
    """

    def __init__(
        self,
        slug: str,
        status: int,
        retry_after: int | None = None,
        server_time: int | None = None,
    ) -> None:
        """Word the refusal; what the other side wrote is not repeated."""
        words = _WORDS.get(slug, f"the collector refused with the reason {slug}")
        super().__init__(words)
        self.slug = slug
        self.status = status
        self.retry_after = retry_after
        self.server_time = server_time


class StateError(AgentError):
    """The state directory cannot be used."""

    exit_code = 7


class ClosedError(StateError):
    """The disk or the directory does not let the spool be opened as it is now."""


class UnreadError(StateError):
    """The disk does not give a part of the spool; it says what comes of that."""


class ClockError(AgentError):
    """This machine's clock is too far from the collector's."""

    exit_code = 8


class UpdateError(AgentError):
    """An update is refused or cannot be had; the agent goes on as it is.

    Attributes:
        slug: the stable reason, e.g. "expired".
    """

    exit_code = 9

    def __init__(self, slug: str) -> None:
        """Say it in the words of its reason."""
        super().__init__(f"no update: {_NO_UPDATE[slug]}")
        self.slug = slug


class HostError(Exception):
    """Base of what a Host primitive or a reader may raise; becomes an Outcome."""

    outcome = "failed"

    def __init__(self, reason: str) -> None:
        """Keep the reason, a kebab-case slug without any value."""
        super().__init__(reason)
        self.reason = reason


class NotFoundError(HostError):
    """A file or program is not there."""


class DeniedError(HostError):
    """The operating system refused access."""

    outcome = "denied"


class UnsupportedError(HostError):
    """This operating system or machine has no such source."""

    outcome = "unsupported"


class TooLargeError(HostError):
    """A source is over its byte bound."""


class BudgetError(HostError):
    """A reader used up its time."""

    outcome = "timed-out"


class OverBudgetError(BudgetError):
    """A reader used up its processor time, its bytes or its memory."""

    outcome = "over-budget"
