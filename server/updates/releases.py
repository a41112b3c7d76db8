# SPDX-License-Identifier: Apache-2.0
"""What a publisher does with releases: begin, add, move to a channel, withdraw, renew.

Rules: a package's bytes never change under its name; each act publishes one whole
state, one publisher after the other; a withdrawn package stays on the disk for those
who have to go back.
Not here: files and roles (`repository.py`), the command (`server/commands/release.py`).
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tuf.api.metadata import Metadata, Root, TargetFile, Targets

from server.errors import InstallationError, StateError, UsageError
from server.key_files import make_directory, write_new
from server.layout import Layout
from server.updates.repository import TARGETS, Repository
from server.updates.signing import (
    ONLINE,
    RoleSigner,
    held_key,
    make_key,
    make_next,
    read_key,
)
from server.updates.turn import turn
from wire.updates import Package, read_path

PACKAGE_BYTES = 256 * 1024 * 1024
"""The largest package: agents take no larger one."""
_READABLE, _ENTERABLE = 0o644, 0o755
_CHANNELS = "channels"
PUBLISHED, ROOT_SIGNED = "update-published", "update-root-signed"
"""Acts of the ledger."""


@dataclass(frozen=True, slots=True)
class Keys:
    """How many keys a new repository gets, and how many of them sign."""

    roots: int = 3
    root_threshold: int = 2
    releasers: int = 1
    releaser_threshold: int = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """A published package, its channels, its digest."""

    package: Package
    channels: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes, and with what.

    Attributes:
        layout: the installation.
        now: seconds since the epoch.
        record: writes an act down, before it happens: what it is, and its words.
        keys: files of offline keys, brought here for a signature.
    """

    layout: Layout
    now: int
    record: Callable[[str, Mapping[str, str | int]], object]
    keys: Sequence[Path] = ()


def begin(by: Publisher, offline: Path, keys: Keys) -> None:
    """Make a repository without releases, and its keys.

    Args:
        by: who does.
        offline: a new folder for the keys that are then taken off this machine.
        keys: how many.

    Raises:
        UsageError: more keys are to sign than there are.
        InstallationError: there is a repository already.
    """
    layout = by.layout
    if not (
        0 < keys.root_threshold <= keys.roots
        and 0 < keys.releaser_threshold <= keys.releasers
    ):
        msg = "a threshold is at least 1, and not more than there are keys"
        raise UsageError(msg)
    if layout.updates.exists():
        msg = f"{layout.updates} is there already: see discreet-server release show"
        raise InstallationError(msg)
    repository = Repository(layout.updates, by.now)
    by.record(ROOT_SIGNED, {"version": 1, "replaced": ""})
    make_directory(offline)
    roots = [make_key(offline / f"root-{i + 1}.key") for i in range(keys.roots)]
    releasers = [
        make_key(offline / f"targets-{i + 1}.key") for i in range(keys.releasers)
    ]
    make_directory(layout.update_keys)
    online = [make_key(layout.update_keys / f"{role}.key") for role in ONLINE]
    root = Metadata(Root(expires=repository.expires("root"), consistent_snapshot=True))
    named = {"root": roots, "targets": releasers} | {
        role: [key] for role, key in zip(ONLINE, online, strict=True)
    }
    for role, signers in named.items():
        for signer in signers:
            root.signed.add_key(signer.public_key, role)
    root.signed.roles["root"].threshold = keys.root_threshold
    root.signed.roles["targets"].threshold = keys.releaser_threshold
    for signer in roots:
        root.sign(signer, append=True)
    repository.make()
    repository.publish_root(root)
    targets = Metadata(Targets(expires=repository.expires("targets")))
    repository.sign(targets, "targets", releasers)
    repository.publish(targets, *online)


def listed(layout: Layout, now: int) -> list[Listed]:
    """Return what is published, the oldest first."""
    targets = Repository(layout.updates, now).targets().signed.targets
    found = [
        Listed(package, _channels(target), target.hashes["sha256"])
        for path, target in targets.items()
        if (package := read_path(path)) is not None
    ]
    return sorted(found, key=lambda one: one.package)


def add(by: Publisher, package: Package, file: Path, channels: Collection[str]) -> str:
    """Publish a package, or change the channels of one that is; return its digest.

    Args:
        by: who does, with keys of releases.
        package: its release and kind.
        file: its bytes.
        channels: whose devices may take it.

    Raises:
        UsageError: the file cannot be a package, or another has its name.
        TrustError: not enough keys.
    """
    octets = _octets(file)
    digest = hashlib.sha256(octets).hexdigest()
    target = TargetFile.from_data(package.path, octets, ["sha256"])
    with turn(by.layout.update_keys):
        repository, targets = _next(by)
        known = targets.signed.targets.get(package.path)
        if known is not None and known.hashes["sha256"] != digest:
            msg = f"{package.version} is published with other bytes: take a new version"
            raise UsageError(msg)
        targets.signed.targets[package.path] = target
        _name(target, channels)
        _publish(by, repository, targets, package, lambda: _store(by, target, octets))
    return digest


def move(by: Publisher, package: Package, channels: Collection[str]) -> None:
    """Give a published package other channels; none, and nobody new takes it.

    Raises:
        UsageError: there is no such package.
        TrustError: not enough keys.
    """
    with turn(by.layout.update_keys):
        repository, targets = _next(by)
        target = targets.signed.targets.get(package.path)
        if target is None:
            msg = "no such release is published: see discreet-server release show"
            raise UsageError(msg)
        _name(target, channels)
        _publish(by, repository, targets, package, lambda: None)


