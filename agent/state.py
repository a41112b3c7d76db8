# SPDX-License-Identifier: Apache-2.0
"""The agent's state directory: identity, bundle and spool, each its owner's alone.

Rules: the directory is its owner's alone (0700, on Windows by its access list) and so
is every file; a file is replaced whole or not at all; what a person gets wrong here is
said in one sentence.
Not here: what is in the files (`identity.py`, `agent/spool/spool.py`).
"""

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent.budget import OVERWRITE_BYTES
from agent.errors import StateError
from agent.host.access import (
    DEFAULT_STATE,
    PRIVATE_ADVICE,
    STATE_VARIABLE,
    is_private,
    make_private,
)
from agent.remedy import Advised, remedy
from wire import limits
from wire.errors import WireError
from wire.messages import MARK
from wire.signed import SignedKind
from wire.signed import read as read_signed

DEFAULT = DEFAULT_STATE
VARIABLE = STATE_VARIABLE
_ROOT = 0
MACHINE = frozenset({"agent.lock", "agent.toml", "local.toml", "network.toml"})
"""What belongs to the machine and to the people at it, not to a device: on Windows
`agent.toml` lies here too."""


@dataclass(frozen=True, slots=True)
class State:
    """Paths of one agent's state."""

    directory: Path

    @property
    def identity(self) -> Path:
        """Return the file of keys, collector address and pins."""
        return self.directory / "identity.cbor"

    @property
    def bundle(self) -> Path:
        """Return the file of the newest trusted bundle."""
        return self.directory / "bundle.cbor"

    @property
    def pseudonyms(self) -> Path:
        """Return the file of the newest pseudonym message, sealed to this device."""
        return self.directory / "pseudonyms.cbor"

    @property
    def mark(self) -> Path:
        """Return the file of the newest signed mark; outlives a corrupt spool."""
        return self.directory / "mark.cbor"

    @property
    def unmarked_since(self) -> Path:
        """Return the file of the second from which on the mark covers nothing."""
        return self.directory / "mark.since"

    @property
    def spool(self) -> Path:
        """Return the spool's database."""
        return self.directory / "spool.sqlite"

    @property
    def lock(self) -> Path:
        """Return the file whose lock the one agent at work holds."""
        return self.directory / "agent.lock"

    @property
    def failing(self) -> Path:
        """Return the file that says why the last exchange failed, if it did."""
        return self.directory / "failing.txt"

    @property
    def outcomes(self) -> Path:
        """Return the file that says how each dataset fared when it was last read."""
        return self.directory / "outcomes.cbor"

    @property
    def intent(self) -> Path:
        """Return the file that says what the pass under way is reading."""
        return self.directory / "intent"

    @property
    def strikes(self) -> Path:
        """Return the file of the datasets whose reading has ended passes."""
        return self.directory / "strikes.cbor"

    @property
    def removals(self) -> Path:
        """Return the file of what was taken back: technicians' keys and orders."""
        return self.directory / "removals.cbor"

    @property
    def update(self) -> Path:
        """Return the directory of what is known of releases, and of packages."""
        return self.directory / "update"

    @property
    def restrictions(self) -> Path:
        """Return the local file that can only narrow what is collected."""
        return self.directory / "local.toml"


def state_at(path: str | None) -> State:
    """Return the state at a path, at the environment's or at the default one."""
    chosen = path or os.environ.get(VARIABLE)
    return State(Path(chosen) if chosen else DEFAULT)


def is_ours(state: State) -> bool:
    """Tell whether the state, which may not be there yet, is this user's to use.

    It is looked into: of rights alone Windows tells nothing here.
    """
    try:
        with os.scandir(state.directory):
            return True
    except FileNotFoundError:
        return True
    except OSError:
        return False


def users_of(state: State) -> frozenset[int]:
    """Return whom the agent's sockets hear: root, and whose the state is."""
    found = {_ROOT}
    with suppress(OSError):
        found.add(state.directory.stat().st_uid)
    return frozenset(found)


def prepare(state: State) -> None:
    """Make the directory, for its owner alone.

    Raises:
        StateError: it cannot be made or written, or others can write it.
    """
    closed = True
    try:
        if not state.directory.exists():
            state.directory.mkdir(mode=0o700, parents=True)
            make_private(state.directory)
        writable = os.access(state.directory, os.W_OK | os.X_OK)
        closed = is_private(state.directory)
    except OSError:
        writable = False
    if not writable:
        advice = remedy(state.directory)
        msg = (
            f"the state directory cannot be written: {advice}, or name another with "
            f"--state or {VARIABLE}"
        )
        raise StateError(msg)
    if not closed:
        msg = f"others can write the state directory: {PRIVATE_ADVICE} first"
        raise StateError(msg)


def write(path: Path, content: bytes) -> None:
    """Replace a file whole: 0600, flushed to the disk before it takes its name.

    Raises:
        StateError: the disk refuses.
    """
    partial = path.with_name(path.name + ".new")
    try:
        partial.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(partial, flags, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        flush_directory(path.parent)
    except OSError as problem:
        msg = f"{path.name} cannot be written in the state directory"
        raise StateError(Advised(msg, path.parent)) from problem


def scrub(path: Path) -> bool:
    """Overwrite a file of secrets where it lies and remove it; false where it stays.

    Of a link what it leads to is left alone: root does this too, in a directory whose
    owner could point at files that are not theirs.
    """
    flags = os.O_RDWR
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):
        flags |= getattr(os, name, 0)
    with suppress(OSError), os.fdopen(os.open(path, flags), "r+b", 0) as file:
        found = os.fstat(file.fileno())
        if stat.S_ISREG(found.st_mode):
            file.write(bytes(min(found.st_size, OVERWRITE_BYTES)))
            os.fsync(file.fileno())
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def flush_directory(path: Path) -> None:
    """Make a rename durable; Windows does it by itself and opens no directory."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path, limit: int) -> bytes | None:
    """Return a file's content, or None where there is none.

    Raises:
        StateError: it cannot be read, or is larger than it can be.
    """
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except FileNotFoundError:
        return None
    except OSError as problem:
        msg = (
            f"{path.name} cannot be read in the state directory: run as the agent's "
            "own user"
        )
        raise StateError(msg) from problem
    if len(content) > limit:
        msg = f"{path.name} in the state directory is damaged: restore or enrol again"
        raise StateError(msg)
    return content


_SECOND_BYTES = 20
"""A second since the epoch, in decimal."""


def marked_at(state: State) -> int | None:
    """Return from when on nothing is known to be stored; None where no mark is.

    The mark itself tells when it was signed, which is later than what it covers.
    """
    octets = read(state.mark, limits.MESSAGE_BYTES)
    if octets is None:
        return None
    try:
        mark = MARK.decode(read_signed(octets, SignedKind.MARK).payload)
    except WireError:
        return 0  # there was a mark, so there was a spool
    since = read(state.unmarked_since, _SECOND_BYTES) or b""
    return min(int(since), mark.server_time) if since.isdigit() else mark.server_time
