# SPDX-License-Identifier: Apache-2.0
"""When a reading uses no block: on any doubt it reads the envelopes, and counts it.

Rules: a real installation, store and keys; what is wrong is done to one block.
Not here: making blocks (`test_folding.py`), histories (`tests/property`).
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fold_story import NAMES, begin, elsewhere, grow, held, names, read, story
from reader_fixture import Site, fold, make_site, table

from server.reader.fold import Broken
from wire import block
from wire.block import BLOCK, BlockContent
from wire.crypto.signing import SigningKey
from wire.purposes import Purpose


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Install a collector."""
    made = make_site(tmp_path / "collector")
    yield made
    made.store.close()
    made.keyring.close()


@pytest.mark.parametrize(
    ("purpose", "device"), [("security", None), ("support", b"\x07" * 16)]
)
def test_a_block_counts_only_in_its_own_place(
    site: Site, purpose: str, device: bytes | None
) -> None:
    """A store that shows a block as another device's or purpose's shows nothing."""
    speaker, other = story(site), site.enrol("Shop")
    begin(site, other)
    wrong = other.device if device else speaker.device
    site.store.hold_block(replace(held(site, speaker), purpose=purpose, device=wrong))
    if device:
        opened = read(site, devices=(other.device,))
        assert names(opened) == NAMES[:3]
        assert opened.aside == Counter({"not-of-this-place": 1})
    else:
        opened = read(site, purpose=Purpose.SECURITY)
        assert opened.blocks == 0


def _signed(site: Site, octets: bytes, key: SigningKey) -> bytes:
    """Return a block that another key signed."""
    found, _ = block.read(octets, site.keyring.fold_job_key().public)
    covered = block._USE._covered(found.header, found.data_key, found.ciphertext)
    return BLOCK.encode(replace(found, signature=key.sign(covered)))


def test_a_block_that_another_signed_is_set_aside(site: Site) -> None:
    """Not even the store role's signature makes a block."""
    speaker = story(site)
    mine = held(site, speaker)
    other = _signed(site, mine.octets, site.keyring.store_role_key())
    site.store.hold_block(replace(mine, octets=other))
    opened = read(site)
    assert names(opened) == NAMES[:5]
    assert (opened.blocks, opened.envelopes) == (0, 3)
    assert opened.aside == Counter({"bad-signature": 1})


def test_a_tampered_block_is_set_aside(site: Site) -> None:
    """One flipped bit anywhere, and the envelopes are read as if it were not there."""
    speaker = story(site)
    mine = held(site, speaker)
    whole = read(site, blocks=False).tables
    for part in range(12):
        octets = bytearray(mine.octets)
        octets[(len(octets) - 1) * part // 11] ^= 1
        site.store.hold_block(replace(mine, octets=bytes(octets)))
        opened = read(site)
        assert opened.tables == whole
        assert (opened.blocks, opened.envelopes) == (0, 3)
        assert opened.aside.total() == 1


def test_a_block_whose_content_lies_is_found_by_the_digest(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even a rightly signed block with wrong rows is told, and mended by a resync."""
    speaker = site.enrol()
    begin(site, speaker)
    sealed = block.seal

    def lying(header: block.BlockHeader, content: BlockContent, *rest: object) -> bytes:
        wrong = content.body.replace(b"service-0", b"service-9")
        return sealed(header, replace(content, body=wrong), *rest)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(block, "seal", lying)
    fold(site)
    opened = read(site)
    assert opened.skipped == Counter({"state-differs-from-its-digest": 1})
    assert opened.broken == {Broken(speaker.device, speaker.incarnation, "services")}


@pytest.mark.parametrize("sequence", [1, 4])
@pytest.mark.parametrize("where", ["state", "replaced"])
def test_a_block_speaks_of_its_sources_only(
    site: Site, monkeypatch: pytest.MonkeyPatch, where: str, sequence: int
) -> None:
    """A state where no source is would be shown by nobody: the envelopes are read."""
    speaker = site.enrol()
    elsewhere(site, speaker)
    begin(site, speaker)
    grow(site, speaker, 3)
    sealed = block.seal

    def moved(header: block.BlockHeader, content: BlockContent, *rest: object) -> bytes:
        (state,) = content.states
        if where == "state":
            content = replace(content, states=(replace(state, sequence=sequence),))
        else:
            named = sorted({2, 3, sequence})
            content = replace(content, replaced=block.longs_of(named))
        return sealed(header, content, *rest)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(block, "seal", moved)
    assert fold(site) == 1
    opened = read(site)
    assert names(opened) == NAMES[:4]
    assert (opened.blocks, opened.aside) == (0, Counter({"bad-body": 1}))


def test_a_block_speaks_of_no_envelope_between_its_sources(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An envelope of another purpose amid the sources is none of them."""
    speaker = site.enrol()
    begin(site, speaker)
    elsewhere(site, speaker)
    grow(site, speaker, 3)
    sealed = block.seal

    def moved(header: block.BlockHeader, content: BlockContent, *rest: object) -> bytes:
        (state,) = content.states
        content = replace(content, states=(replace(state, sequence=2),))
        return sealed(header, content, *rest)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(block, "seal", moved)
    assert fold(site) == 1
    opened = read(site)
    assert names(opened) == NAMES[:4]
    assert (opened.blocks, opened.aside) == (0, Counter({"not-of-its-sources": 1}))


def test_a_block_is_nothing_without_its_key(site: Site) -> None:
    """The epoch's key takes its blocks along; what is left is what was always said."""
    speaker = story(site)
    mine = held(site, speaker)
    assert b"service-" not in mine.octets
    site.destroy()
    opened = read(site)
    assert names(opened) == []
    assert (opened.blocks, opened.aside) == (0, Counter())
    assert opened.skipped == Counter({"key-destroyed": 3})
    assert fold(site) == 0


def test_an_envelope_that_comes_late_sets_the_block_aside(site: Site) -> None:
    """A block stands only for exactly the sources that it names."""
    speaker = site.enrol()
    begin(site, speaker)
    late = speaker.seal(site.key(), [table("event_logs", [{"message": "m"}])], site.now)
    grow(site, speaker, 3)
    assert fold(site) == 1
    site.put(late)
    opened = read(site)
    assert opened.tables["event_logs"].column("message").to_pylist() == ["m"]
    assert opened.aside == Counter({"sources-differ": 1})
    assert fold(site, minimum=4) == 0
    assert fold(site, minimum=3) == 1
    opened = read(site)
    assert (opened.blocks, opened.aside) == (1, Counter())
    assert site.store.unfolded(site.tenant, 1) == []


def test_sources_that_are_gone_set_the_block_aside(site: Site) -> None:
    """What retention or a thief deleted is not shown out of a block."""
    story(site)
    with sqlite3.connect(site.layout.store) as database:
        database.execute("DELETE FROM envelopes WHERE sequence = 1")
    opened = read(site)
    assert names(opened) == []
    assert opened.aside == Counter({"sources-differ": 1})
    assert opened.skipped == Counter({"change-without-its-state": 2})


def test_a_window_is_read_from_envelopes(site: Site) -> None:
    """A block has no place in a window that can begin or end amid its sources."""
    story(site)
    opened = read(site, until=site.now + 4)
    assert (names(opened), opened.blocks) == (NAMES[:4], 0)


def test_an_unknown_version_is_set_aside(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a newer release wrote is not guessed at."""
    monkeypatch.setattr(block, "VERSION", 2)
    story(site)
    monkeypatch.undo()
    opened = read(site)
    assert names(opened) == NAMES[:5]
    assert opened.aside == Counter({"unknown-version": 1})