def refresh(layout: Layout, now: int) -> int:
    """Sign snapshot and timestamp anew; return until when the timestamp is good."""
    with turn(layout.update_keys):
        repository = Repository(layout.updates, now)
        repository.fresh(*_online(layout, repository))
        return repository.ends()["timestamp"]


def renew(by: Publisher, replaced: Collection[str], offline: Path | None) -> int | None:
    """Sign the next root; return its version, or None where it waits for signatures.

    Args:
        by: who does, with keys of the last root or of the next.
        replaced: roles that get new keys.
        offline: folder of new keys of root and releases, taken off this machine then.

    Raises:
        UsageError: a new offline key has no place to go to.
    """
    with turn(by.layout.update_keys):
        return _renew(by, replaced, offline)


def _renew(
    by: Publisher, replaced: Collection[str], offline: Path | None
) -> int | None:
    repository = Repository(by.layout.updates, by.now)
    root = repository.pending()
    if root is None:
        root = Metadata.from_bytes(repository.root().to_bytes())
        root.signatures.clear()
        root.signed.version += 1
        root.signed.expires = repository.expires("root")
        for role in sorted(replaced):
            _replace(by.layout, root.signed, role, offline)
    elif replaced:
        msg = "a root waits for signatures: sign it first, without --replace"
        raise UsageError(msg)
    for file in (*by.keys, *_fresh(offline, "root")):
        root.sign(read_key(file), append=True)
    if not repository.is_signed(root):
        repository.put_by(root)
        return None
    version: int = root.signed.version
    names = ",".join(sorted(replaced))
    by.record(ROOT_SIGNED, {"version": version, "replaced": names})
    repository.publish_root(root)
    _follow(by, repository, offline)
    return version


def _follow(by: Publisher, repository: Repository, offline: Path | None) -> None:
    """Sign anew what the new root's keys have to sign."""
    online = _online(by.layout, repository)
    releasers = [read_key(file) for file in _fresh(offline, "targets")]
    if not releasers:
        repository.fresh(*online)
        return
    _, targets = _next(by)
    repository.sign(targets, "targets", releasers)
    repository.publish(targets, *online)


def _fresh(offline: Path | None, role: str) -> list[Path]:
    """Return the files of new keys of a role."""
    return sorted(offline.glob(f"{role}-new-*.key")) if offline else []


def _replace(layout: Layout, root: Root, role: str, offline: Path | None) -> None:
    """Give a role new keys in place of all that it has."""
    before = list(root.roles[role].keyids)
    if role in ONLINE:
        fresh = [make_next(layout.update_keys, role)]
    elif offline is None:
        msg = f"new keys of {role} need a folder that is taken away: give --offline"
        raise UsageError(msg)
    else:
        if not offline.exists():
            make_directory(offline)
        fresh = [
            make_key(offline / f"{role}-new-{i + 1}.key") for i in range(len(before))
        ]
    for one in before:
        root.revoke_key(one, role)
    for signer in fresh:
        root.add_key(signer.public_key, role)


def _next(by: Publisher) -> tuple[Repository, Metadata[Targets]]:
    repository = Repository(by.layout.updates, by.now)
    repository.root()
    targets = repository.targets()
    targets.signed.version += 1
    targets.signed.expires = repository.expires("targets")
    return repository, targets


def _publish(
    by: Publisher,
    repository: Repository,
    targets: Metadata[Targets],
    package: Package,
    store: Callable[[], None],
) -> None:
    """Sign, write down, store the package where it is a new one, and publish."""
    repository.sign(targets, "targets", [read_key(key) for key in by.keys])
    target = targets.signed.targets[package.path]
    by.record(
        PUBLISHED,
        {
            "version": str(package.version),
            "kind": package.kind,
            "channels": ",".join(_channels(target)),
            "digest": target.hashes["sha256"],
        },
    )
    store()
    repository.publish(targets, *_online(by.layout, repository))


def _name(target: TargetFile, channels: Collection[str]) -> None:
    target.unrecognized_fields["custom"] = {_CHANNELS: sorted(channels)}


def _online(layout: Layout, repository: Repository) -> tuple[RoleSigner, RoleSigner]:
    snapshot, timestamp = (
        held_key(layout.update_keys, role, repository.keys(role)) for role in ONLINE
    )
    return snapshot, timestamp


def _channels(target: TargetFile) -> tuple[str, ...]:
    return tuple(target.custom.get(_CHANNELS, ())) if target.custom else ()


def _octets(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            octets = opened.read(PACKAGE_BYTES + 1)
    except OSError as error:
        msg = f"cannot read {file}: {error.strerror}"
        raise StateError(msg) from None
    if not octets or len(octets) > PACKAGE_BYTES:
        msg = f"{file} cannot be a package: it is empty, or larger than agents take"
        raise UsageError(msg)
    return octets


def _store(by: Publisher, target: TargetFile, octets: bytes) -> None:
    """Put a package where its metadata will name it; before that nobody asks for it."""
    folder, _, name = target.path.rpartition("/")
    above = by.layout.updates / TARGETS / folder
    for one in (above.parent, above):
        if not one.exists():
            make_directory(one)
            one.chmod(_ENTERABLE)
    place = above / f"{target.hashes['sha256']}.{name}"
    partial = place.with_name(f"{place.name}.new")
    partial.unlink(missing_ok=True)  # what a crash may have left a part of
    write_new(partial, octets)
    partial.chmod(_READABLE)
    partial.replace(place)  # one that is served already is there all the while
