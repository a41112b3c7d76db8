# SPDX-License-Identifier: Apache-2.0
"""What a store promises of a day's room, tried on each kind.

Rules: the quotas are small, the days are made up.
Not here: what else it takes (`test_store.py`).
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from store_chain import (
    DEVICE,
    DUPLICATE,
    OTHER,
    STORED,
    TENANT,
    chain,
    chain_end,
    void_of,
)
from store_room import KINDS, opened

from server.store.interface import Quotas, Store, StoredEnvelope, Verdict
from wire.messages import Fate

DAY = 86_400
LATER = Verdict(Fate.RETRY, "over-quota")


def sized(count: int, device: bytes = DEVICE.device) -> list[StoredEnvelope]:
    """Return a chain of envelopes of 100 bytes each."""
    return [replace(one, octets=bytes(100), device=device) for one in chain(count)]


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Return a store that takes 250 bytes of a device a day, and 350 of a tenant."""
    with opened(request.param, tmp_path) as room:
        made = room.again(Quotas(250, 100, 350))
        yield made
        made.close()


def test_what_is_over_a_days_quota_comes_the_next_day(store: Store) -> None:
    """It is neither stored nor refused, and taken when the next day has room."""
    sent = sized(3)
    assert store.put(sent, DAY) == [STORED, STORED, LATER]
    assert store.put(sent, 2 * DAY - 1) == [DUPLICATE, DUPLICATE, LATER]
    assert store.unmarked() == [chain_end(sent[1])]
    assert store.put(sent, 2 * DAY) == [DUPLICATE, DUPLICATE, STORED]
    assert list(store.envelopes(TENANT)) == sent


def test_only_what_is_stored_is_used(store: Store) -> None:
    """A day's use is the octets stored in it, by device; a duplicate costs nothing."""
    sent = sized(2)
    store.put(sent[:1], DAY)
    store.put(sent, DAY + 1)
    assert store.used(TENANT, DEVICE.device, 1) == 200
    assert store.used(TENANT, DEVICE.device, 2) == 0
    assert store.used(OTHER, DEVICE.device, 1) == 0


def test_a_loss_is_heard_where_no_data_is_taken(store: Store) -> None:
    """What carries no records has room of its own, and that has an end, too."""
    sent = sized(5)
    store.put(sent[:2], DAY)
    voids = [replace(void_of(one), octets=bytes(50)) for one in sent[2:]]
    assert store.put(voids, DAY) == [STORED, STORED, STORED]
    more = replace(void_of(chain(6)[5]), octets=bytes(50))
    assert store.put([more], DAY) == [LATER]


def test_a_tenants_room_is_shared(store: Store) -> None:
    """What all devices of a tenant store in a day has a bound of its own."""
    assert store.put(sized(2), DAY) == [STORED, STORED]
    sent = sized(3, b"e" * 16)
    assert store.put(sent[:2], DAY) == [STORED, LATER]
    void = replace(void_of(sent[1]), octets=bytes(90))
    assert store.put([void], DAY) == [STORED]


def test_a_month_of_use_is_kept(store: Store) -> None:
    """What was used a month ago is let go."""
    sent = sized(3)
    for day, one in zip((1, 2, 33), sent, strict=True):
        store.put([one], day * DAY)
    assert [store.used(TENANT, DEVICE.device, day) for day in (1, 2, 33)] == [
        *(0, 100, 100)
    ]
