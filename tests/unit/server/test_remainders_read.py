# SPDX-License-Identifier: Apache-2.0
"""What a reading makes of envelopes of which rows were erased.

Rules: a real installation with real seals; the law itself is in
`tests/model/erasing`.
Not here: whose rows (`test_subjects.py`), accounts (`test_accounting_rows.py`).
"""

from dataclasses import replace

import pytest
from erasing_fixture import take_out
from fold_story import begin, grow, names, read, site, story
from reader_fixture import Site, Speaker, fold

from server.store.ending import HeldRemainder
from server.store.interface import StoredEnvelope

__all__ = ["site"]


def stored(site: Site, sequence: int) -> StoredEnvelope:
    """Return what the store has in a place."""
    found = site.store.envelopes(site.tenant)
    return next(one for one in found if one.sequence == sequence)


@pytest.fixture
def erased(site: Site) -> Speaker:
    """Return a device of three services, of which the second is erased."""
    speaker = site.enrol("Desk")
    begin(site, speaker)
    take_out(site, speaker, stored(site, 1), services={1})
    return speaker


@pytest.mark.usefixtures("erased")
def test_what_was_erased_is_not_shown(site: Site) -> None:
    """The others are, and nothing is said to be missing."""
    found = read(site)
    assert names(found) == ["service-0", "service-2"]
    assert (found.skipped, found.broken) == ({}, set())


def test_an_erasure_asks_for_no_resync(site: Site, erased: Speaker) -> None:
    """A later digest is of a state with the erased row: nothing can be told by it."""
    grow(site, erased, 3)
    found = read(site)
    assert names(found) == ["service-0", "service-2", "service-3"]
    assert found.broken == set()


def test_blocks_go_and_none_is_made_anew(site: Site) -> None:
    """The block that had the row is gone, and the job makes none of that epoch."""
    speaker = story(site)
    take_out(site, speaker, stored(site, 1), services={0})
    assert site.store.blocks(site.tenant, speaker.device, "support") == []
    grow(site, speaker, 5)
    assert fold(site) == 0
    assert site.store.blocks(site.tenant, speaker.device, "support") == []
    assert names(read(site)) == [f"service-{number}" for number in range(1, 6)]


def test_a_key_that_ended_takes_what_is_left(site: Site, erased: Speaker) -> None:
    """A remainder is sealed to the epoch's key, and dies with it."""
    del erased
    site.destroy()
    found = read(site)
    assert names(found) == []
    assert found.skipped == {"key-destroyed": 1}


def put_back(site: Site, one: StoredEnvelope, **changes: object) -> None:
    """Put a remainder into another place, or alter it."""
    held = HeldRemainder(
        *(one.tenant, one.device, one.incarnation, one.sequence, one.purpose),
        *(one.retention, one.key_id, one.digest, one.created, one.records, 1),
        one.octets,
    )
    assert site.store.replace(replace(held, **changes))  # type: ignore[arg-type]  # names of its fields


def test_a_remainder_that_was_moved_is_refused(site: Site, erased: Speaker) -> None:
    """In the place of another envelope it is shown to nobody, and counted."""
    grow(site, erased, 3)
    first, second = stored(site, 1), stored(site, 2)
    put_back(site, replace(second, records=1), octets=first.octets)
    found = read(site)
    assert names(found) == ["service-0", "service-2"]
    assert found.skipped == {"wrong-identity": 1}


def test_a_remainder_of_another_hand_is_refused(site: Site, erased: Speaker) -> None:
    """Altered by a bit, it is not opened, and counted by the reason."""
    del erased
    one = stored(site, 1)
    put_back(site, one, octets=one.octets[:-1] + bytes([one.octets[-1] ^ 1]))
    found = read(site)
    assert names(found) == []
    assert found.skipped == {"bad-signature": 1}
