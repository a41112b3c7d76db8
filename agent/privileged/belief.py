# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""What the process that reads as root believes: one root of trust, and no older policy.

Rules: the root is pinned at the first question, in a directory that the agent cannot
write: who takes over the agent later cannot put another in its place; a bundle is
checked as the agent checks it, from that root; one that is older than the newest ever
seen, or whose time is over, allows nothing; of the agent's own files no key is kept.
Stated limit: who has the agent before the first question chooses the root.
Not here: what a plan allows (`answering.py`).
"""

import os
import stat
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent.errors import DeniedError, StateError
from agent.identity import HELD
from agent.state import State, read, write
from wire import limits, signed
from wire.crypto.signing import SigningKey, identity
from wire.errors import ExpiredError, RollbackError, WireError
from wire.signed import SignedKind
from wire.trust import ROOT, Root, Trusted, check_bundle

if sys.platform == "win32":
    reason = "agent.privileged.belief is for Linux"
    raise ImportError(reason)

_PLAIN = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_LIMIT = limits.MESSAGE_BYTES
_EXPIRED = "policy-expired"
_NONE = "no-policy"
_NOT_TRUSTED = "policy-not-trusted"
_STEPPED_BACK = "policy-stepped-back"
_UNREADABLE = "belief-unreadable"


@dataclass(frozen=True, slots=True)
class Belief:
    """What is remembered, in the process's own directory.

    Attributes:
        directory: which is this process's alone.
    """

    directory: Path

    @property
    def root(self) -> Path:
        """Return the file of the pinned root."""
        return self.directory / "root.cbor"

    @property
    def newest(self) -> Path:
        """Return the file of the newest bundle seen."""
        return self.directory / "bundle.cbor"

    def trusted(self, state: State, now: float | None = None) -> Trusted:
        """Return what the agent's bundle makes trusted.

        Args:
            state: the agent's state directory.
            now: seconds since the epoch; None for this machine's clock.

        Raises:
            DeniedError: it is none to obey.
        """
        moment = int(time.time() if now is None else now)
        try:
            root = self._pinned(state)
            octets = plain(state.bundle, _LIMIT)
            known = read(self.newest, _LIMIT)
            device = _device(state)
            held = None
            if known is not None:
                held = check_bundle(known, root, None, None, device)
            found = check_bundle(octets, root, held, moment, device)
            if octets != known:
                write(self.newest, octets)
        except RollbackError:
            raise DeniedError(_STEPPED_BACK) from None
        except ExpiredError:
            raise DeniedError(_EXPIRED) from None
        except WireError:
            raise DeniedError(_NOT_TRUSTED) from None
        except StateError:
            raise DeniedError(_UNREADABLE) from None
        return found

    def _pinned(self, state: State) -> Root:
        """Return the pinned root; pin the agent's where there is none yet."""
        octets = read(self.root, _LIMIT)
        if octets is None:
            octets = HELD.decode(plain(state.identity, 2 * _LIMIT), 2 * _LIMIT).root
            root = _root(octets)
            write(self.root, octets)
            return root
        return _root(octets)


def _device(state: State) -> bytes | None:
    """Return who the agent says it is; None where nobody can tell.

    To lie it would need a placement of that other device, whose policy is narrower or
    wider, and never more than the tenant's.
    """
    with suppress(WireError, StateError, DeniedError):
        held = HELD.decode(plain(state.identity, 2 * _LIMIT), 2 * _LIMIT)
        return identity(SigningKey(held.signing).public)
    return None


def _root(octets: bytes) -> Root:
    return ROOT.decode(signed.read(octets, SignedKind.ROOT).payload)


def plain(path: Path, limit: int) -> bytes:
    """Return the content of a file of the agent's, which may be none at all.

    The agent's user may put anything in its place: a link to what only root reads, or a
    pipe that never ends.

    Raises:
        DeniedError: there is no such file, or it is no plain one.
    """
    try:
        descriptor = os.open(path, _PLAIN)
    except OSError:
        raise DeniedError(_NONE) from None  # the cause holds the path
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise DeniedError(_NONE)
        content = os.read(descriptor, limit + 1)
    except OSError:
        raise DeniedError(_NONE) from None  # as above
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise DeniedError(_NONE)
    return content
