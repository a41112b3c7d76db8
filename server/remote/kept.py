# SPDX-License-Identifier: Apache-2.0
"""The file of a session: at which console, by whose certificate, and its secret.

Rules: only its owner can read it; it names the console and pins whose certificate
counts, so that a later command sends the secret to no other; what is odd in it is one
sentence; it goes with the sign-out.
Not here: what a session is (`server/access/sessions.py`), sending (`speaking.py`).
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from server.errors import StateError, UsageError
from server.key_files import read_private, replace_file

FILE_BYTES = 256 * 1024
"""An address, a secret, and a bundle of a few certificates."""
_ORIGIN = re.compile(r"https://(?P<host>[a-z0-9.-]{1,253})(:(?P<port>[0-9]{1,5}))?")
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,128}")
PORT = 443
"""Of an origin that names none."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A session with a console.

    Attributes:
        origin: of the console, as its config.toml pins it.
        authority: certificates in PEM of who signs its certificate; empty for those
            that this system trusts.
        secret: of the session.
    """

    origin: str
    authority: str
    secret: str = field(repr=False)


def origin_of(text: str) -> str:
    """Return the origin of a console as a person typed it.

    Raises:
        UsageError: it is none.
    """
    origin = text.strip().removesuffix("/").lower()
    if not _ORIGIN.fullmatch(origin):
        msg = "name the console as browsers do, such as https://console.example.org"
        raise UsageError(msg)
    return origin


def place_of(origin: str) -> tuple[str, int]:
    """Return host and port of an origin.

    Raises:
        UsageError: it is none.
    """
    found = _ORIGIN.fullmatch(origin_of(origin))
    port = int(found["port"] or PORT) if found else 0
    if found is None or not 0 < port < 2**16:
        msg = "name a port of the console between 1 and 65535"
        raise UsageError(msg)
    return found["host"], port


def keep(path: Path, session: Kept) -> None:
    """Write a session, in place of one that is there.

    Raises:
        StateError: it cannot be written.
    """
    told = {
        "console": session.origin,
        "authority": session.authority,
        "secret": session.secret,
    }
    replace_file(path, json.dumps(told).encode() + b"\n")


def read(path: Path) -> Kept:
    """Return a session.

    Raises:
        StateError: there is none, others may read it, or it is no such file.
    """
    if not path.exists():
        msg = f"there is no session in {path}: sign in with remote sign-in"
        raise StateError(msg)
    try:
        found: object = json.loads(read_private(path, FILE_BYTES))
    except (ValueError, RecursionError):
        found = None
    match found:
        case {"console": str(origin), "authority": str(pem), "secret": str(secret)} if (
            _ORIGIN.fullmatch(origin) and _SECRET.fullmatch(secret)
        ):
            return Kept(origin, pem, secret)
    msg = f"{path} is no file of a session: sign in again with remote sign-in"
    raise StateError(msg)
