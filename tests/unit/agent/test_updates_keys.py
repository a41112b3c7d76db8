# SPDX-License-Identifier: Apache-2.0
"""Tests that keys of updates can be exchanged, and only by who may, over a real server.

Rules: the cases of tuf-conformance's key rotations and thresholds, by their names: for
each root its keys, its threshold and who signed, and whether it is taken.
Not here: other attacks (`test_updates_trusted.py`).
"""

from dataclasses import dataclass

import pytest
from securesystemslib.signer import CryptoSigner
from updates_fixture import served_updates  # noqa: F401 - a fixture
from updates_room import Client, Repository

SIGNERS = [CryptoSigner.generate_ed25519() for _ in range(10)]


@dataclass(frozen=True)
class Signed:
    """One version: which keys it is to be signed by, how many, and who did sign."""

    keys: str
    threshold: int
    by: str
    taken: bool = True


ROOTS: dict[str, list[Signed]] = {
    "1-of-1-key-rotation": [
        Signed("1", 1, "1"),
        Signed("2", 1, "21"),
        Signed("2", 1, "2"),
    ],
    "1-of-1-key-rotation-unused-signatures": [
        Signed("1", 1, "314"),
        Signed("2", 1, "3214"),
        Signed("2", 1, "324"),
    ],
    "3-of-5-sign-with-different-keycombos": [
        Signed("01234", 3, "024"),
        Signed("01234", 3, "041"),
        Signed("01234", 3, "013"),
    ],
    "3-of-5-one-key-rotated": [Signed("01234", 3, "024"), Signed("01345", 3, "041")],
    "3-of-5-one-key-rotated-with-intermediate-step": [
        Signed("01234", 3, "024"),
        Signed("01345", 3, "0245"),
        Signed("01345", 3, "045"),
    ],
    "3-of-5-all-keys-rotated-with-intermediate-step": [
        Signed("01234", 3, "024"),
        Signed("56789", 3, "024567"),
        Signed("56789", 3, "567"),
    ],
    "1-of-3-threshold-increase-to-2-of-3": [
        Signed("123", 1, "1"),
        Signed("123", 2, "12"),
    ],
    "2-of-3-threshold-decrease-to-1-of-3": [
        Signed("123", 2, "12"),
        Signed("123", 1, "12"),
        Signed("123", 1, "1"),
    ],
    "1-of-2-threshold-increase-to-2-of-2": [
        Signed("1", 1, "1"),
        Signed("12", 2, "12"),
    ],
    "1-of-1-key-rotation-fail-not-signed-with-old-key": [
        Signed("1", 1, "1"),
        Signed("2", 1, "234", taken=False),
    ],
    "1-of-1-key-rotation-fail-not-signed-with-new-key": [
        Signed("1", 1, "1"),
        Signed("2", 1, "134", taken=False),
    ],
    "3-of-5-one-key-rotate-fails-not-signed-with-3-new-keys": [
        Signed("01234", 3, "024"),
        Signed("01345", 3, "024", taken=False),
    ],
    "3-of-5-one-key-rotate-fails-not-signed-with-3-old-keys": [
        Signed("01234", 3, "024"),
        Signed("01345", 3, "045", taken=False),
    ],
    "1-of-3-threshold-bump-to-2-of-3-fails-new-threshold-not-reached": [
        Signed("123", 1, "1"),
        Signed("123", 2, "2", taken=False),
    ],
    "2-of-3-threshold-decr-to-1-of-3-fails-old-threshold-not-reached": [
        Signed("123", 2, "12"),
        Signed("123", 1, "1", taken=False),
    ],
}
OTHERS: dict[str, Signed] = {
    "1-of-1-key-rotation": Signed("2", 1, "2"),
    "1-of-1-key-rotation-unused-signatures": Signed("1", 1, "314"),
    "1-of-1-key-rotation-fail-not-signed-with-new-key": Signed(
        "2", 1, "134", taken=False
    ),
    "3-of-5-one-key-signature-wrong-not-signed-with-3-expected-keys": Signed(
        "01345", 3, "024", taken=False
    ),
    "2-of-5-one-key-signature-missing-threshold-not-reached": Signed(
        "01345", 3, "04", taken=False
    ),
    "3-of-5-sign-first-combo": Signed("01234", 3, "024"),
    "3-of-5-sign-second-combo": Signed("01234", 3, "041"),
    "3-of-5-sign-fifth-combo": Signed("01234", 3, "234"),
}


