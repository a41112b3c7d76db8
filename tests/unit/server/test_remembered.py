# SPDX-License-Identifier: Apache-2.0
"""What is kept in memory of a fleet: it is shown again, and never once it must not be.

Rules: that something came from memory is seen where the disk has been damaged since.
Not here: what is opened at all (`test_fleet.py`).
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_room import Room
from fleet_room import STANDING, alone, means, messages, plant, shown, together
from fold_story import held
from reader_fixture import Site, make_site, table
from store_chain import remainder_of

from server.errors import StateError
from server.reader.remembered import IDLE_SECONDS, Memory, Standing, question_of
from server.reader.selection import Selection
from server.store.interface import DeviceState
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
DAY = 86_400


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Install a collector."""
    made = make_site(tmp_path / "collector")
    yield made
    made.store.close()
    made.keyring.close()


@pytest.fixture
def memory() -> Memory:
    """Remember nothing yet."""
    return Memory()


def say(site: Site, *texts: str) -> bytes:
    """Have a new device say something; returns the envelope."""
    speaker = site.enrol()
    lines = [{"message": text} for text in texts]
    octets = speaker.seal(site.key(), [table("event_logs", lines)], site.now)
    site.put(octets)
    return octets


def spoil(site: Site) -> None:
    """Damage all envelopes on the disk: what is opened from now on fails."""
    with sqlite3.connect(site.layout.store) as database:
        database.execute("UPDATE envelopes SET octets = zeroblob(length(octets))")
    database.close()


def test_it_shows_again_what_it_opened(site: Site, memory: Memory) -> None:
    """The same rows, counts and reasons, without opening an envelope."""
    plant(site, 8)
    before = shown(together(site, memory=memory))
    assert before == shown(alone(site))
    spoil(site)
    assert shown(together(site, memory=memory)) == before
    assert shown(together(site)) != before
    assert memory.octets > 0


def test_what_came_since_is_opened(site: Site, memory: Memory) -> None:
    """A new device and a new envelope are seen by the next reading."""
    plant(site, 8)
    together(site, memory=memory)
    say(site, "new")
    assert "new" in messages(together(site, memory=memory))
    assert shown(together(site, memory=memory)) == shown(alone(site))


def test_a_destroyed_key_is_obeyed_at_once(site: Site, memory: Memory) -> None:
    """By its generation, and where that were the same, by the key itself."""
    say(site, "gone")
    standing = b"", site.keyring.generation()
    assert messages(together(site, memory=memory, standing=standing)) == ["gone"]
    site.destroy()
    for now in (standing, (b"", site.keyring.generation())):
        opened = together(site, memory=memory, standing=now)
        assert messages(opened) == []
        assert opened.skipped == Counter({"key-destroyed": 1})
    assert shown(opened) == shown(alone(site))


def test_a_desk_answers_from_memory_and_writes_it_down(site: Site) -> None:
    """The ledger has the second reading as it has the first."""
    say(site, "m")
    room = Room(site)
    asked = {"sql": "SELECT message FROM event_logs", "ticket": ""}
    for _ in range(2):
        rows = [row for one in room.ask(**asked) for row in one.get("rows", [])]  # type: ignore[attr-defined]  # a list
        assert rows == [["m"]]
        spoil(site)
    opened = [act.body for act in site.acts() if act.act == "opened"]
    assert [body and body["envelopes"] for body in opened] == [1, 1]
    room.ledger.close()


def test_the_memory_of_a_destroyed_key_is_given_up(site: Site) -> None:
    """The reader looks every second: rows do not wait for a reading."""
    say(site, "gone")
    room = Room(site)
    asked = {"sql": "SELECT message FROM event_logs", "ticket": ""}
    list(room.ask(**asked))
    assert room.desk.memory.octets > 0
    site.destroy()
    room.desk.memory.tidy(room.desk.standing)
    assert room.desk.memory.octets == 0
    room.ledger.close()


def test_where_nobody_can_tell_what_holds_all_is_given_up(
    site: Site, memory: Memory
) -> None:
    """A register that cannot be read is no reason to keep rows."""

    def cannot() -> Standing:
        msg = "the register is away"
        raise StateError(msg)

    say(site, "m")
    together(site, memory=memory)
    with pytest.raises(StateError, match="away"):
        memory.tidy(cannot)
    assert memory.octets == 0


