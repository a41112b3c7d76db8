# SPDX-License-Identifier: Apache-2.0
"""Promises of the statement that says whose papers are the keeper's.

Rules: real files; a paper's reader has the pinned root digest and nothing else.
Not here: papers (`tests/unit/wire/papers`), the bundle (`test_authority_server.py`).
"""

from authority_acts import DAY, NOW, acts, policy

from server.authority import Authority
from server.key_files import read_signing_key
from server.keyring import open_keyring
from server.layout import Layout
from server.roots import Role
from server.statements import Statements
from wire.papers.keeper import KeeperStatement, keeper_of
from wire.signed import SignedKind
from wire.trust import root_digest


def said(layout: Layout, authority: Authority, now: int) -> KeeperStatement:
    """Return what a reader of papers learns of the keeper."""
    statements = Statements(layout.authority / "statements.sqlite")
    roots = statements.every(authority.tenant, SignedKind.ROOT)
    newest = statements.newest(authority.tenant, SignedKind.KEEPER)
    statements.close()
    assert newest is not None
    return keeper_of(roots, newest, root_digest(authority.root()), now)


def test_the_first_day_names_the_keeper(layout: Layout, authority: Authority) -> None:
    """A new collector says whose papers count, and since when."""
    keyring = open_keyring(layout)
    expected = KeeperStatement(
        *(authority.tenant, 1, NOW, NOW + 90 * DAY, keyring.keeper_key().public, NOW)
    )
    keyring.close()
    assert said(layout, authority, NOW) == expected


def test_it_is_renewed_in_time(layout: Layout, authority: Authority) -> None:
    """A statement is signed again while half of its time is left, for the same key."""
    first = said(layout, authority, NOW)
    authority.ensure_epochs(NOW + 45 * DAY)
    assert said(layout, authority, NOW) == first
    authority.ensure_epochs(NOW + 46 * DAY)
    again = said(layout, authority, NOW + 46 * DAY)
    assert (again.version, again.public, again.since) == (2, first.public, NOW)


def test_a_policy_leaves_it(layout: Layout, authority: Authority) -> None:
    """Another policy needs no other statement of the keeper."""
    authority.publish(policy("minimal"), NOW, "amelie")
    assert acts(layout) == ["policy-published", "keys-published"]


def test_another_key_of_the_role_signs_anew(
    layout: Layout, authority: Authority
) -> None:
    """After a root that replaces the key of the role, the statement still verifies."""
    root = read_signing_key(layout.offline / "root.key")
    authority.renew_root(root, [Role.KEYS], NOW + DAY, "amelie")
    found = said(layout, authority, NOW + DAY)
    assert (found.version, found.since) == (2, NOW)


def test_another_keeper_begins_when_it_begins(
    layout: Layout, authority: Authority
) -> None:
    """A keyring without the keeper's key gets another, for papers from then on only."""
    before = said(layout, authority, NOW)
    keyring = open_keyring(layout)
    with keyring._wrapping.transaction(writing=True):
        keyring._wrapping.drop("keeper")
    keyring.close()
    authority.ensure_epochs(NOW + DAY)
    after = said(layout, authority, NOW + DAY)
    assert after.public != before.public
    assert (after.version, after.since) == (2, NOW + DAY)
