# SPDX-License-Identifier: Apache-2.0
"""Tests that no update is believed which TUF forbids, over a real TLS server.

Rules: a case has the name of its like in theupdateframework/tuf-conformance, where it
has one; what is refused is refused by its slug, and what was verified before stays.
Not here: rotations of keys (`test_updates_keys.py`), the choice of a release.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tls_fixture import rude_server
from updates_fixture import served_updates  # noqa: F401 - a fixture
from updates_room import DAY, NOW, PREFIX, Client, Repository, updates_room

from agent.delivery.download import download
from agent.delivery.transport import Session
from wire.crypto.certificates import make_authority, make_server

Case = Callable[[Repository, Client], str]


def test_basic_init_and_refresh(room: tuple[Repository, Client]) -> None:
    """A first look asks for the next root and each role once, and keeps all four."""
    repository, client = room
    assert client.refresh() == "ok"
    assert repository.asked == [
        "metadata/2.root.json",
        "metadata/timestamp.json",
        "metadata/1.snapshot.json",
        "metadata/1.targets.json",
    ]
    assert [client.version(role) for role in ("root", "timestamp", "targets")] == [
        1
    ] * 3


def _timestamp_content_changes(repository: Repository, client: Client) -> str:
    repository.timestamp.signed.snapshot_meta.version = 100
    repository.serve("timestamp")
    assert client.refresh() == "ok"
    assert client.version("snapshot") == 1
    return "ok"


def _new_timestamp_version_rollback(repository: Repository, client: Client) -> str:
    repository.bump("timestamp")
    assert client.refresh() == "ok"
    repository.timestamp.signed.version = 1
    repository.serve("timestamp")
    return client.refresh()


def _snapshot_rollback(repository: Repository, client: Client) -> str:
    repository.bump("snapshot", "timestamp")
    assert client.refresh() == "ok"
    repository.snapshot.signed.version = 1
    repository.publish("snapshot")
    repository.bump("timestamp")
    return client.refresh()


def _snapshot_rollback_with_hashes(repository: Repository, client: Client) -> str:
    repository.hashed = True
    return _snapshot_rollback(repository, client)


def _targets_rollback(repository: Repository, client: Client) -> str:
    repository.bump("targets", "snapshot", "timestamp")
    assert client.refresh() == "ok"
    repository.targets.signed.version = 1
    repository.publish("targets")
    repository.bump("snapshot", "timestamp")
    return client.refresh()


def _new_targets_hash_mismatch(repository: Repository, client: Client) -> str:
    repository.hashed = True
    repository.bump("targets", "snapshot", "timestamp")
    repository.targets.signed.expires = repository.until(29)  # of the same length
    repository.serve("targets")
    return client.refresh()


def _new_targets_version_mismatch(repository: Repository, client: Client) -> str:
    """Mix and match: targets of another state than the snapshot's."""
    repository.bump("targets", "snapshot", "timestamp")
    octets = repository.files["metadata/1.targets.json"]
    repository.files["metadata/2.targets.json"] = octets
    return client.refresh()


def _new_snapshot_version_mismatch(repository: Repository, client: Client) -> str:
    """Mix and match: a snapshot of another state than the timestamp's."""
    repository.bump("snapshot", "timestamp")
    octets = repository.files["metadata/1.snapshot.json"]
    repository.files["metadata/2.snapshot.json"] = octets
    return client.refresh()


def _root_expired(repository: Repository, client: Client) -> str:
    repository.root.signed.expires = repository.until(-1)
    repository.bump("root", "targets", "snapshot", "timestamp")
    slug = client.refresh()
    assert client.version("root") == 2, "the root itself is taken before its dates"
    return slug


def _timestamp_expired(repository: Repository, client: Client) -> str:
    repository.timestamp.signed.expires = repository.until(-5)
    repository.bump("timestamp")
    return client.refresh()


def _snapshot_expired(repository: Repository, client: Client) -> str:
    repository.snapshot.signed.expires = repository.until(-5)
    repository.bump("snapshot", "timestamp")
    return client.refresh()


def _targets_expired(repository: Repository, client: Client) -> str:
    repository.targets.signed.expires = repository.until(-5)
    repository.bump("targets", "snapshot", "timestamp")
    return client.refresh()


