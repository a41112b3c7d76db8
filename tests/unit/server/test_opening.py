# SPDX-License-Identifier: Apache-2.0
"""What opens, what does not, and that every refusal is counted by its reason."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from reader_fixture import CATALOGUE, Site, make_site, table
from store_chain import remainder_of

from server.errors import LimitError
from server.reader.fold import Broken
from server.reader.opened import Opened
from server.reader.opening import open_selection
from server.reader.selection import Selection
from server.store.interface import DeviceState
from wire import envelope
from wire.body import Mode, Op, Table
from wire.crypto.opening import OpeningKey
from wire.envelope import Gap
from wire.keys import PurposeKey
from wire.purposes import Purpose

SUPPORT: Mapping[str, frozenset[str]] = {
    "event_logs": frozenset({"message", "log.source"}),
    "processes": frozenset({"process.pid", "process.executable.name"}),
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Install a collector."""
    made = make_site(tmp_path / "collector")
    yield made
    made.store.close()
    made.keyring.close()


def read(site: Site, **narrowed: object) -> Opened:
    """Open support, or what a test narrows."""
    selection = Selection(site.tenant, Purpose.SUPPORT, SUPPORT)
    chosen = replace(selection, **narrowed)  # type: ignore[arg-type]  # the test's own names
    return open_selection(site.store, site.keys(), CATALOGUE, chosen)


def lines(*messages: str) -> list[Table]:
    """Return one table of log lines."""
    return [table("event_logs", [{"message": text} for text in messages])]


def messages(opened: Opened) -> list[str]:
    """Return the log lines that were opened."""
    return sorted(opened.tables["event_logs"].column("message").to_pylist())


def test_what_devices_sealed_is_there_with_its_origin(site: Site) -> None:
    """Rows of several devices come with device, label and time."""
    for label in ("Desk", "Shop"):
        site.say(site.enrol(label), lines(label.lower()))
    opened = read(site)
    assert messages(opened) == ["desk", "shop"]
    labels = opened.tables["event_logs"].column("device_label").to_pylist()
    assert sorted(labels) == ["Desk", "Shop"]
    assert (opened.envelopes, len(opened.devices)) == (2, 2)
    assert opened.skipped == Counter()


def test_another_purpose_is_never_opened(site: Site) -> None:
    """Envelopes of another purpose stay sealed, even where the gate's index lies."""
    speaker = site.enrol()
    part = table("sessions", [{"user.name": "ann"}], Purpose.SECURITY, Mode.FULL)
    octets = speaker.seal(site.key(Purpose.SECURITY), [part], site.now)
    site.put(octets, purpose="support")
    opened = read(site, columns={"sessions": frozenset({"user.name"})})
    assert len(opened.tables["sessions"]) == 0
    assert opened.skipped == Counter({"not-of-this-purpose": 1})


def test_an_envelope_is_not_shown_twice(site: Site) -> None:
    """A store that holds one envelope under two places shows it once."""
    speaker = site.enrol()
    octets = speaker.seal(site.key(), lines("once"), site.now)
    site.put(octets)
    site.put(octets, sequence=9, previous=b"\x07" * 32)  # type: ignore[arg-type]  # a number
    opened = read(site)
    assert messages(opened) == ["once"]
    assert opened.skipped == Counter({"not-of-this-place": 1})


def test_a_destroyed_key_is_told_as_such(site: Site) -> None:
    """Data whose key is gone is counted, not silently absent."""
    site.say(site.enrol(), lines("gone"))
    site.destroy()
    opened = read(site)
    assert messages(opened) == []
    assert opened.skipped == Counter({"key-destroyed": 1})


def test_a_remainder_is_told_as_such(site: Site) -> None:
    """What is left after an erasure is counted, and the rest opens."""
    desk = site.enrol()
    site.say(desk, lines("erased"))
    site.say(desk, lines("kept"))
    first, _ = site.store.envelopes(site.tenant)
    assert site.store.replace(remainder_of(first, 0))
    opened = read(site)
    assert messages(opened) == ["kept"]
    assert opened.skipped == Counter({"remainder": 1})


def test_a_broken_state_is_told_unless_a_window_was_selected(site: Site) -> None:
    """What the state lacks may lie outside of a window; else the device has to mend."""
    speaker = site.enrol()
    rows = [{"process.pid": 7}]
    change = table("processes", rows, mode=Mode.DELTA, changes=[(Op.ADD, 4)])
    site.say(speaker, [change])
    broken = {Broken(speaker.device, speaker.incarnation, "processes")}
    assert read(site).broken == broken
    assert read(site, datasets=("event_logs",)).broken == set()
    for narrowed in ({"since": 1}, {"until": site.now + 9}):
        opened = read(site, **narrowed)
        assert opened.skipped == Counter({"change-without-its-state": 1})
        assert opened.broken == set()


def test_a_key_that_ended_breaks_no_state_of_another(site: Site) -> None:
    """What nobody can open any more cannot have changed a state under another key."""
    speaker = site.enrol()
    before, now = OpeningKey.generate(), [{"process.pid": 7}]
    site.say(speaker, [table("processes", now, mode=Mode.FULL)])
    gone = replace(site.key(), public=before.public)
    site.put(speaker.seal(gone, lines("gone"), site.now))
    change = table("processes", now, mode=Mode.DELTA, changes=[(Op.ADD, 1)])
    site.say(speaker, [change])
    opened = read(site)
    assert len(opened.tables["processes"]) == 2
    assert opened.skipped == Counter({"unknown-key": 1})


