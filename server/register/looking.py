# SPDX-License-Identifier: Apache-2.0
"""Lets the reader look into the keeper's register, which the keeper alone writes.

Rules: it is opened to read only, for one look; where no keeper ran yet there is none.
Not here: the register (`database.py`), what is looked for (`server/reader`).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from server.errors import StateError

_WAIT_SECONDS = 5.0
"""The keeper's transactions are short."""


@contextmanager
def looking(register: Path) -> Iterator[sqlite3.Connection | None]:
    """Hold a connection that reads; None where there is no register.

    Raises:
        StateError: the register cannot be read.
    """
    if not register.exists():
        yield None
        return
    uri = f"{register.as_uri()}?mode=ro"
    try:
        with closing(
            sqlite3.connect(uri, uri=True, timeout=_WAIT_SECONDS)
        ) as connection:
            yield connection
    except sqlite3.Error:
        msg = f"{register} cannot be read: let `serve` run, or restore it"
        raise StateError(msg) from None
