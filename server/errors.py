# SPDX-License-Identifier: Apache-2.0
"""The server's error tree and its stable exit codes.

Rules: one sentence that says what is wrong and what to do; never a value from data,
never a key; the codes are documented in docs/exit-codes.md and never change.
Not here: wire refusals (`wire/errors.py`), answers to devices (`server/gate`).
"""

from pathlib import Path


class ServerError(Exception):
    """Base of what stops a command; `exit_code` is stable, `slug` names the class."""

    exit_code = 1
    slug = "failed"


class UsageError(ServerError):
    """A flag, file or setting given by a person is wrong."""

    exit_code = 2
    slug = "usage"


class InstallationError(ServerError):
    """There is no installation where there must be one, or one where there is none."""

    exit_code = 3
    slug = "installation"


class TrustError(ServerError):
    """A key, keyring or signature is not the one that belongs here."""

    exit_code = 4
    slug = "trust"


class UnreachableError(ServerError):
    """Reader or keeper do not answer; `serve` is not running, or not as this user."""

    exit_code = 5
    slug = "unreachable"


class UnansweredError(UnreachableError):
    """A whole request was sent, and nobody said whether it was taken."""


class DeniedError(ServerError):
    """A reading or an act is not allowed; the ledger has it.

    Attributes:
        reason: stable kebab-case slug, as written in the ledger.
        written: whether another process denied it, which has written it down.
    """

    exit_code = 6
    slug = "denied"

    def __init__(self, reason: str, sentence: str, *, written: bool = False) -> None:
        """Keep the slug for the ledger and the sentence for the person."""
        super().__init__(sentence)
        self.reason, self.written = reason, written


class StateError(ServerError):
    """A file or directory of the installation cannot be used."""

    exit_code = 7
    slug = "state"


class OccupiedError(StateError):
    """Another process of its kind is at work for this installation."""


class QueryError(ServerError):
    """The SQL is not one that the reader runs, or it failed."""

    exit_code = 9
    slug = "query"


class LimitError(ServerError):
    """A bound on time, memory, rows or bytes was reached."""

    exit_code = 10
    slug = "limit"


class BalanceError(ServerError):
    """What a device's spool accepted is not all accounted for."""

    exit_code = 11
    slug = "unbalanced"


class PendingError(ServerError):
    """A deletion is not final yet: a backup that is known could still open the key."""

    exit_code = 12
    slug = "pending"


def unusable(path: Path, what: str = "it") -> StateError:
    """Return what is raised when SQLite cannot use a file.

    Args:
        path: of the file.
        what: is to be restored.
    """
    return StateError(
        f"{path} cannot be used: let this user write it, free the disk, or restore "
        f"{what} from its backup"
    )
