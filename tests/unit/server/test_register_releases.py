# SPDX-License-Identifier: Apache-2.0
"""The register of recipients, grants and releases: what stands, and what is dropped.

Rules: a real register on disk.
Not here: what the keeper does with them (`test_releases.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.register import recipients, releases
from server.register.database import Register
from server.register.recipients import Entry, Granted
from server.register.releases import Made

ONE, TWO = b"1" * 16, b"2" * 16
GRANT = b"g" * 32
MADE = Made(ONE, GRANT, "soc", 10, 20, 700, b"head", b"note")


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    """A register that has just been made."""
    made = Register.create(tmp_path / "keeper" / "keeper.sqlite")
    yield made
    made.close()


def test_the_newest_entry_of_a_recipient_stands(register: Register) -> None:
    """A suspended recipient stays so until another entry is added."""
    with register.transaction() as connection:
        recipients.put(connection, "soc", 1, b"first")
        recipients.put(connection, "backup", 1, b"other")
        assert recipients.suspend(connection, "soc", 7)
        assert not recipients.suspend(connection, "soc", 8)
        assert not recipients.suspend(connection, "nobody", 8)
        assert recipients.find(connection, "soc") == Entry("soc", 1, 7, b"first")
        recipients.put(connection, "soc", 2, b"second")
    with register.view() as connection:
        found = recipients.every(connection)
        assert recipients.find(connection, "nobody") is None
    assert found == [
        Entry("backup", 1, None, b"other"),
        Entry("soc", 2, None, b"second"),
    ]


def test_a_grant_is_revoked_once(register: Register) -> None:
    """What was revoked stays revoked, whoever adds or revokes it again."""
    granted = Granted(ONE, GRANT, "soc", None, b"grant")
    with register.transaction() as connection:
        recipients.add_grant(connection, granted)
        assert recipients.grant(connection, ONE) == granted
        assert recipients.revoke_grant(connection, ONE, 9)
        assert not recipients.revoke_grant(connection, ONE, 10)
        recipients.add_grant(connection, granted)
    with register.view() as connection:
        found = recipients.grants(connection)
        assert recipients.grant(connection, TWO) is None
    assert found == [Granted(ONE, GRANT, "soc", 9, b"grant")]


def test_the_locked_key_goes_with_the_answer(register: Register) -> None:
    """Given out, a release has the answer and no key; revoked, neither."""
    with register.transaction() as connection:
        releases.add(connection, MADE, [])
        releases.give(connection, ONE, b"nonce", b"answer", 12)
        given = releases.find(connection, ONE)
        assert releases.revoke(connection, ONE, 13)
        assert not releases.revoke(connection, ONE, 14)
        revoked = releases.find(connection, ONE)
    assert given is not None
    assert (given.note, given.answer, given.fetched) == (None, b"answer", 12)
    assert revoked is not None
    assert (revoked.answer, revoked.fetched, revoked.revoked) == (None, 12, 13)


def test_what_expired_has_no_key(register: Register) -> None:
    """Neither the locked key nor an answer is left."""
    with register.transaction() as connection:
        releases.add(connection, MADE, [])
        releases.let_go(connection, ONE)
        found = releases.find(connection, ONE)
    assert found is not None
    assert (found.note, found.answer) == (None, None)


def test_octets_count_by_grant(register: Register) -> None:
    """All releases under one grant count, and no others."""
    other = Made(b"3" * 16, b"h" * 32, "soc", 11, 20, 1_000, b"head", b"note")
    second = Made(TWO, GRANT, "soc", 12, 20, 44, b"head", b"note")
    with register.transaction() as connection:
        for made in (MADE, second, other):
            releases.add(connection, made, [])
        assert releases.octets_of(connection, GRANT) == 744
        assert releases.octets_of(connection, b"i" * 32) == 0
        found = [made.id for made in releases.every(connection)]
    assert found == [TWO, b"3" * 16, ONE]


def test_sources_are_known_until_they_are_deleted(register: Register) -> None:
    """Who has rows of an envelope is known until it says that it deleted them."""
    second = Made(TWO, GRANT, "soc", 12, 20, 44, b"head", b"note")
    with register.transaction() as connection:
        releases.add(connection, MADE, [b"a", b"b", b"a"])
        releases.add(connection, second, [b"b"])
        assert releases.having(connection, b"b") == [ONE, TWO]
        releases.note_received(connection, ONE, 30)
        releases.note_received(connection, ONE, 31)
        releases.note_deleted(connection, ONE, 40)
        releases.note_deleted(connection, ONE, 41)
        assert releases.having(connection, b"a") == []
        assert releases.having(connection, b"b") == [TWO]
        found = releases.find(connection, ONE)
    assert found is not None
    assert (found.received, found.deleted) == (30, 40)


def test_what_was_given_is_not_what_was_revoked_or_expired(register: Register) -> None:
    """An envelope counts as given while its release stands, and once it is fetched."""
    with register.transaction() as connection:
        releases.add(connection, MADE, [b"a"])
        assert releases.given(connection, GRANT, b"a", 20)
        assert not releases.given(connection, GRANT, b"a", 21)
        assert not releases.given(connection, GRANT, b"b", 20)
        assert not releases.given(connection, b"h" * 32, b"a", 20)
        releases.give(connection, ONE, b"nonce", b"answer", 12)
        assert releases.given(connection, GRANT, b"a", 21)
        releases.revoke(connection, ONE, 22)
        assert not releases.given(connection, GRANT, b"a", 20)
