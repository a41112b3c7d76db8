# SPDX-License-Identifier: Apache-2.0
"""Whose word counts at a local socket, and who speaks for a person's session alone.

Rules: the user of the process itself, the owner of the installation and root ask in
their own name; every other user who was let in, such as the console's, asks for who is
signed in and for nobody else.
Not here: who was let in (`server/apart/places.py`), sessions
(`server/access/signed_in.py`).
"""

import os
from collections.abc import Mapping
from pathlib import Path

from server.errors import DeniedError

ROOT = 0
NO_SESSION = "no-session"


def trusted(directory: Path) -> frozenset[int]:
    """Return the numbers of the users who ask in their own name.

    Args:
        directory: of the installation.
    """
    own = getattr(os, "geteuid", None)
    if own is None:
        return frozenset()
    return frozenset({ROOT, own(), directory.stat().st_uid})


def check(user: int, question: Mapping[str, object], known: frozenset[int]) -> None:
    """Refuse who may only speak for a session and has none.

    Args:
        user: number of who asks, by the kernel's word.
        question: what is asked.
        known: from `trusted`.

    Raises:
        DeniedError: it names no session.
    """
    secret = question.get("session")
    if user not in known and not (isinstance(secret, str) and secret):
        msg = "this user asks for people who are signed in, and for nobody else"
        raise DeniedError(NO_SESSION, msg)
