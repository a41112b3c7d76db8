# SPDX-License-Identifier: Apache-2.0
"""The destruction of what is due: what is gone, what is signed, what stops it.

Rules: a real installation; time is the test's; what is gone is looked for in files.
Not here: a keeper that is killed (`test_keeper_killed.py`), the certificate's form
(`tests/unit/wire`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from keeper_fixture import Room, signed
from reader_fixture import table

from server.errors import StateError
from server.keeper import ending
from server.store.traces import traces
from wire.papers.certificate import Copy, CopyKind, Counts, Result, State
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
DAY = 86_400
YEARS = 3_650 * DAY


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Make one."""
    made = Room(tmp_path)
    yield made
    made.close()


def test_what_is_due_ends(room: Room) -> None:
    """Key and rows are gone, the neighbours are not, and a certificate says so."""
    with room.keeper() as desk:
        key = room.until_due(desk)
        security = room.live(Purpose.SECURITY)
        kept = desk.store.sealed_to(desk.tenant, security.key_id)
        samples = desk.store.sealed_to(desk.tenant, key.key_id).samples
        room.turn(desk)
        (certificate,) = signed(desk)
        assert desk.keyring.for_ending(key.key_id) is None
        assert desk.store.sealed_to(desk.tenant, key.key_id).gone
        assert desk.store.sealed_to(desk.tenant, security.key_id) == kept
        assert [one.key_id for one in certificate.keys] == [key.key_id]
        assert (certificate.reason, certificate.number) == ("maximum-age", 1)
        assert certificate.counts.envelopes == 3
        assert certificate.counts.records == 5
        assert ending.under_way(desk) == []
    files = list(room.site.layout.store.parent.iterdir())
    assert traces(files, samples) == [0] * len(files)
    assert room.acts(certificate.job) == [
        "destruction-due",
        "key-destroyed",
        "rows-deleted",
        "certified",
    ]


def test_nothing_ends_before_its_last_second(room: Room) -> None:
    """A second before it is due nothing is begun."""
    with room.keeper() as desk:
        room.until_due(desk, before=1)
        room.turn(desk)
        assert signed(desk) == []
        assert ending.under_way(desk) == []


def test_a_clock_set_forward_ends_nothing(room: Room) -> None:
    """Ten years that nobody lived through end no key."""
    with room.keeper() as desk:
        before = desk.keyring.live(desk.tenant)
        room.machine.system += YEARS
        room.turn(desk)
        assert desk.keyring.live(desk.tenant) == before
        assert ending.under_way(desk) == []


def test_nothing_comes_in_for_a_key_that_ended(room: Room) -> None:
    """A machine that was off for months leaves no octet, and no second certificate."""
    with room.keeper() as desk:
        key = room.site.key()
        room.until_due(desk)
        room.turn(desk)
        late = room.site.enrol("Late")
        octets = late.seal(key, [table("event_logs", [{"message": "late"}])], 1)
        room.site.put(octets)
        room.turn(desk)
        assert desk.store.sealed_to(desk.tenant, key.id).gone
        assert len(signed(desk)) == 1


def test_it_is_pending_while_a_backup_could_open_it(room: Room) -> None:
    """Registered backups and those of the machine are named, with their last end."""
    with room.keeper() as desk:
        made = desk.keyring.copies.register(room.live().until + 90 * DAY, room.site.now)
        key = room.until_due(desk)
        room.turn(desk)
        (certificate,) = signed(desk)
    assert certificate.copies == (
        Copy(CopyKind.KEYRING_BACKUP, made.id.hex(), key.until + 90 * DAY),
        Copy(CopyKind.MACHINE_BACKUP, "machine", key.until + 35 * DAY),
    )
    assert certificate.state is State.PENDING
    assert certificate.until == key.until + 90 * DAY


def test_it_is_final_where_no_backup_has_the_key(room: Room) -> None:
    """Where no backup takes the master directory, the deletion is one at once."""
    room.say('machine = "none"')
    with room.keeper() as desk:
        room.until_due(desk)
        room.turn(desk)
        (certificate,) = signed(desk)
    assert (certificate.state, certificate.until) == (State.FINAL, None)


def test_no_claim_is_made_of_a_database_servers_files(room: Room) -> None:
    """Of a store in PostgreSQL a certificate says that its files were not looked at."""
    with room.keeper() as desk:
        room.until_due(desk)
        with room.site.layout.configuration.open("a") as file:
            file.write('\n[store]\naddress = "postgresql:///fleet"\n')
        room.turn(desk)
        (certificate,) = signed(desk)
    results = {one.name: one.result for one in certificate.checks}
    unseen = [name for name, one in results.items() if one is Result.NOT_COVERED]
    assert unseen == ["samples-not-in-database", "samples-not-in-log"]
    assert results["rows-gone"] is Result.PASSED


@pytest.mark.parametrize(
    ("folder", "name"),
    [("ledger", "samples-not-in-ledger"), ("made-by-hand", "samples-not-elsewhere")],
)
def test_no_certificate_while_a_check_finds_something(
    room: Room, folder: str, name: str
) -> None:
    """Deleted octets in any file of the installation stop it, until they are gone."""
    with room.keeper() as desk:
        key = room.until_due(desk)
        (sample, *_) = desk.store.sealed_to(desk.tenant, key.key_id).samples
        stray = room.site.layout.directory / folder / "stray"
        stray.parent.mkdir(exist_ok=True)
        stray.write_bytes(bytes(3_000_000) + sample)
        for _ in range(2):
            with pytest.raises(StateError, match=f"{name} found 1"):
                room.turn(desk)
        (work,) = ending.under_way(desk)
        assert (work.job.step, signed(desk)) == ("scrubbed", [])
        stray.unlink()
        room.turn(desk)
        assert len(signed(desk)) == 1
    assert room.acts(work.job.id).count("checks-failed") == 1


def test_a_reading_that_goes_on_holds_up_the_scrubbing_only(room: Room) -> None:
    """While somebody has a view of the store the key is gone all the same."""
    with room.keeper() as desk:
        key = room.until_due(desk)
        view = desk.store.envelopes(desk.tenant)
        next(iter(view))
        room.turn(desk)
        (work,) = ending.under_way(desk)
        assert work.job.step == "rows-deleted"
        assert desk.keyring.for_ending(key.key_id) is None
        view.close()  # type: ignore[attr-defined]  # a generator
        room.turn(desk)
        assert len(signed(desk)) == 1


def test_many_keys_end_in_one_job(room: Room) -> None:
    """What is due together has one certificate, and the keyring one new generation."""
    with room.keeper() as desk:
        last = max(key.until for key in desk.keyring.live(desk.tenant))
        room.machine.passes(last - room.machine.system)
        generation, many = (
            desk.keyring.generation(),
            len(desk.keyring.live(desk.tenant)),
        )
        room.turn(desk)
        (certificate,) = signed(desk)
        assert desk.keyring.generation() == generation + 1
        assert (len(certificate.keys), many) == (14, 14)
        assert certificate.counts == Counts(4, 6, certificate.counts.octets, 2, 0)
