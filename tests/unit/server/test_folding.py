# SPDX-License-Identifier: Apache-2.0
"""The fold job: what it makes blocks of, when, and what it writes down.

Rules: a real installation, store and keys.
Not here: blocks that are not used (`test_blocks_set_aside.py`), histories
(`tests/property/test_blocks.py`).
"""

import base64
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fold_story import NAMES, Rows, begin, grow, held, names, read, rows, story, unmade
from reader_fixture import Site, Speaker, fold, make_site, table, with_state

from server import configuration
from server.errors import StateError
from server.store.sqlite import SqliteStore
from wire.body import Mode, Op
from wire.purposes import Purpose


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Install a collector."""
    made = make_site(tmp_path / "collector")
    yield made
    made.store.close()
    made.keyring.close()


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
