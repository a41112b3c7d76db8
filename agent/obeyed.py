# SPDX-License-Identifier: Apache-2.0
"""What the agent obeys, checked once for as long as its files stay as they are.

Rules: signatures are checked anew when a file's inode, size or time of change differs;
dates are looked at every time; a link is never remembered, for where it leads may
change without it; what fails is not remembered either.
Not here: the checks themselves (`wire/trust.py`), what a restriction takes away
(`effective.py`).
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from agent.effective import effective_policy
from agent.errors import AgentError
from agent.identity import Identity, trusted
from agent.state import State
from wire.errors import WireError
from wire.policy import Policy
from wire.trust import Trusted, check_dates

Mark = tuple[int, ...]
"""Tells one state of a file from another; empty for one that is not there."""


def mark(path: Path) -> Mark | None:
    """Return the mark of a file; None for what cannot be told apart, as a link."""
    try:
        told = os.lstat(path)
    except FileNotFoundError:
        return ()
    except OSError:
        return None
    if not S_ISREG(told.st_mode):
        return None
    return told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns


@dataclass(slots=True)
class Obeyed:
    """The bundle and this machine's restrictions, as they were checked last.

    Attributes:
        state: the state directory.
        who: the device.
    """

    state: State
    who: Identity
    _trust: Trusted | None = None
    _bundle: Mark | None = None
    _policy: Policy | None = None
    _of: tuple[Mark | None, Mark | None] = (None, None)

    def trust(self, now: int) -> Trusted | None:
        """Return what is trusted, or None where no valid bundle is here.

        Args:
            now: signed time, seconds since the epoch.
        """
        seen = mark(self.state.bundle)  # before it is read: then it is never older
        with suppress(WireError, AgentError):
            if self._trust is not None and seen and seen == self._bundle:
                check_dates(self._trust, now)
                return self._trust
            self._trust, self._bundle = None, seen
            self._trust = trusted(self.state, self.who, now)
            return self._trust
        return None

    def policy(self, trust: Trusted) -> Policy:
        """Return the policy in force, of what `trust` has just returned.

        Raises:
            StateError: `local.toml` is there and cannot be understood.
        """
        seen = self.marks()
        if self._policy is not None and None not in seen and seen == self._of:
            return self._policy
        self._policy = None
        self._policy = effective_policy(self.state, trust.policy.policy)
        self._of = seen
        return self._policy

    def marks(self) -> tuple[Mark | None, Mark | None]:
        """Return the marks of the bundle that is trusted and of `local.toml`."""
        return self._bundle, mark(self.state.restrictions)
