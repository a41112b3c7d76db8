# SPDX-License-Identifier: Apache-2.0
"""An update repository whose every byte a test may bend, behind a real TLS server.

Rules: signed as `tuf` signs, so that what is bent is bent on purpose; what clients ask
for is written down; the agent's own code asks.
Not here: how releases are really published (`server/updates`).
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from securesystemslib.signer import CryptoSigner
from tls_fixture import Reply, tls_server
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

from agent.delivery.download import download
from agent.delivery.transport import Session
from agent.errors import AgentError
from agent.state import State
from agent.updates.choosing import Here
from agent.updates.look import Found, Look, look
from agent.updates.trusted import Fetch, Offered, Trusted
from wire.crypto.certificates import make_authority, make_server
from wire.updates import Package, Updates, read_version

NOW = 1_790_000_000
DAY = 86_400
KIND = "deb amd64"
ROLES = ("root", "timestamp", "snapshot", "targets")
PREFIX = "/updates/"


@dataclass
class Repository:
    """A repository in memory.

    Attributes:
        files: what is served, by path.
        keys: who signs for a role, and who only did before.
        now: the second at which it thinks that it is.
        asked: the paths that were asked for.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    keys: dict[str, list[CryptoSigner]] = field(default_factory=dict)
    now: int = NOW
    hashed: bool = False
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make version 1 of all."""
        until = self.until(30)
        self.root = Metadata(Root(expires=until, consistent_snapshot=True))
        self.timestamp = Metadata(Timestamp(expires=until))
        self.snapshot = Metadata(Snapshot(expires=until))
        self.targets = Metadata(Targets(expires=until))
        for role in ROLES:
            self.keys[role] = []
            self.add_key(role)
        self.publish(*ROLES)

    def until(self, days: float) -> datetime:
        """Return the moment so many days from the repository's now."""
        return datetime.fromtimestamp(self.now, UTC) + timedelta(days=days)

    def add_key(self, role: str, signer: CryptoSigner | None = None) -> CryptoSigner:
        """Give a role a further key."""
        signer = signer or CryptoSigner.generate_ed25519()
        self.keys[role].append(signer)
        self.root.signed.add_key(signer.public_key, role)
        return signer

    def rotate(self, *roles: str) -> None:
        """Give roles a new key for the one that they have."""
        for role in roles:
            self.root.signed.roles[role].keyids.clear()
            self.keys[role].clear()
            self.add_key(role)

    def of(self, role: str) -> Metadata:
        """Return a role's metadata."""
        found: Metadata = getattr(self, role)
        return found

    def bump(self, *roles: str) -> None:
        """Publish roles with the next version."""
        for role in roles:
            self.of(role).signed.version += 1
        self.publish(*roles)

    def publish(self, *roles: str, by: Iterable[CryptoSigner] | None = None) -> None:
        """Sign roles as they are, and serve them."""
        for role in roles:
            metadata = self.of(role)
            if role == "snapshot":
                metadata.signed.meta["targets.json"] = self.meta("targets")
            if role == "timestamp":
                metadata.signed.snapshot_meta = self.meta("snapshot")
            self.serve(role, by)

    def serve(self, role: str, by: Iterable[CryptoSigner] | None = None) -> None:
        """Sign a role and serve it, whatever it says of others."""
        metadata = self.of(role)
        metadata.signatures.clear()
        for signer in self.keys[role] if by is None else by:
            metadata.sign(signer, append=True)
        version = metadata.signed.version
        name = "timestamp.json" if role == "timestamp" else f"{version}.{role}.json"
        self.files[f"metadata/{name}"] = metadata.to_bytes(JSONSerializer())

    def meta(self, role: str) -> MetaFile:
        """Return what a role above says of this one."""
        version = self.of(role).signed.version
        octets = self.files.get(f"metadata/{version}.{role}.json")
        if not self.hashed or octets is None:
            return MetaFile(version)
        return MetaFile.from_data(version, octets, ["sha256"])

    def add(
        self,
        version: str,
        octets: bytes,
        channels: Sequence[str] = ("stable",),
        kind: str = KIND,
    ) -> Package:
        """Publish a package."""
        package = Package(read_version(version), kind)
        target = TargetFile.from_data(package.path, octets, ["sha256"])
        target.unrecognized_fields["custom"] = {"channels": list(channels)}
        self.targets.signed.targets[package.path] = target
        self.files[self.place(package)] = octets
        self.bump("targets", "snapshot", "timestamp")
        return package

    def place(self, package: Package) -> str:
        """Return where a package's bytes are served."""
        target = self.targets.signed.targets[package.path]
        head, _, name = package.path.rpartition("/")
        return f"targets/{head}/{target.hashes['sha256']}.{name}"

    def anchor(self, version: int = 1) -> bytes:
        """Return a root as an administrator brings it."""
        return self.files[f"metadata/{version}.root.json"]

    def answer(self, path: str, _body: bytes) -> Reply:
        """Answer a request."""
        self.asked.append(path.removeprefix(PREFIX))
        octets = self.files.get(path.removeprefix(PREFIX))
        return Reply(b"", 404) if octets is None else Reply(octets)


@dataclass
class Client:
    """The agent's side: what it has verified, and where it asks.

    Attributes:
        state: the agent's directory.
        fetch: gets files over the network.
        anchor: the root that was brought.
        now: signed time.
    """

    state: State
    fetch: Fetch
    anchor: bytes
    now: int = NOW

    def trusted(self) -> Trusted:
        """Return what verifies, as after a start."""
        return Trusted(
            self.state.update / "metadata", self.anchor, self.fetch, self.now
        )

    def refresh(self) -> str:
        """Refresh; return the slug of its refusal, or "ok"."""
        try:
            self.trusted().refresh()
        except AgentError as problem:
            return getattr(problem, "slug", type(problem).__name__)
        return "ok"

    def offered(self) -> Sequence[Offered]:
        """Return what the repository offers now."""
        trusted = self.trusted()
        trusted.refresh()
        return trusted.offered()

    def version(self, role: str) -> int | None:
        """Return the version that is held of a role; None for none."""
        place = self.state.update / "metadata" / f"{role}.json"
        if not place.exists():
            return None
        version: int = Metadata.from_file(str(place)).signed.version
        return version

    def look(
        self,
        version: str = "0.1.0",
        wanted: Updates | None = None,
        *,
        take: bool = True,
        **here: object,
    ) -> Found:
        """Look for an update as the agent's child does."""
        place = self.state.directory / "update-root.json"
        place.write_bytes(self.anchor)
        known = Here(read_version(version), KIND, bytes(32), **here)  # type: ignore[arg-type]  # as tests write it
        wanted = wanted or Updates("stable")
        it = Look(self.state, known, wanted, place, self.fetch, (), self.now)
        return look(it, take=take)


@contextmanager
def updates_room(folder: Path) -> Iterator[tuple[Repository, Client]]:
    """Give a repository that is served, and a client of it."""
    authority = make_authority("room", int(time.time()))
    server = make_server(authority, ("127.0.0.1",), int(time.time()))
    repository = Repository()
    with tls_server(folder, server, repository.answer) as listening:
        session = Session(listening.url, (authority.certificate,))
        state = State(folder / "state")
        state.update.mkdir(parents=True)
        yield (
            repository,
            Client(
                state,
                lambda path: download(session, PREFIX + path),
                repository.anchor(),
            ),
        )
