# SPDX-License-Identifier: Apache-2.0
"""Lines of the ledger that a step writes once, and those of refusals.

Rules: a line is looked for behind the entry that was the newest before the job, so a
keeper that was killed behind a line writes no second one; what is refused is written
down before the refusal leaves.
Not here: the ledger (`server/ledger.py`), which acts there are (`ledger_acts.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from server.errors import DeniedError
from server.keeper.desk import Desk
from wire.cbor import Plain


def add_once(
    desk: Desk,
    act: str,
    body: Mapping[str, Plain],
    names: Sequence[str],
    after: int,
) -> None:
    """Write an act down unless that was done.

    Args:
        desk: what the keeper works with.
        act: its slug.
        body: what happened.
        names: of the body, what tells this line from others of the act.
        after: number of an entry before it.

    Raises:
        StateError: the ledger cannot be written; then the act must not happen.
    """
    for entry in desk.ledger.entries(after):
        said = entry.body or {}
        if entry.act == act and all(said.get(name) == body[name] for name in names):
            return
    desk.ledger.add(act, body, desk.clock.latest())


@contextmanager
def noting_denials(desk: Desk, user: str, now: int) -> Iterator[None]:
    """Write down what is refused within, and let it go on.

    Args:
        desk: what the keeper works with.
        user: who asks, by the operating system.
        now: seconds since the epoch.
    """
    try:
        yield
    except DeniedError as error:
        desk.ledger.add("denied", {"user": user, "denied": error.reason}, now)
        raise