def test_a_key_past_its_time_is_obeyed(site: Site, memory: Memory) -> None:
    """Whoever is late to destroy it: nothing of it is shown."""
    say(site, "old")
    together(site, memory=memory)
    later = site.keyring.scoped(site.tenant, Purpose.SUPPORT, site.now + 4_000 * DAY)
    opened = together(site, memory=memory, keys=later)
    assert messages(opened) == []
    assert opened.skipped == Counter({"key-overdue": 1})


def test_an_erasure_is_obeyed(site: Site, memory: Memory) -> None:
    """A remainder takes the place of its envelope, and a later one of that."""
    say(site, "erased")
    together(site, memory=memory)
    (first,) = site.store.envelopes(site.tenant)
    for octets in (b"remainder" * 9, b"less of it" * 9):
        assert site.store.replace(remainder_of(first, 0, octets))
        opened = together(site, memory=memory)
        assert messages(opened) == []
        assert shown(opened) == shown(alone(site))


def test_a_deleted_envelope_is_obeyed(site: Site, memory: Memory) -> None:
    """What retention took is not shown, nor a lot of which nothing is left."""
    say(site, "deleted")
    together(site, memory=memory)
    with sqlite3.connect(site.layout.store) as database:
        database.execute("DELETE FROM envelopes")
    database.close()
    opened = together(site, memory=memory)
    assert messages(opened) == []
    assert shown(opened) == shown(alone(site))


@pytest.mark.parametrize(
    "change", ["DELETE FROM blocks", "UPDATE blocks SET octets = zeroblob(64)"]
)
def test_a_block_that_is_gone_or_another_is_obeyed(
    site: Site, memory: Memory, change: str
) -> None:
    """Its envelopes are opened, as if it had never been there."""
    (speaker, *_) = plant(site, 3)
    assert held(site, speaker)
    together(site, memory=memory)
    with sqlite3.connect(site.layout.store) as database:
        database.execute(change)
    database.close()
    opened = together(site, memory=memory)
    assert opened.blocks == 0
    assert shown(opened) == shown(alone(site))


def test_a_revoked_device_is_told_and_an_ended_one_is_gone(
    site: Site, memory: Memory
) -> None:
    """It is heard no more; once it has ended nothing of it is shown."""
    speaker = site.enrol()
    site.say(speaker, [table("event_logs", [{"message": "m"}])])
    together(site, memory=memory)
    site.store.set_state(site.tenant, speaker.device, DeviceState.REVOKED)
    assert together(site, memory=memory).unheard == Counter({"revoked": 1})
    with sqlite3.connect(site.layout.store) as database:
        database.execute("DELETE FROM devices")
    database.close()
    opened = together(site, memory=memory)
    assert messages(opened) == []
    assert opened.skipped == Counter({"unknown-device": 1})


def test_rights_that_change_are_obeyed(site: Site, memory: Memory) -> None:
    """All is forgotten then, for rows may be restricted."""
    say(site, "m")
    together(site, memory=memory)
    spoil(site)
    assert messages(together(site, memory=memory)) == ["m"]
    assert messages(together(site, memory=memory, standing=(b"other", 0))) == []


def test_a_question_gets_what_its_own_grant_has(site: Site, memory: Memory) -> None:
    """Other datasets, columns, another purpose or a window are another question."""
    say(site, "m")
    assert (
        "event_logs" not in together(site, memory=memory, datasets=("services",)).tables
    )
    assert messages(together(site, memory=memory)) == ["m"]
    fewer = {"event_logs": frozenset({"log.source"}), "services": frozenset({"name"})}
    assert messages(together(site, memory=memory, columns=fewer)) == [None]
    assert messages(together(site, memory=memory, purpose=Purpose.SECURITY)) == []
    assert messages(together(site, memory=memory, since=site.now + 1)) == []
    assert question_of(means(site, since=1), 1) is None
    assert question_of(means(site, shown=None), 1) is None
    assert isinstance(means(site).selection, Selection)


def test_it_is_bounded_and_gives_up_what_nobody_asks_for(site: Site) -> None:
    """What was asked longest ago goes first; then all of it, once nobody asks."""
    for number in range(3):
        say(site, *(f"{number} {at}" for at in range(50)))
    moment = [0.0]
    measured = Memory()
    together(site, memory=measured)
    memory = Memory(measured.octets, lambda: moment[0])
    together(site, memory=memory)
    together(site, memory=memory, shown={"event_logs": ("message",)})
    assert 0 < memory.octets <= measured.octets
    moment[0] = IDLE_SECONDS + 1
    memory.tidy(lambda: STANDING)
    assert memory.octets == 0
    nothing = Memory(0)
    together(site, memory=nothing)
    assert nothing.octets == 0
