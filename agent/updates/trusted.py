# SPDX-License-Identifier: Apache-2.0
"""What an update repository offers, once it is verified: the only door to `tuf`.

Rules: all trust begins at the root that an administrator brought, never at what lies in
the cache; metadata older than what was seen, expired by the time handed in, signed by
too few keys, or of parts that do not fit together is refused; nothing is written under
its name before it is verified; every file has a bound.
Not here: where files come from (`agent/delivery/download.py`, `mirror.py`), which
release is taken (`choosing.py`).
Source: The Update Framework, specification 1.0, section 5; python-tuf's `ngclient`.
"""

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tuf.api import exceptions
from tuf.api.serialization import DeserializationError
from tuf.ngclient import FetcherInterface, TargetFile, Updater, UpdaterConfig

from agent.delivery.download import StatusError
from agent.errors import AgentError, UpdateError
from agent.state import flush_directory
from agent.update_budget import (
    UPDATE_METADATA_BYTES,
    UPDATE_PACKAGE_BYTES,
    UPDATE_ROOTS,
)
from wire.updates import Package, read_path

METADATA = "metadata/"
TARGETS = "targets/"
"""Where a repository has its two kinds of files."""
_CHANNELS = "channels"
_DISK, _WRONG_ROOT = "disk", "wrong-root"
_IN_THE_WAY = frozenset({errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY})
"""Something else stands where the cache has a file, as after a disk was repaired."""
_NOT_THERE = frozenset({403, 404})

Fetch = Callable[[str], Iterator[bytes]]
"""Yields the bytes of a file of the repository, by its path in it."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A package that the repository vouches for.

    Attributes:
        package: which.
        channels: the channels whose devices may take it.
        target: its length and digests.
    """

    package: Package
    channels: tuple[str, ...]
    target: TargetFile


class Trusted:
    """A repository's verified state, and the files of it."""

    def __init__(self, folder: Path, anchor: bytes, fetch: Fetch, now: int) -> None:
        """Take what was verified before; nothing is fetched yet.

        Args:
            folder: what was verified; may be damaged, or gone.
            anchor: the root that an administrator brought.
            fetch: gets files.
            now: signed time, by which metadata expires.
        """
        self._folder, self._anchor, self._fetch = folder, anchor, fetch
        self._now = datetime.fromtimestamp(now, UTC)
        self._updater: Updater | None = None

    def refresh(self) -> None:
        """Get and verify the newest metadata.

        Raises:
            UpdateError: it is refused, by a slug.
            NetworkError: it cannot be had.
        """
        try:
            self._updater = self._refreshed()
        except OSError as problem:
            if problem.errno not in _IN_THE_WAY:
                raise UpdateError(_DISK) from problem
            with _refusing():  # the cache is no more than that: begin it anew
                shutil.rmtree(self._folder)
                self._updater = self._refreshed()

    def _refreshed(self) -> Updater:
        """Return what has verified the newest metadata.

        Raises:
            OSError: the cache cannot be used.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            updater = Updater(
                str(self._folder),
                METADATA,
                fetcher=_Repository(self._fetch),
                target_base_url=TARGETS,
                config=_CONFIG,
                bootstrap=self._anchor,
            )
        except exceptions.RepositoryError as problem:
            raise UpdateError(_WRONG_ROOT) from problem
        # The library asks the system's clock; ours is signed, and never goes back.
        updater._trusted_set.reference_time = self._now  # noqa: SLF001 - has no other door; the version is pinned
        with _refusing(disk=False), _pieces_in(self._folder):
            updater.refresh()
        return updater

    def offered(self) -> Sequence[Offered]:
        """Return all packages that the refreshed metadata names, the oldest first."""
        if self._updater is None:
            return ()
        targets = self._updater._trusted_set.targets  # noqa: SLF001 - the library finds targets by name alone
        found = [
            Offered(package, _channels(target), target)
            for path, target in targets.targets.items()
            if (package := read_path(path)) is not None
        ]
        return sorted(found, key=lambda one: one.package)

    def take(self, offered: Offered, place: Path) -> None:
        """Get a package and write it, once it is verified; one that is there stays.

        Args:
            offered: which.
            place: of the file.

        Raises:
            UpdateError: it is not what the metadata names.
            NetworkError: it cannot be had.
        """
        if self._updater is None or _length(offered) > UPDATE_PACKAGE_BYTES:
            slug = "too-long"
            raise UpdateError(slug)
        beside = place.with_name(place.name + ".new")
        with _refusing(), _pieces_in(place.parent):
            if self._updater.find_cached_target(offered.target, str(place)) is None:
                self._updater.download_target(offered.target, str(beside))
                with beside.open("r+b") as file:  # to flush it, Windows wants a writer
                    os.fsync(file.fileno())
                beside.replace(place)
                flush_directory(place.parent)


def _length(offered: Offered) -> int:
    return offered.target.length


def _channels(target: TargetFile) -> tuple[str, ...]:
    """Return the channels of a package; none where they cannot be read."""
    custom = target.custom
    found = custom.get(_CHANNELS) if isinstance(custom, Mapping) else None
    if isinstance(found, list) and all(isinstance(name, str) for name in found):
        return tuple(found)
    return ()


class _Repository(FetcherInterface):
    """Gets files for the library."""

    def __init__(self, fetch: Fetch) -> None:
        self._from = fetch

    def _fetch(self, url: str) -> Iterator[bytes]:
        """Yield a file; a missing one is told in the library's own way, at once."""
        pieces = self._from(url)
        try:
            first = next(pieces, b"")
        except StatusError as problem:
            if problem.status not in _NOT_THERE:
                raise
            msg = "no such file"
            raise exceptions.DownloadHTTPError(msg, problem.status) from problem
        return _joined(first, pieces)


def _joined(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others


_CONFIG = UpdaterConfig(
    max_root_rotations=UPDATE_ROOTS,
    max_delegations=0,
    root_max_length=UPDATE_METADATA_BYTES,
    snapshot_max_length=UPDATE_METADATA_BYTES,
    targets_max_length=UPDATE_METADATA_BYTES,
)

_SLUGS: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.ExpiredMetadataError, "expired"),
    (exceptions.UnsignedMetadataError, "unsigned"),
    (exceptions.BadVersionNumberError, "wrong-version"),
    (exceptions.LengthOrHashMismatchError, "altered"),
    (DeserializationError, "unreadable"),
    (exceptions.RepositoryError, "unreadable"),
    (exceptions.DownloadLengthMismatchError, "too-long"),
    (exceptions.DownloadHTTPError, "missing"),
)
"""The library's errors, the most special first."""


@contextlib.contextmanager
def _pieces_in(folder: Path) -> Iterator[None]:
    """Have the library keep what it fetches in a folder, not where that is memory."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


@contextlib.contextmanager
def _refusing(*, disk: bool = True) -> Iterator[None]:
    """Say in our words what the library refuses, and with `disk` what that does."""
    try:
        yield
    except AgentError:
        raise
    except exceptions.DownloadHTTPError as problem:
        raise UpdateError(_slug(problem)) from problem
    except exceptions.DownloadError as problem:
        cause = problem.__cause__
        if isinstance(cause, AgentError):  # the way there failed, not the repository
            raise cause from problem
        raise UpdateError(_slug(problem)) from problem
    except (exceptions.RepositoryError, ValueError) as problem:
        raise UpdateError(_slug(problem)) from problem
    except OSError as problem:
        if not disk:
            raise
        raise UpdateError(_DISK) from problem


def _slug(problem: Exception) -> str:
    return next(
        (slug for kind, slug in _SLUGS if isinstance(problem, kind)), "unreadable"
    )
