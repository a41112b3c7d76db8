# SPDX-License-Identifier: Apache-2.0
"""The key that `scrub` makes pseudonyms with.

Rules: a key is its owner's alone. Without a named one, each user has one that is kept
for an epoch, so that outputs of some weeks can be compared and older ones no longer;
where there is no place for it, a run has its own.
Not here: keys of policies, which the collector sends (`agent/known.py`).
"""

import os
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path

from agent.commands._scrub_files import read_file
from agent.errors import UsageError
from wire.stand_ins import KEY_BYTES

NEW = "new"
"""In place of a file: a key that is nowhere kept."""
EPOCH_SECONDS = 30 * 86_400
"""How long a user's key is kept: a case is over by then, or deserves its own key."""
_LABEL = b"discreet/scrub/purpose/v1\x00"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def key_of(path: str | None, purpose: str | None) -> bytes:
    """Return the key of pseudonyms.

    Args:
        path: of 32 bytes, or 64 hexadecimal digits; `new` for a key of this run alone;
            None for the user's.
        purpose: gets a key of its own, so that purposes cannot be linked.

    Raises:
        UsageError: the file is no key, or others can read it.
    """
    if path == NEW:
        key = os.urandom(KEY_BYTES)
    elif path is None:
        key = _kept_key()
    else:
        key = _named_key(path)
    if purpose is None:
        return key
    import hashlib  # noqa: PLC0415 - start-up without --purpose
    import hmac  # noqa: PLC0415 - as above

    return hmac.digest(key, _LABEL + purpose.encode("utf-8"), hashlib.sha256)


def _named_key(path: str) -> bytes:
    content = read_file(path, "--key", 4 * KEY_BYTES, private=True)
    key = content
    if len(content.strip()) == 2 * KEY_BYTES:
        try:
            key = bytes.fromhex(content.strip().decode("ascii"))
        except ValueError:
            key = b""
    if len(key) != KEY_BYTES:
        msg = f"--key: the file must hold {KEY_BYTES} bytes or twice as many hex digits"
        raise UsageError(msg)
    return key


def _kept_key() -> bytes:
    """Return the user's key, made anew when there is none or its epoch is over."""
    made = os.urandom(KEY_BYTES)
    path = _place()
    if path is None:
        return made
    with suppress(OSError):
        found = _usable(path)
        if found:
            return found
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(fresh, flags, 0o600), "wb") as file:
            file.write(made)
        fresh.replace(path)
    return made


def _usable(path: Path) -> bytes:
    """Return the key of a file that is this user's alone and not too old."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        status = os.fstat(file.fileno())
        key = file.read(KEY_BYTES + 1)
        age = time.time() - status.st_mtime
        own = sys.platform == "win32" or (
            status.st_uid == os.geteuid() and not stat.S_IMODE(status.st_mode) & _OTHERS
        )
        if own and len(key) == KEY_BYTES and 0 <= age < EPOCH_SECONDS:
            return key
    return b""


def _place() -> Path | None:
    """Return where programs of this user keep their state; None for nowhere."""
    named = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_STATE_HOME"
    folder, home = os.environ.get(named, ""), os.environ.get("HOME", "")
    if not folder and home and sys.platform != "win32":
        folder = f"{home}/.local/state"
    place = Path(folder, "discreet", "scrub.key")
    return place if place.is_absolute() else None