def test_an_unknown_key_is_told_as_such(site: Site) -> None:
    """A key that was never here is another reason than one that was destroyed."""
    known, stranger = site.key(), OpeningKey.generate()
    odd = PurposeKey(
        *(known.purpose, known.retention, known.epoch, known.start, known.end),
        stranger.public,
    )
    site.put(site.enrol().seal(odd, lines("x"), site.now))
    assert read(site).skipped == Counter({"unknown-key": 1})


def test_a_device_that_was_never_enrolled_is_not_believed(site: Site) -> None:
    """Without an enrolled key there is no signature to check."""
    speaker = site.enrol()
    speaker.key = type(speaker.key).generate()
    site.put(speaker.seal(site.key(), lines("x"), site.now))
    opened = read(site)
    assert messages(opened) == []
    assert opened.skipped == Counter({"unknown-device": 1})


def test_a_device_cannot_speak_as_another(site: Site) -> None:
    """An envelope that the index gives to another device is not its own."""
    first, second = site.enrol(), site.enrol()
    octets = first.seal(site.key(), lines("x"), site.now)
    site.put(octets, device=second.device)
    assert read(site).skipped == Counter({"wrong-identity": 1})


@pytest.mark.parametrize("at", [-1, -200, 600])
def test_a_damaged_envelope_is_counted_and_the_others_open(site: Site, at: int) -> None:
    """One flipped bit anywhere costs that envelope and no other."""
    speaker = site.enrol()
    site.say(speaker, lines("before"))
    octets = bytearray(speaker.seal(site.key(), lines("x"), site.now))
    whole = bytes(octets)
    octets[at] ^= 1
    _, header = envelope.read(whole)
    site.put(whole)
    _overwrite(site, bytes(octets), header.sequence)
    site.say(speaker, lines("after"))
    opened = read(site)
    assert messages(opened) == ["after", "before"]
    assert opened.skipped.total() == 1


def _overwrite(site: Site, octets: bytes, sequence: int) -> None:
    """Damage an envelope on the disk."""
    path = site.layout.store
    database = sqlite3.connect(path)
    with database:
        database.execute(
            "UPDATE envelopes SET octets = ? WHERE sequence = ?", (octets, sequence)
        )
    database.close()


def test_a_revoked_device_is_told(site: Site) -> None:
    """What it sent before is shown, and that it is heard no more is said."""
    speaker = site.enrol()
    site.say(speaker, lines("old"))
    site.store.set_state(site.tenant, speaker.device, DeviceState.REVOKED)
    opened = read(site)
    assert messages(opened) == ["old"]
    assert opened.unheard == Counter({"revoked": 1})


def test_announced_losses_are_told(site: Site) -> None:
    """Gap records appear as numbers, an unknown number as itself."""
    speaker = site.enrol()
    for count in (3, 4, None):
        gap = Gap(count, site.now - 60, site.now, "spool-full")
        site.put(speaker.gap(Purpose.SUPPORT, gap, site.now))
    opened = read(site)
    assert opened.missing == Counter({"spool-full": 7})
    assert opened.uncounted == Counter({"spool-full": 1})


def test_a_gap_that_nobody_signed_is_not_told_as_one(site: Site) -> None:
    """A gate cannot announce a loss in a device's name."""
    speaker, other = site.enrol(), site.enrol()
    gap = Gap(3, site.now - 60, site.now, "spool-full")
    site.put(other.gap(Purpose.SUPPORT, gap, site.now), device=speaker.device)
    opened = read(site)
    assert opened.missing == Counter()
    assert opened.skipped == Counter({"wrong-identity": 1})


def test_devices_and_times_narrow(site: Site) -> None:
    """A device filter and a time window open that and nothing else."""
    first, second = site.enrol(), site.enrol()
    for ago in (300, 200, 100):
        site.say(first, lines(f"first {ago}"), created=site.now - ago)
    site.say(second, lines("second"))
    window = read(
        site,
        devices=(first.device,),
        since=site.now - 200,
        until=site.now - 100,
    )
    assert messages(window) == ["first 200"]
    assert window.envelopes == 1


def test_a_dataset_filter_leaves_the_rest_out(site: Site) -> None:
    """Only the tables that were named are there."""
    opened = read(site, datasets=("processes",))
    assert list(opened.tables) == ["processes"]


def test_reading_more_than_memory_holds_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound is on rows as they lie in memory, and the sentence says what to do."""
    monkeypatch.setattr("server.reader.opening.OPENED_BYTES", 200_000)
    speaker = site.enrol()
    site.say(speaker, [table("event_logs", [{"log.source": ""}] * 4_000)])
    with pytest.raises(LimitError, match="--device"):
        read(site)


def test_a_grant_that_ends_stops_the_opening(site: Site) -> None:
    """The check runs before each envelope, so a fleet is not opened to its end."""
    for _ in range(3):
        site.say(site.enrol(), lines("x"))
    looked = 0

    def check() -> None:
        nonlocal looked
        looked += 1
        if looked == 2:
            reason = "over"
            raise LimitError(reason)

    selection = Selection(site.tenant, Purpose.SUPPORT, SUPPORT)
    with pytest.raises(LimitError, match="over"):
        open_selection(site.store, site.keys(), CATALOGUE, selection, check)
    assert looked == 2
