# SPDX-License-Identifier: Apache-2.0
"""The update repository on the disk: its four roles, written so that all fit together.

Rules: what others name is written first and `timestamp.json` last, each file whole or
not at all, so that whoever reads sees one state; a state that was cut off is written
over by the next; nothing is published that a client would refuse.
Not here: keys (`signing.py`), what a release is (`releases.py`), serving it.
Source: The Update Framework, specification 1.0, section 4; consistent snapshots.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from securesystemslib.signer import Key
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp
from tuf.api.serialization.json import JSONSerializer

from server.errors import InstallationError, StateError, TrustError
from server.key_files import make_directory, replace_file
from server.updates.signing import RoleSigner

S = TypeVar("S", Root, Snapshot, Targets, Timestamp)
METADATA, TARGETS = "metadata", "targets"
PENDING = "next.root.json"
DAYS: Mapping[str, int] = {"root": 730, "targets": 365, "snapshot": 30, "timestamp": 3}
"""Until metadata expires. A root is signed at leisure, by people with offline keys; who
holds back what is new is found out within three days, and a weekend passes."""
_ROOT = re.compile(r"([0-9]{1,9})\.root\.json\Z")
_READABLE, _ENTERABLE = 0o644, 0o755


class Repository:
    """An update repository; its files are for all to read."""

    def __init__(self, folder: Path, now: int) -> None:
        """Take the folder that is served, and the second that it is."""
        self.folder = folder
        self._now = datetime.fromtimestamp(now, UTC)

    def make(self) -> None:
        """Make the empty folders.

        Raises:
            StateError: there is one already, or the disk refuses.
        """
        for folder in (self.folder, self.folder / METADATA, self.folder / TARGETS):
            make_directory(folder)
            folder.chmod(_ENTERABLE)

    def expires(self, role: str) -> datetime:
        """Return until when metadata of a role is good that is signed now."""
        return self._now + timedelta(days=DAYS[role])

    def root(self) -> Metadata[Root]:
        """Return the newest root.

        Raises:
            InstallationError: there is none yet.
        """
        found = [
            int(match[1])
            for one in (self.folder / METADATA).glob("*.root.json")
            if (match := _ROOT.match(one.name))
        ]
        if not found:
            msg = "there is no update repository yet: run discreet-server release init"
            raise InstallationError(msg)
        return self._read(Root, f"{max(found)}.root.json")

    def keys(self, role: str) -> Mapping[str, Key]:
        """Return the keys that the newest root names for a role, by their ids."""
        root = self.root().signed
        return {one: root.keys[one] for one in root.roles[role].keyids}

    def targets(self) -> Metadata[Targets]:
        """Return the targets that the newest whole state names."""
        timestamp = self._read(Timestamp, "timestamp.json").signed
        snapshot = self._read(
            Snapshot, f"{timestamp.snapshot_meta.version}.snapshot.json"
        )
        version = snapshot.signed.meta["targets.json"].version
        return self._read(Targets, f"{version}.targets.json")

    def versions(self) -> dict[str, int]:
        """Return the versions of the newest whole state."""
        timestamp = self._read(Timestamp, "timestamp.json").signed
        return {
            "root": self.root().signed.version,
            "targets": self.targets().signed.version,
            "snapshot": timestamp.snapshot_meta.version,
            "timestamp": timestamp.version,
        }

    def ends(self) -> dict[str, int]:
        """Return the second at which each role's metadata of that state expires."""
        version = self.versions()["snapshot"]
        found = {
            "root": self.root().signed.expires,
            "targets": self.targets().signed.expires,
            "snapshot": self._read(Snapshot, f"{version}.snapshot.json").signed.expires,
            "timestamp": self._read(Timestamp, "timestamp.json").signed.expires,
        }
        return {role: int(moment.timestamp()) for role, moment in found.items()}

    def is_signed(self, root: Metadata[Root]) -> bool:
        """Tell whether a root has enough signatures of its own and of the last."""
        named = [root.signed]
        if root.signed.version > 1:
            named.append(self.root().signed)
        return all(_verifies(one, "root", root) for one in named)

    def publish_root(self, root: Metadata[Root]) -> None:
        """Publish a root that is signed by enough keys."""
        self._write(f"{root.signed.version}.root.json", root)
        (self.folder / METADATA / PENDING).unlink(missing_ok=True)

    def put_by(self, root: Metadata[Root]) -> None:
        """Keep a root that waits for more signatures."""
        self._write(PENDING, root)

    def pending(self) -> Metadata[Root] | None:
        """Return the root that waits for more signatures; None for none."""
        if not (self.folder / METADATA / PENDING).exists():
            return None
        return self._read(Root, PENDING)

    def publish(
        self,
        targets: Metadata[Targets],
        snapshot: RoleSigner,
        timestamp: RoleSigner,
    ) -> None:
        """Publish the next targets, and with them a whole new state.

        Args:
            targets: as `sign` has signed them.
            snapshot: the key of that role.
            timestamp: the key of that role.
        """
        self._write(f"{targets.signed.version}.targets.json", targets)
        self.fresh(snapshot, timestamp, targets.signed.version)

    def fresh(
        self, snapshot: RoleSigner, timestamp: RoleSigner, version: int | None = None
    ) -> None:
        """Publish a new snapshot and timestamp, of these targets or of the last."""
        known = self.versions() if version is None or version > 1 else {}
        named = known["targets"] if version is None else version
        number = known.get("snapshot", 0) + 1
        made = Metadata(Snapshot(number, expires=self.expires("snapshot")))
        made.signed.meta["targets.json"] = MetaFile(named)
        self.sign(made, "snapshot", [snapshot])
        self._write(f"{number}.snapshot.json", made)
        newest = Metadata(
            Timestamp(
                known.get("timestamp", 0) + 1,
                expires=self.expires("timestamp"),
                snapshot_meta=MetaFile(number),
            )
        )
        self.sign(newest, "timestamp", [timestamp])
        self._write("timestamp.json", newest)

    def sign(
        self, metadata: Metadata[S], role: str, signers: Iterable[RoleSigner]
    ) -> None:
        """Sign metadata of a role.

        Raises:
            TrustError: these are not enough keys of it.
        """
        metadata.signatures.clear()
        for signer in signers:
            metadata.sign(signer, append=True)
        if not _verifies(self.root().signed, role, metadata):
            msg = f"not enough keys of {role}: bring those that the root names"
            raise TrustError(msg)

    def _write(self, name: str, metadata: Metadata[S]) -> None:
        place = self.folder / METADATA / name
        replace_file(place, metadata.to_bytes(JSONSerializer()))
        place.chmod(_READABLE)

    def _read(self, kind: type[S], name: str) -> Metadata[S]:
        place = self.folder / METADATA / name
        try:
            found: Metadata[S] = Metadata.from_bytes(place.read_bytes())
        except (OSError, RepositoryError):
            msg = f"{place} cannot be read: restore the folder from its backup"
            raise StateError(msg) from None
        if not isinstance(found.signed, kind):
            msg = f"{place} is of another role: restore the folder from its backup"
            raise StateError(msg)
        return found


def _verifies(root: Root, role: str, metadata: Metadata[S]) -> bool:
    """Tell whether metadata has enough signatures of the keys that a root names."""
    try:
        root.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    except RepositoryError:
        return False
    return True
