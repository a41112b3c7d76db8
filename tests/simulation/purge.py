# SPDX-License-Identifier: Apache-2.0
"""What deletion promises of a store that has gone through a story.

Rules: the keys of all data end after the verdict, so that this changes none.
Not here: what a story promises before (`oracle.py`).
"""

from collections.abc import Iterator, Sequence

from server.balance import balance
from server.store.ending import EndingStore
from simulation.oracle import Ended
from wire.envelope import EnvelopeKind
from wire.messages import Fate

_ROWS = 7
"""Of a slice: so a store has many of them."""


def purged(store: EndingStore, ends: Sequence[Ended], now: int) -> Iterator[str]:
    """End every key and delete all data; yield every promise that was broken.

    Args:
        store: the collector's, after all has healed.
        ends: how each machine stands.
        now: the collector's time.
    """
    for tenant in sorted({end.tenant for end in ends}):
        held = [
            one
            for one in store.envelopes(tenant)
            if one.kind == EnvelopeKind.DATA.value
        ]
        before = _standing(store, tenant)
        for key in store.end_keys(tenant, store.sealed_keys(tenant), now):
            while store.delete_ended(tenant, key, _ROWS).rows:
                pass
        if any(one.kind == EnvelopeKind.DATA.value for one in store.envelopes(tenant)):
            yield "data is there whose key has ended"
        if _standing(store, tenant) != before:
            yield "a deletion moved an account or a chain"
        fates = {verdict.fate for verdict in store.put(held, now)}
        if Fate.STORED in fates or Fate.RETRY in fates:
            yield "what was deleted is taken again"
        if _standing(store, tenant) != before:
            yield "what was deleted and came again moved an account or a chain"


def _standing(store: EndingStore, tenant: bytes) -> list[object]:
    """Return where each chain ends, what it lacks, and whether all adds up."""
    standing: list[object] = [*store.unmarked()]
    for device in store.devices(tenant):
        for account in store.accounts(tenant, device.device):
            found = balance(account)
            kept = found.visible + found.deleted
            standing.append((account.chain, kept, found.gap, found.difference))
    return standing
