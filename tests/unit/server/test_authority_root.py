# SPDX-License-Identifier: Apache-2.0
"""A new root: what it replaces, what it needs, and what a crash leaves behind.

Rules: a real installation; the time is passed in.
Not here: other acts (`test_authority_server.py`).
"""

import pytest
from authority_acts import NOW, acts, given, policy

from server.authority import Authority
from server.errors import TrustError
from server.key_files import read_signing_key, write_hexadecimal, write_new
from server.layout import Layout
from server.roots import Role
from wire.crypto.signing import SigningKey
from wire.token import parse_token
from wire.trust import first_root


def test_root_replaces_a_stolen_key(layout: Layout, authority: Authority) -> None:
    """After a new root, devices take what the new key signs and not the old one's."""
    before = given(layout, authority.tenant, NOW, None)
    stolen = read_signing_key(layout.authority / "policy.key")
    authority.renew_root(
        read_signing_key(layout.offline / "root.key"),
        [Role.POLICY, Role.KEYS],
        NOW + 60,
        "amelie",
    )
    after = given(layout, authority.tenant, NOW + 60, before)
    assert after.root.version == 2
    assert stolen.public not in after.root.policy
    assert after.root.gate == before.root.gate
    assert after.policy.policy == before.policy.policy
    assert after.policy.not_after == before.policy.not_after
    assert (after.policy.version, after.keys.version) == (2, 2)
    authority.publish(policy("minimal"), NOW + 120, "amelie")
    assert given(layout, authority.tenant, NOW + 120, after).policy.version == 3
    assert not list(layout.authority.glob("*.new"))
    roots = sorted(path.name for path in (layout.gate / "roots").iterdir())
    assert roots == ["0001.cbor", "0002.cbor"]


def test_old_token_after_a_new_root(layout: Layout, authority: Authority) -> None:
    """A token from before a new root still enrols: it pins the root's own keys."""
    token = parse_token(authority.issue_token(3600, 1, NOW, "amelie"))
    key = read_signing_key(layout.offline / "root.key")
    authority.renew_root(key, [Role.REVOCATION], NOW, "amelie")
    newest = (layout.gate / "roots" / "0002.cbor").read_bytes()
    assert first_root(newest, token.root).version == 2


def test_root_needs_the_root_key(layout: Layout, authority: Authority) -> None:
    """Any other key signs no root, and nothing is left of the attempt."""
    with pytest.raises(TrustError, match="root key"):
        authority.renew_root(SigningKey.generate(), [Role.POLICY], NOW, "amelie")
    assert authority.root().version == 1
    assert not list(layout.authority.glob("*.new"))
    assert acts(layout) == []


def test_crash_before_the_new_key_is_in_place(
    layout: Layout, authority: Authority
) -> None:
    """A key that the root names is found beside the old one and used."""
    old = (layout.authority / "policy.key").read_bytes()
    key = read_signing_key(layout.offline / "root.key")
    authority.renew_root(key, [Role.POLICY], NOW, "amelie")
    current = layout.authority / "policy.key"
    current.rename(layout.authority / "policy.key.new")
    write_new(current, old)
    authority.publish(policy("minimal"), NOW, "amelie")
    assert given(layout, authority.tenant, NOW, None).policy.policy.name == "minimal"
    authority.renew_root(key, [Role.POLICY], NOW, "amelie")
    assert given(layout, authority.tenant, NOW, None).root.version == 3


def test_crash_before_the_root_is_signed(layout: Layout, authority: Authority) -> None:
    """A next key that no root names is not used."""
    key = SigningKey.generate()
    write_hexadecimal(layout.authority / "policy.key.new", key.seed())
    authority.publish(policy("minimal"), NOW, "amelie")
    assert given(layout, authority.tenant, NOW, None).policy.version == 2


def test_foreign_role_key(layout: Layout, authority: Authority) -> None:
    """A role key that the root does not name signs nothing."""
    (layout.authority / "policy.key").unlink()
    seed = SigningKey.generate().seed()
    write_hexadecimal(layout.authority / "policy.key", seed)
    with pytest.raises(TrustError, match="not the key that the root names"):
        authority.publish(policy("minimal"), NOW, "amelie")
    assert acts(layout) == []
