# SPDX-License-Identifier: Apache-2.0
"""`enrol.toml`: how a machine is enrolled that no person sits at.

Rules: it is looked for beside `agent.toml` and in the state directory; no word of it is
repeated, for the token is a secret; what has served is overwritten and removed, so that
no token lies about.
Not here: when it is tried (`unattended.py`), enrolment itself (`enrolment.py`).
"""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import StateError, UsageError
from agent.logs import Log
from agent.state import State, scrub
from wire import limits
from wire.errors import PolicyError, TokenError
from wire.token import Token, parse_token

if TYPE_CHECKING:
    from wire.policy_toml import Table

NAME = "enrol.toml"
_MSG = (
    f'{NAME} cannot be understood: it takes two lines, url = "https://host:port" and '
    'token = "discreet1-..."'
)
_OTHERS_READ = 0o077


@dataclass(frozen=True, slots=True)
class EnrolFile:
    """A file that was found, as it is.

    Attributes:
        path: where it lies.
        content: its bytes, of which nothing is shown.
    """

    path: Path
    content: bytes = field(repr=False)

    def words(self) -> tuple[Token, str]:
        """Return the token, read and as it is written.

        Raises:
            UsageError: it is not what it should be.
        """
        from wire.policy_toml import (  # noqa: PLC0415 - once in a machine's life
            read_table,
        )

        try:
            url, word = read_table(self.content, NAME, _lines)
        except PolicyError:
            raise UsageError(_MSG) from None
        try:
            token = parse_token(word)
        except TokenError as problem:
            msg = f"{NAME}: {problem}"
            raise UsageError(msg) from None
        if url is not None and url.rstrip("/") != token.url.rstrip("/"):
            msg = (
                f"{NAME} names another collector than its token is for: write the "
                "address that the provider gave with the token, or leave url out"
            )
            raise UsageError(msg)
        return token, word

    def remove(self) -> bool:
        """Overwrite it where it lies and remove it; false where that is forbidden."""
        return scrub(self.path)

    def is_open(self) -> bool:
        """Tell whether others can read it; Windows' directory is closed to them."""
        if os.name == "nt":
            return False
        with suppress(OSError):
            return bool(self.path.stat().st_mode & _OTHERS_READ)
        return False


def find(state: State, configuration: Path) -> EnrolFile | None:
    """Return the file, or None where there is none.

    Args:
        state: the state directory.
        configuration: the directory of `agent.toml`, which goes first.

    Raises:
        StateError: none can be read, and one is there.
    """
    hidden = None
    for path in _places(state, configuration):
        try:
            if (found := _read(path)) is not None:
                return found
        except StateError as problem:  # the other one may serve
            hidden = problem
    if hidden is not None:
        raise hidden
    return None


def tidy(state: State, configuration: Path, log: Log) -> None:
    """Remove what has served: this machine is enrolled, by whomever.

    Args:
        state: the state directory.
        configuration: the directory of `agent.toml`.
        log: where it is told.
    """
    for path in _places(state, configuration):
        with suppress(StateError):
            if (file := _read(path)) is None:
                continue
            if file.remove():
                log.info("enrol-file-removed")
            else:
                log.warning("enrol-file-not-removable")


def _places(state: State, configuration: Path) -> tuple[Path, Path]:
    return configuration / NAME, state.directory / NAME


def _read(path: Path) -> EnrolFile | None:
    """Return a file as it is; None where there is none.

    Raises:
        StateError: it is there and cannot be read.
    """
    try:
        with path.open("rb") as file:
            return EnrolFile(path, file.read(limits.POLICY_SOURCE_BYTES + 1))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        msg = f"{NAME} cannot be read: give it to the agent's own user, with 0600"
        raise StateError(msg) from None


def _lines(top: "Table") -> tuple[str | None, str]:
    top.only("url", "token")
    url = top.text("url") if "url" in top.entries else None
    return url, _token(top) or ""


def _token(top: "Table") -> str | None:
    """Return the token, which is longer than a signed message's text."""
    found = top.entries.get("token")
    if not isinstance(found, str) or not 0 < len(found) <= limits.TOKEN_CHARS:
        top.refuse("token must be the token that the provider gave", "token")
        return None
    return found.strip()
