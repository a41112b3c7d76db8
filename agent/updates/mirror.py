# SPDX-License-Identifier: Apache-2.0
"""The update repository as the agent has fetched it, for the installer to verify anew.

Rules: nothing here is believed: it is what the agent's user left, and any of it may be
damaged, swapped or endless; a link is not followed.
Not here: verifying it (`trusted.py`), fetching it (`look.py`).
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from agent.delivery.download import StatusError
from agent.updates.trusted import METADATA, TARGETS
from wire import limits
from wire.updates import read_path

FETCHED = "metadata"
PACKAGES = "packages"
"""Folders of what was fetched, below the agent's own for updates."""
_CHUNK = 64 * limits.KIB
_MISSING = 404
_NAME = re.compile(r"(?:[0-9]{1,9}\.)?(root|timestamp|snapshot|targets)\.json\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\.")


def from_folder(folder: Path, path: str) -> Iterator[bytes]:
    """Yield a file of the repository from where the agent has put it.

    Args:
        folder: the agent's own for updates.
        path: of the file in the repository.

    Raises:
        StatusError: it is not there, or is no file.
    """
    place = _place(folder, path)
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        if place is None or not place.is_file():
            raise FileNotFoundError
        with os.fdopen(
            os.open(place, flags | getattr(os, "O_BINARY", 0)), "rb"
        ) as file:
            while piece := file.read(_CHUNK):
                yield piece
    except OSError as problem:
        raise StatusError(_MISSING) from problem


def _place(folder: Path, path: str) -> Path | None:
    """Return where a file of the repository lies, as `trusted.py` has put it."""
    if path.startswith(METADATA):
        name = path.removeprefix(METADATA)
        match = _NAME.match(name)
        if match is None:
            return None
        if match[1] == "root":
            return folder / FETCHED / "root_history" / name
        return folder / FETCHED / f"{match[1]}.json"
    head, _, name = path.removeprefix(TARGETS).rpartition("/")
    package = read_path(f"{head}/{_DIGEST.sub('', name, count=1)}")
    return None if package is None else folder / PACKAGES / package.file
