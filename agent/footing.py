# SPDX-License-Identifier: Apache-2.0
"""Tells whether the state directory is still the one that a running agent began with.

Rules: where the identity is gone nothing is made, no directory, spool or keys: what is
collected beside no identity would be lost with the next start, and what waited in the
old spool would be forgotten without a word; what lies there in its place is begun with
anew, as after a start, also where only the identity is gone: then the lock is let go,
so that the machine can be enrolled; to look costs three calls of the system.
Not here: how long it is waited (`resident.py`), how an identity is gained
(`enrolment.py`), what is said of a disk that refuses (`remedy.py`).
"""

from dataclasses import dataclass

from agent.errors import NotEnrolledError, StateError
from agent.host.lock import Lock
from agent.identity import Identity, load
from agent.obeyed import Mark, mark
from agent.state import State


class StateGoneError(StateError):
    """The directory is gone, or emptied, and the identity with it."""


class StateReplacedError(StateError):
    """What lies in the state directory is not what this agent began with."""


@dataclass(slots=True)
class Footing:
    """What a running agent stands on.

    Attributes:
        state: the state directory.
        who: the device that it began as.
        lock: held in that directory.
    """

    state: State
    who: Identity
    lock: Lock
    _seen: Mark | None = None

    def look(self) -> None:
        """Require that all is as it was.

        Raises:
            StateGoneError: the identity is gone, and the directory with it.
            StateReplacedError: it is another device's or gone alone, or the directory
                is another one, in which a second agent may be at work.
            StateError: the identity cannot be read.
        """
        seen = mark(self.state.identity)
        if not seen or seen != self._seen:
            self._seen = None
            self._require_ours()
        if not self.lock.stands():
            msg = "the state directory is another one: the agent begins anew with it"
            raise StateReplacedError(msg)
        self._seen = seen

    def _require_ours(self) -> None:
        try:
            found = load(self.state)
        except NotEnrolledError as problem:
            msg = (
                "identity.cbor is gone from the state directory: put the directory "
                "back as it was, or enrol this machine again"
            )
            if self.lock.stands():  # no disk is away: nothing but it keeps others out
                raise StateReplacedError(msg) from problem
            raise StateGoneError(msg) from problem
        if found.device != self.who.device:
            msg = "the state directory is another device's: the agent begins anew as it"
            raise StateReplacedError(msg)