def _frozen(repository: Repository, client: Client) -> str:
    """Freeze: the same state goes on being served after its timestamp has ended."""
    del repository
    client.now = NOW + 31 * DAY
    return client.refresh()


def _expired_metadata(repository: Repository, client: Client) -> str:
    """What is held and has expired still serves to check what is new."""
    repository.timestamp.signed.expires = repository.until(7)
    repository.bump("timestamp")
    assert client.refresh() == "ok"
    repository.timestamp.signed.expires = repository.until(21)
    repository.bump("targets", "snapshot", "timestamp")
    client.now = NOW + 18 * DAY
    slug = client.refresh()
    assert client.version("targets") == 2
    return slug


def _unsigned(repository: Repository, client: Client) -> str:
    repository.timestamp.signed.version = 2
    repository.serve("timestamp", by=())
    return client.refresh()


def _signed_by_another(repository: Repository, client: Client) -> str:
    repository.targets.signed.version = 2
    repository.serve("targets", by=repository.keys["snapshot"])
    repository.bump("snapshot", "timestamp")
    return client.refresh()


def _unreadable(repository: Repository, client: Client) -> str:
    repository.files["metadata/timestamp.json"] = b"[" * 10_000
    return client.refresh()


def _of_another_role(repository: Repository, client: Client) -> str:
    repository.files["metadata/timestamp.json"] = repository.anchor()
    return client.refresh()


def _missing(repository: Repository, client: Client) -> str:
    repository.bump("snapshot", "timestamp")
    del repository.files["metadata/2.snapshot.json"]
    return client.refresh()


def _no_timestamp(repository: Repository, client: Client) -> str:
    del repository.files["metadata/timestamp.json"]
    return client.refresh()


def _too_long(repository: Repository, client: Client) -> str:
    repository.files["metadata/timestamp.json"] = b" " * 20_000
    return client.refresh()


def _unsigned_initial_root(_: Repository, client: Client) -> str:
    root = json.loads(client.anchor)
    root["signatures"][0]["sig"] = "00" * 64
    client.anchor = json.dumps(root).encode()
    return client.refresh()


def _invalid_initial_root(_: Repository, client: Client) -> str:
    root = json.loads(client.anchor)
    del root["signed"]["version"]
    client.anchor = json.dumps(root).encode()
    return client.refresh()


def _custom_fields(repository: Repository, client: Client) -> str:
    repository.root.signed.unrecognized_fields["custom-field"] = {"a": 1}
    repository.bump("root")
    slug = client.refresh()
    assert client.version("root") == 2
    return slug


CASES: dict[str, tuple[Case, str]] = {
    "timestamp-content-changes": (_timestamp_content_changes, "ok"),
    "new-timestamp-version-rollback": (
        _new_timestamp_version_rollback,
        "wrong-version",
    ),
    "snapshot-rollback": (_snapshot_rollback, "wrong-version"),
    "snapshot-rollback-with-hashes": (_snapshot_rollback_with_hashes, "wrong-version"),
    "targets-rollback": (_targets_rollback, "wrong-version"),
    "new-targets-hash-mismatch": (_new_targets_hash_mismatch, "altered"),
    "new-targets-version-mismatch": (_new_targets_version_mismatch, "wrong-version"),
    "new-snapshot-version-mismatch": (
        _new_snapshot_version_mismatch,
        "wrong-version",
    ),
    "root-expired": (_root_expired, "expired"),
    "timestamp-expired": (_timestamp_expired, "expired"),
    "snapshot-expired": (_snapshot_expired, "expired"),
    "targets-expired": (_targets_expired, "expired"),
    "frozen": (_frozen, "expired"),
    "expired-metadata": (_expired_metadata, "ok"),
    "unsigned": (_unsigned, "unsigned"),
    "signed-by-another-role": (_signed_by_another, "unsigned"),
    "unreadable": (_unreadable, "unreadable"),
    "of-another-role": (_of_another_role, "unreadable"),
    "missing": (_missing, "missing"),
    "no-timestamp": (_no_timestamp, "missing"),
    "too-long": (_too_long, "too-long"),
    "unsigned-initial-root": (_unsigned_initial_root, "wrong-root"),
    "invalid-initial-root": (_invalid_initial_root, "wrong-root"),
    "custom-fields": (_custom_fields, "ok"),
}


