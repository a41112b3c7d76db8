# SPDX-License-Identifier: Apache-2.0
"""What else knows of a keyring's dead keys, for a keyring that comes from a backup.

Rules: ledger and store are asked besides the keyring's own journal, for any of them may
be lost with the keyring; what one of them says is dead dies again.
Not here: putting the keyring back (`server/keyring/restoring.py`).
"""

from collections.abc import Iterator

from server.ledger import SqliteLedger
from server.store.ending import EndingStore
from wire.cbor import Plain
from wire.papers.tombstone import UNKNOWN, Tombstone

KEY_DESTROYED = "key-destroyed"


def dead_elsewhere(
    ledger: SqliteLedger, store: EndingStore, tenant: bytes
) -> Iterator[Tombstone]:
    """Yield what ledger and store say of keys that died.

    Args:
        ledger: the collector's; entries whose body has ended say nothing any more.
        store: has the keys to which nothing may be sealed any more.
        tenant: 16 bytes.

    Yields:
        A tombstone for each, as far as it is known; a key may come twice.

    Raises:
        StateError: one of them cannot be read.
        TrustError: the ledger was altered.
    """
    for entry in ledger.entries():
        body = entry.body
        if entry.act == KEY_DESTROYED and body is not None:
            why = body.get("reason")
            reason = why if isinstance(why, str) else UNKNOWN
            for number in _ids(body.get("keys")):
                yield Tombstone(number, entry.time, reason, 0, 0, tenant)
    for number, noticed in store.ended_keys(tenant):
        yield Tombstone(number, noticed, UNKNOWN, 0, 0, tenant)


def _ids(found: Plain) -> list[bytes]:
    """Return the key ids of a list, whatever else stands in it."""
    if not isinstance(found, list | tuple):
        return []
    return [one for one in found if isinstance(one, bytes)]
