# SPDX-License-Identifier: Apache-2.0
"""Lines of the ledger that a step writes once, however often it is repeated.

Rules: a line is looked for behind the entry that was the newest before the job, so a
keeper that was killed behind a line writes no second one.
Not here: the ledger (`server/ledger.py`), which acts there are (`ledger_acts.py`).
"""

from collections.abc import Mapping, Sequence

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