@pytest.mark.parametrize("name", CASES)
def test_conformance(room: tuple[Repository, Client], name: str) -> None:
    """Each case of the conformance tests ends as the specification wants it."""
    case, wanted = CASES[name]
    repository, client = room
    if not name.endswith("initial-root"):
        assert client.refresh() == "ok"
    held = client.version("targets")
    assert case(repository, client) == wanted
    if wanted != "ok" and not name.startswith("targets-rollback"):
        assert client.version("targets") == held


def test_simple_snapshot_rollback(room: tuple[Repository, Client]) -> None:
    """A snapshot that goes back without a timestamp is not even asked for."""
    repository, client = room
    repository.bump("snapshot", "timestamp")
    assert client.refresh() == "ok"
    repository.snapshot.signed.version = 1
    repository.serve("snapshot")
    assert client.refresh() == "ok"
    assert client.version("snapshot") == 2
    assert repository.asked[-1] == "metadata/timestamp.json"


def _recovered(repository: Repository, client: Client, role: str) -> int | None:
    """Let an attacker's version be seen, give new keys, go back, and look."""
    repository.of(role).signed.version = 99_999
    repository.publish(role)
    repository.bump("snapshot", "timestamp") if role == "targets" else None
    repository.bump("timestamp") if role == "snapshot" else None
    assert client.refresh() == "ok"
    assert client.version(role) == 99_999
    repository.rotate(*({"snapshot", "timestamp"} if role != "timestamp" else {role}))
    repository.bump("root")
    repository.of(role).signed.version = 1
    repository.publish(role)
    if role == "targets":
        repository.bump("snapshot", "timestamp")
    elif role == "snapshot":
        repository.bump("timestamp")
    assert client.refresh() == "ok"
    return client.version(role)


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_fast_forward_recovery(room: tuple[Repository, Client], role: str) -> None:
    """A version that an attacker drove up is left behind once keys are new."""
    assert _recovered(*room, role) == 1


def test_endless_data_ends(tmp_path: Path) -> None:
    """A file that never ends is left at its bound."""
    authority = make_authority("room", NOW)
    server = make_server(authority, ("127.0.0.1",), NOW)

    def endless() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while True:
            yield bytes(65_536)

    with (
        updates_room(tmp_path) as (_, client),
        rude_server(tmp_path, server, endless) as listening,
    ):
        session = Session(listening.url, (authority.certificate,))
        client.fetch = lambda path: download(session, PREFIX + path)
        assert client.refresh() == "too-long"


@pytest.mark.parametrize(
    "damage",
    [
        lambda place: place.write_bytes(b""),
        lambda place: place.write_bytes(b"\xff" * 4_096),
        lambda place: (place.unlink(), place.mkdir()),
        lambda place: (place.unlink(), place.mkdir(), (place / "x").touch()),
        lambda place: place.unlink(),
    ],
    ids=["empty", "noise", "folder", "full-folder", "gone"],
)
@pytest.mark.parametrize("name", ["root", "timestamp", "snapshot", "targets"])
def test_a_damaged_cache_is_made_anew(
    room: tuple[Repository, Client], name: str, damage: Callable[[Path], object]
) -> None:
    """Whatever becomes of what was kept, the next look verifies anew and goes on."""
    repository, client = room
    assert client.refresh() == "ok"
    damage(client.state.update / "metadata" / f"{name}.json")
    repository.bump("targets", "snapshot", "timestamp")
    assert client.refresh() == "ok"
    assert client.version("targets") == 2


def test_a_forged_cache_is_not_believed(room: tuple[Repository, Client]) -> None:
    """Metadata that somebody put into the cache counts for nothing without its keys."""
    repository, client = room
    assert client.refresh() == "ok"
    other = Repository()
    package = other.add("9.9.9", b"evil")
    for role in ("timestamp", "snapshot", "targets"):
        name = "timestamp.json" if role == "timestamp" else f"2.{role}.json"
        place = client.state.update / "metadata" / f"{role}.json"
        place.write_bytes(other.files[f"metadata/{name}"])
    assert [one.package for one in client.offered()] == []
    assert package.path not in repository.targets.signed.targets
