# SPDX-License-Identifier: Apache-2.0
"""The fold job and its blocks: used when sound, set aside on any doubt."""

import base64
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from reader_fixture import (
    CATALOGUE,
    Site,
    Speaker,
    fold,
    make_site,
    table,
    with_state,
)

from server import configuration
from server.errors import StateError
from server.reader.fold import Broken
from server.reader.opening import Opened, Selection, open_selection
from server.store.interface import HeldBlock
from server.store.sqlite import SqliteStore
from wire import block
from wire.block import BLOCK, BlockContent
from wire.body import Mode, Op
from wire.crypto.signing import SigningKey
from wire.purposes import Purpose
from wire.values import Value

COLUMNS = {
    "event_logs": frozenset({"message"}),
    "services": frozenset({"name", "state"}),
}
Rows = list[dict[str, Value]]
NAMES = [f"service-{at}" for at in range(8)]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Install a collector."""
    made = make_site(tmp_path / "collector")
    yield made
    made.store.close()
    made.keyring.close()


def read(site: Site, *, blocks: bool = True, **narrowed: object) -> Opened:
    """Open support."""
    chosen = replace(
        Selection(site.tenant, Purpose.SUPPORT, COLUMNS),
        **narrowed,  # type: ignore[arg-type]  # the test's own names
    )
    signer = site.keyring.fold_job_key().public if blocks else None
    return open_selection(site.store, site.keyring, CATALOGUE, chosen, signer=signer)


def rows(names: Sequence[str]) -> Rows:
    """Return services that run."""
    return [{"name": name, "state": "running"} for name in names]


def begin(site: Site, speaker: Speaker, count: int = 3) -> None:
    """Say the first services, whole."""
    held = rows(NAMES[:count])
    whole = table("services", held, mode=Mode.FULL)
    site.say(speaker, [with_state(whole, held)], created=site.now)


def grow(site: Site, speaker: Speaker, number: int, *more: str) -> None:
    """Add one service to those before it, and log lines in the same envelope."""
    held = rows(NAMES[: number + 1])
    part = table("services", held[-1:], mode=Mode.DELTA, changes=[(Op.ADD, number)])
    tables = [with_state(part, held)]
    tables += [table("event_logs", [{"message": text}]) for text in more]
    site.say(speaker, tables, created=site.now + number)


def elsewhere(site: Site, speaker: Speaker) -> None:
    """Say something for another purpose, which takes the next sequence."""
    part = table("event_logs", [{"message": "m"}], Purpose.SECURITY)
    site.say(speaker, [part], Purpose.SECURITY)


def story(site: Site) -> Speaker:
    """Say a state and two changes, one beside a log line, and fold them."""
    speaker = site.enrol("Desk")
    begin(site, speaker)
    grow(site, speaker, 3)
    grow(site, speaker, 4, "beside")
    assert fold(site) == 1
    return speaker


def names(opened: Opened) -> list[str]:
    """Return the services."""
    found: list[str] = opened.tables["services"].column("name").to_pylist()
    return found


def unmade(site: Site) -> tuple[object, object]:
    """Return how many states the newest line tells without a block: large, in doubt."""
    line = site.acts()[-1].body
    assert line is not None
    return line["large"], line["doubtful"]


def held(site: Site, speaker: Speaker) -> HeldBlock:
    """Return the device's one block."""
    (found,) = site.store.blocks(site.tenant, speaker.device, "support")
    return found


def test_a_block_stands_for_its_envelopes(site: Site) -> None:
    """Rows, their times and the log line beside them are there; little is opened."""
    speaker = story(site)
    opened = read(site)
    assert opened.tables == read(site, blocks=False).tables
    assert names(opened) == NAMES[:5]
    assert opened.tables["event_logs"].column("message").to_pylist() == ["beside"]
    assert (opened.blocks, opened.envelopes) == (1, 1)
    assert opened.devices == {speaker.device}
    assert opened.aside == Counter()


def test_a_reading_goes_on_from_the_block(site: Site) -> None:
    """Changes behind the block name its rows by their numbers."""
    speaker = story(site)
    left = rows([NAMES[0], *NAMES[2:5]])
    gone = table("services", [{}], mode=Mode.DELTA, changes=[(Op.REMOVE, 1)])
    columns = table("services", rows("a")).columns
    site.say(speaker, [with_state(replace(gone, columns=columns), left)])
    opened = read(site)
    assert names(opened) == [NAMES[0], *NAMES[2:5]]
    assert (opened.blocks, opened.envelopes) == (1, 2)
    assert opened.broken == set()


def test_the_job_goes_on_from_its_block(site: Site) -> None:
    """What a block stands for is not opened for the next one."""
    speaker = story(site)
    grow(site, speaker, 5)
    assert fold(site) == 1
    line = site.acts()[-1].body
    assert line is not None
    assert (line["envelopes"], line["blocks"]) == (1, 1)
    assert held(site, speaker).last == 4
    assert names(read(site)) == NAMES[:6]


def test_each_batch_is_one_line_in_the_ledger(site: Site) -> None:
    """The line names job, owner and purpose, and numbers, never a value."""
    story(site)
    acts = [act for act in site.acts() if act.act == "folded"]
    owner = configuration.read(site.layout).jobs["fold"]
    assert [act.body for act in acts] == [
        {
            "job": "fold",
            "owner": owner,
            "purposes": ["support"],
            "devices": 1,
            "envelopes": 3,
            "blocks": 1,
            "large": 0,
            "doubtful": 0,
        }
    ]
    assert fold(site) == 0
    assert len([act for act in site.acts() if act.act == "folded"]) == 1


