# SPDX-License-Identifier: Apache-2.0
"""Promises of the keys of holds, tickets and cases, and of the keeper's own key.

Rules: real files, real keys; times are passed in.
Not here: what holds, tickets and cases are (`server/keeper`).
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.errors import StateError, TrustError
from server.keyring import KeyKind, Keyring, Tombstone, case_scope
from tests.unit.server.keyring_room import AGE, DAY, NOW, OTHER, TENANT, Room, epoch
from wire.crypto.sealing import key_id, seal
from wire.crypto.signing import verify

NAME = b"n" * 16
SCOPE = case_scope(KeyKind.CASE, NAME)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Return an empty place."""
    return Room(tmp_path)


@pytest.fixture
def keyring(room: Room) -> Iterator[Keyring]:
    """Return a fresh keyring."""
    made = room.create()
    yield made
    made.close()


def case(keyring: Keyring, kind: KeyKind = KeyKind.CASE, name: bytes = NAME) -> bytes:
    """Return the public key of a case."""
    return keyring.cases.add(TENANT, kind, name, NOW)


@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_case_opens_what_is_sealed_to_it(room: Room, kind: KeyKind) -> None:
    """A hold, ticket or case has one key, which opens its data after a restart too."""
    keyring = room.create()
    public = case(keyring, kind)
    sealed = seal(b"rows", public, b"header")
    keyring.close()
    again = room.open()
    assert case(again, kind) == public
    key = again.cases.opening(TENANT, kind, NAME)
    assert key is not None
    assert key.open(sealed, b"header") == b"rows"
    assert again.cases.opening(OTHER, kind, NAME) is None


@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_case_dies_alone(room: Room, keyring: Keyring, kind: KeyKind) -> None:
    """A destroyed key of a case leaves its tombstone, and all other keys open on."""
    gone, other = case(keyring, kind), case(keyring, kind, b"other")
    kept = epoch(keyring, 1)
    expected = Tombstone(key_id(gone), NOW, "closed", 1, NOW, TENANT, kind=kind)
    assert keyring.destroy([key_id(gone)], "closed", NOW) == [expected]
    again = room.open()
    assert again.tombstones() == [expected]
    assert again.cases.opening(TENANT, kind, NAME) is None
    assert again.for_ending(key_id(gone)) is None
    assert again.for_ending(key_id(other)) is not None
    assert again.for_ending(key_id(kept)) is not None
    assert again.generation() == 2


def test_cases_and_epochs_die_together(keyring: Keyring) -> None:
    """Keys of all kinds end in one act, and wrap the rest anew once."""
    publics = [case(keyring, kind) for kind in KeyKind] + [epoch(keyring, 1)]
    dead = keyring.destroy([key_id(one) for one in publics], "contract", NOW)
    assert [one.kind for one in dead] == [*KeyKind, None]
    assert keyring.generation() == 2


def test_the_journal_buries_cases(room: Room, keyring: Keyring) -> None:
    """A machine set back has a ticket's key again only until the journal is read."""
    gone = case(keyring, KeyKind.TICKET)
    copy = room.copy("copy", "keyring", "master")
    dead = keyring.destroy([key_id(gone)], "ticket-closed", NOW)
    shutil.copy(room.master.directory / "journal", copy.master.directory / "journal")
    restored = copy.open()
    assert restored.cases.opening(TENANT, KeyKind.TICKET, NAME) is None
    assert restored.tombstones() == dead


def test_a_case_opens_nothing_else(keyring: Keyring) -> None:
    """The keys of a case open neither another case nor an epoch, nor the reverse."""
    mine, other = case(keyring), case(keyring, KeyKind.HOLD)
    day = epoch(keyring, 1)
    opened = [
        keyring.cases.scoped(KeyKind.CASE, NAME, NOW).opening_key(key_id(one))
        is not None
        for one in (mine, other, day)
    ]
    assert opened == [True, False, False]
    assert keyring.cases.scoped(KeyKind.CASE, NAME, NOW).why(key_id(day)) == (
        "other-purpose"
    )


def test_the_end_of_a_key_is_the_keepers_to_pass(keyring: Keyring) -> None:
    """A key past its last second opens for who takes out what is held, to its death."""
    public = epoch(keyring, 1, age=AGE)
    late = 2 * DAY + AGE
    sealed = seal(b"rows", public, b"")
    assert keyring.live(TENANT)[0].until == late
    key = keyring.for_ending(key_id(public))
    assert key is not None
    assert key.open(sealed, b"") == b"rows"
    keyring.destroy([key_id(public)], "maximum-age", late)
    assert keyring.for_ending(key_id(public)) is None


def test_backups_that_could_open(keyring: Keyring) -> None:
    """Of a case's key those backups are told that were made while it lived."""
    before = keyring.copies.register(NOW + DAY, NOW - 1)
    gone = case(keyring)
    within = keyring.copies.register(NOW + DAY, NOW + 1)
    (dead,) = keyring.destroy([key_id(gone)], "closed", NOW + 2)
    keyring.copies.register(NOW + DAY, NOW + 3)
    assert keyring.could_open(dead) == [within]
    assert before in keyring.copies.every()


def test_a_note_lives_as_long_as_its_case(room: Room, keyring: Keyring) -> None:
    """A note opens after a rotation and a restart, and never after its case's end."""
    public = case(keyring)
    note = keyring.cases.seal_note(SCOPE, b"body", b"who asked, and for what")
    assert b"asked" not in note
    keyring.rotate(NOW)
    opened = room.open().cases.open_note(SCOPE, b"body", note)
    assert opened == b"who asked, and for what"
    keyring.destroy([key_id(public)], "closed", NOW)
    assert keyring.cases.open_note(SCOPE, b"body", note) is None
    with pytest.raises(StateError, match="nothing is added"):
        keyring.cases.seal_note(SCOPE, b"body", b"more")


@pytest.mark.parametrize(
    ("scope", "name"),
    [(SCOPE, b"other"), (case_scope(KeyKind.HOLD, NAME), b"body")],
)
def test_a_note_in_another_place(keyring: Keyring, scope: str, name: bytes) -> None:
    """A note that is put in another case's or another note's place is refused."""
    case(keyring)
    case(keyring, KeyKind.HOLD)
    note = keyring.cases.seal_note(SCOPE, b"body", b"text")
    with pytest.raises(TrustError, match="another note's place"):
        keyring.cases.open_note(scope, name, note)


def test_the_keepers_key(room: Room, keyring: Keyring) -> None:
    """The keeper's key is made once, and is neither the store's nor the fold job's."""
    public = keyring.keeper_key().public
    verify(public, room.open().keeper_key().sign(b"paper"), b"paper")
    others = {keyring.store_role_key().public, keyring.fold_job_key().public}
    assert public not in others
