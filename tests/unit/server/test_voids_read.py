# SPDX-License-Identifier: Apache-2.0
"""What a reading and the fold job make of voids.

Rules: a real installation, store and keys.
Not here: which voids a store takes (`tests/contract/test_store_voids.py`).
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from fold_story import NAMES, begin, grow, names, read
from reader_fixture import Site, Speaker, fold, make_site

from server.reader.fold import Broken
from wire.envelope import Gap
from wire.purposes import Purpose

SECURITY = Purpose.SECURITY
GAP = Gap(7, 0, 10, "damaged")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Install a collector."""
    made = make_site(tmp_path / "collector")
    yield made
    made.store.close()
    made.keyring.close()


def lose(site: Site, speaker: Speaker, purpose: Purpose = Purpose.SUPPORT) -> None:
    """Seal an envelope that never comes, and send the void of it."""
    sealed = speaker.seal(site.key(purpose), [], site.now)
    site.put(speaker.void(sealed, GAP))


def test_a_void_is_counted_as_missing(site: Site) -> None:
    """Its records are told by its reason, and rows beside it are shown."""
    speaker = site.enrol()
    begin(site, speaker)
    lose(site, speaker)
    opened = read(site)
    assert opened.missing == Counter({"damaged": 7})
    assert names(opened) == NAMES[:3]
    assert opened.broken == set()


def test_a_change_behind_a_void_waits_for_a_whole_state(site: Site) -> None:
    """A void may stand for a change: what follows it is not added to the state."""
    speaker = site.enrol()
    begin(site, speaker)
    lose(site, speaker)
    grow(site, speaker, 3)
    opened = read(site)
    assert names(opened) == NAMES[:3]
    assert opened.skipped == Counter({"change-without-its-state": 1})
    assert opened.broken == {Broken(speaker.device, speaker.incarnation, "services")}


def test_a_whole_state_behind_a_void_is_whole(site: Site) -> None:
    """What the device sends anew ends the doubt."""
    speaker = site.enrol()
    begin(site, speaker)
    lose(site, speaker)
    begin(site, speaker, 4)
    opened = read(site)
    assert names(opened) == NAMES[:4]
    assert opened.broken == set()


def test_a_void_of_another_purpose_breaks_nothing(site: Site) -> None:
    """States are doubted for voids of their own purpose only."""
    speaker = site.enrol()
    begin(site, speaker)
    lose(site, speaker, SECURITY)
    grow(site, speaker, 3)
    opened = read(site)
    assert names(opened) == NAMES[:4]
    assert opened.missing == Counter()


def test_a_void_of_another_class_breaks_nothing(site: Site) -> None:
    """Metrics that were dropped are no change of an inventory."""
    speaker = site.enrol()
    begin(site, speaker)
    sealed = speaker.seal(site.key(), [], site.now)
    site.put(speaker.void(sealed, GAP, "metrics"))
    grow(site, speaker, 3)
    opened = read(site)
    assert names(opened) == NAMES[:4]
    assert opened.missing == Counter({"damaged": 7})


def test_a_block_is_not_made_over_a_void(site: Site) -> None:
    """An epoch with a void gets no block, so a reading says what it would without."""
    speaker = site.enrol()
    begin(site, speaker)
    lose(site, speaker)
    grow(site, speaker, 3)
    assert fold(site) == 0


def test_a_void_behind_a_block_is_seen(site: Site) -> None:
    """A block stands for its own sources only."""
    speaker = site.enrol()
    begin(site, speaker)
    assert fold(site) == 1
    lose(site, speaker)
    grow(site, speaker, 3)
    opened = read(site)
    assert (opened.blocks, names(opened)) == (1, NAMES[:3])
    assert opened.broken == {Broken(speaker.device, speaker.incarnation, "services")}
