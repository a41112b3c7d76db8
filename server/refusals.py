# SPDX-License-Identifier: Apache-2.0
"""Writes down that a process or a keyring was refused.

Rules: the refused one writes the line itself, for any process may add to the ledger,
one at a time; the same refusal is written once an hour, however often it is tried; the
refusal goes on whatever becomes of the line.
Not here: refusals of what people ask for (`server/keeper/ledger_lines.py`).
"""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from server.errors import OccupiedError, ServerError, TrustError
from server.layout import Layout
from server.ledger import SqliteLedger
from server.person import user_name
from wire.cbor import Plain

AGAIN_SECONDS = 3_600
"""Who is started again and again fills no ledger."""


@contextmanager
def noting_second(layout: Layout) -> Iterator[None]:
    """Write down that a keeper was refused since another runs, and let it go on.

    Args:
        layout: the installation.
    """
    try:
        yield
    except OccupiedError:
        _write(layout, "keeper-refused", "second")
        raise


@contextmanager
def noting_keyring(layout: Layout) -> Iterator[None]:
    """Write down that a keyring was refused, and let it go on.

    Args:
        layout: the installation.
    """
    try:
        yield
    except ServerError as error:
        _write(layout, "keyring-refused", _why(layout, error))
        raise


def _why(layout: Layout, error: ServerError) -> str:
    if isinstance(error, TrustError):
        return "foreign"
    there = any(layout.keyring.glob("*.sqlite"))
    return "unusable" if there else "missing"


def _write(layout: Layout, act: str, why: str) -> None:
    """Add the line unless it was added within the hour."""
    now, body = int(time.time()), dict[str, Plain]({"by": user_name(), "denied": why})
    with suppress(ServerError), closing(SqliteLedger(layout.ledger)) as ledger:
        written = ledger.recent(now - AGAIN_SECONDS, act)
        if not any(one.body == body for one in written):
            ledger.add(act, body, now)
