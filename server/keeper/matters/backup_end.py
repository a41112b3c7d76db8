# SPDX-License-Identifier: Apache-2.0
"""The matter `backup-end`: people say that every copy of a keyring's backup is gone.

Rules: it makes certificates final, which nothing can find out later to be wrong, so
two people say it; the ledger has it before the backup counts no more.
Not here: backups (`server/keyring/copies.py`), certificates that wait for them
(`server/keeper/rounds/pending.py`).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from server.errors import UsageError
from server.keeper.desk import Desk
from server.keyring.backups import Backup
from wire.papers.decision import Decided, read_decided
from wire.papers.matter import Matter

if TYPE_CHECKING:
    from wire.cbor import Plain

BACKUP = "backup"


def check(desk: Desk, matter: Matter, now: int) -> dict[str, int]:
    """Refuse a backup that is none or does not count; tell how many keys wait for it.

    Raises:
        UsageError: there is no such backup that counts.
    """
    found = _named(desk, matter)
    if found.ended is not None:
        msg = "this backup counts no more: there is nothing to end"
        raise UsageError(msg)
    dead = desk.keyring.tombstones()
    return {"waiting": sum(found in desk.keyring.could_open(one) for one in dead)}


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """Count the backup no more; the case ends with it."""
    found = _named(desk, matter)
    if found.ended is None:
        body: dict[str, Plain] = {
            "by": read_decided(decided[0], desk.tenant).person,
            "backup": found.id,
            "decisions": [item.decision for item in decided],
        }
        desk.ledger.add("backup-ended", body, now)
        desk.keyring.copies.end(found.id, now)
    return True


def _named(desk: Desk, matter: Matter) -> Backup:
    name = matter.term(BACKUP) or ""
    for one in desk.keyring.copies.every():
        if one.id.hex() == name:
            return one
    msg = "there is no such backup: discreet-server keyring list shows them"
    raise UsageError(msg)