def _give(repository: Repository, role: str, how: Signed) -> None:
    """Name a role's keys in the root; nothing is signed yet."""
    named = repository.root.signed.roles[role]
    named.keyids.clear()
    named.threshold = how.threshold
    repository.keys[role].clear()
    for key in how.keys:
        repository.add_key(role, SIGNERS[int(key)])


@pytest.mark.parametrize("name", ROOTS)
def test_root_rotation(room: tuple[Repository, Client], name: str) -> None:
    """A root follows another only with enough keys of both."""
    repository, client = room
    for version, how in enumerate(ROOTS[name], 1):
        _give(repository, "root", how)
        repository.root.signed.version = version
        repository.serve("root", by=[SIGNERS[int(key)] for key in how.by])
    client.anchor = repository.anchor()
    taken = ROOTS[name][-1].taken
    assert client.refresh() == ("ok" if taken else "unsigned")
    assert client.version("root") == len(ROOTS[name]) - (not taken)


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
@pytest.mark.parametrize("name", OTHERS)
def test_non_root_rotations(
    room: tuple[Repository, Client], name: str, role: str
) -> None:
    """A role's metadata is taken with enough of the keys that the newest root names."""
    repository, client = room
    assert client.refresh() == "ok"
    how = OTHERS[name]
    _give(repository, role, how)
    repository.bump("root")
    repository.of(role).signed.version += 1
    repository.publish(role, by=[SIGNERS[int(key)] for key in how.by])
    above = {"targets": ("snapshot", "timestamp"), "snapshot": ("timestamp",)}
    repository.bump(*above.get(role, ()))
    assert client.refresh() == ("ok" if how.taken else "unsigned")
    assert client.version(role) == (2 if how.taken else 1)


def test_snapshot_threshold(room: tuple[Repository, Client]) -> None:
    """With fewer keys than its threshold a role signs nothing."""
    repository, client = room
    assert client.refresh() == "ok"
    for _ in range(4):
        repository.add_key("snapshot")
    repository.root.signed.roles["snapshot"].threshold = 6
    repository.bump("root", "snapshot", "timestamp")
    assert client.refresh() == "unsigned"
    assert client.version("snapshot") == 1


def test_duplicate_keys_root(room: tuple[Repository, Client]) -> None:
    """One key does not count twice, under however many names it signs."""
    repository, client = room
    assert client.refresh() == "ok"
    signer = repository.keys["snapshot"][0]
    repository.root.signed.roles["snapshot"].threshold = 2
    repository.bump("root", "snapshot", "timestamp")
    twice = repository.files["metadata/2.snapshot.json"].replace(
        b'"signatures": [\n', b'"signatures": [\n' + _signature(repository), 1
    )
    repository.files["metadata/2.snapshot.json"] = twice
    assert signer.public_key.keyid.encode() in twice
    assert client.refresh() in {"unsigned", "unreadable"}
    assert client.version("snapshot") == 1


def _signature(repository: Repository) -> bytes:
    found = next(iter(repository.snapshot.signatures.values())).to_dict()
    return f'{{"keyid": "{found["keyid"]}", "sig": "{found["sig"]}"}},'.encode()


def test_more_keys_in_the_root_than_signed(room: tuple[Repository, Client]) -> None:
    """A threshold counts signatures, not keys that a root names."""
    repository, client = room
    assert client.refresh() == "ok"
    stranger = CryptoSigner.generate_ecdsa()
    repository.root.signed.add_key(stranger.public_key, "snapshot")
    repository.root.signed.roles["snapshot"].threshold = 2
    repository.bump("root", "snapshot", "timestamp")
    assert client.refresh() == "unsigned"
    assert client.version("root") == 2
    assert client.version("snapshot") == 1


def test_a_root_is_not_skipped(room: tuple[Repository, Client]) -> None:
    """A root of a later version, put in the place of the next, is refused."""
    repository, client = room
    assert client.refresh() == "ok"
    repository.root.signed.version = 3
    repository.serve("root")
    repository.files["metadata/2.root.json"] = repository.anchor(3)
    assert client.refresh() == "wrong-version"


def test_an_old_anchor_finds_its_way(room: tuple[Repository, Client]) -> None:
    """A machine that was off through ten roots follows each of them."""
    repository, client = room
    for _ in range(10):
        repository.rotate("timestamp", "snapshot", "targets")
        repository.bump("root")
    repository.bump("targets", "snapshot", "timestamp")
    assert client.refresh() == "ok"
    assert client.version("root") == 11
