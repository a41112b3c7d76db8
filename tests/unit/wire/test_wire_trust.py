# SPDX-License-Identifier: Apache-2.0
"""Trust over time: roots that are rotated, statements that age, keys that change hands.

Rules: what is trusted only moves forward, and only by those who may move it.
Not here: each refusal alone (`tests/vectors/families_trust.py`).
"""

import pytest

from tests.vectors import world
from wire import signed, trust
from wire.errors import (
    ExpiredError,
    NotYetValidError,
    RollbackError,
    SignatureError,
    WireError,
)
from wire.keys import epoch_at, epoch_length
from wire.signed import SignedKind

NOW, DAY = world.NOW, world.DAY
FIRST = world.root()


def _root(version: int, *numbers: int, threshold: int = 2) -> trust.Root:
    """Return a root of a version with these root keys."""
    publics = tuple(world.signing(f"root {number}").public for number in numbers)
    return world.root(version=version, roots=publics, threshold=threshold)


def _by(root: trust.Root, *numbers: int) -> bytes:
    return world.signed_root(root, [f"root {number}" for number in numbers])


def test_a_root_can_be_replaced_key_by_key() -> None:
    """A chain of roots hands over from any old one to keys it has never seen."""
    chain = (
        _by(_root(2, 2, 3, 4), 1, 2, 3),
        _by(_root(3, 4, 5, 6, threshold=3), 2, 4, 5, 6, 3),
        _by(_root(4, 7, threshold=1), 4, 5, 6, 7),
    )
    trusted = trust.check_bundle(world.bundle(chain), FIRST, None, NOW)
    assert trusted.root == _root(4, 7, threshold=1)
    with pytest.raises(RollbackError):
        trust.check_bundle(world.bundle(chain[1:]), FIRST, None, NOW)


def test_roots_already_held_are_passed_over() -> None:
    """A device that has the newest root takes a bundle with the whole chain."""
    second = _root(2, 1, 2, 3)
    roots = (world.signed_root(FIRST), _by(second, 1, 2))
    trusted = trust.check_bundle(world.bundle(roots), second, None, NOW)
    assert second == trusted.root


def test_stolen_keys_below_the_threshold_move_nothing() -> None:
    """One stolen root key of two needed, with any new keys, makes no root."""
    stolen = _root(2, 1, 8, 9, threshold=1)
    for signers in ((1,), (1, 8), (1, 8, 9), (8, 9)):
        with pytest.raises(SignatureError):
            trust.next_root(_by(stolen, *signers), FIRST)


def test_the_same_key_twice_is_one_key() -> None:
    """A root that lists a key twice does not count its signature twice."""
    double = _root(1, 1, 1)
    octets = _by(double, 1)
    with pytest.raises(SignatureError):
        trust.first_root(octets, trust.root_digest(double))


def test_a_token_pins_keys_threshold_and_tenant() -> None:
    """The digest changes with each of them, and with nothing else."""
    pinned = trust.root_digest(FIRST)
    assert pinned == trust.root_digest(
        world.root(version=5, not_after=1, gate=(bytes(32),))
    )
    for other in (
        _root(1, 1, 2),
        world.root(threshold=1),
        world.root(tenant=bytes(16)),
    ):
        assert pinned != trust.root_digest(other)


def test_what_is_trusted_only_moves_forward() -> None:
    """After a newer policy or newer keys, the older of either is refused."""
    old = world.bundle()
    held = trust.check_bundle(
        world.bundle(stated=world.policy(version=4)), FIRST, None, NOW
    )
    with pytest.raises(RollbackError):
        trust.check_bundle(old, FIRST, held, NOW)
    newer = world.bundle(
        stated=world.policy(version=4), published=world.keys(version=6)
    )
    held = trust.check_bundle(newer, FIRST, held, NOW)
    assert (held.policy.version, held.keys.version) == (4, 6)


@pytest.mark.parametrize("part", ["root", "policy", "keys"])
def test_the_ends_hold_to_the_second(part: str) -> None:
    """Each part is good on its last second and not on the next, and so at its start."""
    changes = {"issued": NOW + 900, "not_after": NOW + 1000}
    bundle = {
        "root": lambda: world.bundle(
            [world.signed_root(world.root(version=2, **changes))]
        ),
        "policy": lambda: world.bundle(stated=world.policy(**changes)),
        "keys": lambda: world.bundle(published=world.keys(**changes)),
    }[part]()
    for good in (NOW, NOW + 1000):
        trust.check_bundle(bundle, FIRST, None, good)
    with pytest.raises(NotYetValidError):
        trust.check_bundle(bundle, FIRST, None, NOW - 1)
    with pytest.raises(ExpiredError):
        trust.check_bundle(bundle, FIRST, None, NOW + 1001)


@pytest.mark.parametrize(
    "role", ["root 1", "gate", "store", "revocation", "technician", "device", "keys"]
)
def test_no_other_role_makes_a_policy(role: str) -> None:
    """A policy that any other role signed is refused, the root's keys among them."""
    with pytest.raises(SignatureError):
        trust.check_bundle(world.bundle(signers=(role, "keys")), FIRST, None, NOW)


def test_no_part_stands_for_another() -> None:
    """A bundle with a part of another kind in its place is refused."""
    good = trust.BUNDLE.decode(world.bundle())
    swapped = trust.Bundle(good.roots, good.keys, good.policy, good.authorities)
    policy_as_root = trust.Bundle(
        (good.policy,), good.policy, good.keys, good.authorities
    )
    for wrong in (swapped, policy_as_root):
        with pytest.raises(WireError):
            trust.check_bundle(trust.BUNDLE.encode(wrong), FIRST, None, NOW)


def test_a_policy_s_digest_is_its_payload_s() -> None:
    """What headers name is the digest of the payload, whoever signed it."""
    trusted = trust.check_bundle(world.bundle(), FIRST, None, NOW)
    octets = trust.BUNDLE.decode(world.bundle()).policy
    payload = signed.read(octets, SignedKind.POLICY).payload
    assert signed.digest(payload) == trusted.policy_digest


@pytest.mark.parametrize(
    ("days", "length"), [(1, DAY), (12, DAY), (13, 13 * DAY // 12), (360, 30 * DAY)]
)
def test_an_epoch_is_a_twelfth_of_the_age(days: int, length: int) -> None:
    """Epochs are at most a twelfth of the maximum age, at least a day, and touch."""
    age = days * DAY
    assert length == epoch_length(age)
    number, start, end = epoch_at(NOW, age)
    assert start <= NOW < end == start + length
    assert (number + 1, end) == epoch_at(end, age)[:2]
    assert number == epoch_at(end - 1, age)[0]
