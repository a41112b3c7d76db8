# SPDX-License-Identifier: Apache-2.0
"""The agent's error tree and its stable exit codes.

Rules: one sentence that says what is wrong and what to do; never a value from data.
Not here: wire refusals (`wire/errors.py`).
"""


class AgentError(Exception):
    """Base of what stops a command; `exit_code` is stable and documented."""

    exit_code = 1


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


class StateError(AgentError):
    """The state directory cannot be used."""

    exit_code = 7


class ClockError(AgentError):
    """This machine's clock is too far from the collector's."""

    exit_code = 8


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