def test_a_state_too_large_for_a_block_is_counted(site: Site) -> None:
    """The ledger's line says that a state stays in its envelopes; a reading has it."""
    speaker = site.enrol()
    chaos = random.Random(8)  # noqa: S311 - a text that does not shrink
    held: Rows = [
        {"name": base64.b64encode(chaos.randbytes(30_000)).decode(), "state": "up"}
        for _ in range(48)
    ]
    whole = table("services", held[:24], mode=Mode.FULL)
    numbers = [(Op.ADD, number) for number in range(24, 48)]
    rest = table("services", held[24:], mode=Mode.DELTA, changes=numbers)
    for part in (whole, rest):
        site.say(speaker, [with_state(part, held)])
    assert fold(site) == 0
    line = site.acts()[-1].body
    assert line is not None
    assert (line["envelopes"], line["blocks"]) == (2, 0)
    assert unmade(site) == (1, 0)
    assert names(read(site)) == [row["name"] for row in held]


def test_a_job_that_nobody_owns_opens_nothing(site: Site) -> None:
    """Without an owner in config.toml there is no block and no line."""
    begin(site, site.enrol())
    before = len(site.acts())
    assert fold(site, jobs={}) == 0
    assert len(site.acts()) == before


def test_what_no_person_may_read_is_not_folded(site: Site) -> None:
    """Nothing but the aggregator opens what is for improvement."""
    part = table("services", rows("a"), Purpose.IMPROVEMENT, Mode.FULL)
    whole = with_state(part, rows("a"))
    site.say(site.enrol(), [whole], Purpose.IMPROVEMENT)
    assert fold(site) == 0


def test_few_envelopes_are_left_alone(site: Site) -> None:
    """Below the minimum behind a block nothing is opened."""
    begin(site, site.enrol())
    assert fold(site, minimum=2) == 0


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
    covered = block._covered(found.header, found.data_key, found.ciphertext)
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
    assert site.keyring.destroy(site.key().id)
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


def test_what_is_in_doubt_gets_no_block(site: Site) -> None:
    """A state that is not its digest is asked for, with blocks as without."""
    speaker = story(site)
    odd = table("services", rows("x"), mode=Mode.DELTA, changes=[(Op.ADD, 5)])
    site.say(speaker, [replace(odd, state=bytes(32))])
    assert fold(site) == 0
    assert unmade(site) == (0, 1)
    for blocks in (True, False):
        opened = read(site, blocks=blocks)
        assert opened.skipped == Counter({"state-differs-from-its-digest": 1})
        assert len(opened.broken) == 1
    begin(site, speaker, 2)
    assert fold(site) == 1
    opened = read(site)
    assert (names(opened), opened.envelopes) == (NAMES[:2], 1)
    assert opened.broken == set()


def test_a_change_under_another_key_leaves_both_epochs_without_a_block(
    site: Site,
) -> None:
    """A state that a foreign change stands amid is told as broken, with the job too."""
    speaker = site.enrol()
    begin(site, speaker)
    first, every = site.key(), site.keyring.public_keys(site.tenant)
    later = (key for key in every if key.start >= first.end)
    other = next(key for key in later if key.purpose is Purpose.SUPPORT)
    held = rows(NAMES[:4])
    part = table("services", held[-1:], mode=Mode.DELTA, changes=[(Op.ADD, 3)])
    site.put(speaker.seal(other, [with_state(part, held)], site.now))
    grow(site, speaker, 3)
    assert fold(site) == 0
    assert unmade(site) == (0, 2)
    for blocks in (True, False):
        opened = read(site, blocks=blocks)
        assert names(opened) == NAMES[:4]
        assert opened.skipped == Counter({"change-without-its-state": 1})
        assert len(opened.broken) == 1


def test_a_crash_between_the_steps_is_harmless(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the line written and no block stored, readings and the next run go well."""
    speaker = site.enrol()
    begin(site, speaker)

    def full_disk(*_: object) -> None:
        msg = "the disk is full"
        raise StateError(msg)

    with monkeypatch.context() as patched:
        patched.setattr(SqliteStore, "hold_block", full_disk)
        with pytest.raises(StateError):
            fold(site)
    assert site.acts()[-1].act == "folded"
    assert site.store.blocks(site.tenant, speaker.device, "support") == []
    assert names(read(site)) == NAMES[:3]
    assert fold(site) == 1
    assert read(site).blocks == 1


def test_each_chain_and_epoch_has_a_block_of_its_own(site: Site) -> None:
    """A block never spans incarnations; the newest one's state is shown."""
    speaker = story(site)
    fresh = Speaker(speaker.tenant, "Desk", speaker.key, speaker.opening)
    held_now = rows(NAMES[:1])
    whole = with_state(table("services", held_now, mode=Mode.FULL), held_now)
    site.say(fresh, [whole], created=site.now + 60)
    assert fold(site) == 1
    blocks = site.store.blocks(site.tenant, speaker.device, "support")
    assert {one.incarnation for one in blocks} == {
        speaker.incarnation,
        fresh.incarnation,
    }
    assert names(read(site)) == NAMES[:1]


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
